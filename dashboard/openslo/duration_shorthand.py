"""Durations in OpenSLO's shorthand, a whole number and a unit: `5m`, `28d`, `1M`; m is a minute, M a month.

https://github.com/OpenSLO/OpenSLO/tree/main#general-schema (duration-shorthand)
"""

import re
from dataclasses import dataclass

from dashboard.durations import parse_duration
from dashboard.openslo.diagnostics import Diagnostics, excerpt, reject
from dashboard.openslo.map_fields import scalar_text
from dashboard.openslo.yaml_nodes import Node, parse_number
from dashboard.timerange import DAY, HOUR

MINUTE = 60
YEARS_MAX = 5
# Seconds of each unit of fixed length.
FIXED = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
# Maximum days of each unit without a fixed length.
CALENDAR = {"M": 31, "Q": 92, "Y": 366}
_WORDS = {
    "s": "s sec secs second seconds", "m": "min mins minute minutes", "h": "H hr hrs hour hours",
    "d": "D day days", "w": "W week weeks", "M": "mo month months", "Q": "q quarter quarters", "Y": "y yr year years",
}  # fmt: skip
UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_STRICT = re.compile("([1-9][0-9]{0,9})([mhdwMQY])")
_LENIENT = re.compile(r"[-+]?([0-9]{0,9})\s*([A-Za-z]+)")
# Longer texts are not valid durations.
_LENGTH_MAX = 20


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of units; months, quarters and years have no fixed number of seconds."""

    count: int
    unit: str

    @property
    def seconds(self) -> int | None:
        """Number of seconds; None if it depends on the calendar."""
        return self.count * FIXED[self.unit] if self.unit in FIXED else None

    @property
    def seconds_max(self) -> int:
        """Maximum number of seconds."""
        return self.count * (FIXED.get(self.unit) or CALENDAR[self.unit] * DAY)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def read_duration(node: Node, diagnostics: Diagnostics, *, example: str, default_unit: str = "") -> Duration:
    """The duration of a field; other spellings are accepted with a warning.

    Args:
        node: the scalar.
        diagnostics: collects warnings.
        example: a duration for the error message.
        default_unit: the unit of a bare number if the format allows one; otherwise empty.
    """
    text = scalar_text(node)
    strict = _STRICT.fullmatch(text)
    duration = Duration(int(strict[1]), strict[2]) if strict else _parse_lenient(text, default_unit)
    if duration is None or not duration.count:
        reject(node, f"{excerpt(text)} is not a duration: write for example {example}")
    if not strict and not (default_unit and parse_number(text) is not None):
        remedy = "OpenSLO has no seconds, and other tools refuse them" if duration.unit == "s" else "write that"
        diagnostics.warn(node, f"{excerpt(text)} is read as {duration}: {remedy}")
    return check_length(duration, node, example=example)


def check_length(duration: Duration, node: Node, *, example: str) -> Duration:
    """Return the duration; rejected if longer than `YEARS_MAX`.

    Args:
        duration: to check.
        node: its place.
        example: a duration for the error message.
    """
    if duration.seconds_max > YEARS_MAX * 366 * DAY:
        reject(node, f"{duration} is longer than {YEARS_MAX} years: write for example {example}")
    return duration


def read_seconds(node: Node, diagnostics: Diagnostics, *, example: str, default_unit: str = "") -> int:
    """The seconds of a duration; rejected if it depends on the calendar.

    Args:
        node, diagnostics, example, default_unit: as for `read_duration`.
    """
    duration = read_duration(node, diagnostics, example=example, default_unit=default_unit)
    if duration.seconds is None:
        reject(node, f"{duration} has no fixed length: write it in minutes, hours, days or weeks, such as {example}")
    return duration.seconds


def _parse_lenient(text: str, default_unit: str) -> Duration | None:
    if len(text) > _LENGTH_MAX:
        return None
    if default_unit and (count := parse_number(text)) is not None:
        return duration_of(count * FIXED[default_unit])
    match = _LENIENT.fullmatch(text)
    if match:
        return _parse_words(*match.groups())
    try:
        # Compound durations, such as `1h30m`.
        return duration_of(parse_duration(text))
    except ValueError:
        return None


def _parse_words(count: str, word: str) -> Duration | None:
    """A number and a unit in words; without a number one unit, as for `month`."""
    # Try the exact spelling first: M is a month, m a minute.
    unit = UNITS.get(word) or UNITS.get(word.lower()) or (word if word in FIXED else None)
    return Duration(int(count or 1), unit) if unit else None


def duration_of(seconds: float) -> Duration | None:
    """Whole seconds in the largest unit that holds them exactly; None for other numbers."""
    if seconds <= 0 or seconds != int(seconds):
        return None
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % FIXED[unit] == 0)
    return Duration(int(seconds) // FIXED[unit], unit)


def read_exact_seconds(node: Node | None, default: float) -> float:
    """Seconds of an annotation, which may have no shorthand in OpenSLO, such as `90.5s`; the default without one."""
    if node is None:
        return default
    text = scalar_text(node)
    unit = text[-1:] if text[-1:] in FIXED else ""
    count = parse_number(text.removesuffix(unit)) if unit else None
    if count is None or not 0 < count * FIXED[unit] <= YEARS_MAX * 366 * DAY:
        reject(node, f"{excerpt(text)} is not a duration: write for example 5m")
    return count * FIXED[unit]


def exact_text(seconds: float) -> str:
    """Seconds in the format of such an annotation."""
    duration = duration_of(seconds)
    return str(duration) if duration is not None else f"{seconds!r}s"
