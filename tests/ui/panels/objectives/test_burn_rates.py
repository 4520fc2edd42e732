"""Burn rate by window as HTML: every alert with its threshold, its windows and what they mean."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.slo.report import Alert, State, Suppression
from dashboard.slo.timeline import BurnHistory
from dashboard.timerange import HOUR
from dashboard.ui.panels.objectives import burn_rates
from dashboard.ui.text.units import plain
from tests.ui.panels import NOW


def test_a_rule_that_cannot_be_read_says_so(snapshot: Snapshot) -> None:
    judged = snapshot.slos[0]
    unread = tuple(replace(alert, reading=None, suppressed=Suppression.WINDOW_NOT_MEASURED) for alert in judged.alerts)
    html = burn_rates.table(snapshot, replace(judged, alerts=unread))
    assert html.count("</i> no data</span>") == html.count("too little data in a window") == len(judged.alerts)
    assert "No burn rate alert can work for this objective." in burn_rates.table(snapshot, replace(judged, alerts=()))


def alert(snapshot: Snapshot, long: float | None, short: float | None) -> Alert:
    base = snapshot.slos[0].alerts[0]
    return replace(base, long=replace(base.long, rate=long), short=replace(base.short, rate=short))


@pytest.mark.parametrize(
    ("rate", "bar"),
    [
        (None, '<span class="track none"><i class="" style="width:0.0%"></i>'),
        (0.0, '<span class="track"><i class="" style="width:0.0%"></i>'),
        (7.2, '<span class="track"><i class="" style="width:25.0%"></i>'),
        (14.4, '<span class="track"><i class="" style="width:50.0%"></i>'),
        (21.6, '<span class="track"><i class="over" style="width:75.0%"></i>'),
        (100.0, '<span class="track"><i class="over cut" style="width:100.0%"></i>'),
    ],
)
def test_all_thresholds_stand_in_one_line_and_what_lies_beyond_twice_is_cut(
    snapshot: Snapshot, rate: float | None, bar: str
) -> None:
    assert bar in burn_rates._bar(replace(snapshot.slos[0].alerts[0].long, rate=rate), 14.4)


def test_only_a_rate_over_its_threshold_is_hot(snapshot: Snapshot) -> None:
    threshold = snapshot.slos[0].alerts[0].rule.threshold
    html = burn_rates._alert(snapshot.slos[0], alert(snapshot, threshold * 1.1, threshold), None, "UTC")
    assert html.count('<b class="over">') == 1
    assert html.count('<b class="">') == 1
    assert "gs-trail" not in html, "without events there is nothing to draw"


def test_every_alert_is_a_row_with_its_history(snapshot: Snapshot) -> None:
    report = next(report for report in snapshot.slos if report.state is not State.NO_DATA)
    html = burn_rates.table(snapshot, report)
    assert html.count('<div class="gs-rule gs-') == len(report.alerts)
    assert html.count('role="img" aria-label="burn rate over') == len(report.alerts)


def test_the_newest_moment_is_called_now_only_where_it_is(snapshot: Snapshot) -> None:
    report = next(report for report in snapshot.slos if report.state is not State.NO_DATA)
    ended = replace(snapshot.source, state=SourceState.STALE, trouble=Trouble.ENDED, data_end=NOW)
    assert burn_rates.table(snapshot, report).count("<span>now</span>") == len(report.alerts)
    html = burn_rates.table(replace(snapshot, source=ended), report)
    assert (html.count("<span>now</span>"), html.count("<span>data end</span>")) == (0, len(report.alerts))


def history(snapshot: Snapshot, long: list[float], short: list[float]) -> str:
    lines = BurnHistory(NOW - HOUR, 600.0, np.array(long), np.array(short))
    return plain(burn_rates._history(snapshot.slos[0].alerts[0], lines, "UTC", NOW))


def test_the_peak_is_that_of_the_short_window_where_it_was_measured(snapshot: Snapshot) -> None:
    calm, peak = [1.0] * 7, [1.0, 1.0, 30.0, 1.0, 1.0, 1.0, 1.0]
    assert "peak 30.0×, 08:13" in history(snapshot, calm, peak)
    assert "peak 30.0×, 08:13" in history(snapshot, peak, [np.nan] * 7)


def test_too_few_points_are_no_line(snapshot: Snapshot) -> None:
    gap = [np.nan] * 7
    assert history(snapshot, gap, [*gap[3:], 1.0, 1.0, 1.0]) == burn_rates.NO_LINE
    assert history(snapshot, gap, [*gap[4:], 1.0, 1.0, 1.0, 1.0]) != burn_rates.NO_LINE


def test_the_table_can_be_taken_along(snapshot: Snapshot) -> None:
    judged = snapshot.slos[0]
    link = f'href="api/v1/slo?slo={judged.slo.name}&amp;table=burn&amp;tz=UTC&amp;format=csv"'
    assert link in burn_rates.table(snapshot, judged)
