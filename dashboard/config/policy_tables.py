"""[policy]: the limits of the error-budget policy, overrides for some objectives, and exceptions."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.gate.policy import BudgetPolicy, Limits, Override, PolicyException, PolicyState
from dashboard.slo.patterns import ALL
from dashboard.slo.policy import SEVERITIES
from dashboard.toml import parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import KeyProblem, Parser, Reader, Values

# In the order in which they begin while a budget is being spent.
SHARES = ("careful", "freeze_features", "freeze_all")
# This many letters of who and why are enough for a name and a sentence; they stand on a tile and in a log.
WHO_MAX, WHY_MAX = 80, 300
_NEEDED = {
    "who": "who lets releases go",
    "why": "why, in one sentence",
    "until": "when it is over, such as 2026-12-01T12:00:00Z",
}


def _share(value: Any) -> float:
    """A share, or nothing."""
    is_zero = not isinstance(value, bool) and isinstance(value, int | float) and value == 0
    return 0.0 if is_zero else parsers.share(value)


def _severities(value: Any) -> tuple[str, ...]:
    for number, word in enumerate(parsers.texts(value), start=1):
        try:
            parsers.one_of(SEVERITIES)(word)
        except ValueError as error:
            raise KeyProblem(number, str(error)) from None
    return parsers.texts(value)


def _tiers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list of tiers, such as [1, 2]")
    for number, tier in enumerate(value, start=1):
        try:
            parsers.whole(tier)
        except ValueError as error:
            raise KeyProblem(number, str(error)) from None
    return tuple(value)


def _names(value: Any) -> tuple[str, ...]:
    if not parsers.texts(value):
        raise ValueError('is an empty list: leave it out, or write patterns such as ["checkout", "pay-*"]')
    return parsers.texts(value)


def _line(longest: int) -> Parser:
    def line(value: Any) -> str:
        text = parsers.text(value).strip()
        if not text or not text.isprintable():
            raise ValueError("expected a line of text")
        if len(text) > longest:
            raise ValueError(f"has {len(text):,} letters: at most {longest} are shown")
        return text

    return line


_LIMITS: dict[str, Parser] = {
    **dict.fromkeys(SHARES, _share),
    "burning": _severities,
    # Read further down, by its own keys.
    "meaning": lambda value: value,
}
_KEYS: dict[str, Parser] = {
    **_LIMITS,
    "added_exceptions": parsers.flag,
    "overrides": lambda value: value,
    "exceptions": lambda value: value,
}
_OVERRIDE: dict[str, Parser] = {**_LIMITS, "services": _names, "slos": _names, "tiers": _tiers}
_EXCEPTION: dict[str, Parser] = {
    "who": _line(WHO_MAX), "why": _line(WHY_MAX), "from": parsers.moment, "until": parsers.moment,
    "services": _names, "slos": _names, "even_burning": parsers.flag,
}  # fmt: skip
_MEANING: dict[str, Parser] = {str(state): _line(WHY_MAX) for state in PolicyState}


def read_policy(data: Values, reader: Reader, *, zone: str) -> BudgetPolicy:
    """Read the error-budget policy; invalid parts are reported and left out.

    Args:
        data: the whole file, as `tomllib` returns it. `reader`: collects problems.
        zone: IANA name, for times without an offset.
    """
    place, values = reader.place.inside("policy"), data.get("policy", {})
    limits = _limits(place, reader.table(place, values, _KEYS), reader, Limits())
    if not isinstance(values, dict):
        return BudgetPolicy(limits)
    overrides = tuple(
        Override(
            _limits(inside, row, reader, limits),
            row.get("services", ALL),
            row.get("slos", ALL),
            row.get("tiers", ()),
            inside.at(),
        )
        for inside, row in reader.tables("overrides", values, _OVERRIDE, place)
    )
    rows = reader.tables("exceptions", values, _EXCEPTION, place)
    exceptions = (_exception(inside, row, reader, ZoneInfo(zone)) for inside, row in rows)
    named = tuple(each for each in exceptions if each is not None)
    return BudgetPolicy(limits, overrides, named, values.get("added_exceptions") is not False)


def _limits(place: Place, row: Values, reader: Reader, usual: Limits) -> Limits:
    """The limits in a table.

    Args:
        place: of the table. `row`: its parsed values. `reader`: collects problems. `usual`: the defaults.
    """
    limits = replace(usual, **{key: row[key] for key in (*SHARES, "burning") if key in row})
    for earlier, later in pairwise(SHARES):
        # The default of a share that is written, but wrong, says nothing about the other.
        if any(reader.is_written(place, key) and key not in row for key in (earlier, later)):
            continue
        before, after = getattr(limits, earlier), getattr(limits, later)
        if after > before and (earlier in row or later in row):
            said = f"{after:g} is more than {earlier}, {before:g}: each state begins with less left than the one before"
            reader.problem(place.inside(later if later in row else earlier), said)
            return usual
    if "meaning" not in row:
        return limits
    words = reader.table(place.inside("meaning"), row["meaning"], _MEANING)
    return replace(limits, meaning={**usual.meaning, **{PolicyState(state): text for state, text in words.items()}})


def _exception(place: Place, row: Values, reader: Reader, zone: ZoneInfo) -> PolicyException | None:
    """An exception; None if it is incomplete.

    Args:
        place: of its table. `row`: its parsed values. `reader`: collects problems. `zone`: for local times.
    """
    if reader.is_missing(place, row, _NEEDED):
        return None
    begins, until = (_seconds(row[key], zone) if key in row else float("-inf") for key in ("from", "until"))
    if until <= begins:
        reader.problem(place.inside("until"), "lies before from: an exception ends after it begins")
        return None
    return PolicyException(
        row["who"],
        row["why"],
        until,
        begins,
        row.get("services", ALL),
        row.get("slos", ALL),
        row.get("even_burning", False),
        place.at(),
    )


def _seconds(moment: datetime, zone: ZoneInfo) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
