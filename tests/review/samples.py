"""A review made by hand: the October of a shop with a dear deploy, an outage of a provider and a nightly job."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dashboard.alerts.alert import AlertRule
from dashboard.alerts.quality import AlertQuality, PageLoad, RuleQuality
from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.capacity.load import Load, Relation
from dashboard.capacity.outlook import Outlook
from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.engine.default_slos import availability, latency
from dashboard.gate.policy import Limits, PolicyException, PolicyState
from dashboard.gate.standing import Rule, Standing
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import Acknowledgement
from dashboard.incidents.record import Record
from dashboard.oncall.suspect import Grade, Suspect, SuspectKind
from dashboard.review.period import Period
from dashboard.review.review import (
    Cause,
    Cost,
    Deploys,
    Gap,
    Held,
    ObjectiveReview,
    Review,
    SignOff,
    Spending,
    Toil,
    Trend,
    Verdict,
)
from dashboard.slo.judgement import MeasuredTime
from dashboard.slo.objective import Slo
from dashboard.slo.report import SlaReport, SloReport, State
from tests.incidents.samples import HOSTILE, impact, incident

OCTOBER = Period.parse("2026-10", "UTC")
DAY = 86400.0


def at(text: str) -> float:
    """Epoch seconds of a moment of October 2026: `14 16:02`."""
    return datetime.strptime(f"2026 10 {text}", "%Y %m %d %H:%M").replace(tzinfo=UTC).timestamp()


def reviewed(
    slo: Slo, valid: float, parts: Sequence[tuple[Cause, float, str]], before: Sequence[float | None], **fields: Any
) -> ObjectiveReview:
    """An objective over October.

    Args:
        slo: what was to be achieved. `valid`: events.
        parts: cause, share of the budget, and the id of the incident. `before`: shares of the last five months.
        fields: further ones.
    """
    allowed = slo.budget * valid
    spending = tuple(
        Spending(
            cause=cause,
            bad=share * allowed,
            share=share,
            incident=number,
            begins=BEGINS.get(number),
            # A fiftieth of what an incident took would have come anyway.
            spent_without=sum(other for _, other, _ in parts) - 0.98 * share if number else None,
            is_met_without=fields.pop(f"without_{number}", None),
        )
        for cause, share, number in parts
    )
    spent = sum(share for _, share, _ in parts)
    verdict = Verdict.MISSED if spent > 1 else Verdict.NARROWLY if spent > 0.75 else Verdict.MET
    usual: dict[str, Any] = {
        "held": (Held(OCTOBER.start, OCTOBER.end, slo.objective, slo.limit, spent * allowed, valid),),
        "bad": spent * allowed,
        "valid": valid,
        "allowed": allowed,
        "measured": measured(0.998),
        "verdict": verdict,
        "spent": spent,
        "recent": spent * 0.95,
        "last_week": spent * 0.6,
        "window_remaining": 1 - spent * 0.9,
        "before": tuple(before),
        "spending": spending,
    }
    return ObjectiveReview(slo=slo, **{**usual, **fields})


def measured(coverage: float) -> MeasuredTime:
    """A share of October."""
    length_s = OCTOBER.end - OCTOBER.start
    return MeasuredTime(coverage * length_s, length_s)


BEGINS = {"deploy": at("14 16:02"), "provider": at("22 09:40"), "rebuild": at("8 02:15"), "batch": at("1 05:00")}


def costly(number: str, services: Sequence[str], lasted_s: float, version: str = "", **fields: Any) -> Record:
    """An incident of October with what is known of it.

    Args:
        number: its id. `services`: in the order in which they moved. `lasted_s`: seconds.
        version: of the deploy that caused it; empty without one. `fields`: of the record.
    """
    begin = BEGINS.get(number, at("3 10:00"))
    impacts = tuple(
        impact(service=service, slo=f"{service}-availability", start=begin, end=begin + lasted_s)
        for service in services
    )
    whole = incident(number, impacts=impacts, start=begin, end=begin + lasted_s, detected_at=begin + 240, edges=())
    change = Change(
        sender="argocd", key=f"{len(number)}", kind=Kind.DEPLOY, start=begin - 120, at=begin, text="", version=version
    )
    known = KnownChange(change, tuple(services[:1]), ("argocd",), (change.id,))
    suspects = (Suspect(kind=SuspectKind.CHANGE, grade=Grade.MOST_LIKELY, at=begin - 120, change=known),)
    taken = (Acknowledgement("mona", begin + 600),)
    people_fields: dict[str, Any] = {"suspects": suspects if version else (), "acknowledgements": taken}
    return Record(incident=whole, **{**people_fields, **fields})


RECORDS = (
    costly("deploy", ["checkout"], 84 * 60.0, "2.11.0"),
    costly("provider", ["payments", "checkout"], 51 * 60.0),
    costly("rebuild", ["search"], 12 * 3600 + 25 * 60.0, acknowledgements=()),
)


def objectives() -> tuple[ObjectiveReview, ...]:
    """Twelve objectives, the most spent first."""
    return (*_with_incidents(), *_calm(), _without_data())


def _with_incidents() -> tuple[ObjectiveReview, ...]:
    """What incidents took most of: missed, met narrowly, changed within the month, with an SLA, with a gap."""
    background = Cause.BACKGROUND
    return (
        reviewed(
            availability("checkout", 0.9995),
            3.25e9,
            [(Cause.CHANGE, 0.96, "deploy"), (Cause.INCIDENT, 0.18, "provider"), (background, 0.26, "")],
            [0.31, 0.42, 0.38, 0.55, 0.70],
            traffic_share=0.34,
            trend=Trend.WORSE,
            without_deploy=True,
            without_provider=False,
            held=(
                Held(OCTOBER.start, at("12 00:00"), 0.999, None, 4.0e5, 1.2e9),
                Held(at("12 00:00"), OCTOBER.end, 0.9995, None, 1.9e6, 2.05e9),
            ),
            sla=SlaReport(0.999, 0.3, True, None),
        ),
        reviewed(
            latency("search", 0.3, 0.99),
            1.1e9,
            [(Cause.INCIDENT, 0.34, "rebuild"), (background, 0.57, "")],
            [0.45, 0.52, 0.60, 0.71, 0.83],
            traffic_share=0.12,
            trend=Trend.WORSE,
        ),
        reviewed(
            availability("invoices"),
            2.0e8,
            [(Cause.INCIDENT, 0.29, "batch"), (background, 0.49, "")],
            [0.7, 0.66, 0.81, 0.73, 0.71],
            traffic_share=0.02,
            measured=measured(0.91),
            gaps=(Gap(at("5 02:00"), at("5 04:30"), "monitoring was moved"),),
        ),
        reviewed(
            availability("payments", 0.9995),
            9.0e8,
            [(Cause.INCIDENT, 0.44, "provider"), (background, 0.18, "")],
            [0.2, 0.18, 0.22, 0.17, 0.2],
            traffic_share=0.1,
            sla=SlaReport(0.9999, -0.2, False, "10 % of the month's fee"),
        ),
    )


def _calm() -> tuple[ObjectiveReview, ...]:
    """What no incident touched: background alone."""
    return tuple(
        reviewed(availability(service), 4.0e8, [(Cause.BACKGROUND, spent, "")], before, trend=trend, traffic_share=0.06)
        for service, spent, before, trend in (
            ("media-proxy", 0.47, [0.44, 0.48, 0.45, 0.50, 0.46], Trend.STEADY),
            ("orders", 0.41, [None, None, 0.38, 0.47, 0.45], Trend.STEADY),
            ("recommendations", 0.33, [0.55, 0.5, 0.46, 0.41, 0.38], Trend.BETTER),
            ("catalog", 0.21, [0.2, 0.22, 0.19, 0.23, 0.22], Trend.STEADY),
            ("auth", 0.18, [0.2, 0.9, 0.25, 0.18, 0.2], Trend.STEADY),
            ("notifications", 0.12, [0.2, 0.15, 0.12, 0.14, 0.13], Trend.STEADY),
            ("profile", 0.02, [0.03, 0.02, 0.02, 0.03, 0.02], Trend.STEADY),
        )
    )


def _without_data() -> ObjectiveReview:
    unknown: dict[str, Any] = dict.fromkeys(("spent", "recent", "last_week", "window_remaining"))
    unknown |= {"verdict": Verdict.NO_DATA, "measured": measured(0.0)}
    return reviewed(availability("exports"), 0.0, [], [None] * 5, **unknown)


def quality() -> AlertQuality:
    """31 of 43 alerts touched a budget."""
    rules = tuple(
        RuleQuality(
            rule=AlertRule(name, "page"),
            pages=True,
            services=("checkout",),
            fired=fired,
            firing=0,
            flapped=1,
            firing_s=fired * 900.0,
            longest_s=3600.0,
            judged=fired,
            touched=touched,
            times_paged=fired - 1,
            last=at("22 09:44"),
        )
        for name, fired, touched in (("BudgetBurnsFast", 31, 31), ("QueueLong", 12, 0))
    )
    load = PageLoad(pages=14, night_pages=5, nights=31, disturbed_nights=4, seconds=31 * DAY)
    return AlertQuality(OCTOBER.start, OCTOBER.end, rules, load)


def review(**fields: Any) -> Review:
    """The October of the shop."""
    usual: dict[str, Any] = {
        "period": OCTOBER,
        "at": at("31 23:59") + 6 * 3600 + 60,
        "title": "Production",
        "objectives": objectives(),
        "incidents": tuple(record.incident for record in RECORDS),
        "records": {record.incident.id: record for record in RECORDS},
        "deploys": {"checkout": Deploys(number=9, failed=2), "search": Deploys(number=4, failed=0)},
        "notes": {"": "A month of one deploy.\nThe provider has promised a second region.", "search": "Add memory."},
        "coverage": 0.998,
        "alerts": quality(),
    }
    return Review(**{**usual, **fields})


def signed() -> Review:
    """The same, signed off by somebody."""
    return review(sign_off=SignOff(at=at("31 12:00") + 2 * DAY, name="Mona", remarks="Agreed.\nIn stages."))


def standing(slo: Slo, state: PolicyState, basis: Rule, left: float) -> Standing:
    """How an objective stood at the end of October.

    Args:
        slo: the objective. `state`: of the policy. `basis`: what that follows from. `left`: of its budget.
    """
    report = SloReport(slo, State.ACCEPTABLE, at("31 23:59"), OCTOBER.start, OCTOBER.end, 1.0, 1.0, 1.0, 1.0, None,
                       left, measured_s=30 * DAY)  # fmt: skip
    return Standing(report, at("31 23:59"), Limits(), state, basis)


def with_policy() -> Review:
    """The same under a policy, with an exception."""
    exception = PolicyException("Ada", "the provider's outage is not ours", until=at("31 12:00"), begins=at("23 00:00"))
    first, second, *others = objectives()
    frozen = standing(first.slo, PolicyState.FREEZE_ALL, Rule.EXHAUSTED, -0.4)
    careful = standing(second.slo, PolicyState.FREEZE_FEATURES, Rule.LITTLE_LEFT, 0.09)
    return review(
        objectives=(
            replace(first, policy=frozen, exceptions=(exception,)),
            replace(second, policy=careful, exceptions=(exception,)),
            *(replace(each, policy=standing(each.slo, PolicyState.SHIP, Rule.ENOUGH_LEFT, 0.8)) for each in others),
        )
    )


def resource(service: str, name: str, peak: float, outlook: Outlook, full: float | None = None) -> ResourceCapacity:
    """A resource at the end of October.

    Args:
        service: that has it. `name`: of it. `peak`: a share. `outlook`: what becomes of it.
        full: requests per second at which it is full; None where it does not follow traffic.
    """
    load = Load(Relation.NONE) if full is None else Load(Relation.FOLLOWS, full=full)
    hours = np.zeros(720)
    return ResourceCapacity(service=service, title=service, resource=name, now=peak, peak=peak, peak_at=at("30 12:00"),
                            outlook=outlook, load=load, use=hours, traffic=hours, end=at("31 23:00"), days=30.0,
                            traffic_now=100.0)  # fmt: skip


def with_effort() -> Review:
    """The same with what fills up, toil and cost."""
    resources = (
        resource("search", "memory", 0.82, Outlook(31 * DAY, 24 * DAY, 43 * DAY), full=118.0),
        resource("orders", "disk", 0.6, Outlook(74 * DAY, 61 * DAY, None)),
        resource("payments", "pool", 0.95, Outlook()),
        resource("media-proxy", "cpu", 0.23, Outlook()),
    )
    return review(
        capacity=CapacityReport(at=at("31 23:00"), resources=resources),
        toil={"": Toil(toil_hours=31.0, hours=80.0), "checkout": Toil(toil_hours=20.0, hours=30.0)},
        costs={"checkout": Cost(amount=1234.0, currency="€", per_million=0.42)},
    )


LONG = "a-service-whose-name-never-ends-" * 60
RTL = "\u202eمتجر‏ \u2067خدمة\u2069"


def hostile() -> Review:
    """Every text that people or senders can write is one that breaks out of what it is put into."""
    names = (HOSTILE, LONG, RTL, "two\r\nlines\u2028and\x00more\ud800", "</title><script>alert(1)</script>")
    slos = [
        replace(availability("x", 0.999), service=service, name=service, title=service, kind=service)
        for service in names
    ]
    every = tuple(
        reviewed(
            slo,
            1e6,
            [(Cause.CHANGE, 1.1, slo.service), (Cause.BACKGROUND, 0.1, "")],
            [0.1] * 5,
            **{f"without_{slo.service}": True},
            gaps=(Gap(OCTOBER.start, OCTOBER.start + 7200, slo.service),),
        )
        for slo in slos
    )
    records = tuple(costly(service, [service], 600.0, service) for service in names)
    incidents: tuple[Incident, ...] = tuple(record.incident for record in records)
    return review(
        title="</style><b>x</b>",
        objectives=every,
        incidents=incidents,
        records={record.incident.id: record for record in records},
        deploys={service: Deploys(number=3, failed=1) for service in names},
        notes={service: service for service in ("", *names)},
        titles={HOSTILE: f"{HOSTILE} title"},
        sign_off=SignOff(at=at("31 12:00"), name=HOSTILE, remarks="</main></div>\r\n" + RTL),
    )


def large(services: int) -> Review:
    """So many services with two objectives each."""
    every = tuple(
        replace(each, slo=replace(each.slo, service=f"{each.slo.service}-{place}", name=f"{each.slo.name}-{place}"))
        for place in range(-(-services * 2 // 12))
        for each in objectives()
    )
    return review(objectives=tuple(sorted(every, key=lambda each: -(each.spent or 0.0)))[: services * 2])
