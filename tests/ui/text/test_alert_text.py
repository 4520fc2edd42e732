"""Sentences about alerts: what is known, and never more than that."""

from dataclasses import replace

import pytest

from dashboard.alerts.alert import AlertInterval, AlertRule, AlertState, Tool
from dashboard.alerts.alert_snapshot import AlertSnapshot, CurrentAlert
from dashboard.alerts.alertmanager import RoutingState, RoutingStatus, Silence, Suppression
from dashboard.alerts.burning import Burning
from dashboard.alerts.quality import AlertQuality, PageLoad, RuleQuality
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import alert_text
from dashboard.ui.text.units import plain

# 2026-11-22 23:41 UTC
NOW = 1_795_390_860.0
RULE = AlertRule("HighErrorRate", "page")
FIRING = CurrentAlert(
    alert=AlertInterval((("alertname", "HighErrorRate"),), RULE, NOW - 600, None, "shop"),
    pages=True,
    suppression=Suppression.NONE,
    receivers=("pager", "chat"),
    is_routed=True,
    routing=RoutingState.OK,
)
HELD = Silence("1", "Ana", "new disks", NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize(
    ("current", "words"),
    [
        (FIRING, "HighErrorRate (page) firing since 23:31, not silenced, sent to pager, chat"),
        (
            replace(FIRING, suppression=Suppression.SILENCED, silences=(HELD,)),
            "HighErrorRate (page) firing since 23:31, silenced by Ana until 23 Nov 00:41: “new disks”",
        ),
        (replace(FIRING, suppression=Suppression.SILENCED), "HighErrorRate (page) firing since 23:31, silenced"),
        (
            replace(FIRING, suppression=Suppression.INHIBITED),
            "HighErrorRate (page) firing since 23:31, inhibited by another alert: nobody is notified",
        ),
        (
            replace(FIRING, suppression=None, routing=RoutingState.STALE),
            "HighErrorRate (page) firing since 23:31, not known whether it is silenced",
        ),
        (
            replace(FIRING, suppression=None, is_routed=False),
            "HighErrorRate (page) firing since 23:31, not known to Alertmanager",
        ),
        (
            replace(FIRING, suppression=None, is_routed=False, routing=RoutingState.ABSENT),
            "HighErrorRate (page) firing since 23:31",
        ),
        (
            replace(FIRING, state=AlertState.PENDING, suppression=None),
            "HighErrorRate (page) pending since 23:31",
        ),
    ],
)
def test_an_alert_is_told_with_who_hears_of_it_as_far_as_that_is_known(current: CurrentAlert, words: str) -> None:
    assert plain(alert_text.sentence(current, "UTC", NOW)) == words


def test_a_burn_alert_is_called_by_its_objective_and_window() -> None:
    assert alert_text.rule_name(AlertRule("Burn", "page", "shop-a", "1h", Tool.OURS)) == "Burn shop-a over 1h"


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (PageLoad(), "Nobody was paged."),
        (PageLoad(pages=1, seconds=HOUR), "1 page."),
        (
            PageLoad(pages=18, night_pages=5, nights=30, disturbed_nights=4, seconds=30 * DAY),
            "18 pages, 4.2 a week; 5 at night, in 4 of 30 nights (0.17 per person-night).",
        ),
        (PageLoad(pages=2, nights=1, seconds=DAY), "2 pages, 14 a week; none at night in 1 night."),
    ],
)
def test_the_load_is_one_sentence(load: PageLoad, words: str) -> None:
    assert alert_text.load(load) == words


def test_an_alertmanager_that_does_not_answer_beside_others_is_named() -> None:
    status = RoutingStatus(RoutingState.OK, "http://a, http://b", NOW, asked=2, unreachable=("http://b: no answer",))
    said = "1 of 2 Alertmanagers did not answer, so that what they alone know is missing: http://b: no answer"
    assert alert_text.routing(status, "UTC", NOW) == said
    assert list(alert_text.remarks(AlertSnapshot(at=NOW, routing=status), "UTC", NOW)) == [said]


def test_nothing_fires_only_where_somebody_can_tell() -> None:
    known = AlertSnapshot(at=NOW, since=NOW - DAY)
    routed = AlertSnapshot(routing=RoutingStatus(RoutingState.OK, "http://a"))
    assert alert_text.quiet(known) == "Nothing fires."
    assert alert_text.quiet(replace(known, error="down")) == "It is not known what fires."
    assert alert_text.quiet(routed) == "Nothing fires, according to Alertmanager."
    away = replace(routed, routing=RoutingStatus(RoutingState.DOWN, "http://a"))
    assert alert_text.quiet(away) == "It is not known what fires."


def test_what_is_missing_is_said() -> None:
    status = RoutingStatus(RoutingState.STALE, "http://a", NOW - 300, "http://a cannot be reached")
    picture = AlertSnapshot(
        at=NOW, since=NOW - 2 * DAY, is_reading=True, resolution=300.0, is_cut=True, error="too much", routing=status
    )
    assert [plain(line) for line in alert_text.remarks(picture, "UTC", NOW)] == [
        "Alerts could not be read: too much",
        "Alertmanager has not answered since 23:36: which alerts are silenced is not known: http://a cannot be reached",
        "The past is still being read: known since 20 Nov",
        "There are so many alerts that the past is known by 5 m",
        "There were more alerts than are kept: the oldest are left out",
    ]
    assert list(alert_text.remarks(AlertSnapshot(at=NOW), "UTC", NOW)) == []


def test_rules_that_wake_people_for_nothing_and_spending_that_wakes_nobody_are_named() -> None:
    rule = RuleQuality(
        rule=RULE, pages=True, services=("shop",), fired=4, firing=0, flapped=1, firing_s=900.0, longest_s=300.0,
        judged=4, touched=0, times_paged=3, last=NOW,
    )  # fmt: skip
    unpaged = Burning("shop", "shop-availability", NOW - HOUR, NOW, 70.0, 0.34)
    said = list(alert_text.verdicts(AlertQuality(NOW - DAY, NOW, (rule,), PageLoad(), (unpaged, unpaged))))
    assert [plain(line) for line in said] == [
        "Woke people and never touched a budget: HighErrorRate.",
        "Budget burned 2 times and nobody was paged; the most was 34 % of shop-availability.",
    ]
    assert alert_text.impact(rule) == "0 of 4"
    assert alert_text.impact(replace(rule, judged=0)) == "not known"
    assert list(alert_text.verdicts(AlertQuality(NOW - DAY, NOW, (replace(rule, pages=False),)))) == []
