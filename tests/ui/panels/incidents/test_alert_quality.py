"""The panel about alerting rules: of many, of none, with names that are no text, and of a source that fails."""

import re
from dataclasses import replace

import pytest

from dashboard.alerts.alert import AlertRule
from dashboard.alerts.alert_snapshot import AlertSnapshot
from dashboard.alerts.alertmanager import RoutingState, RoutingStatus
from dashboard.alerts.burning import Burning
from dashboard.alerts.quality import AlertQuality, PageLoad, RuleQuality
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot, empty_snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.timerange import DAY, HOUR
from dashboard.ui.panels.incidents import alert_quality

NOW = 1_795_390_860.0
RULE = RuleQuality(
    rule=AlertRule("High<b>Errors", "page"), pages=True, services=("shop",), fired=4, firing=1, flapped=2,
    firing_s=3900.0, longest_s=1800.0, judged=4, touched=0, times_paged=3, last=NOW - HOUR,
)  # fmt: skip
UNPAGED = Burning("mail", "mail-<i>", NOW - 5 * HOUR, NOW - 3 * HOUR, 2160.0, 0.34)


@pytest.fixture
def snapshot() -> Snapshot:
    return empty_snapshot(NOW, SourceStatus("prometheus", "http://p", SourceState.OK), Settings())


def panel(snapshot: Snapshot, rules: tuple[RuleQuality, ...] = (), **more: object) -> str:
    judged = AlertQuality(NOW - 30 * DAY, NOW, rules, PageLoad(pages=3, nights=30, seconds=30 * DAY), (UNPAGED,))
    picture = AlertSnapshot(at=NOW, since=NOW - 30 * DAY, quality=judged)
    changed: AlertSnapshot = replace(picture, **more)  # type: ignore[arg-type]
    return alert_quality.quality(replace(snapshot, alerts=changed))


def test_a_rule_that_woke_people_for_nothing_stands_out(snapshot: Snapshot) -> None:
    shown = panel(snapshot, (RULE, replace(RULE, touched=3)))
    assert "Woke people and never touched a budget: High&lt;b&gt;Errors." in shown
    assert '<td class="gs-amber-text">0 of 4</td>' in shown
    assert '<td><i class="b" style="width:45px"></i>3 of 4</td>' in shown
    assert "1 h 5 m" in shown.replace("\u00a0", " ")
    assert "last 30\u00a0days, nights in UTC" in shown
    assert "1 now" in shown


def test_names_are_text_and_no_markup(snapshot: Snapshot) -> None:
    shown = panel(snapshot, (RULE,))
    assert "mail-&lt;i&gt;" in shown
    assert not re.search("<b>Errors|mail-<i>", shown)


def test_of_many_rules_the_first_are_shown_and_the_others_open_on_demand(snapshot: Snapshot) -> None:
    assert "<details>" not in panel(snapshot, (RULE,) * alert_quality.FIRST)
    shown = panel(snapshot, (RULE,) * (alert_quality.FIRST + 8))
    assert "<summary>Show 8 more</summary>" in shown
    assert shown.count("High&lt;b&gt;Errors</b>") == 20


def test_it_is_not_there_without_alerts_and_says_what_is_wrong_with_them(snapshot: Snapshot) -> None:
    assert alert_quality.quality(snapshot) == ""
    # Whom alerts are sent to says nothing of how good they are.
    routed = RoutingStatus(RoutingState.OK, "http://a")
    assert panel(snapshot, at=None, routing=routed) == ""
    down = panel(snapshot, at=None, error="down", quality=AlertQuality())
    assert down.count("Alerts could not be read: down") == 1
    assert "gs-notes" not in down, "no number is to be explained"
    assert "Alerts of the last 30 days are being read." in panel(snapshot, at=None, is_reading=True)
    away = RoutingStatus(RoutingState.STALE, "http://a", NOW - HOUR, "down")
    assert "which alerts are silenced is not known" in panel(snapshot, (RULE,), routing=away, error=None)
