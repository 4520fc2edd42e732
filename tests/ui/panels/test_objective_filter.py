"""Which objectives are shown: what matches, in which order, on which page, and what is said of a name nobody has."""

from dataclasses import replace

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import State
from dashboard.ui.panels import objective_filter, objective_list
from dashboard.ui.panels.objective_filter import ObjectiveFilter


def many(snapshot: Snapshot, count: int) -> Snapshot:
    judged = snapshot.slos[0]
    slos = tuple(replace(judged, slo=replace(judged.slo, name=f"slo-{number:04}")) for number in range(count))
    return replace(snapshot, slos=slos)


def test_a_thousand_are_shown_in_pages_of_fifty(snapshot: Snapshot) -> None:
    thousand = many(snapshot, 1000)
    part = objective_filter.rows(thousand, ObjectiveFilter(every=True, page=20))
    assert (len(part.shown), part.first, part.pages) == (50, 951, 20)
    foot = objective_list.table(thousand, ObjectiveFilter(every=True, page=20), part, None)
    assert "951–1,000 of 1,000 objectives" in foot
    assert "Next" not in foot
    assert "page=19" in foot


def test_the_order_is_exhausted_then_without_data_then_by_what_is_left(snapshot: Snapshot) -> None:
    base = snapshot.slos[0]
    wanted = [("a", State.EXHAUSTED, -3.0), ("b", State.EXHAUSTED, -0.1), ("c", State.NO_DATA, None),
              ("d", State.NO_DATA, 0.9), ("e", State.ACCEPTABLE, 0.2), ("f", State.CRITICAL, 0.8)]  # fmt: skip
    reports = [replace(base, slo=replace(base.slo, name=name), state=s, remaining=left) for name, s, left in wanted]
    assert [report.slo.name for report in objective_filter.ordered(reports[::-1])] == list("abcdef")
