"""What an objective counts: where good and valid events come from, whichever source answers."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A series that sources have of a service: a column of the frame contract (`dashboard.frames`).

    Beyond the contract, measure `age` is the seconds since requests were last counted.
    """

    service: str
    measure: str
    detail: str = ""

    @property
    def key(self) -> Key:
        """Its place in an answer's frame."""
        return self.service, self.measure, self.detail


@dataclass(frozen=True, slots=True)
class Query:
    """A query that an SLO was written with.

    Attributes:
        text: PromQL without a range, as OpenSLO wants it, or with one, as people write it.
        counter: it counts up: what matters is its increase over a step; else its value at the step's end.
    """

    text: str
    counter: bool = False

    @property
    def key(self) -> Key:
        """Its place in an answer's frame."""
        return "", "increase" if self.counter else "value", self.text


Term = Column | Query


class Measure(StrEnum):
    """What an indicator measures, as far as it is known: the unit of its limit follows from it."""

    ERRORS = "errors"
    LATENCY = "latency"
    AGE = "age"
    SATURATION = "saturation"


# `requests` and `usage` are left out: the one is no side of a ratio, the other has a unit of its own.
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
    """How a value is compared with its limit, as OpenSLO names it."""

    LTE = "lte"
    LT = "lt"
    GTE = "gte"
    GT = "gt"

    @property
    def symbol(self) -> str:
        """As people read it."""
        return {"lte": "≤", "lt": "<", "gte": "≥", "gt": ">"}[self.value]

    @property
    def compare(self) -> Callable[[Any, Any], Any]:
        """The comparison, of numbers or of arrays."""
        return {"lte": operator.le, "lt": operator.lt, "gte": operator.ge, "gt": operator.gt}[self.value]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Counted events: all valid ones, and either the good or the bad among them."""

    valid: Term
    good: Term | None = None
    bad: Term | None = None

    def __post_init__(self) -> None:
        # With both, what is neither would have to be called something.
        if (self.good is None) == (self.bad is None):
            raise ValueError("a ratio needs its good or its bad events, not both")


@dataclass(frozen=True, slots=True)
class Raw:
    """A ready ratio, 0–1, without counts; `success`: it is the share of good events, else of bad ones."""

    ratio: Term
    success: bool = True


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that shall keep to one side of a limit; each slice of time is one event."""

    value: Term
    op: Op
    limit: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite: `weight` multiplies its burn, `objective` is its own."""

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
    """The series that an indicator is computed from, each with what it stands for: valid, good, bad, ratio or value."""
    match indicator:
        case Ratio(valid, good, bad):
            yield "valid", valid
            yield from ((side, term) for side, term in (("good", good), ("bad", bad)) if term is not None)
        case Raw(ratio):
            yield "ratio", ratio
        case Threshold(value):
            yield "value", value


def renamed(indicator: Indicator, before: str, after: str) -> Indicator:
    """The indicator with what it reads of service `before` read of service `after`."""
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
    """What separates good from bad; None for a composite, and for queries, whose text does not say."""
    match indicator:
        case Ratio(_, good, bad):
            term = good or bad
        case Threshold(value):
            term = value
        case _:
            return None
    return _MEASURES.get(term.measure) if isinstance(term, Column) else None
