"""An incident is detected by the first alert that is made to tell of it, ours or one of others."""

from dataclasses import replace

import pytest

from dashboard.alerts.alert import AlertInterval, AlertRule, Tool
from dashboard.alerts.alert_snapshot import AlertSnapshot
from dashboard.alerts.quality import Judgement, quality
from dashboard.engine.incidents.incident_detection import with_detection
from tests.incidents.samples import MINUTE, START, incident, ongoing

PAGE, WARNING = AlertRule("HighErrors", "page"), AlertRule("PodRestarted", "warning")
BURN = AlertRule("Burns", "ticket", slo="checkout-availability", tool=Tool.OURS)
NOW = START + 7200


def alerts_of(rule: AlertRule, minutes: float, service: str = "checkout") -> AlertSnapshot:
    fired = (AlertInterval((), rule, START + minutes * MINUTE, None, service),)
    return AlertSnapshot(at=NOW, since=START - 86_400, intervals=fired, quality=quality(fired, Judgement(START, NOW)))


@pytest.mark.parametrize(
    ("alerts", "minutes"),
    [
        (alerts_of(PAGE, 7), 7),
        (alerts_of(BURN, 7), 7),
        (alerts_of(PAGE, 20), 12),
        (alerts_of(PAGE, -1), 12),
        (alerts_of(PAGE, 40), 12),
        (alerts_of(WARNING, 7), 12),
        (alerts_of(PAGE, 7, "auth"), 12),
    ],
    ids=["page", "burn", "ours was first", "before it", "after it", "wakes nobody up", "of another service"],
)
def test_the_first_alert_that_tells_of_it_detects_it(alerts: AlertSnapshot, minutes: float) -> None:
    detected = with_detection(alerts, incident(), NOW)
    assert detected.detected_at == START + minutes * MINUTE
    is_earlier = minutes == 7
    # Of the second step of 15,200 bad events, two minutes.
    assert detected.impacts[0].bad_before_detection == (9_000 + 15_200 * 2 / 5 if is_earlier else 32_100)
    # The page of one service detects nothing of the budget of another.
    assert detected.impacts[1].detected_at is None


def test_nobody_but_others_may_have_noticed() -> None:
    assert with_detection(alerts_of(PAGE, 3), ongoing(), NOW).detected_at == START + 3 * MINUTE
    bare = replace(ongoing(), impacts=(replace(ongoing().impacts[0], counts=None),))
    assert with_detection(alerts_of(PAGE, 3), bare, NOW).impacts[0].bad_before_detection is None


def test_what_was_kept_stays_as_it_was() -> None:
    stored = replace(incident(), is_frozen=True)
    assert with_detection(alerts_of(PAGE, 3), stored, NOW) is stored
