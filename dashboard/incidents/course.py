"""What the five-minute counts of an impact show: before, at its worst, and how its cost accumulated."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.incidents.incident import Impact, StepCounts


@dataclass(frozen=True, slots=True)
class Step:
    """One step: epoch seconds of its start, and its events; None in both if nothing was measured."""

    start: float
    end: float
    bad: float | None
    valid: float | None

    @property
    def ratio(self) -> float | None:
        """The share of bad events, 0–1; None without events."""
        return self.bad / self.valid if self.bad is not None and self.valid else None


@dataclass(frozen=True, slots=True)
class Shape:
    """The course of an impact in shares of bad events, 0–1; None if nothing was measured.

    Attributes:
        before: in the hour before it. `worst`: in its worst step. `after`: after it.
        traffic_before, traffic: valid events per second.
    """

    before: float | None
    worst: float | None
    after: float | None
    traffic_before: float | None
    traffic: float | None


def steps(counts: StepCounts) -> list[Step]:
    """All steps, one after the other."""
    begins = [counts.start + place * counts.step for place in range(len(counts.bad))]
    rows = zip(begins, counts.bad, counts.valid, strict=True)
    return [Step(begin, begin + counts.step, bad, valid) for begin, bad, valid in rows]


def shape(impact: Impact) -> Shape:
    """The events before, during and after an impact; None for everything without counts."""
    every = steps(impact.counts) if impact.counts is not None else []
    end = float("inf") if impact.end is None else impact.end
    before = [step for step in every if step.end <= impact.start]
    within = [step for step in every if step.end > impact.start and step.start < end]
    after = [step for step in every if step.start >= end]
    ratios = [ratio for step in within if (ratio := step.ratio) is not None]
    return Shape(_ratio(before), max(ratios, default=None), _ratio(after), _per_second(before), _per_second(within))


def spent(impact: Impact) -> list[tuple[float, float]]:
    """Epoch seconds of the end of each step, and the share of the budget that the impact had taken by then.

    The last value equals the share of the whole impact; empty if that, or the counts, are unknown.
    """
    if impact.counts is None or impact.budget_share is None:
        return []
    shares, taken = [], 0.0
    for step, weight in _weights(impact):
        taken += weight
        shares.append((step.end, taken))
    whole = taken or 1.0
    return [(end, impact.budget_share * part / whole) for end, part in shares]


def _weights(impact: Impact) -> Iterator[tuple[Step, float]]:
    """Bad events of each step that belong to the impact; of partly covered steps all of them."""
    assert impact.counts is not None, "it is asked for with counts"
    end = float("inf") if impact.end is None else impact.end
    for step in steps(impact.counts):
        is_within = step.end > impact.start and step.start < end
        yield step, (step.bad or 0.0) if is_within else 0.0


def _ratio(part: list[Step]) -> float | None:
    valid = sum(step.valid or 0.0 for step in part)
    return sum(step.bad or 0.0 for step in part) / valid if valid > 0 else None


def _per_second(part: list[Step]) -> float | None:
    measured = [step for step in part if step.valid is not None]
    seconds = sum(step.end - step.start for step in measured)
    return sum(step.valid or 0.0 for step in measured) / seconds if seconds > 0 else None


def bad_until(impact: Impact, moment: float) -> float | None:
    """Bad events from the start of an impact up to a time (epoch seconds); None if its counts are unknown.

    The step that contains the time counts proportionally.
    """
    if impact.counts is None:
        return None
    within = (step for step in steps(impact.counts) if step.end > impact.start and step.start < moment)
    return sum((step.bad or 0.0) * min(1.0, (moment - step.start) / (step.end - step.start)) for step in within)
