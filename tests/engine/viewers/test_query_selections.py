"""What queries select decides whether an SLO is measured, at once and as soon as that changes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.settings import Settings
from dashboard.engine.slo_tracker import SloTracker
from dashboard.engine.viewers.query_selections import QuerySelections
from dashboard.slo.caveats import CaveatKind
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.slo.report import State
from dashboard.slo.selections import Lack, LackKind, Selection
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, Grid
from tests.steady import START, Clock, Steady

BAD, VALID = Query("bad", counter=True), Query("valid", counter=True)
OWN = Slo("shop", "own", Ratio(VALID, bad=BAD), 0.9, origin="slo.yaml:1")
METRIC = Lack(LackKind.METRIC, "bad_total")
LABEL = Lack(LackKind.LABEL, "bad_total", "cod", 'cod=~"5.."')


class Selecting(Steady):
    """Answers queries: valid events always, bad ones before a moment, and what `lacks` the query of these has now."""

    def __init__(self) -> None:
        super().__init__(Clock(), ())
        self.lacks: tuple[Lack, ...] = ()
        self.failed_until = float("-inf")

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        self.asked.append(grid)
        at = np.arange(grid.start, grid.end + 1, grid.step)
        values = {
            VALID.key: np.full(len(grid), 10.0 * grid.step),
            BAD.key: np.where(at <= self.failed_until, grid.step, np.nan),
        }
        selections = (Selection("valid", 1), Selection("bad", 0, frozenset(self.lacks)))
        return Answer(frames.samples(values, grid), newest=float(grid.end), selections=selections)


@pytest.fixture
def source() -> Selecting:
    return Selecting()


@pytest.fixture
def tracker() -> SloTracker:
    return SloTracker(Settings(slos=(OWN,)))


def count(tracker: SloTracker, source: Selecting, now: float) -> tuple[State, float | None, list[CaveatKind]]:
    tracker.follow(source.discover(now), now)
    tracker.count(source, now, progress=lambda _: None)
    (report,) = tracker.reports()
    return report.state, report.sli, [caveat.kind for caveat in report.caveats]


def test_failures_that_never_happened_are_none(tracker: SloTracker, source: Selecting) -> None:
    assert count(tracker, source, START) == (State.ACCEPTABLE, 1.0, [])


@pytest.mark.parametrize("lack", [METRIC, LABEL], ids=lambda lack: lack.kind)
def test_what_cannot_be_told_is_not_measured_and_said(tracker: SloTracker, source: Selecting, lack: Lack) -> None:
    source.lacks = (lack,)
    assert count(tracker, source, START) == (State.NO_DATA, None, [CaveatKind.CANNOT_TELL])
    (caveat,) = tracker.reports()[0].caveats
    assert caveat.blindness is not None
    assert (caveat.blindness.query, caveat.blindness.lack) == (BAD, lack)


def test_all_of_it_is_counted_once_it_can_be_told(tracker: SloTracker, source: Selecting) -> None:
    source.lacks = (LABEL,)
    count(tracker, source, START)
    source.lacks = ()
    assert count(tracker, source, START + 60) == (State.ACCEPTABLE, 1.0, [])
    (report,) = tracker.reports()
    assert report.coverage == pytest.approx(1.0, abs=0.01)
    asked = len(source.asked)
    count(tracker, source, START + 60)
    assert len(source.asked) == asked, "and only once"


def test_failures_of_days_ago_prove_a_metric_that_is_gone(tracker: SloTracker, source: Selecting) -> None:
    source.lacks, source.failed_until = (METRIC,), START - 2 * DAY
    state, sli, caveats = count(tracker, source, START)
    assert (state, caveats) == (State.ACCEPTABLE, [])
    assert sli == pytest.approx(1 - 0.1 * 28 / 30, abs=1e-3)
    assert tracker.reports()[0].coverage == pytest.approx(1.0, abs=0.01)


def test_what_can_no_longer_be_told_is_silent_from_then_on(tracker: SloTracker, source: Selecting) -> None:
    count(tracker, source, START)
    source.lacks = (LABEL,)
    for minute in range(1, 8):
        state, _, caveats = count(tracker, source, START + 60 * minute)
    assert (state, caveats) == (State.NO_DATA, [CaveatKind.NOT_MEASURED, CaveatKind.CANNOT_TELL])


def test_a_query_that_no_slo_has_any_more_needs_no_history(source: Selecting) -> None:
    selections = QuerySelections()
    selections.learn(
        [Answer(frames.samples({}, Grid(0, 0, 60)), selections=(Selection("bad", 0, frozenset([LABEL])),))], {}
    )
    assert selections.without_blind({BAD.key: np.zeros(1)}, [OWN]) == {}
    assert not selections.take_recovered([replace(OWN, indicator=Ratio(VALID, bad=VALID))])
    assert not selections.take_recovered([OWN])
