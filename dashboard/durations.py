"""Durations as people write them: `15s`, `5m`, `1h30m`, `30d` are parsed to seconds; `5 h 20 m` is written."""

import re

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# `ms` before `m`, otherwise it would be read as minutes and a rest.
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")


def parse_duration(text: str) -> float:
    """Seconds in a text such as `90s`, `1h30m` or `30d` (a day is 24 h).

    Raises:
        ValueError: the text is not a duration, or not longer than zero.
    """
    compact = text.strip().replace(" ", "")
    parts = _PART.findall(compact)
    # `findall` skips what it does not understand, so check that the parts make up the whole text.
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"{text!r} is no duration: write for example 15s, 5m, 1h30m or 30d")
    seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    if seconds <= 0:
        raise ValueError(f"{text!r} must be longer than zero")
    return seconds


def promql_duration(seconds: float) -> str:
    """A whole number of seconds as PromQL writes it: 90 → `90s`, 3600 → `1h`."""
    whole = round(seconds)
    for unit in ("d", "h", "m"):
        if whole and whole % SECONDS[unit] == 0:
            return f"{whole // int(SECONDS[unit])}{unit}"
    return f"{whole}s"
