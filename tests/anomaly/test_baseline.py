"""What is usual: learned by day, not from what is far off, adopted after a day; failures fade; new services wait."""

import numpy as np
import pytest

from dashboard.anomaly.baseline import ADOPTED, HALF_LIFE, Baseline, Expectations
from dashboard.anomaly.observations import WINDOW, WINDOWS, Observations
from dashboard.timerange import DAY, HOUR

START = 1_760_000_000 // DAY * DAY
ROWS = DAY // WINDOW


def seen(ends: np.ndarray, *, requests: float, failed: float = 0.0, latency: float = 0.2) -> Observations:
    """One service, the same in every row but for the noise of counts."""
    random = np.random.default_rng(int(ends[0]) % 1000)
    count = (
        random.poisson(requests, (len(ends), 1)).astype(float)
        if np.isfinite(requests)
        else np.full((len(ends), 1), np.nan)
    )
    times = np.array([window / WINDOW for window in WINDOWS]).reshape(-1, 1, 1)
    slow = latency * np.exp(0.02 * random.normal(size=(len(ends), 1)))
    bad = np.full((len(ends), 1), failed)
    return Observations(("shop",), ends, count * times, bad * times, slow, count, (), np.zeros((len(ends), 0)))


def rows(day: float, days: float) -> np.ndarray:
    return START + day * DAY + np.arange(1, round(days * ROWS) + 1, dtype=float) * WINDOW


@pytest.fixture
def known() -> Baseline:
    """A service that was as usual for three days."""
    baseline = Baseline(("shop",))
    baseline.learn(seen(rows(0, 3), requests=3000, failed=3))
    return baseline


def newest(expectations: Expectations) -> dict[str, float]:
    return {
        name: float(getattr(expectations, name)[-1, 0])
        for name in ("requests", "latency", "baseline_failed", "baseline_requests")
    }


def test_what_was_usual_is_expected(known: Baseline) -> None:
    expected = newest(known.learn(seen(rows(3, 1 / ROWS), requests=3000, failed=3)))
    assert expected["requests"] == pytest.approx(3000, rel=0.02)
    assert expected["latency"] == pytest.approx(0.2, rel=0.02)
    assert expected["baseline_failed"] / expected["baseline_requests"] == pytest.approx(0.001, rel=0.05)


def test_a_row_is_judged_by_what_was_usual_before_it(known: Baseline) -> None:
    expected = newest(known.learn(seen(rows(3, 1 / ROWS), requests=300, failed=300, latency=9.0)))
    assert expected["requests"] == pytest.approx(3000, rel=0.02)
    assert expected["latency"] == pytest.approx(0.2, rel=0.02)


def test_an_incident_is_not_learned_within_its_day(known: Baseline) -> None:
    expected = newest(known.learn(seen(rows(3, 0.9), requests=300, failed=150, latency=2.0)))
    assert expected["requests"] == pytest.approx(3000, rel=0.1)
    assert expected["latency"] == pytest.approx(0.2, rel=0.1)
    assert expected["baseline_failed"] / expected["baseline_requests"] == pytest.approx(0.001, rel=0.1)


def test_what_lasts_for_more_than_a_day_is_the_new_usual(known: Baseline) -> None:
    assert ADOPTED == DAY
    expected = newest(known.learn(seen(rows(3, 2), requests=300, failed=150, latency=2.0)))
    assert expected["requests"] == pytest.approx(300, rel=0.2)
    assert expected["latency"] == pytest.approx(2.0, rel=0.2)
    assert expected["baseline_failed"] / expected["baseline_requests"] > 0.01


def test_failures_fade_by_half_in_two_days(known: Baseline) -> None:
    """Three days leave 1 - 2^-1.5 of a long past; half of it is left beside two days in which all went well."""
    assert HALF_LIFE == 2 * DAY
    after = newest(known.learn(seen(rows(3, HALF_LIFE / DAY), requests=3000, failed=0)))
    left = (1 - 2**-1.5) / 2
    assert after["baseline_failed"] / after["baseline_requests"] == pytest.approx(0.001 * left / (left + 0.5), rel=0.03)


def test_only_measured_time_makes_a_service_known() -> None:
    baseline = Baseline(("shop",))
    baseline.learn(seen(rows(0, 3), requests=np.nan))
    assert not baseline.complete.any()
    assert not baseline.learn(seen(rows(3, 0.9), requests=100)).has_baseline.any()
    baseline.learn(seen(rows(4, 0.2), requests=100))
    assert baseline.complete.all()


def test_minutes_are_judged_and_only_whole_five_are_learned(known: Baseline) -> None:
    ends = START + 3 * DAY + 60.0 * np.arange(1, 5)
    before = known.levels.expected(float(ends[-1]))
    known.learn(seen(ends, requests=9000))
    after = known.levels.expected(float(ends[-1]))
    np.testing.assert_array_equal(before, after)


def test_services_that_come_and_go_take_what_is_known_with_them(known: Baseline) -> None:
    known.set_services(("new", "shop"))
    assert known.complete.tolist() == [False, True]
    level, _ = known.levels.expected(START + 3 * DAY)
    assert np.isnan(level[0])
    assert np.expm1(level[1]) == pytest.approx(3000, rel=0.02)
    known.set_services(("new",))
    assert known.complete.tolist() == [False]


def test_traffic_that_comes_in_bursts_has_a_wider_band_than_what_comes_evenly() -> None:
    random = np.random.default_rng(1)
    ends = rows(0, 4)
    even, bursts = Baseline(("shop",)), Baseline(("shop",))
    calm = seen(ends, requests=1000)
    wild = 1000 * np.exp(0.3 * random.normal(size=(len(ends), 1)))
    times = np.array([window / WINDOW for window in WINDOWS]).reshape(-1, 1, 1)
    loud = Observations(("shop",), ends, wild * times, calm.failed, calm.latency, wild, (), calm.saturation)
    assert even.learn(calm).dispersion[-1, 0] < 3 < 20 < bursts.learn(loud).dispersion[-1, 0]


def test_a_week_away_is_forgotten_as_a_level_and_kept_as_a_season(known: Baseline) -> None:
    later = known.learn(seen(rows(10, 1 / ROWS), requests=500))
    assert np.isnan(later.requests[0, 0]), "after so long the level is learned anew"
    expected = newest(known.learn(seen(rows(10.5, 2 * HOUR / DAY), requests=500)))
    assert expected["requests"] == pytest.approx(500, rel=0.2)
