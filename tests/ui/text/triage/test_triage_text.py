"""What needs somebody, in sentences."""

from dataclasses import replace

import pytest

from dashboard.alerts.alert import AlertInterval, AlertRule
from dashboard.alerts.alert_snapshot import AlertSnapshot, CurrentAlert
from dashboard.alerts.alertmanager import Suppression
from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.engine.source_status import SourceState
from dashboard.incidents.people import Acknowledgement
from dashboard.timerange import DAY, HOUR
from dashboard.triage.entries import triage
from dashboard.triage.entry import Entry, Triage, Urgency
from dashboard.ui.text.triage import triage_entry_text, triage_text
from dashboard.ui.text.units import plain
from tests.triage.test_entries import (
    NOW,
    anomaly,
    burning,
    calm,
    demo,
    filling,
    incident,
    running_out,
    spent,
    with_services,
)

__all__ = ["demo"]


def headline(triaged: Triage, unattended: int | None = None) -> str:
    number = len(triaged.of(Urgency.NOW)) if unattended is None else unattended
    return triage_entry_text.plain(triage_text.headline(triaged, number))


def of_cause(snapshot: Snapshot, cause: str) -> Entry:
    return next(entry for entry in triage(snapshot).entries if str(entry.cause) == cause)


def sentence(entry: Entry) -> str:
    return triage_entry_text.plain(triage_entry_text.sentence(entry, "UTC", NOW))


def test_the_headline_counts_by_urgency_and_says_how_many_are_fine(demo: Snapshot) -> None:
    of = demo.by_name
    snapshot = with_services(
        demo,
        burning(of["checkout"], "page"),
        burning(of["search"], "ticket"),
        running_out(of["cart"], 3 * DAY, 4 * DAY),
    )
    assert headline(triage(snapshot)) == "1 needs you now, 1 today, 1 this week. 9 services are fine."
    assert headline(triage(snapshot), 0) == "1 acknowledged, 1 today, 1 this week. 9 services are fine."
    two = with_services(demo, burning(of["checkout"], "page"), burning(of["search"], "page"))
    assert headline(triage(two)) == "2 need you now. 10 services are fine."
    assert (
        headline(triage(with_services(demo, burning(of["search"], "ticket"))))
        == "1 needs you today. 11 services are fine."
    )


def test_nothing_to_do_looks_like_it_and_only_where_it_is_known(demo: Snapshot) -> None:
    assert headline(triage(with_services(demo))) == "Nothing needs you."
    silent = replace(calm(demo.by_name["cart"]), health=Health.UNKNOWN)
    unknown = with_services(demo, silent)
    said = "Nothing that is known needs you. 11 services are fine, nothing is known of 1 service."
    assert headline(triage(unknown)) == said
    assert triage_text.unknown(triage(unknown), unknown) == (
        "No current data, so nobody knows whether these need you: cart."
    )
    watched = with_services(demo, replace(calm(demo.by_name["auth"]), health=Health.AT_RISK))
    assert headline(triage(watched)) == (
        "Nothing that is known needs you. 11 services are fine, 1 service is at risk without an alert."
    )


@pytest.mark.parametrize(
    ("pages", "suppression", "said"),
    [
        (True, None, "No budget needs you, but 1 alert of another tool pages. 12 services are fine."),
        (True, Suppression.NONE, "No budget needs you, but 1 alert of another tool pages. 12 services are fine."),
        (True, Suppression.SILENCED, "Nothing needs you."),
        (True, Suppression.INHIBITED, "Nothing needs you."),
        (False, None, "Nothing needs you."),
    ],
)
def test_where_an_alert_of_another_tool_pages_it_is_not_said_that_nothing_needs_you(
    demo: Snapshot, pages: bool, suppression: Suppression | None, said: str
) -> None:
    alert = AlertInterval((), AlertRule("DiskFull", "critical"), NOW - 60, None, "cart")
    firing = (CurrentAlert(alert=alert, pages=pages, suppression=suppression),)
    fine = replace(with_services(demo), alerts=AlertSnapshot(at=NOW, firing=firing))
    assert headline(triage(fine)) == said
    busy = replace(with_services(demo, burning(demo.by_name["search"], "page")), alerts=fine.alerts)
    assert headline(triage(busy)).startswith("1 needs you now, and 1 alert") == (said != "Nothing needs you.")
    at_entry = replace(with_services(demo, burning(demo.by_name["cart"], "page")), alerts=fine.alerts)
    assert (triage(at_entry).alerts, headline(triage(at_entry))) == ((), "1 needs you now. 11 services are fine.")


@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN, SourceState.STARTING])
def test_of_a_source_that_is_not_believed_nothing_is_called_fine(demo: Snapshot, state: SourceState) -> None:
    source = replace(demo.source, state=state, error="refused")
    for snapshot, then in (
        (with_services(demo), "nothing needed you"),
        (with_services(demo, burning(demo.by_name["checkout"], "page")), "1 needs you now"),
    ):
        said = headline(triage(downgraded(replace(snapshot, source=source))))
        assert said == f"Not known. When the data were last current: {then}."
        assert "fine" not in said


def test_a_burn_says_how_bad_since_when_and_how_long_the_budget_lasts(demo: Snapshot) -> None:
    report = demo.by_name["checkout"]
    entry = of_cause(replace(with_services(demo, report), incidents=(incident(("checkout", NOW - 1800)),)), "burn")
    said = sentence(entry)
    assert said.startswith(
        "17.9× burn over 1 h, 36.2× over 5 min, for 30 m. 67 % of the 30-day budget left; used up in "
    )
    assert said.endswith(") if the last hour's rate continues.")
    details = plain(triage_entry_text.details(entry, "UTC", NOW))
    assert details == (
        "1 in 28 requests fails (5 min) · began 08:23 · pages above 14.4× over 1 h and 5 min · "
        "also latency: increasing · detected 08:33"
    )
    assert triage_entry_text.chip(entry) == "now · page"
    assert triage_entry_text.of_what(
        entry, report
    ) == "tier 1 · payments team · availability 99.9 % · latency 99 %".replace(" %", "\xa0%")


def test_what_runs_out_is_spent_or_fills_up_is_one_sentence_each(demo: Snapshot) -> None:
    of = demo.by_name
    late = of_cause(with_services(demo, running_out(of["cart"], 3 * DAY, 4 * DAY)), "runs-out")
    assert "used up in 3 days (2 days 16 h – 4 days) if the last 3 days' rate continues." in sentence(late).replace(
        "about ", ""
    )
    gone = sentence(of_cause(with_services(demo, spent(of["cart"], remaining=-0.04)), "spent"))
    nothing = "Availability: nothing is left of the 30-day budget, and no burn-rate alert fires."
    assert gone.startswith(f"{nothing} Overspent")
    full = sentence(of_cause(with_services(demo, filling(of["auth"], 5 * HOUR)), "full"))
    assert full == "Memory 41 % of its limit; full in 5 h, about 13:53, if it keeps rising at this rate."
    costly = replace(calm(of["cart"]), anomalies=(anomaly("cart", cost=0.04),))
    assert sentence(of_cause(with_services(demo, costly), "anomaly")) == (
        "More failures than usual since 08:38: 20 % of requests, expected at most 1.0 %; it has taken 4.0 % of the "
        "budget. No burn-rate alert fires."
    )


def test_an_entry_names_one_beginning_and_what_is_unusual_of_a_budget_that_runs_out(demo: Snapshot) -> None:
    cart = demo.by_name["cart"]
    costly = of_cause(with_services(demo, replace(calm(cart), anomalies=(anomaly("cart", cost=0.04),))), "anomaly")
    assert costly.since is not None
    for before, said in ((180.0, False), (3600.0, True)):
        details = triage_entry_text.details(replace(costly, since=costly.since - before), "UTC", NOW)
        assert details.startswith("began ") is said
    late = replace(running_out(cart, 3 * DAY, 4 * DAY), anomalies=(anomaly("cart", cost=0.004),))
    snapshot = with_services(demo, late)
    details = plain(triage_entry_text.details(of_cause(snapshot, "runs-out"), "UTC", NOW))
    assert details == "also more failures than usual since 08:38"
    assert triage(snapshot).minor == ()


def test_an_acknowledgement_says_that_the_name_is_as_given_and_when_it_is_old(demo: Snapshot) -> None:
    made = Acknowledgement("Mona", NOW - 3900)
    said = plain(triage_entry_text.acknowledged(made, "UTC", NOW, is_over=False))
    assert said == "Acknowledged by Mona (name as given) at 07:48, 1 h 5 m ago"
    assert plain(triage_entry_text.acknowledged(made, "UTC", NOW - 3880, is_over=False)).endswith("at 07:48, just now")
    assert triage_entry_text.acknowledged(made, "UTC", NOW, is_over=True).endswith(" – is somebody still on it?")


def test_minor_signals_are_counted_by_kind_with_what_they_cost(demo: Snapshot) -> None:
    of = demo.by_name

    def counted(cost: float) -> tuple[str, str]:
        unusual = replace(calm(of["cart"]), anomalies=(anomaly("cart", cost=cost),))
        other = replace(unusual, info=of["auth"].info)
        return triage_text.minor(triage(with_services(demo, unusual, other)))

    assert counted(0.0) == ("2 minor signals, none costs budget", "errors 2")
    assert plain(counted(0.005)[0]) == "2 minor signals, the most expensive has cost 0.50 % of a budget"


def test_the_last_incident_is_told_roughly(demo: Snapshot) -> None:
    snapshot = replace(with_services(demo), incidents=(incident(("cart", NOW - 5 * DAY), end=NOW - 3.2 * DAY),))
    assert plain(triage_text.last_incident(triage(snapshot), NOW)) == "Last incident 3 days ago."
    assert triage_text.last_incident(triage(with_services(demo)), NOW) == "No incident in the last 30 days is known."
