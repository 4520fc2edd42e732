"""Alerts of the demo, as Prometheus would record them: some report its incidents, others wake people for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.alerts.alert import Labels, labels_of
from dashboard.alerts.interval_history import AlertSamples
from dashboard.sources.demo.parts_of import uniform
from dashboard.sources.demo.scenario import MINUTE, DemoSignal
from dashboard.sources.demo.world import World, strength
from dashboard.timerange import HOUR

# A rule waits this many seconds until it fires.
WAIT = 3 * MINUTE
SLOT = 6 * HOUR


@dataclass(frozen=True, slots=True)
class _Follows:
    """A rule that fires while an incident changes a signal of a service."""

    name: str
    severity: str
    service: str
    signal: DemoSignal


@dataclass(frozen=True, slots=True)
class _Noise:
    """A rule that fires for nothing.

    Attributes:
        name, severity, service: of its alerts. `share`: of the quarters of a day in which it fires, 0–1.
        minutes: for which it does. `again`: it fires once more, this many minutes later.
    """

    name: str
    severity: str
    service: str
    share: float
    minutes: int
    again: int = 0


# Nothing follows the errors of search: a budget burns there, and nobody is paged.
FOLLOWING = (
    _Follows("HighErrorRate", "page", "checkout", DemoSignal.ERRORS),
    _Follows("HighErrorRate", "page", "cart", DemoSignal.ERRORS),
    _Follows("PoolNearlyExhausted", "warning", "checkout", DemoSignal.SATURATION),
    _Follows("LatencyHigh", "warning", "search", DemoSignal.LATENCY),
)
NOISE = (
    _Noise("CpuThrottling", "page", "auth", 0.11, 7),
    _Noise("PodRestarted", "warning", "catalog", 0.3, 3, again=8),
)
WATCHDOG = labels_of({"alertname": "Watchdog", "severity": "none"})


def alerts(world: World, start: float, end: float) -> Iterator[AlertSamples]:
    """Samples of the alerts that fired after `start` until `end` (epoch seconds), one a minute."""
    times = np.arange(start // MINUTE + 1, end // MINUTE + 1) * MINUTE
    yield AlertSamples(WATCHDOG, times)
    if not world.incidents:
        return
    for rule in FOLLOWING:
        fires = np.zeros(len(times), dtype=bool)
        for incident in world.incidents:
            if (incident.service, incident.signal) == (rule.service, rule.signal):
                fires |= strength(incident, times - world.start - WAIT) > 0.5
        yield AlertSamples(_labels(rule), times[fires])
    for number, noise in enumerate(NOISE):
        yield AlertSamples(_labels(noise), times[_fires(noise, times, number)])


def _labels(rule: _Follows | _Noise) -> Labels:
    return labels_of({"alertname": rule.name, "severity": rule.severity, "service": rule.service})


def _fires(noise: _Noise, times: np.ndarray, number: int) -> np.ndarray:
    slots = times // SLOT
    begins = slots * SLOT + (uniform(slots, 2 * number + 1) * (SLOT - HOUR)) // MINUTE * MINUTE
    since = (times - begins) / MINUTE
    first = (since >= 0) & (since < noise.minutes)
    second = (since >= noise.again) & (since < noise.again + noise.minutes) if noise.again else first
    fires: np.ndarray = (first | second) & (uniform(slots, 2 * number + 2) < noise.share)
    return fires
