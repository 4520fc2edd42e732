"""What one value of the configuration may be, and a reader that collects problems instead of stopping at the first."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.durations import parse_duration

Parser = Callable[[Any], Any]


def text(value: Any) -> str:
    """Text."""
    if not isinstance(value, str):
        raise ValueError('expected text in quotes, such as "Production"')
    return value


def whole(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("expected a whole number")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def port(value: Any) -> int:
    """A port."""
    if not 1 <= whole(value) <= 65535:
        raise ValueError("expected a port between 1 and 65535")
    return whole(value)


def duration(value: Any) -> float:
    """Seconds of a duration."""
    return parse_duration(text(value))


def refresh(value: Any) -> float:
    """Seconds between two refreshes, 1 s to 1 h."""
    seconds = duration(value)
    if not 1 <= seconds <= 3600:
        raise ValueError("expected a refresh interval between 1s and 1h")
    return seconds


def zone(value: Any) -> str:
    """The name of an IANA time zone."""
    try:
        ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{value!r} is no IANA time zone: write for example "Europe/Berlin"') from None
    return str(value)


def url(value: Any) -> str:
    """An address over HTTP."""
    if not text(value).startswith(("http://", "https://")):
        raise ValueError('expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"')
    return text(value)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('expected a list of texts, such as ["slo/*.yaml"]')
    return tuple(value)


def table(value: Any) -> dict[str, str]:
    """A table of texts."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError('expected a table of texts, such as { runbook = "https://example.org" }')
    return dict(value)


def labels(value: Any) -> dict[str, str]:
    """A table of label values by label name."""
    for label in table(value):
        if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", label):
            raise ValueError(f"{label!r} is no label name: letters, digits and _ are allowed")
    return table(value)


def share(value: Any) -> float:
    """A share between 0 and 1, as a number or in percent."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip()[:-1]) / 100
        except ValueError:
            pass
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError('expected a share, such as 0.02 or "2 %"')


def number(value: Any) -> float:
    """A number above zero."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError("expected a number above 0")
    return float(value)


def local_time(value: Any) -> datetime:
    """A local time without an offset: a TOML time, or the same as text."""
    try:
        made = value if isinstance(value, datetime) else datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError("expected a local time, such as 2026-11-01T02:00:00") from None
    if made.tzinfo is not None:
        raise ValueError("expected a local time without an offset: it is read in time_zone")
    return made


class Reader:
    """Collects the problems of one file instead of stopping at the first."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[str] = []

    def problem(self, key: str, what: str) -> None:
        """Note what is wrong with a key."""
        self.problems.append(f"{self.file}: {key}: {what}")

    def section(self, name: str, values: Any, known: Mapping[str, Parser]) -> dict[str, Any]:
        """The values of a table, parsed; what is wrong is left out and noted."""
        prefix = f"{name}." if name else ""
        if not isinstance(values, dict):
            self.problem(name, f"expected a table [{name}]")
            return {}
        made = {}
        for key, value in values.items():
            if key not in known:
                self.problem(prefix + key, f"unknown key{nearest(key, known)}")
                continue
            try:
                made[key] = known[key](value)
            except ValueError as error:
                self.problem(prefix + key, str(error))
        return made

    def blocks(self, name: str, data: Mapping[str, Any], known: Mapping[str, Parser]) -> list[dict[str, Any]]:
        """The tables of [[name]], parsed."""
        rows = data.get(name, [])
        if not isinstance(rows, list):
            self.problem(name, f"expected [[{name}]], one block for each")
            return []
        return [self.section(f"{name}[{number}]", row, known) for number, row in enumerate(rows, start=1)]


def nearest(key: str, known: Iterable[str]) -> str:
    """A hint: the nearest known key, or all of them."""
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(known))}"
