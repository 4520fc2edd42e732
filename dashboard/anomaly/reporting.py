"""Builds the reported anomalies from intervals of tests and resources, and from new shapes."""

from collections.abc import Sequence

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.intervals import Interval
from dashboard.anomaly.novelty_monitor import SHOWN_FOR, NovelPoint
from dashboard.anomaly.observations import WINDOW, ResourceKey


def of_test(interval: Interval, tests: Sequence[tuple[Signal, Direction]], services: Sequence[str]) -> Anomaly:
    """The anomaly for an interval in which a signal was outside its band.

    Args:
        interval: its series index counts all services of the first test, then those of the second, and so on.
        tests, services: in that order.
    """
    test, service = divmod(interval.series, len(services))
    signal, direction = tests[test]
    value, low, high = interval.newest
    return Anomaly(
        service=services[service],
        signal=signal,
        direction=direction,
        since=interval.since,
        until=interval.until,
        peak_at=interval.peak_at,
        peak=interval.peak.value,
        value=value,
        expected=(_end(low), _end(high)),
        p_value=interval.p_value,
    )


def of_resource(interval: Interval, resources: Sequence[ResourceKey]) -> Anomaly:
    """The anomaly for a resource near or soon at its limit; the interval's series is the index of the resource."""
    service, resource = resources[interval.series]
    return Anomaly(
        service=service,
        signal=Signal.SATURATION,
        direction=Direction.HIGH,
        since=interval.since,
        until=interval.until,
        peak_at=interval.peak_at,
        peak=max(interval.peak.value, interval.newest.value),
        value=interval.newest.value,
        expected=(None, interval.newest.high),
        p_value=None,
        detail=resource,
    )


def of_novelty(point: NovelPoint, now: float) -> Anomaly:
    """The hint for a new shape, which lasts for half an hour; `now` in epoch seconds."""
    service, signal = point.series
    over = point.at + SHOWN_FOR
    return Anomaly(
        service=service,
        signal=signal,
        direction=Direction.HIGH,
        since=point.at - WINDOW,
        until=None if over > now else over,
        peak_at=point.at,
        peak=point.value,
        value=point.value,
        expected=(None, None),
        p_value=None,
        layer=Layer.NOVELTY,
    )


def _end(value: float) -> float | None:
    """The end of a band; None if that side is open."""
    return None if np.isnan(value) else value
