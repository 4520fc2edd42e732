"""Burn rate by window as HTML: every alert with its threshold, its windows and what they mean."""

from dataclasses import replace

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import Suppression
from dashboard.ui.panels import burn_rates


def test_a_rule_that_cannot_be_read_says_so(snapshot: Snapshot) -> None:
    judged = snapshot.slos[0]
    unread = tuple(replace(alert, reading=None, suppressed=Suppression.WINDOW_NOT_MEASURED) for alert in judged.alerts)
    html = burn_rates.table(snapshot, replace(judged, alerts=unread))
    assert html.count("</i> no data</span>") == html.count("too little data in a window") == len(judged.alerts)
    assert "No burn rate alert can work for this objective." in burn_rates.table(snapshot, replace(judged, alerts=()))
