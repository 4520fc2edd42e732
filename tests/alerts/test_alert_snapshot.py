"""Alerts at one time: what Alertmanager says of an alert, how long that holds, and what fired for whom."""

from dataclasses import replace

from dashboard.alerts.alert import AlertInterval, AlertRule, Labels
from dashboard.alerts.alert_snapshot import NO_ALERTS, AlertSnapshot, Routes
from dashboard.alerts.alertmanager import RoutedAlert, Routing, RoutingState, RoutingStatus, Silence, Suppression

NOW = 1_760_000_000.0
LABELS: Labels = (("alertname", "Errors"), ("job", "shop"))
ALERT = AlertInterval(LABELS, AlertRule("Errors", "page"), NOW - 60, None, "shop")
HELD = Silence("1", "Ana", "disks", NOW - 60, NOW + 60)


def routed(*more: tuple[str, str], **fields: object) -> RoutedAlert:
    alert = RoutedAlert(tuple(sorted((*LABELS, *more))), NOW - 60, ("pager",))
    changed: RoutedAlert = replace(alert, **fields)  # type: ignore[arg-type]
    return changed


def test_an_alert_is_found_by_all_its_labels_and_those_that_are_added_on_the_way() -> None:
    far, near = routed(("replica", "1"), ("region", "eu")), routed(("replica", "1"))
    other = routed(labels=(("alertname", "Errors"), ("job", "mail")))
    routes = Routes(Routing(NOW, (far, other, near)), RoutingState.OK)
    assert routes.routed(LABELS) is near
    assert routes.routed((("alertname", "Errors"), ("job", "cart"))) is None
    assert routes.others() == [far, other]
    assert Routes(None, RoutingState.ABSENT).others() == []


def test_what_is_said_of_an_alert_holds_as_long_as_it_is_current() -> None:
    silenced = routed(silences=("1", "gone"))
    for state, suppression in ((RoutingState.OK, Suppression.SILENCED), (RoutingState.STALE, None)):
        current = Routes(Routing(NOW, (silenced,), (HELD,)), state).current(ALERT, silenced, pages=True)
        assert (current.suppression, current.silences, current.is_routed) == (suppression, (HELD,), True)
    assert routed(is_inhibited=True).suppression is Suppression.INHIBITED
    assert routed().suppression is Suppression.NONE
    assert routed(is_processed=False).suppression is None


def test_a_snapshot_of_alerts_ages_by_itself() -> None:
    status = RoutingStatus(RoutingState.OK, "http://a", NOW, stale_after_s=60.0)
    current = Routes(Routing(NOW, (routed(),)), RoutingState.OK).current(ALERT, routed(), pages=True)
    alerts = AlertSnapshot(at=NOW, firing=(current,), routing=status)
    assert alerts.as_of(NOW + 60) is alerts
    stale = alerts.as_of(NOW + 61)
    assert (stale.routing.state, stale.firing[0].suppression) == (RoutingState.STALE, None)
    assert stale.firing[0].receivers == ("pager",)
    assert alerts.as_of(NOW + 301).routing.state is RoutingState.DOWN
    # A clock that was set back makes no answer newer.
    assert alerts.as_of(NOW - 61).routing.state is RoutingState.STALE
    assert NO_ALERTS.as_of(NOW) is NO_ALERTS
    assert status.ages_at == (NOW + 60, NOW + 300)


def test_what_fired_for_some_services_between_two_moments_comes_in_the_order_of_time() -> None:
    first = AlertInterval(LABELS, AlertRule("A"), 100, 200, "shop")
    second = AlertInterval(LABELS, AlertRule("A"), 150, None, "mail")
    others = (AlertInterval(LABELS, AlertRule("A"), 120, 300), AlertInterval(LABELS, AlertRule("A"), 300, 400, "shop"))
    alerts = AlertSnapshot(at=NOW, intervals=(first, *others, second))
    assert alerts.within(["mail", "shop", "gone"], 110, 250) == (first, second)
    assert alerts.within(["shop"], 200, 300) == ()
    assert alerts.of(["shop"]) == ()
