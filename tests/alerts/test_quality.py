"""The quality of rules by alerts and burning budgets that a table makes: pages, nights, impact, what is not told."""

from collections.abc import Sequence

import numpy as np
import pytest

from dashboard.alerts.alert import AlertInterval, AlertRule
from dashboard.alerts.burning import Burning, Measured, burning
from dashboard.alerts.quality import AlertQuality, Judgement, flaps, pages, quality
from dashboard.slo.event_rows import Rows
from dashboard.slo.indicators import Column, Ratio
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY, HOUR

# A Monday, 00:00 UTC.
START = 1_760_313_600.0
SLO = Slo("shop", "shop-availability", Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")), 0.99)
PAGE, TICKET = AlertRule("Errors", "page"), AlertRule("Slow", "warning")


def alert(
    start_h: float, minutes: float | None, rule: AlertRule = PAGE, service: str | None = "shop", instance: str = "a"
) -> AlertInterval:
    start = START + start_h * HOUR
    labels = (("alertname", rule.name), ("instance", instance))
    return AlertInterval(labels, rule, start, None if minutes is None else start + minutes * 60, service)


def stretch(start_h: float, hours: float, share: float = 0.1, service: str = "shop") -> Burning:
    return Burning(
        service, f"{service}-availability", START + start_h * HOUR, START + (start_h + hours) * HOUR, 9, share
    )


def judged(alerts: Sequence[AlertInterval], *burnings: Burning, days: float = 7, zone: str = "UTC") -> AlertQuality:
    end = START + days * DAY
    measured = (Measured(SLO, START + DAY, end),)
    return quality(alerts, Judgement(START, end, zone, burnings=burnings, measured=measured))


def test_an_alert_that_fires_again_within_ten_minutes_has_flapped() -> None:
    again = [alert(30, 5), alert(30.2, 5), alert(30.5, 5), alert(30.25, 5, instance="b")]
    # 7 minutes after the first, 13 after the second; the other instance is another alert.
    assert flaps(again) == 1
    assert flaps([alert(30, 5), alert(30.25, 5)]) == 1
    assert flaps([alert(30, 5), alert(30.251, 5)]) == 0


def test_alerts_of_one_rule_and_service_at_once_are_one_page() -> None:
    many = [alert(30, 60, instance=name) for name in "abc"]
    assert pages([*many, alert(31.1, 5)], START + DAY) == [START + 30 * HOUR]
    # Another service, another rule, and one long after are pages of their own.
    others = [alert(30, 60, service="mail"), alert(30, 60, AlertRule("Down", "page")), alert(40, None), alert(41, 5)]
    assert len(pages([*many, *others], START + 2 * DAY)) == 4


def test_impact_is_the_share_of_alerts_during_which_a_budget_of_the_service_burned() -> None:
    fired = [alert(30, 10), alert(50, 10), alert(70, None), alert(1, 10), alert(31, 5, service=None)]
    [rule] = judged(fired, stretch(30, 1), stretch(50, 1, service="mail"), stretch(72, 1)).rules
    # The first day was not measured, and one is about nobody: neither can be judged.
    assert (rule.fired, rule.judged, rule.touched, rule.firing) == (5, 3, 2, 1)
    assert rule.impact_share == pytest.approx(2 / 3)
    assert not rule.never_had_impact
    assert rule.firing_s == 35 * 60 + (7 * DAY - 70 * HOUR)
    assert rule.services == ("shop",)


def test_a_rule_never_had_impact_only_where_all_of_its_alerts_could_be_judged() -> None:
    rated = judged([alert(30, 10), alert(60, 10), alert(30, 10, TICKET), alert(2, 10, TICKET)], stretch(90, 1))
    assert [rule.rule for rule in rated.without_impact] == [PAGE]
    untold = {rule.rule: rule.impact_share for rule in judged([alert(1, 10)]).rules}
    assert untold == {PAGE: None}


def test_pages_are_counted_by_week_and_by_night() -> None:
    # 23:00 and 06:30 of the same night, noon, and one that woke nobody.
    fired = [alert(47, 10), alert(54.5, 10), alert(60, 10), alert(71, 10, TICKET)]
    load = judged(fired, days=14).load
    assert (load.pages, load.night_pages, load.disturbed_nights, load.nights) == (3, 2, 1, 14)
    assert load.pages_per_week == 1.5
    assert load.pages_per_person_night == pytest.approx(2 / 14)
    # In Tokyo it is nine hours later: 08:00, 15:30 and 21:00.
    assert judged(fired, days=14, zone="Asia/Tokyo").load.night_pages == 0
    assert judged(fired, days=0.5).load.pages_per_week is None


def test_spending_is_unpaged_where_no_alert_that_wakes_anybody_fired_for_the_service() -> None:
    burnings = [stretch(30, 1), stretch(60, 1, 0.3), stretch(90, 1, 0.01), stretch(120, 1, service="mail")]
    # One that comes a little later than the spending has told of it; a warning wakes nobody.
    rated = judged([alert(31.1, 5), alert(60, 30, TICKET), alert(120, 30)], *burnings)
    assert [(each.service, each.start) for each in rated.unpaged] == [
        ("shop", burnings[1].start),
        ("mail", burnings[3].start),
    ]


def view(bad: Sequence[float], valid: float = 100.0) -> LedgerView:
    values = np.array([[[count, valid, HOUR]] for count in bad])
    hours = Rows(int(START) + HOUR, HOUR, values)
    return LedgerView((SLO,), hours, Rows.nothing(hours.end, 60, 420, 1))


def test_a_budget_burns_beyond_the_usual_by_the_allowed_rate_and_by_its_median_hour() -> None:
    # One in a hundred may fail.
    quiet, bad = [0.0] * 40, [5.0, 8.0]
    [found], [measured] = burning(view([*quiet, *bad, *quiet]), [SLO], START)
    assert (found.service, found.slo, found.bad) == ("shop", "shop-availability", 13)
    assert (found.start, found.end) == (START + 40 * HOUR, START + 42 * HOUR)
    assert found.share == pytest.approx(13 / (0.01 * 100 * 30 * 24))
    assert not found.is_open
    assert (measured.start, measured.end) == (START, START + 82 * HOUR)
    # What always fails is usual; what began before the period is not looked at; a few failures say nothing.
    assert burning(view([2.0] * 40 + [5.0] + [2.0] * 40), [SLO], START)[0] == ()
    assert burning(view([*quiet, *bad, *quiet]), [SLO], START + 42 * HOUR)[0] == ()
    assert burning(view([*quiet, 4.0, *quiet]), [SLO], START)[0] == ()
    assert burning(view([*quiet, *bad]), [SLO], START)[0][0].is_open
    assert burning(view(quiet), [], START) == ((), ())
