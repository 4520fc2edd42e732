"""Which versions of a service were present when: stretches of consecutive steps with the same versions.

Steps are numbered by their end: step n ends at n · STEP_S seconds of the epoch, on every replica and at any time, so
that everything derived from them has the same id everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

STEP_S = 300


class Origin(StrEnum):
    """Where versions are observed, most reliable first: requests answered, instances present, instances started."""

    REQUESTS = "requests"
    TARGET = "target_info"
    BUILD = "build_info"
    IMAGE = "image"
    REPLICAS = "replicas"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Something with one version after another: a service in one kind of series, or one of its containers.

    Attributes:
        service: its id. `part`: the metric, or the workload and the container, to distinguish several.
    """

    service: str
    origin: Origin
    part: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive measured steps with the same versions.

    Attributes:
        first, last: numbers of steps, inclusive. `amounts`: version → mean number of requests, or instances, of a step.
        steps: number of measured ones.
    """

    first: int
    last: int
    amounts: Mapping[str, float]
    steps: int

    @property
    def total(self) -> float:
        """Sum over all versions and all steps."""
        return sum(self.amounts.values()) * self.steps


@dataclass(slots=True)
class Presence:
    """The stretches of one subject, in order of time; steps that are added again are replaced."""

    stretches: list[Stretch] = field(default_factory=list)

    def add(self, first: int, counts: Mapping[str, np.ndarray]) -> bool:
        """Add steps; returns whether that changed anything.

        Args:
            first: number of the first step.
            counts: version → requests or instances of each step, shape (steps,); NaN or 0: absent.
        """
        steps = max((len(values) for values in counts.values()), default=0)
        before = self.stretches
        kept = [part for old in before for part in _outside(old, first, first + steps - 1)]
        self.stretches = _joined(sorted([*kept, *_stretches(first, counts)], key=lambda stretch: stretch.first))
        return self.stretches != before

    def forget(self, before: int) -> None:
        """Drop steps before this number."""
        self.stretches = [part for old in self.stretches for part in _outside(old, -(2**60), before - 1)]


def _outside(stretch: Stretch, first: int, last: int) -> Iterable[Stretch]:
    """The parts of a stretch before and after a range of steps."""
    if stretch.last < first or stretch.first > last:
        yield stretch
        return
    # Which steps in it were measured is not stored: assume the same share in each part.
    share = stretch.steps / (stretch.last - stretch.first + 1)
    for begin, end in ((stretch.first, first - 1), (last + 1, stretch.last)):
        if begin <= end:
            yield Stretch(begin, end, stretch.amounts, max(round(share * (end - begin + 1)), 1))


def _stretches(first: int, counts: Mapping[str, np.ndarray]) -> Iterable[Stretch]:
    versions = list(counts)
    if not versions:
        return
    amounts = np.nan_to_num(np.array([counts[version] for version in versions], dtype=float))
    measured = np.flatnonzero((amounts > 0).any(axis=0))
    there = amounts[:, measured] > 0
    turns = np.flatnonzero((there[:, 1:] != there[:, :-1]).any(axis=0)) + 1
    for places in np.split(np.arange(len(measured)), turns):
        if len(places):
            columns = measured[places]
            means = amounts[:, columns].mean(axis=1)
            present = {version: float(mean) for version, mean in zip(versions, means, strict=True) if mean > 0}
            yield Stretch(first + int(columns[0]), first + int(columns[-1]), present, len(places))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for stretch in stretches:
        before = joined[-1] if joined else None
        if before is not None and before.amounts.keys() == stretch.amounts.keys():
            joined[-1] = _merged(before, stretch)
        else:
            joined.append(stretch)
    return joined


def _merged(before: Stretch, after: Stretch) -> Stretch:
    steps = before.steps + after.steps
    amounts = {
        version: (amount * before.steps + after.amounts[version] * after.steps) / steps
        for version, amount in before.amounts.items()
    }
    return Stretch(before.first, after.last, amounts, steps)
