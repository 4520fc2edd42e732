"""Time to full: what fills is forecast in time, what does not is left alone, the unknown has no forecast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dashboard.anomaly.saturation.time_to_full import HORIZON, TimeToFull, times_to_full
from dashboard.sources.demo.scenario import LEAK_PERIOD, LEAK_PHASE, SERVICES
from dashboard.sources.demo.world import CELL, World
from dashboard.timerange import DAY, HOUR
from tests.anomaly.saturation.ramps import CALM, FILLING, PER_DAY, Score, scores

ROWS = np.arange(PER_DAY, dtype=float)


def time_to_full(values: np.ndarray, by_minute: np.ndarray | None = None) -> TimeToFull:
    (answer,) = times_to_full(values[:, None], by_minute=None if by_minute is None else by_minute[:, None])
    return answer


def noisy(values: np.ndarray, size: float = 0.01, seed: int = 1) -> np.ndarray:
    return values + np.random.default_rng(seed).normal(0, size, len(values))


@pytest.fixture(scope="module")
def scored() -> dict[str, Score]:
    return scores(FILLING + CALM, 6, seed=3, history=4 * PER_DAY)


@pytest.mark.parametrize("kind", FILLING)
def test_what_fills_is_paged_in_time(scored: dict[str, Score], kind: str) -> None:
    assert scored[kind].warned >= scored[kind].filling - 1
    assert scored[kind].filling >= 4


@pytest.mark.parametrize(
    ("kind", "doublings"), [("linear", 1.0), ("linear + season", 0.3), ("leak starts", 0.3), ("accelerating", 1.0)]
)
def test_the_estimate_is_about_right_hours_before(scored: dict[str, Score], kind: str, doublings: float) -> None:
    assert scored[kind].error < doublings


@pytest.mark.parametrize("kind", ["linear", "linear + season", "leak starts"])
def test_most_intervals_hold_the_truth_of_steady_growth(scored: dict[str, Score], kind: str) -> None:
    assert scored[kind].inside > 0.6


def test_false_pages_are_rare(scored: dict[str, Score]) -> None:
    weeks = sum(score.weeks for score in scored.values())
    assert sum(score.false_pages for score in scored.values()) / weeks <= 0.25


def test_a_straight_line_is_told_to_the_minute() -> None:
    answer = time_to_full(0.2 + 0.5 * (ROWS + 0.5) / PER_DAY)
    assert answer.rule == "trend"
    assert answer.seconds == pytest.approx(0.3 / 0.5 * DAY, abs=60)
    assert answer.early is not None
    assert answer.late is not None
    assert answer.early < answer.seconds < answer.late


def test_the_path_runs_to_the_late_end_inside_its_cone() -> None:
    answer = time_to_full(noisy(0.2 + 0.5 * ROWS / PER_DAY))
    assert answer.late is not None
    assert answer.ahead[0] == 0
    assert answer.ahead[-1] >= answer.late > answer.ahead[-2]
    assert (answer.lower <= answer.path).all()
    assert (answer.path <= answer.upper).all()


def test_a_fall_is_no_forecast() -> None:
    assert time_to_full(noisy(0.9 - 0.5 * ROWS / PER_DAY)).seconds is None


def test_what_would_be_full_in_a_month_is_not_told() -> None:
    assert time_to_full(0.2 + 0.02 * ROWS / PER_DAY).seconds is None


@pytest.mark.parametrize("level", [1.0, 1.4])
def test_what_is_full_is_full_now(level: float) -> None:
    answer = time_to_full(np.full(PER_DAY, level))
    assert (answer.rule, answer.seconds, answer.early, answer.late) == ("full", 0, 0, 0)


@pytest.mark.parametrize(
    "values",
    [
        np.full(PER_DAY, 0.5),
        np.zeros(PER_DAY),
        np.full(PER_DAY, np.nan),
        np.full(PER_DAY, np.inf),
        np.full(PER_DAY, -np.inf),
        np.array([0.5]),
        np.array([0.5, 0.6]),
        np.array([]),
        np.where(ROWS == 100, 0.5, np.nan),
    ],
)
def test_without_a_trend_there_is_no_forecast(values: np.ndarray) -> None:
    answer = time_to_full(values)
    assert (answer.rule, answer.seconds, answer.early, answer.late) == (None, None, None, None)
    assert len(answer.ahead) == 0


def test_no_resources_have_no_forecasts() -> None:
    assert times_to_full(np.empty((PER_DAY, 0))) == []


def test_noise_is_no_forecast() -> None:
    values = np.random.default_rng(5).normal(0.6, 0.03, (PER_DAY, 200))
    forecast = [answer.seconds for answer in times_to_full(values) if answer.seconds is not None]
    assert len(forecast) <= 2


def test_a_gap_changes_little() -> None:
    values = 0.2 + 0.5 * (ROWS + 0.5) / PER_DAY
    values[150:200] = np.nan
    assert time_to_full(values).seconds == pytest.approx(0.6 * DAY, rel=0.02)


def test_after_half_an_hour_without_values_nothing_is_told() -> None:
    values = 0.2 + 0.5 * ROWS / PER_DAY
    values[-6:] = np.nan
    assert time_to_full(values).seconds is None


def test_after_a_restart_only_what_followed_counts() -> None:
    begin = 144
    values = np.where(begin > ROWS, 0.5 + 0.4 * ROWS / begin, 0.2 + 0.4 * (ROWS + 0.5 - begin) / (PER_DAY - begin))
    assert time_to_full(noisy(values, 0.003)).seconds == pytest.approx(DAY / 2, rel=0.1)


def test_a_mean_that_straddles_the_restart_is_no_trend() -> None:
    values = np.where(ROWS < 144, 0.9, 0.3)
    values[144] = 0.6
    assert time_to_full(noisy(values, 0.003)).seconds is None


def test_a_surge_is_told_from_five_minutes() -> None:
    minutes = noisy(np.full(120, 0.4), 0.01)
    minutes[-5:] += 0.06 * np.arange(1, 6)
    answer = time_to_full(np.full(PER_DAY, 0.4), minutes)
    assert answer.rule == "surge"
    assert answer.seconds == pytest.approx(5 * 60, rel=0.3)


def test_minutes_of_noise_are_no_surge() -> None:
    by_minute = np.random.default_rng(6).normal(0.5, 0.03, (120, 500))
    answers = times_to_full(np.full((PER_DAY, 500), 0.5), by_minute=by_minute)
    assert [answer.rule for answer in answers] == [None] * 500


def test_what_the_minutes_say_of_now_is_newer_than_the_means() -> None:
    minutes = np.full(120, 0.4)
    minutes[-1] = 1.0
    assert time_to_full(np.full(PER_DAY, 0.4), minutes).rule == "full"


def test_many_resources_are_told_as_each_alone() -> None:
    slopes = np.linspace(-0.3, 0.5, 7)
    values = 0.4 + slopes * ROWS[:, None] / PER_DAY
    assert [time_to_full(values[:, place]).seconds for place in range(7)] == [
        answer.seconds for answer in times_to_full(values)
    ]


@given(arrays(float, (60, 2), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_whatever_is_measured_the_answer_is_in_order(values: np.ndarray) -> None:
    for answer in times_to_full(values, by_minute=values):
        if answer.seconds is not None:
            assert answer.early is not None
            assert 0 <= answer.early <= answer.seconds <= HORIZON
            assert answer.late is None or answer.seconds <= answer.late


WORLD = World(start=1_764_000_000.0, seed=7)


def measured(service: str, resource: str, now: float, step: int, rows: int) -> np.ndarray:
    (demo_service,) = (candidate for candidate in SERVICES if candidate.name == service)
    last = int(now // CELL)
    cells = np.arange(last - rows * step // CELL, last)
    level = np.where(WORLD.scraped(demo_service, cells), WORLD.saturation(demo_service, resource, cells), np.nan)
    return level.reshape(rows, -1).mean(axis=1)


@pytest.mark.parametrize("days", [1, 4])
def test_the_demo_leak_is_told_with_the_truth_inside(days: int) -> None:
    inside: list[bool] = []
    for phase in range(6 * HOUR, LEAK_PERIOD, 3 * HOUR):
        answer = time_to_full(measured("media-proxy", "memory", WORLD.start - LEAK_PHASE + phase, 300, days * PER_DAY))
        truth = (1 - 0.30 - 0.66 * phase / LEAK_PERIOD) / 0.66 * LEAK_PERIOD
        assert answer.seconds == pytest.approx(truth, rel=0.1)
        assert answer.early is not None
        inside.append(answer.early - 60 <= truth <= (answer.late or np.inf) + 60)
    assert sum(inside) >= 0.8 * len(inside)


def test_the_demo_pool_is_told_within_five_minutes() -> None:
    now = WORLD.start - 45 * 60 + 5 * 60
    coarse = measured("checkout", "pool", now, 300, PER_DAY)
    answer = time_to_full(coarse, measured("checkout", "pool", now, 60, 120))
    assert answer.rule == "surge"
    assert answer.seconds == pytest.approx(280, rel=0.3)


def test_the_demo_is_calm_elsewhere() -> None:
    now = WORLD.start + 5 * HOUR
    calm = [
        (service.name, name)
        for service in SERVICES
        for name in service.resources
        if service.name not in ("media-proxy", "checkout")
    ]
    values = np.stack([measured(*which, now, 300, 4 * PER_DAY) for which in calm], axis=1)
    assert [answer.seconds for answer in times_to_full(values) if (answer.seconds or DAY) < DAY] == []
