"""Anomalies of a service's signal: intervals with a start, a peak and a strength; immutable."""

from dataclasses import dataclass
from enum import StrEnum


class Signal(StrEnum):
    """The signals that are tested for every service."""

    LATENCY = "latency"
    TRAFFIC = "traffic"
    ERRORS = "errors"
    SATURATION = "saturation"


class Direction(StrEnum):
    """The side on which it is unusual; a drop and a spike of traffic are two tests."""

    HIGH = "high"
    LOW = "low"


class Layer(StrEnum):
    """The kind of detection: a significance test, or a hint that the shape is new."""

    TEST = "test"
    NOVELTY = "novelty"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One interval in which a signal was unusual.

    Attributes:
        since, until: epoch seconds; `until` is None while it lasts.
        peak_at: epoch seconds of its most extreme row. `peak`: the value then.
        value: at its newest time, in the signal's unit (seconds, requests per second, ratio).
        expected: low and high end of the band at that time, None if that side is open.
        p_value: the smallest, 0–1; None for a hint, and for a fixed limit, which is not tested.
        detail: the resource, for saturation.
        cost: share of the error budget that it has spent beyond the usual; None if no objective counts it.
    """

    service: str
    signal: Signal
    direction: Direction
    since: float
    until: float | None
    peak_at: float
    peak: float
    value: float
    expected: tuple[float | None, float | None]
    p_value: float | None
    layer: Layer = Layer.TEST
    detail: str = ""
    cost: float | None = None

    @property
    def lasts(self) -> bool:
        """Whether it was detected by a test and is still open."""
        return self.until is None and self.layer is Layer.TEST
