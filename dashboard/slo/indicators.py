"""Indicators: where good and valid events come from, independent of the source."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A series that sources have for a service: a column of the frame contract (`dashboard.frames`).

    In addition to the contract, measure `age` is the seconds since requests were last counted.
    """

    service: str
    measure: str
    detail: str = ""

    @property
    def key(self) -> Key:
        """Its column in the frame of an answer."""
        return self.service, self.measure, self.detail


@dataclass(frozen=True, slots=True)
class Query:
    """A query written in an SLO.

    Attributes:
        text: PromQL without a range, as in OpenSLO, or with one.
        counter: a counter, whose increase over a step counts; otherwise its value at the end of the step counts.
    """

    text: str
    counter: bool = False

    @property
    def key(self) -> Key:
        """Its column in the frame of an answer."""
        return "", "increase" if self.counter else "value", self.text


Term = Column | Query


class Measure(StrEnum):
    """What an indicator measures, if known; it determines the unit of the limit."""

    ERRORS = "errors"
    LATENCY = "latency"
    AGE = "age"
    SATURATION = "saturation"


# Without `requests`, which is not one side of a ratio, and `usage`, which has units of its own.
_MEASURES = {
    "errors": Measure.ERRORS,
    "latency": Measure.LATENCY,
    "failed_latency": Measure.LATENCY,
    "quantile": Measure.LATENCY,
    "mean": Measure.LATENCY,
    "age": Measure.AGE,
    "saturation": Measure.SATURATION,
}


class Op(StrEnum):
    """How a value is compared with its limit, with OpenSLO's names."""

    LTE = "lte"
    LT = "lt"
    GTE = "gte"
    GT = "gt"

    @property
    def symbol(self) -> str:
        """The symbol for display."""
        return {"lte": "≤", "lt": "<", "gte": "≥", "gt": ">"}[self.value]

    @property
    def compare(self) -> Callable[[Any, Any], Any]:
        """The comparison function, for numbers or arrays."""
        return {"lte": operator.le, "lt": operator.lt, "gte": operator.ge, "gt": operator.gt}[self.value]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Counted events: all valid ones, and either the good or the bad among them."""

    valid: Term
    good: Term | None = None
    bad: Term | None = None

    def __post_init__(self) -> None:
        # Given both, events that are neither good nor bad would be undefined.
        if (self.good is None) == (self.bad is None):
            raise ValueError("a ratio needs its good or its bad events, not both")


@dataclass(frozen=True, slots=True)
class Raw:
    """A given ratio, 0–1, without counts; `success`: it is the share of good events, otherwise of bad ones."""

    ratio: Term
    success: bool = True


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that should stay on one side of a limit; each slice of time is one event."""

    value: Term
    op: Op
    limit: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite: `weight` multiplies its burn, `objective` is that of the part."""

    indicator: "Ratio | Raw | Threshold"
    objective: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.objective < 1:
            raise ValueError(f"objective {self.objective} of a part must lie between 0 and 1: at 1 it has no budget")


@dataclass(frozen=True, slots=True)
class Composite:
    """Several indicators that share one budget."""

    parts: tuple[Part, ...]


Simple = Ratio | Raw | Threshold
Indicator = Simple | Composite


def simple(indicator: Indicator) -> tuple[Simple, ...]:
    """The indicators of a composite; of any other, itself."""
    return tuple(part.indicator for part in indicator.parts) if isinstance(indicator, Composite) else (indicator,)


def terms(indicator: Indicator) -> Iterator[Term]:
    """All series that an indicator is computed from."""
    return (term for part in simple(indicator) for _, term in sides(part))


def sides(indicator: Simple) -> Iterator[tuple[str, Term]]:
    """The series of an indicator with their roles: valid, good, bad, ratio or value."""
    match indicator:
        case Ratio(valid, good, bad):
            yield "valid", valid
            yield from ((side, term) for side, term in (("good", good), ("bad", bad)) if term is not None)
        case Raw(ratio):
            yield "ratio", ratio
        case Threshold(value):
            yield "value", value


def renamed(indicator: Indicator, before: str, after: str) -> Indicator:
    """The indicator with columns of service `before` replaced by those of service `after`."""
    if isinstance(indicator, Composite):
        return Composite(
            tuple(replace(part, indicator=_renamed(part.indicator, before, after)) for part in indicator.parts)
        )
    return _renamed(indicator, before, after)


def _renamed(indicator: Simple, before: str, after: str) -> Simple:
    changed: dict[str, Any] = {
        field.name: replace(term, service=after)
        for field in fields(indicator)
        if isinstance(term := getattr(indicator, field.name), Column) and term.service == before
    }
    return replace(indicator, **changed)


def measure(indicator: Indicator) -> Measure | None:
    """What separates good from bad; None for a composite, and for queries, whose text does not say it."""
    match indicator:
        case Ratio(_, good, bad):
            term = good or bad
        case Threshold(value):
            term = value
        case _:
            return None
    return _MEASURES.get(term.measure) if isinstance(term, Column) else None
