"""When resources are full: told in time and about right where they fill up, and never where they do not."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.capacity.hours import HOURS
from dashboard.capacity.outlook import Outlook, outlooks
from dashboard.timerange import DAY, HOUR
from tests.capacity.series import FLAT, Ramps, flat, ramps

LEAD = 12.0
COUNT = 32


def seconds(futures: list[Outlook]) -> np.ndarray:
    return np.array([np.nan if future.seconds is None else future.seconds for future in futures])


def errors(made: Ramps, futures: list[Outlook]) -> np.ndarray:
    """By which share of the truth each forecast is off; NaN where there is none."""
    return np.abs(seconds(futures) / HOUR - made.lead) / made.lead


@pytest.mark.parametrize("shaped", [False, True], ids=["linear", "daily shaped"])
def test_time_to_full_is_within_a_fifth_twelve_hours_ahead(shaped: bool) -> None:
    made = ramps(3, COUNT, lead=LEAD, shaped=shaped)
    futures = outlooks(made.use)
    off = errors(made, futures)[made.is_clear]
    assert np.isfinite(off).mean() >= 0.95
    assert np.nanmax(off) <= 0.2


@pytest.mark.parametrize("shaped", [False, True], ids=["linear", "daily shaped"])
def test_the_interval_holds_the_truth_nine_times_in_ten(shaped: bool) -> None:
    made = ramps(4, COUNT, lead=LEAD, shaped=shaped)
    dated = [future for future in outlooks(made.use) if future.seconds is not None]
    assert len(dated) >= 0.9 * COUNT
    holds = [
        future.early is not None and future.early <= LEAD * HOUR <= (np.inf if future.late is None else future.late)
        for future in dated
    ]
    assert np.mean(holds) >= 0.9


def test_a_month_of_slow_growth_is_told_weeks_ahead() -> None:
    """0.6 % of the limit a day under a daily shape: the first day whose peak is at the limit is 41 days ahead."""
    hours = np.arange(-HOURS + 1, 1)
    shape = 0.1 * np.cos(hours * 2 * np.pi / 24)
    use = 0.65 + 0.00025 * hours + shape + np.random.default_rng(9).normal(0, 0.004, HOURS)
    (future,) = outlooks(use[:, None])
    assert future.seconds is not None
    assert future.seconds / DAY == pytest.approx(0.25 / 0.00025 / 24, rel=0.1)


@pytest.mark.parametrize("kind", FLAT)
def test_what_is_flat_is_never_announced(kind: str) -> None:
    use = flat(kind, 11, 40)
    for back in (0, 31, 200):
        shown = np.vstack([np.full((back, 40), np.nan), use[: HOURS - back]])
        announced = np.flatnonzero(np.isfinite(seconds(outlooks(shown))))
        assert announced.tolist() == [], f"{kind}, {back} hours ago"


def test_growth_after_one_deploy_that_gave_back_what_was_used_is_told() -> None:
    hours = np.arange(HOURS)
    deploy = 400
    grown = np.where(hours < deploy, 0.4 + 0.0008 * hours, 0.3 + 0.0015 * (hours - deploy))
    (future,) = outlooks((grown + np.random.default_rng(1).normal(0, 0.003, HOURS))[:, None])
    truth = (1 - grown[-1]) / 0.0015 * HOUR
    assert future.resets == 1
    assert future.seconds == pytest.approx(truth, rel=0.1)


def test_what_was_not_measured_lately_has_no_forecast_and_gaps_do_no_harm() -> None:
    made = ramps(3, 4, lead=LEAD, shaped=False)
    gone = made.use.copy()
    gone[-5:] = np.nan
    assert np.isnan(seconds(outlooks(gone))).all()
    gaps = made.use.copy()
    gaps[100:110], gaps[-40:-36] = np.nan, np.nan
    assert np.nanmax(errors(made, outlooks(gaps))) <= 0.2


def test_a_few_hours_say_nothing_and_no_resource_is_no_error() -> None:
    use = np.full((HOURS, 1), np.nan)
    use[-20:, 0] = np.linspace(0.4, 0.9, 20)
    assert outlooks(use)[0].seconds is None
    assert outlooks(np.empty((HOURS, 0))) == []
    assert outlooks(np.full((HOURS, 1), np.nan))[0].seconds is None


def test_the_path_repeats_the_week_and_carries_on_the_growth() -> None:
    shape = np.zeros(168)
    shape[9] = 0.2
    future = replace(Outlook(), level=0.5, slope=0.001, shape=shape)
    path = future.path(24 * 14)
    assert path[9] == pytest.approx(0.5 + 0.001 * 10 + 0.2)
    assert path[9 + 168] == pytest.approx(0.5 + 0.001 * (10 + 168) + 0.2)
    assert future.path(24, 1)[5] == pytest.approx(future.path(24, -1)[5])
