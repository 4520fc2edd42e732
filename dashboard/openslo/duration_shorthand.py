"""Durations as OpenSLO writes them, a whole number and a unit: `5m`, `28d`, `1M`; m is a minute, M a month."""

import re
from dataclasses import dataclass

from dashboard.durations import parse_duration
from dashboard.openslo.diagnostics import Diagnostics, refuse, shown
from dashboard.openslo.map_fields import raw
from dashboard.openslo.yaml_nodes import Node, number_in
from dashboard.timerange import DAY, HOUR

MINUTE = 60
YEARS_MAX = 5
FIXED = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
# Days at most of a unit that has no fixed length.
CALENDAR = {"M": 31, "Q": 92, "Y": 366}
_WORDS = {
    "s": "s sec secs second seconds", "m": "min mins minute minutes", "h": "H hr hrs hour hours",
    "d": "D day days", "w": "W week weeks", "M": "mo month months", "Q": "q quarter quarters", "Y": "y yr year years",
}  # fmt: skip
UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_STRICT = re.compile("([1-9][0-9]{0,9})([mhdwMQY])")
_LENIENT = re.compile(r"[-+]?([0-9]{0,9})\s*([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Length:
    """A duration; months, quarters and years have no fixed number of seconds."""

    count: int
    unit: str

    @property
    def seconds(self) -> int | None:
        """None where it depends on the calendar."""
        return self.count * FIXED[self.unit] if self.unit in FIXED else None

    @property
    def longest(self) -> int:
        """Seconds at most."""
        return self.count * (FIXED.get(self.unit) or CALENDAR[self.unit] * DAY)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def length(node: Node, diagnostics: Diagnostics, *, example: str, bare: str = "") -> Length:
    """The duration of a field; other ways to write it are read, and noted.

    Args:
        bare: the unit of a number without one, where the format allows that.
    """
    found = raw(node)
    strict = _STRICT.fullmatch(found)
    made = Length(int(strict[1]), strict[2]) if strict else _lenient(found, bare)
    if made is None or not made.count:
        refuse(node, f"{shown(found)} is no duration: write for example {example}")
    if not strict and not (bare and number_in(found) is not None):
        diagnostics.note(node, f"{shown(found)} is read as {made}: write it so")
    return bounded(made, node, example=example)


def bounded(made: Length, node: Node, *, example: str) -> Length:
    """The same duration; refused where it is longer than anything that is kept."""
    if made.longest > YEARS_MAX * 366 * DAY:
        refuse(node, f"{made} is longer than {YEARS_MAX} years: write for example {example}")
    return made


def fixed(node: Node, diagnostics: Diagnostics, *, example: str, bare: str = "") -> int:
    """The seconds of a duration that does not depend on the calendar."""
    made = length(node, diagnostics, example=example, bare=bare)
    if made.seconds is None:
        refuse(node, f"{made} has no fixed length: write it in minutes, hours, days or weeks, such as {example}")
    return made.seconds


def _lenient(found: str, bare: str) -> Length | None:
    if len(found) > 20:
        return None
    if bare and (count := number_in(found)) is not None:
        return of_seconds(count * FIXED[bare])
    worded = _LENIENT.fullmatch(found)
    if worded:
        unit = UNITS.get(worded[2]) or UNITS.get(worded[2].lower()) or (worded[2] if worded[2] in FIXED else None)
        return Length(int(worded[1] or 1), unit) if unit else None
    try:
        return of_seconds(parse_duration(found))
    except ValueError:
        return None


def of_seconds(seconds: float) -> Length | None:
    """Whole seconds in the largest unit that holds them exactly; None of anything else."""
    if seconds <= 0 or seconds != int(seconds):
        return None
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % FIXED[unit] == 0)
    return Length(int(seconds) // FIXED[unit], unit)


def exact(node: Node | None, otherwise: float) -> float:
    """Seconds of an annotation, which may be such as OpenSLO cannot say: `90.5s`."""
    if node is None:
        return otherwise
    found = raw(node)
    unit = found[-1:] if found[-1:] in FIXED else ""
    count = number_in(found.removesuffix(unit)) if unit else None
    if count is None or not 0 < count * FIXED[unit] <= YEARS_MAX * 366 * DAY:
        refuse(node, f"{shown(found)} is no duration: write for example 5m")
    return count * FIXED[unit]


def exact_text(seconds: float) -> str:
    """Seconds as such an annotation."""
    made = of_seconds(seconds)
    return str(made) if made is not None else f"{seconds!r}s"
