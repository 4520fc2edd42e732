"""Series as servers of other people have them, written as an OpenMetrics text that Prometheus is filled with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.servers import NOW

HOUR = 3600


@dataclass(frozen=True)
class Series:
    """One series.

    Attributes:
        per_s: growth a second of a counter. `value`: of a gauge, in the place of growth.
        start, end: epoch seconds of its first and last sample. `every`: seconds between two samples.
        until: epoch seconds at which a counter stops to grow.
    """

    metric: str
    labels: Mapping[str, str] = field(default_factory=dict)
    per_s: float = 0.0
    value: float | None = None
    start: int = NOW - HOUR
    end: int = NOW
    every: int = 15
    until: int = NOW

    def lines(self, case: str) -> Iterator[str]:
        labels = {**self.labels, "case": case}
        text = ",".join(f'{name}="{value}"' for name, value in labels.items())
        for at in range(self.start, self.end + 1, self.every):
            value = self.value if self.value is not None else self.per_s * (min(at, self.until) - self.start)
            yield f"{self.metric}{{{text}}} {value:.12g} {at}"


@dataclass(frozen=True)
class Sawtooth(Series):
    """Two processes that answer for one target in turn: the counter jumps between theirs."""

    def lines(self, case: str) -> Iterator[str]:
        for number, line in enumerate(super().lines(case)):
            name, value, at = line.rsplit(" ", 2)
            yield f"{name} {float(value) / (1 + number % 2):.12g} {at}"


def counter(metric: str, per_s: float, **labels: str) -> Series:
    """A counter that grows evenly."""
    return Series(metric, labels, per_s=per_s)


def gauge(metric: str, value: float, **labels: str) -> Series:
    """A gauge that stays."""
    return Series(metric, labels, value=value)


def outcomes(metric: str, label: str, shares: Mapping[str, float], per_s: float = 10.0, **labels: str) -> list[Series]:
    """A counter with an outcome label: requests a second in all, shared out among the values of the label."""
    return [Series(metric, {**labels, label: value}, per_s=per_s * share) for value, share in shares.items()]


def buckets(metric: str, below: Mapping[str, float], per_s: float = 10.0, **labels: str) -> list[Series]:
    """A classic histogram; `below`: bound as written → share of the requests at or under it."""
    every = {**below, "+Inf": 1.0}
    return [Series(metric, {**labels, "le": le}, per_s=per_s * share) for le, share in every.items()]


def text(cases: Mapping[str, Iterable[Series]]) -> str:
    """All cases as one text, each told from the others by its label `case`."""
    return "\n".join(
        [line for case, every in cases.items() for one in every for line in one.lines(case)] + ["# EOF", ""]
    )
