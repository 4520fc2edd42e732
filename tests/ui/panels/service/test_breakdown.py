"""Where the bad requests come from, as HTML: a row for each value of the label, the worst first."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.engine import service_reports
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers import breakdown_rows
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.ranking import LISTED, Ranking, ranking
from dashboard.timerange import Grid
from dashboard.ui.panels.service import breakdown
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text.units import plain
from tests.ui.panels import HOSTILE, NOW

GRID = Grid.ending(NOW, span=600, step=15)
Column = tuple[str, str, str]


def frame(**values: dict[str, float]) -> pd.DataFrame:
    """Each value of the label with its measures: `errors_server=1` is the column ("errors", "server")."""
    columns: dict[Column, np.ndarray] = {}
    for value, measures in values.items():
        for name, number in measures.items():
            measure, _, detail = name.partition("__")
            columns[(value, measure, detail.replace("_", "."))] = np.full(len(GRID), number)
    return frames.samples(columns, GRID)


GOOD = {"requests": 8.0, "errors__server": 0.0, "latency__0_1": 7.0, "latency__0_5": 8.0, "latency__inf": 8.0}
BAD = {"requests": 2.0, "errors__server": 0.5, "latency__0_1": 0.0, "latency__0_5": 1.0, "latency__inf": 1.5}


def view(snapshot: Snapshot, **changes: object) -> ServiceView:
    report = snapshot.by_name["checkout"]
    own = replace(report, info=replace(report.info, threshold=0.1))
    return replace(ServiceView(own, GRID), **changes)


def table(snapshot: Snapshot, now: pd.DataFrame, before: pd.DataFrame | None = None, label: str = "route") -> str:
    earlier = None if before is None else OnDemandWindow(before, GRID)
    compared = {"compare": 86400, "compared": "yesterday"} if before is not None else {}
    return plain(breakdown.table(OnDemandWindow(now, GRID), earlier, view(snapshot, **compared), label))


def test_the_value_with_the_most_bad_requests_comes_first() -> None:
    first, second = breakdown_rows.rows(frame(calm=GOOD, broken=BAD), 0.1, 15)
    assert (first.value, second.value) == ("broken", "calm")
    # Half a failure and one and a half slow ones a second, over all rows of fifteen seconds.
    assert first.bad == pytest.approx(2.0 * 15 * len(GRID))
    assert (first.failed, first.slow) == (pytest.approx(0.25), pytest.approx(0.75))
    assert (first.traffic, second.traffic) == (2.0, 8.0)
    assert second.bad == pytest.approx(1.0 * 15 * len(GRID))


def test_what_is_not_measured_is_not_zero() -> None:
    (row,) = breakdown_rows.rows(frame(plain={"requests": 8.0}), 0.1, 15)
    assert (row.failed, row.slow, row.p95) == (None, None, None)


def test_bad_requests_that_nothing_tells_are_missing_and_not_none(snapshot: Snapshot) -> None:
    html = table(snapshot, frame(plain={"requests": 8.0}))
    assert "1 of 1 · it is unknown which requests are bad" in html
    assert "<td>–</td><td>–</td><td>–</td>" in html
    assert "<b>–</b>" in html
    good = {**GOOD, "latency__0_1": 8.0}
    assert "1 of 1 · no bad requests" in table(snapshot, frame(fine=good))


def test_a_value_without_requests_is_left_out() -> None:
    assert breakdown_rows.rows(frame(idle={**GOOD, "requests": 0.0}, gone={"requests": np.nan}), 0.1, 15) == []


def test_equal_values_keep_their_places() -> None:
    assert [row.value for row in breakdown_rows.rows(frame(b=GOOD, c=GOOD, a=GOOD), 0.1, 15)] == ["a", "b", "c"]


def test_the_table_has_a_line_for_each_value_and_says_how_many_there_are(snapshot: Snapshot) -> None:
    html = table(snapshot, frame(calm=GOOD, broken=BAD))
    assert html.count("<tr><td title=") == 2
    assert "2 of 2, 100 % of bad requests · sorted by bad requests" in html
    assert "<th>Route</th>" in html
    assert "<td>25 %</td><td>75 %</td><td>1,200</td>" in html


def test_a_label_of_many_values_is_cut_and_says_so(snapshot: Snapshot) -> None:
    html = table(snapshot, frame(**{f"v{number:02}": BAD for number in range(40)}))
    assert html.count("<tr><td title=") == LISTED
    assert "30 of 40, 75 % of bad requests" in html
    assert ">and 10 more, 25 % of bad requests</div>" in html
    assert "more" not in table(snapshot, frame(calm=GOOD, broken=BAD))


def test_values_that_are_not_listed_are_those_with_the_fewest_bad_requests(snapshot: Snapshot) -> None:
    worse = {f"w{number:02}": BAD for number in range(LISTED)}
    html = table(snapshot, frame(**{f"a{number:03}": GOOD for number in range(870)}, **worse))
    listed, more = html.split("and 870 more")
    assert listed.count('title="w') == LISTED
    # One slow request a second of each of the many, two bad ones of each of the few.
    assert more.startswith(", 94 % of bad requests</div>")


def test_values_that_were_not_fetched_are_counted_among_the_others(snapshot: Snapshot) -> None:
    others = Ranking(("x", "y"), np.array([2100.0, 0.0]))
    window = OnDemandWindow(frame(calm=GOOD, broken=BAD), GRID, names=("calm", "broken"), others=others)
    html = plain(breakdown.table(window, None, view(snapshot), "pod"))
    # 1,200 bad requests of one, 600 of the other.
    assert "2 of 4, 46 % of bad requests" in html
    assert "and 2 more, 54 % of bad requests" in html
    assert breakdown.table(replace(window, frame=frame()), None, view(snapshot), "pod") == ""


def test_no_table_of_its_own_is_built_for_what_is_not_listed(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    by_service = service_reports.by_service
    monkeypatch.setattr(breakdown_rows, "by_service", lambda part: built.append(part.shape[1]) or by_service(part))
    many = frame(**{f"v{number:04}": BAD for number in range(500)})
    assert "and 470 more" in table(snapshot, many, many)
    assert built == [LISTED * len(BAD)] * 2


def test_the_ranking_is_that_of_the_rows() -> None:
    mixed = frame(a=GOOD, b=BAD, c={"requests": 3.0}, d={**BAD, "requests": 0.0}, e={**GOOD, "requests": 9.0})
    rows = breakdown_rows.rows(mixed, 0.1, 15)
    ranked = ranking(mixed, 0.1, 15)
    assert ranked.values == tuple(row.value for row in rows) == ("b", "e", "a", "c")
    np.testing.assert_allclose(ranked.bad, [row.bad for row in rows])
    assert ranking(mixed, None, 15).values == ("b", "e", "a", "c")
    assert ranking(frame(), 0.1, 15).values == ()


def test_a_change_is_said_where_the_value_was_there_before(snapshot: Snapshot) -> None:
    slower = {**GOOD, "latency__0_1": 0.0}
    html = table(snapshot, frame(calm=slower, new=GOOD), frame(calm=GOOD))
    assert "<th>p95 vs yesterday</th>" in html
    assert "<td>+" in html
    assert "<td>–</td>" in html, "what is new has nothing to be compared with"
    assert "vs" not in table(snapshot, frame(calm=slower))


def test_without_a_row_there_is_no_table(snapshot: Snapshot) -> None:
    assert table(snapshot, frame()) == ""


def test_values_and_labels_are_text(snapshot: Snapshot) -> None:
    html = table(snapshot, frame(**{HOSTILE: BAD}), label=HOSTILE)
    assert html.casefold().count("&lt;script&gt;") == 3
    assert "<script" not in html.casefold()


@pytest.mark.parametrize("failed", [0.1, 0.3, 0.7, 1 / 3])
def test_values_that_are_all_listed_have_all_bad_requests(snapshot: Snapshot, failed: float) -> None:
    """However the sums are rounded: 99.99 % of them would say that one is missing."""
    parts = {name: {**BAD, "errors__server": failed * part} for name, part in (("a", 0.7), ("b", 1.1), ("c", 1.3))}
    assert "3 of 3, 100 % of bad requests" in table(snapshot, frame(**parts)).replace("\xa0", " ")
