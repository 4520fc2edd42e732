"""All resources at one moment: their order, their urgency, and what planned events do to them."""

import numpy as np
import pandas as pd
import pytest

from dashboard.capacity.capacity import CapacityReport, LiveLevel, Rising, Urgency
from dashboard.capacity.hours import HOURS, ResourceHours, ResourceKey
from dashboard.capacity.judgement import Past, capacity_of
from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import capacity_headline
from dashboard.ui.text.units import plain

END = 1_790_000_000 // HOUR * HOUR
TRAFFIC = 100 + 60 * np.cos(np.arange(-HOURS + 1, 1) * 2 * np.pi / 24)


def report(
    use: dict[str, np.ndarray],
    live: dict[ResourceKey, LiveLevel] | None = None,
    *,
    events: tuple[PlannedEvent, ...] = (),
) -> CapacityReport:
    """Of resources of one service whose traffic has a daily shape between 40 and 160 requests per second."""
    noise = np.random.default_rng(1).normal(0, 0.002, (HOURS, len(use)))
    hours = ResourceHours(
        END, tuple(("shop", name) for name in use), np.stack(list(use.values()), axis=1) + noise, ("shop",),
        TRAFFIC[:, None], np.full((HOURS, 1), np.nan), {("shop", "cpu"): 8.0},
    )  # fmt: skip
    return capacity_of(
        Past.of(hours), live or {}, float(END), titles={}, units={("shop", "cpu"): "cores"}, events=events
    )


def test_what_runs_out_first_comes_first_and_what_is_near_full_is_told() -> None:
    hours = np.arange(-HOURS + 1, 1)
    every = report(
        {"flat": np.full(HOURS, 0.5), "tight": np.full(HOURS, 0.93), "slow": 0.7 + 0.0003 * hours,
         "disk alarm": np.zeros(HOURS)}
    )  # fmt: skip
    assert [each.resource for each in every.resources] == ["slow", "tight", "flat"]
    assert [each.urgency for each in every.resources] == [Urgency.SOON, Urgency.TIGHT, Urgency.ROOM]
    assert [each.is_notable for each in every.resources] == [True, True, False]
    assert every.counts[Urgency.ROOM] == 1


def test_a_resource_that_was_not_measured_lately_has_no_room_and_no_forecast() -> None:
    gone = 0.7 + 0.0003 * np.arange(-HOURS + 1, 1)
    gone[-6:] = np.nan
    (each,) = report({"memory": gone}).resources
    assert each.urgency is Urgency.NO_DATA
    assert np.isnan(each.now)
    assert each.outlook.seconds is None


@pytest.mark.parametrize("use", [1.0, 1.2])
def test_what_is_full_now_is_full_whatever_its_hours_were(use: float) -> None:
    (each,) = report({"pool": np.full(HOURS, 0.4)}, {("shop", "pool"): LiveLevel(use)}).resources
    assert each.outlook.seconds == 0
    assert each.peak == use
    assert each.urgency is Urgency.NEAR


def test_the_last_hours_count_where_they_are_sooner() -> None:
    live = {("shop", "memory"): LiveLevel(0.8, 50.0, Rising(4 * HOUR, 3 * HOUR, 6 * HOUR))}
    (each,) = report({"memory": np.full(HOURS, 0.5)}, live).resources
    assert each.is_live
    assert (each.outlook.seconds, each.outlook.early, each.outlook.late) == (4 * HOUR, 3 * HOUR, 6 * HOUR)
    assert each.outlook.path(4)[-1] == pytest.approx(1.0)


def sawtooth(hours: int) -> np.ndarray:
    """Rises from 40 % to 90 % within two days, again and again, up to now."""
    return np.asarray(0.4 + 0.5 * ((np.arange(-HOURS + 1, 1) + hours) % 48) / 48)


def test_what_always_fell_back_before_it_was_full_is_not_announced() -> None:
    live = {("shop", "memory"): LiveLevel(0.8, 50.0, Rising(19 * HOUR, 18 * HOUR, 20 * HOUR, 0.5 / 48))}
    every = report({"memory": sawtooth(38)}, live)
    (each,) = every.resources
    assert each.outlook.seconds is None
    assert each.held is not None
    assert (each.held.falls.count, each.urgency, each.is_notable) == (15, Urgency.ROOM, True)
    said = capacity_headline.headline(every, "UTC", float(END))
    assert "Nothing fills up" in said
    assert plain(said).endswith(
        "The memory of shop rises 1.0 %/h; in the last 30 days it fell back 15 times, at 89 %; full in 19 h only if it "
        "does not this time."
    )


def test_what_has_passed_all_that_it_ever_fell_back_from_is_announced() -> None:
    live = {("shop", "memory"): LiveLevel(0.97, 50.0, Rising(3 * HOUR, 2 * HOUR, 4 * HOUR, 0.01))}
    (each,) = report({"memory": np.where(np.arange(HOURS) < HOURS - 8, sawtooth(0), 0.95)}, live).resources
    assert (each.outlook.seconds, each.held, each.urgency) == (3 * HOUR, None, Urgency.NEAR)


def test_what_was_full_an_hour_ago_and_is_not_measured_since_is_full_and_not_merely_tight() -> None:
    (each,) = report({"memory": np.full(HOURS, 1.2)}).resources
    assert (each.outlook.seconds, each.urgency, each.is_live) == (0, Urgency.NEAR, False)


@pytest.mark.parametrize(("days", "horizon"), [(30, 90), (10, 40), (4, 16), (2, 0)])
def test_nothing_is_told_further_ahead_than_the_past_reaches(days: int, horizon: int) -> None:
    use = np.full(HOURS, 0.5)
    use[: -days * 24] = np.nan
    (each,) = report({"memory": use}).resources
    assert each.outlook.seconds is None
    assert each.outlook.horizon == horizon * DAY
    assert each.urgency is (Urgency.ROOM if horizon else Urgency.TOO_EARLY)


def test_a_share_below_nothing_is_a_mark_of_something_else() -> None:
    ends = pd.DatetimeIndex(pd.to_datetime([END - HOUR, END], unit="s", utc=True), name="time")
    columns = {("shop", "saturation", "memory"): [0.4, -1.0], ("shop", "saturation", "disk"): [-1.0, -1.0]}
    frame = pd.DataFrame(columns, index=ends)
    hours = ResourceHours().extended(frame, ["shop"])
    (memory,) = capacity_of(Past.of(hours), {}, float(END), titles={}, units={}).resources
    assert (memory.resource, memory.peak) == ("memory", pytest.approx(0.4))


@pytest.mark.parametrize(("cluster", "price"), [("east", 80.0), ("", 120.0), ("north", None)])
def test_what_is_held_costs_what_its_own_cluster_does(cluster: str, price: float | None) -> None:
    prices = Prices("€", {"core": 15.0}, {"east": {"core": 10.0}, "west": {"core": 20.0}})
    use = np.full((HOURS, 1), 0.1)
    hours = ResourceHours(
        END, (("shop", "cpu"),), use, ("shop",), TRAFFIC[:, None], np.full((HOURS, 1), np.nan), {("shop", "cpu"): 8.0}
    )
    (cpu,) = capacity_of(
        Past.of(hours), {}, float(END), titles={}, units={("shop", "cpu"): "cores"}, prices=prices,
        clusters={"shop": cluster},
    ).resources  # fmt: skip
    assert cpu.month_price == price
    assert cpu.surplus is not None
    # Of 0.8 cores 1.25 are enough.
    assert cpu.surplus.saves == (None if price is None else pytest.approx(price / 8 * 6.75))


def test_an_event_fills_what_follows_traffic_and_nothing_else() -> None:
    sale = PlannedEvent("sale", END + 7 * DAY, END + 8 * DAY, 1.5)
    other = PlannedEvent("other", END + 7 * DAY, END + 8 * DAY, 9.0, ("cart",))
    over = PlannedEvent("over", END - 2 * DAY, END - DAY, 9.0)
    every = report({"cpu": 0.1 + 0.004 * TRAFFIC, "memory": np.full(HOURS, 0.5)}, events=(sale, other, over))
    cpu, memory = (every.named("shop", name) for name in ("cpu", "memory"))
    assert cpu is not None
    assert memory is not None
    assert memory.effects == ()
    (effect,) = cpu.effects
    # At the peak of 160/s half as much again is 240/s, which needs 0.1 + 0.004 · 240.
    assert effect.traffic == pytest.approx(240, rel=0.03)
    assert effect.peak == pytest.approx(1.06, abs=0.03)
    assert effect.full_from is not None
    assert sale.start <= effect.full_from < sale.end
    assert every.events == (sale, other)


def test_less_traffic_fills_nothing() -> None:
    quiet = PlannedEvent("holiday", END + 7 * DAY, END + 8 * DAY, 0.5)
    (cpu,) = report({"cpu": 0.1 + 0.004 * TRAFFIC}, events=(quiet,)).resources
    (effect,) = cpu.effects
    assert effect.full_from is None
    assert effect.peak < cpu.peak


def test_nothing_at_all_is_a_report_without_resources() -> None:
    empty = capacity_of(Past.of(ResourceHours()), {}, float(END), titles={}, units={})
    assert empty.resources == ()
    assert empty.surplus == ()
    assert empty.since is None
