"""What a page of a service is about: the live window where it suffices, else one of the history."""

from dataclasses import replace

import pandas as pd
import pytest

from dashboard.engine.on_demand import OnDemandWindow
from dashboard.engine.snapshot import Snapshot
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui import data
from dashboard.ui.panels import service_charts
from dashboard.ui.panels.service_view import ServiceView, service_view
from dashboard.ui.selection import Selection
from dashboard.ui.text.source_text import PARTIAL
from dashboard.ui.text.units import plain
from tests.ui.panels import NOW


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[Grid]:
    """The windows that the source was asked for."""
    grids: list[Grid] = []

    def window(service: str, grid: Grid) -> OnDemandWindow:
        grids.append(grid)
        return OnDemandWindow(pd.DataFrame(), grid)

    monkeypatch.setattr(data, "window", window)
    return grids


def test_the_live_window_costs_the_source_nothing(snapshot: Snapshot, fetched: list[Grid]) -> None:
    view = service_view(snapshot, Selection("checkout", HOUR, 0), NOW)
    assert fetched == []
    assert view.live
    assert len(view.samples) == len(view.grid) == 240
    assert view.samples.index[-1].timestamp() == view.grid.end


def test_a_shorter_span_is_the_end_of_the_live_window(snapshot: Snapshot, fetched: list[Grid]) -> None:
    view = service_view(snapshot, Selection("checkout", 900, 0), NOW)
    assert fetched == []
    assert len(view.samples) == 60


@pytest.mark.parametrize("selected", [Selection("checkout", DAY, 0), Selection("checkout", HOUR, 0, end=NOW - DAY)])
def test_a_longer_span_and_a_past_range_come_from_the_history(
    snapshot: Snapshot, fetched: list[Grid], selected: Selection
) -> None:
    view = service_view(snapshot, selected, NOW)
    assert fetched == [view.grid]
    assert view.live == (selected.end is None)
    assert abs(view.grid.end - (selected.end or NOW)) <= view.grid.step


def test_a_part_of_the_live_window_that_was_zoomed_to_costs_the_source_nothing(
    snapshot: Snapshot, fetched: list[Grid]
) -> None:
    selected = Selection("checkout", 600, 0, end=NOW - 900)
    view, again = (service_view(snapshot, selected, NOW) for _ in range(2))
    assert fetched == []
    assert not view.live
    assert view.axis.mark == ""
    moments = [moment.timestamp() for moment in view.samples.index]
    assert moments == list(range(view.grid.start, view.grid.end + 1, snapshot.step))
    assert abs(view.grid.end - (NOW - 900)) <= snapshot.step
    assert view == again, "viewers share what is built of it"


@pytest.mark.parametrize(("span", "behind"), [(600, HOUR), (2 * HOUR, 900), (600, -600)])
def test_a_range_that_the_live_window_holds_in_part_is_fetched_whole(
    snapshot: Snapshot, fetched: list[Grid], span: int, behind: float
) -> None:
    view = service_view(snapshot, Selection("checkout", span, 0, end=NOW - behind), NOW)
    assert fetched == [view.grid]


def test_viewers_of_one_refresh_share_what_is_built_of_equal_views(snapshot: Snapshot) -> None:
    selected = Selection("checkout", HOUR, 0)
    minute = NOW // 60 * 60
    views = [service_view(snapshot, selected, minute + seconds) for seconds in (0.0, 4.9, 14.2)]
    assert views[0] == views[1] == views[2]
    assert service_charts.broadcast(views[0]) is service_charts.broadcast(views[2])


def test_the_compared_period_lies_earlier_by_what_was_chosen(snapshot: Snapshot, fetched: list[Grid]) -> None:
    view = service_view(snapshot, Selection("checkout", HOUR, 7 * DAY, "last week"), NOW)
    assert fetched == [Grid(view.grid.start - 7 * DAY, view.grid.end - 7 * DAY, view.grid.step)]
    assert view.compared == "last week"


def test_an_answer_of_long_ago_is_no_longer_called_now(snapshot: Snapshot) -> None:
    selected = Selection("checkout", HOUR, 0)
    assert service_view(snapshot, selected, NOW + 30).axis.mark == "now"
    assert service_view(snapshot, selected, NOW + 120).axis.mark == "last answer"


@pytest.mark.parametrize(
    ("span", "mark"),
    [(900, "now"), (6 * HOUR, "now"), (DAY, "last 5 m"), (7 * DAY, "last 30 m"), (30 * DAY, "last 2 h")],
)
def test_values_over_a_longer_step_are_not_called_now(
    snapshot: Snapshot, fetched: list[Grid], span: int, mark: str
) -> None:
    assert plain(service_view(snapshot, Selection("checkout", span, 0), NOW).axis.mark) == mark


def test_a_past_range_has_no_mark_and_nothing_ahead(snapshot: Snapshot, fetched: list[Grid]) -> None:
    view = service_view(snapshot, Selection("checkout", DAY, 0, end=NOW - DAY), NOW)
    assert (view.axis.mark, view.axis.ahead) == ("", 0.0)


def test_room_for_what_is_expected_begins_with_six_hours(snapshot: Snapshot, fetched: list[Grid]) -> None:
    ahead = {span: service_view(snapshot, Selection("checkout", span, 0), NOW).axis.ahead for span in (HOUR, 6 * HOUR)}
    assert ahead == {HOUR: 0.0, 6 * HOUR: 1.5 * HOUR * 1000}


def test_a_choice_stays_the_same_while_the_data_move_on(snapshot: Snapshot) -> None:
    report = snapshot.by_name["checkout"]
    first, later = (ServiceView(report, Grid.ending(end, span=HOUR, step=15)) for end in (NOW, NOW + 15))
    assert first.choice == later.choice
    assert replace(first, live=False).choice != replace(later, live=False).choice
    assert first.choice != replace(first, compare=DAY).choice


@pytest.mark.parametrize(
    ("error", "partial", "message"),
    [(None, False, None), (None, True, PARTIAL), ("refused", False, "refused"), ("refused", True, "refused")],
)
def test_what_is_old_or_incomplete_says_why(
    snapshot: Snapshot, error: str | None, partial: bool, message: str | None
) -> None:
    grid = Grid.ending(NOW, span=HOUR, step=15)
    window = OnDemandWindow(pd.DataFrame(), grid, partial=partial, error=error)
    assert ServiceView(snapshot.by_name["checkout"], grid, window).message == message
    assert ServiceView(snapshot.by_name["checkout"], grid).message is None


def test_the_page_s_clock_is_that_of_its_zone_at_the_end_of_the_span(snapshot: Snapshot) -> None:
    grid = Grid.ending(NOW, span=HOUR, step=15)
    view = ServiceView(snapshot.by_name["checkout"], grid, zone="Europe/Berlin")
    assert view.offset == 120
    assert replace(view, grid=Grid.ending(NOW + 90 * DAY, span=HOUR, step=15)).offset == 60


def test_of_data_that_have_ended_the_span_ends_with_them(snapshot: Snapshot, fetched: list[Grid]) -> None:
    source = replace(snapshot.source, data_end=snapshot.at - 30)
    ended = replace(snapshot, source=source)
    day = service_view(ended, Selection("checkout", DAY, 0), NOW + 40 * DAY)
    assert fetched == [day.grid]
    assert (day.mark, day.live, day.grid.end) == ("data end", True, NOW // day.grid.step * day.grid.step)
    assert (day.axis.ahead, day.traffic_forecast) == (0.0, None), "nothing is expected of what is over"
    assert service_view(ended, Selection("checkout", HOUR, 0), NOW + 40 * DAY).mark == "data end"
    assert len(fetched) == 1, "the live window is that of the end"
