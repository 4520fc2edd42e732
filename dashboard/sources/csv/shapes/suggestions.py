"""Suggests the configuration line that maps other column names to a known shape."""

import json
import re
from collections.abc import Sequence
from typing import Final

from dashboard.sources.csv.columns.names import DURATIONS, STATUSES, TIMES
from dashboard.sources.csv.reading import Reading

# Our name → alternative column names, the likeliest first, and our names that need no mapping.
ROLES: Final = {
    "time": (r"time.?stamp|date.?time|^time|^date|_time$|^zeit|^datum|^fecha|^heure|^when|^at$", TIMES),
    "service": (r"service|^app|application|component|^system|^dienst|^job$|^site$|^api$", ("service",)),
    "status": (r"status|response.?code|^code|outcome|^result|success|^ok$", STATUSES),
    "duration": (
        r"duration|latency|elapsed|response.?time|request.?time|time.?taken|^took|^dauer|millis|_ms$",
        tuple(DURATIONS),
    ),
    "requests": (r"^requests|_requests$|^hits|^calls|^count|_count$|^total|volume|^anfragen|^aufrufe", ("requests",)),
    "errors": (r"^errors|_errors$|^fail|5\d?xx|^fehler|server.?err|^ko$|^bad$", ("errors",)),
    "good": (r"^good|^passed|^success(?:es|ful)|^(?:ok|success).count|_(?:ok|good)$|^gute", ("good",)),
    "signal": (r"^signal|^metric|^measure", ("signal",)),
    "value": (r"^value|^wert", ("value",)),
}
SHAPES: Final = (
    ("signal", "value"),
    ("status", "duration"),
    ("requests", "errors"),
    ("requests", "good"),
    ("status", "requests"),
)
# Names of columns that may contain failures, if there is no other one.
OUTCOMES: Final = re.compile(r"err|exception|fail|level|severity", re.IGNORECASE)
NO_STATUS: Final = (
    'nothing tells which requests failed: write columns = { status = "…" } under [source] with the column that does'
)


def suggestion(names: Sequence[str], reading: Reading) -> str:
    """The line that would make a file readable; empty if its columns are not recognised.

    Args:
        names: of the file's columns. `reading`: the current settings.
    """
    likely = _likely(names, reading)
    shape = next((shape for shape in SHAPES if likely.keys() >= {*shape}), None)
    if shape is None and {"time", "duration"} <= likely.keys() and "requests" not in likely:
        used = [likely[role] for role in ("time", "service", "duration") if role in likely]
        tells = [name for name in names if name not in used and OUTCOMES.search(name)]
        if len(tells) != 1:
            return NO_STATUS
        likely["status"], shape = tells[0], ("status", "duration")
    if shape is None or "time" not in likely:
        return ""
    wanted = ("time", *(("service",) if "service" in likely else ()), *shape)
    mapped = {role: likely[role] for role in wanted if likely[role].lower() not in ROLES[role][1]}
    lines = []
    if mapped or reading.columns:
        pairs = ", ".join(f"{ours} = {_quoted(theirs)}" for ours, theirs in (dict(reading.columns) | mapped).items())
        lines.append(f"columns = {{ {pairs} }}")
    if "service" not in likely and not reading.constant_service:
        lines.append('service = "NAME" (no column tells it)')
    if "duration" in mapped and not reading.duration:
        lines.append('duration = "ms" or "s"')
    return f"write {' and '.join(lines)} under [source]" if lines else ""


def errors_column(names: Sequence[str]) -> str:
    """The column that probably contains errors, if none has that name; empty if there is none, or several.

    Args:
        names: of the file's columns.
    """
    counts = [name for name in names if not re.search("rate|ratio|percent|pct|%|client|4xx", name, re.IGNORECASE)]
    alike = [name for name in counts if re.search(ROLES["errors"][0], name, re.IGNORECASE)]
    return alike[0] if len(alike) == 1 else ""


def _likely(names: Sequence[str], reading: Reading) -> dict[str, str]:
    """Our name → the matching column, each column once."""
    likely = {role: theirs for role, theirs in reading.columns.items() if role in ROLES}
    for role, (pattern, own) in ROLES.items():
        if role in likely:
            continue
        free = [name for name in names if name not in likely.values()]
        known = [name for name in free if name.lower() in own]
        alike = [name for name in free if re.search(pattern, name, re.IGNORECASE)]
        if known or alike:
            likely[role] = (known or alike)[0]
    return likely


def _quoted(text: str) -> str:
    # JSON escapes are valid in TOML.
    return json.dumps(text, ensure_ascii=False)
