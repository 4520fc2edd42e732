"""What needs somebody: one entry for each cause, the most urgent first, and nothing good that is not known."""

from dataclasses import replace

import pytest

from dashboard.alerts.alert_snapshot import NO_ALERTS
from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport, Snapshot, downgraded
from dashboard.engine.source_status import SourceState
from dashboard.incidents.incident import Impact, Incident, Severity
from dashboard.slo.report import Exhaustion, SloReport, State
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR
from dashboard.triage.entries import triage
from dashboard.triage.entry import Cause, Triage, Urgency
from dashboard.ui.text.triage import triage_entry_text
from dashboard.ui.text.units import plain

NOW = 1_760_000_000.0


@pytest.fixture(scope="module")
def demo() -> Snapshot:
    poller = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    poller.tick()
    return replace(poller.snapshot, incidents=())


def calm(report: ServiceReport) -> ServiceReport:
    """The service with nothing to say."""
    slos = tuple(quiet(slo) for slo in report.slos)
    return replace(report, health=Health.HEALTHY, reasons=(), slos=slos, anomalies=(), forecasts={})


def quiet(slo: SloReport) -> SloReport:
    alerts = tuple(replace(alert, firing=False) for alert in slo.alerts)
    return replace(slo, state=State.ACCEPTABLE, alerts=alerts, exhaustion=None)


def with_services(snapshot: Snapshot, *reports: ServiceReport) -> Snapshot:
    """The snapshot with these services, all others calm, and no alerts of other tools."""
    named = {report.name: report for report in reports}
    services = tuple(named.get(report.name, calm(report)) for report in snapshot.services)
    by_name = {report.name: report for report in services}
    return replace(snapshot, services=services, by_name=by_name, alerts=NO_ALERTS)


def firing(slo: SloReport, severity: str) -> SloReport:
    alerts = tuple(replace(alert, firing=alert.rule.row.severity == severity) for alert in slo.alerts)
    return replace(slo, state=State.CRITICAL, alerts=alerts)


def burning(report: ServiceReport, *severities: str) -> ServiceReport:
    """The service, of whose objectives so many burn."""
    slos = [firing(slo, severity) for slo, severity in zip(report.slos, severities, strict=False)]
    return replace(calm(report), health=Health.BREACHING, slos=(*slos, *map(quiet, report.slos[len(slos) :])))


def anomaly(service: str, signal: Signal = Signal.ERRORS, **changes: object) -> Anomaly:
    base = Anomaly(service, signal, Direction.HIGH, NOW - 900, None, NOW, 0.2, 0.2, (None, 0.01), 1e-9)
    return replace(base, **changes)


def running_out(report: ServiceReport, seconds: float, latest: float | None) -> ServiceReport:
    forecast = Exhaustion(1.3, (1.2, 1.4), 3 * DAY, seconds, (seconds * 0.9, latest))
    return replace(calm(report), slos=(replace(quiet(report.slos[0]), exhaustion=forecast),))


def filling(report: ServiceReport, seconds: float | None) -> ServiceReport:
    full = TimeToFull("trend", seconds, seconds, seconds) if seconds is not None else TimeToFull()
    return replace(calm(report), forecasts={"memory": SaturationForecast(NOW, full)})


def spent(report: ServiceReport, **changes: object) -> ServiceReport:
    slo = replace(quiet(report.slos[0]), state=State.EXHAUSTED, **changes)
    return replace(calm(report), health=Health.BREACHING, slos=(slo,))


def incident(*impacts: tuple[str, float], detected: float | None = NOW - 1200, end: float | None = None) -> Incident:
    rows = tuple(
        Impact(
            service=service, slo=f"{service}-availability", objective=0.999, window_s=30 * DAY, severity=Severity.PAGE,
            start=start, end=end, bad=10, valid=100, usual_bad=0, seconds=60, budget_share=0.1,
        )
        for service, start in impacts
    )  # fmt: skip
    return Incident(
        id="20251009-0835-abc", impacts=rows, start=rows[0].start, end=end, detected_at=detected, severity=Severity.PAGE
    )


def told(triaged: Triage) -> list[tuple[str, str, Urgency]]:
    return [(entry.service, str(entry.cause), entry.urgency) for entry in triaged.entries]


def test_the_most_urgent_comes_first_and_each_cause_is_one_entry(demo: Snapshot) -> None:
    of = demo.by_name
    snapshot = with_services(
        demo,
        running_out(of["cart"], 3 * DAY, 4 * DAY),
        filling(of["auth"], 2 * HOUR),
        burning(of["search"], "ticket"),
        burning(of["checkout"], "page", "page"),
        replace(calm(of["payments"]), anomalies=(anomaly("payments", cost=0.04),)),
        spent(of["catalog"]),
    )
    triaged = triage(snapshot)
    assert told(triaged)[0] == ("checkout", "burn", Urgency.NOW)
    assert len(triaged.entries[0].slos) == 2, "several objectives of one service are one entry"
    assert sorted(told(triaged)[1:5]) == [
        ("auth", "full", Urgency.TODAY),
        ("catalog", "spent", Urgency.TODAY),
        ("payments", "anomaly", Urgency.TODAY),
        ("search", "burn", Urgency.TODAY),
    ]
    assert told(triaged)[5:] == [("cart", "runs-out", Urgency.WEEK)]
    assert triaged.fine == len(demo.services) - 6
    assert len({entry.id for entry in triaged.entries}) == 6


def test_ids_are_those_of_service_and_cause_or_of_the_incident(demo: Snapshot) -> None:
    snapshot = with_services(demo, burning(demo.by_name["checkout"], "page"))
    (entry,) = triage(snapshot).entries
    assert entry.id == entry.own_id == "checkout:burn"
    later = replace(snapshot, at=NOW + 3600, incidents=(incident(("checkout", NOW - 1800)),))
    (entry,) = triage(later).entries
    assert (entry.id, entry.own_id, entry.since) == ("20251009-0835-abc", "checkout:burn", NOW - 1800)


def test_services_of_one_incident_are_one_entry_of_the_first_that_moved(demo: Snapshot) -> None:
    of = demo.by_name
    snapshot = with_services(demo, burning(of["payments"], "page"), burning(of["checkout"], "page"))
    both = incident(("checkout", NOW - 1800), ("payments", NOW - 1680), ("cart", NOW - 1500))
    (entry,) = triage(replace(snapshot, incidents=(both,))).entries
    assert (entry.service, entry.services) == ("checkout", ("checkout", "payments", "cart"))
    assert [(other.service, other.since) for other in entry.moved] == [("payments", NOW - 1680), ("cart", NOW - 1500)]
    assert {slo.slo.service for slo in entry.slos} == {"checkout", "payments"}
    ended = triage(replace(snapshot, incidents=(replace(both, end=NOW - 60),)))
    assert len(ended.entries) == 2, "what has ended merges nothing"
    assert ended.last_end == NOW - 60


def test_a_resource_that_filled_up_with_a_burn_is_part_of_it_and_one_that_will_is_not(demo: Snapshot) -> None:
    pool = anomaly("checkout", Signal.SATURATION, detail="pool", value=0.99)
    burn = replace(burning(demo.by_name["checkout"], "page"), anomalies=(pool,))
    snapshot = replace(with_services(demo, burn), incidents=(incident(("checkout", NOW - 1800)),))
    assert [cause for _, cause, _ in told(triage(snapshot))] == ["burn"]
    both = replace(burn, forecasts=filling(burn, 5 * HOUR).forecasts)
    assert [cause for _, cause, _ in told(triage(with_services(demo, both)))] == ["burn", "full"]
    # What is near its limit for long is no news of today.
    alone = replace(calm(demo.by_name["checkout"]), anomalies=(pool,))
    alone = replace(alone, current=replace(alone.current, saturation={"pool": 0.95}))
    (entry,) = triage(with_services(demo, alone)).entries
    assert (entry.cause, entry.urgency, entry.resource) == (Cause.FULL, Urgency.WEEK, "pool")


def test_what_always_fell_back_before_it_was_full_is_not_said_to_fill_up(demo: Snapshot) -> None:
    rising = filling(demo.by_name["checkout"], 5 * HOUR)
    falls = Falls(NOW - 10 * DAY, (NOW - 5 * DAY, NOW - 2 * DAY), (0.91, 0.96))
    held = replace(rising.forecasts["memory"], falls=falls, is_held=True)
    (entry,) = triage(with_services(demo, replace(rising, forecasts={"memory": held}))).entries
    assert (entry.cause, entry.urgency, entry.ahead_s) == (Cause.FULL, Urgency.LATER, None)
    said = plain("".join(part.text for part in triage_entry_text.sentence(entry, "UTC", NOW)))
    assert said.endswith(
        "rises; in the last 10 days it fell back twice, at 91–96 %; full in 5 h only if it does not this time."
    )
    passed = replace(held, is_held=False)
    (entry,) = triage(with_services(demo, replace(rising, forecasts={"memory": passed}))).entries
    assert (entry.urgency, entry.ahead_s) == (Urgency.TODAY, 5 * HOUR)
    said = plain("".join(part.text for part in triage_entry_text.sentence(entry, "UTC", NOW)))
    assert said.endswith("if it keeps rising at this rate. In the last 10 days it fell back twice, at 91–96 %.")


def test_a_budget_that_may_last_is_minor_where_its_end_is_far_and_an_entry_where_it_is_near(demo: Snapshot) -> None:
    report = demo.by_name["cart"]
    wanted = {
        (12 * HOUR, None): Urgency.TODAY, (6 * DAY, None): Urgency.WEEK, (20 * DAY, 25 * DAY): Urgency.LATER,
    }  # fmt: skip
    for (seconds, latest), urgency in wanted.items():
        (entry,) = triage(with_services(demo, running_out(report, seconds, latest))).entries
        assert (entry.urgency, entry.ahead_s) == (urgency, seconds)
    unsure = triage(with_services(demo, running_out(report, 20 * DAY, None)))
    assert unsure.entries == ()
    assert [(signal.kind, signal.service) for signal in unsure.minor] == [("budget", "cart")]


def test_what_costs_nothing_is_counted_and_is_no_entry(demo: Snapshot) -> None:
    of = demo.by_name
    slow, hint = anomaly("cart", Signal.LATENCY, cost=0.001), anomaly("cart", Signal.TRAFFIC, layer=Layer.NOVELTY)
    over = anomaly("auth", Signal.TRAFFIC, until=NOW - 60)
    snapshot = with_services(
        demo, replace(calm(of["cart"]), anomalies=(slow, hint)), replace(calm(of["auth"]), anomalies=(over,))
    )
    triaged = triage(snapshot)
    assert triaged.entries == ()
    assert [(signal.kind, signal.cost) for signal in triaged.minor] == [("latency", 0.001), ("traffic", 0.0)]
    assert triaged.is_empty
    assert triaged.fine == len(demo.services)


@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN, SourceState.STARTING])
def test_nothing_is_fine_while_the_source_is_not_believed_and_what_burned_stays(
    demo: Snapshot, state: SourceState
) -> None:
    burn = with_services(demo, burning(demo.by_name["checkout"], "page"))
    for snapshot in (with_services(demo), burn):
        old = downgraded(replace(snapshot, source=replace(snapshot.source, state=state, error="refused")))
        triaged = triage(old)
        assert not triaged.is_known
        assert not triaged.is_empty
        assert triaged.fine == 0
        assert len(triaged.entries) == (1 if snapshot is burn else 0)


def test_a_service_without_data_is_said_and_never_fine(demo: Snapshot) -> None:
    silent = replace(calm(demo.by_name["cart"]), health=Health.UNKNOWN)
    triaged = triage(with_services(demo, silent))
    assert triaged.unknown == ("cart",)
    assert not triaged.is_empty
    watched = replace(calm(demo.by_name["auth"]), health=Health.AT_RISK)
    assert triage(with_services(demo, watched)).watched == 1
    assert not triage(with_services(demo, watched)).is_empty


def test_services_that_became_unusual_about_then_moved_with_it(demo: Snapshot) -> None:
    of = demo.by_name
    burn = replace(burning(of["checkout"], "page"), anomalies=(anomaly("checkout", since=NOW - 1500),))
    others = {"payments": NOW - 1400, "orders": NOW, "search": NOW - 8 * HOUR}
    moved = [
        replace(calm(of[name]), anomalies=(anomaly(name, Signal.TRAFFIC, since=since),))
        for name, since in others.items()
        if name in of
    ]
    snapshot = with_services(demo, burn, *moved)
    (entry,) = (entry for entry in triage(snapshot).entries if entry.cause is Cause.BURN)
    assert entry.since is not None
    assert abs(entry.since - (NOW - 1800)) <= 300, "the demo's pool is exhausted half an hour before it starts"
    assert [other.service for other in entry.moved] == ["payments"]


def test_of_many_objectives_the_one_that_pages_leads(demo: Snapshot) -> None:
    report = burning(demo.by_name["checkout"], "ticket", "page")
    (entry,) = triage(with_services(demo, report)).entries
    assert entry.urgency is Urgency.NOW
    assert entry.pages
    assert entry.slo is report.slos[1]
