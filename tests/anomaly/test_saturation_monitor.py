"""Resources near their limit: for long, full, or soon full; and forecasts that take turns."""

from collections.abc import Sequence

import numpy as np
import pytest

from dashboard.anomaly.intervals import Interval
from dashboard.anomaly.saturation_monitor import LASTING, LIMIT, TURNS, SaturationMonitor
from dashboard.timerange import DAY, HOUR

START = 1_760_000_100 // 300 * 300
MEMORY = ("shop", "memory")
CPU = ("shop", "cpu")


def monitored(*resources: tuple[str, str]) -> SaturationMonitor:
    return SaturationMonitor(resources or (MEMORY,), memory_s=DAY)


def fed(monitor: SaturationMonitor, values: Sequence[float], *, since: int = START) -> list[Interval]:
    """The same level for every resource, minute by minute."""
    count = len(monitor.resources)
    for place, value in enumerate(values):
        at = since + 60 * place
        monitor.update(at, np.full(count, value), np.full((60, count), value), spacing=60)
    return list(monitor)


def test_above_the_limit_for_a_quarter_of_an_hour_is_told_and_not_before() -> None:
    monitor = monitored()
    minutes = int(LASTING // 60)
    fed(monitor, [0.5] + [0.95] * (minutes - 1))
    assert list(monitor) == []
    (interval,) = fed(monitor, [0.95] * 3, since=START + 60 * minutes)
    assert interval.until is None


def test_what_is_full_is_told_at_once() -> None:
    (interval,) = fed(monitored(), [0.5, 1.0])
    assert interval.until is None


@pytest.mark.parametrize("value", [0.0, 0.5, LIMIT - 0.001, float("nan")])
def test_below_the_limit_or_unknown_nothing_is_told(value: float) -> None:
    assert fed(monitored(), [value] * 40) == []


def test_short_peaks_are_not_added_up() -> None:
    assert fed(monitored(), ([0.95] * 10 + [0.5]) * 5) == []


def test_what_will_soon_be_full_is_told_below_the_limit() -> None:
    monitor = monitored()
    past = np.linspace(0.1, 0.8, 7 * 12)[:, None]
    ends = START + 300 * np.arange(len(past))
    monitor.add(ends, past, spacing=300)
    assert list(monitor) == []
    # It grows by a tenth of the limit in an hour: two hours are left.
    by_minute = np.linspace(0.7, 0.8, 60)[:, None]
    monitor.update(float(ends[-1]), by_minute[-1], by_minute, spacing=60)
    full = monitor.forecasts[MEMORY].to_full.seconds
    assert full == pytest.approx(2 * HOUR, rel=0.15)
    (interval,) = monitor
    assert interval.until is None


def test_no_forecast_is_older_than_five_minutes() -> None:
    monitor = monitored(*((f"s{place}", "memory") for place in range(12)))
    for minute in range(20):
        fed(monitor, [0.5], since=START + 60 * minute)
        newest = START + 60 * minute
        assert all(newest - forecast.at < 60 * TURNS for forecast in monitor.forecasts.values())
    assert len(monitor.forecasts) == 12


def test_resources_that_come_and_go_keep_what_is_known_of_the_others() -> None:
    monitor = monitored(CPU, MEMORY)
    fed(monitor, [0.5] + [0.95] * 14)
    monitor.set_resources((MEMORY, ("cart", "disk")))
    assert set(monitor.forecasts) == {MEMORY}
    intervals = fed(monitor, [0.95, 0.95], since=START + 900)
    assert [monitor.resources[interval.series] for interval in intervals] == [MEMORY], (
        "only of this one a quarter of an hour is known"
    )


def test_without_resources_there_is_nothing() -> None:
    monitor = SaturationMonitor(memory_s=DAY)
    assert fed(monitor, [0.5]) == []
    assert monitor.forecasts == {}
