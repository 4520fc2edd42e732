"""Builds the entries of a snapshot: one per cause and service, and one per incident across services."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.incidents.incident import Incident
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import Alert, SloReport, State
from dashboard.timerange import DAY
from dashboard.triage.entry import Cause, Entry, Minor, Moved, Triage, Urgency
from dashboard.triage.since import burning_since

# Anomalies that cost less of a budget need no attention.
COST_MIN = 0.01
# A resource above this share of its limit is considered full.
NEARLY_FULL, IS_FULL = 0.9, 1.0
# Services with anomalies this many seconds before or after moved together; and how many of them are named.
TOGETHER_BEFORE_S, TOGETHER_AFTER_S, TOGETHER_MOST = 900.0, 1800.0, 5
# A resource that fills up during a burn, or this many seconds before it, belongs to the same cause.
BEFORE_S = 3600.0
ORDER = {urgency: place for place, urgency in enumerate(Urgency)}
BUDGET = "budget"
TROUBLED = (State.EXHAUSTED, State.CRITICAL, State.INCREASING, State.RECOVERING)


def triage(snapshot: Snapshot) -> Triage:
    """What needs attention now, today, this week and later, most urgent first."""
    open_incidents = [incident for incident in snapshot.incidents if incident.is_open]
    # Nearly all of thousands of services have nothing to report.
    concerned = list(filter(_may_need, snapshot.services))
    entries = list(_merged(_each(concerned, snapshot), open_incidents))
    began = _beginnings(snapshot.services)
    entries = [replace(entry, moved=_moved(entry, began)) for entry in entries]
    entries.sort(key=lambda entry: _rank(entry, snapshot))
    by_service = {service: entry for entry in reversed(entries) for service in entry.services}
    others = [report for report in snapshot.services if report.name not in by_service]
    unknown = tuple(report.name for report in others if report.health is Health.UNKNOWN)
    watched = sum(report.health is Health.AT_RISK for report in others)
    ends = [incident.end for incident in snapshot.incidents if incident.end is not None]
    return Triage(
        snapshot.at,
        tuple(entries),
        tuple(_minor(concerned, entries)),
        len(others) - len(unknown) - watched,
        watched,
        unknown,
        snapshot.source.state is SourceState.OK,
        snapshot.source.data_end is not None,
        len(snapshot.services),
        max(ends, default=None),
        by_service,
        tuple(current for current in snapshot.alerts.firing if current.alert.service not in by_service),
    )


def _each(concerned: Iterable[ServiceReport], snapshot: Snapshot) -> Iterator[Entry]:
    for report in concerned:
        budget = _of_budgets(report, snapshot.ledger)
        if budget is not None:
            yield budget
        for entry in _of_resources(report, snapshot.at):
            if budget is None or not _is_part(entry, budget):
                yield entry


def _may_need(report: ServiceReport) -> bool:
    if report.health is not Health.HEALTHY or report.anomalies or report.forecasts:
        return True
    return any(slo.exhaustion is not None and slo.exhaustion.seconds is not None for slo in report.slos)


def _of_budgets(report: ServiceReport, ledger_view: LedgerView) -> Entry | None:
    """The most urgent cause of a service's budgets, with all objectives concerned."""
    burning = [(slo, alert) for slo in report.slos if (alert := _firing(slo)) is not None]
    if burning:
        return _burn(report, burning, ledger_view)
    spent = [slo for slo in report.slos if slo.state is State.EXHAUSTED]
    costly = tuple(anomaly for anomaly in _lasting(report) if (anomaly.cost or 0.0) >= COST_MIN)
    since = min((anomaly.since for anomaly in costly), default=None)
    if spent:
        return _entry(report, Cause.SPENT, Urgency.TODAY, slos=tuple(spent), since=since, anomalies=costly)
    if costly:
        return _entry(
            report, Cause.ANOMALY, Urgency.TODAY, slos=_counted(report, costly), since=since, anomalies=costly
        )
    running = sorted((slo for slo in report.slos if _runs_out(slo)), key=lambda slo: slo.exhausts_in_s or 0.0)
    if not running:
        return None
    ahead_s, measures = running[0].exhausts_in_s, {str(slo.slo.measure) for slo in running}
    own = tuple(anomaly for anomaly in _lasting(report) if str(anomaly.signal) in measures)
    return _entry(report, Cause.RUNS_OUT, _by_time(ahead_s), slos=tuple(running), ahead_s=ahead_s, anomalies=own)


def _burn(report: ServiceReport, burning: list[tuple[SloReport, Alert]], ledger_view: LedgerView) -> Entry:
    burning.sort(key=lambda pair: (pair[1].rule.row.severity != "page", pair[0].urgency))
    firing = [slo for slo, _ in burning]
    began = [burning_since(slo, alert, ledger_view) for slo, alert in burning]
    slo, alert = burning[0]
    urgency = Urgency.NOW if alert.rule.row.severity == "page" else Urgency.TODAY
    return _entry(
        report,
        Cause.BURN,
        urgency,
        since=min((moment for moment in began if moment is not None), default=None),
        slos=(
            *(slo for slo, _ in burning),
            *(slo for slo in report.slos if slo.state in TROUBLED and slo not in firing),
        ),
        alert=alert,
        anomalies=tuple(_lasting(report)),
        ahead_s=slo.exhausts_in_s,
    )


def _entry(report: ServiceReport, cause: Cause, urgency: Urgency, *, resource: str = "", **values: object) -> Entry:
    """An entry of one service; `values`: further attributes."""
    number = f"{report.name}:{cause}{f':{resource}' if resource else ''}"
    return Entry(number, number, urgency, cause, report.name, (report.name,), resource=resource, **values)  # type: ignore[arg-type]


def _firing(slo: SloReport) -> Alert | None:
    """The most urgent firing alert; None if there is none."""
    firing = [alert for alert in slo.alerts if alert.firing]
    return min(firing, key=lambda alert: alert.rule.row.severity != "page", default=None)


def _lasting(report: ServiceReport) -> Iterator[Anomaly]:
    return (anomaly for anomaly in report.anomalies if anomaly.lasts)


def _counted(report: ServiceReport, anomalies: Iterable[Anomaly]) -> tuple[SloReport, ...]:
    """Objectives that count the anomalous signals."""
    signals = {str(anomaly.signal) for anomaly in anomalies}
    return tuple(slo for slo in report.slos if slo.slo.measure is not None and str(slo.slo.measure) in signals)


def _runs_out(slo: SloReport) -> bool:
    """Whether a budget will be used up within its window, and with certainty if that is more than a week ahead."""
    forecast = slo.exhaustion
    if forecast is None or forecast.seconds is None or slo.state is State.NO_DATA:
        return False
    return forecast.seconds <= 7 * DAY or forecast.between[1] is not None


def _by_time(seconds: float | None) -> Urgency:
    if seconds is None or seconds > 7 * DAY:
        return Urgency.LATER
    return Urgency.TODAY if seconds <= DAY else Urgency.WEEK


def _of_resources(report: ServiceReport, now: float) -> Iterator[Entry]:
    near = {anomaly.detail: anomaly for anomaly in _lasting(report) if anomaly.signal is Signal.SATURATION}
    for resource in dict.fromkeys([*near, *report.forecasts]):
        forecast, anomaly = report.forecasts.get(resource), near.get(resource)
        full_at = None if forecast is None else forecast.full_at
        is_held = forecast is not None and forecast.is_held
        level = report.current.saturation.get(resource, anomaly.value if anomaly is not None else None)
        is_near = anomaly is not None and (level or 0.0) >= NEARLY_FULL
        if full_at is None and not is_near and not is_held:
            continue
        ahead_s = 0.0 if (level or 0.0) >= IS_FULL else None if full_at is None else max(full_at - now, 0.0)
        # A level that stays near its limit is not urgent today, and one that usually falls back needs nobody yet.
        urgency = Urgency.WEEK if ahead_s is None and is_near else _by_time(ahead_s)
        since = None if anomaly is None else anomaly.since
        own = () if anomaly is None else (anomaly,)
        yield _entry(
            report, Cause.FULL, urgency, resource=resource, since=since, anomalies=own, level=level, forecast=forecast,
            ahead_s=ahead_s,
        )  # fmt: skip


def _is_part(entry: Entry, budget: Entry) -> bool:
    """Whether a resource filled up during a burn of its service, or shortly before it."""
    if budget.cause not in (Cause.BURN, Cause.ANOMALY) or entry.since is None or budget.since is None:
        return False
    return entry.since >= budget.since - BEFORE_S


def _merged(entries: Iterable[Entry], incidents: Iterable[Incident]) -> Iterator[Entry]:
    """Merge entries of one incident into one with the id of the incident."""
    of_service = {service: incident for incident in incidents for service in incident.services}
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        incident = None if entry.cause in (Cause.FULL, Cause.RUNS_OUT) else of_service.get(entry.service)
        if incident is None:
            yield entry
        else:
            groups[incident.id].append(replace(entry, id=incident.id, incident=incident, since=incident.start))
    for group in groups.values():
        yield _one(group)


def _one(group: list[Entry]) -> Entry:
    """The most urgent of several entries of one incident; preferably that of the service that moved first."""
    incident = group[0].incident
    assert incident is not None, "grouped by it"
    first = min(group, key=lambda entry: (ORDER[entry.urgency], entry.service != incident.service))
    group.sort(key=lambda entry: entry is not first)
    services = dict.fromkeys([*(entry.service for entry in group), *incident.services])
    return replace(
        first,
        services=tuple(services),
        slos=tuple(slo for entry in group for slo in entry.slos),
        anomalies=tuple(anomaly for entry in group for anomaly in entry.anomalies),
    )


def _beginnings(reports: Iterable[ServiceReport]) -> Mapping[str, Moved]:
    """Start of the current anomaly of each service that has one."""
    first = {}
    for report in reports:
        if not report.anomalies:
            continue
        anomaly = min(_lasting(report), key=lambda anomaly: anomaly.since, default=None)
        if anomaly is not None:
            first[report.name] = Moved(report.name, anomaly.since, anomaly)
    return first


def _moved(entry: Entry, began: Mapping[str, Moved]) -> tuple[Moved, ...]:
    """Other services that moved with an entry: those of its incident, otherwise those with a similar start."""
    if entry.incident is not None and len(entry.incident.services) > 1:
        starts: dict[str, float] = {}
        for impact in entry.incident.impacts:
            starts[impact.service] = min(impact.start, starts.get(impact.service, impact.start))
        moved = [
            Moved(service, start, began[service].anomaly if service in began else None)
            for service, start in starts.items()
            if service != entry.service
        ]
    elif entry.since is None or entry.cause is Cause.FULL:
        return ()
    else:
        moved = [
            other
            for other in began.values()
            if -TOGETHER_BEFORE_S <= other.since - entry.since <= TOGETHER_AFTER_S and other.service != entry.service
        ]
    return tuple(sorted(moved, key=lambda other: other.since)[:TOGETHER_MOST])


def _minor(concerned: Iterable[ServiceReport], entries: Iterable[Entry]) -> Iterator[Minor]:
    """Ongoing signals without an entry, including hints."""
    said_anomalies = {id(anomaly) for entry in entries for anomaly in entry.anomalies}
    said_slos = {id(slo) for entry in entries for slo in entry.slos}
    for report in concerned:
        tested = {anomaly.signal for anomaly in _lasting(report)}
        for anomaly in report.anomalies:
            hint = anomaly.layer is Layer.NOVELTY and anomaly.signal in tested
            if anomaly.until is None and not hint and id(anomaly) not in said_anomalies:
                yield Minor(report.name, str(anomaly.signal), anomaly.cost or 0.0, anomaly=anomaly)
        for slo in report.slos:
            burns = slo.state in TROUBLED
            may_run_out = slo.exhausts_in_s is not None and slo.state is not State.NO_DATA
            if id(slo) not in said_slos and (burns or may_run_out):
                yield Minor(report.name, BUDGET, slo=slo)


def _rank(entry: Entry, snapshot: Snapshot) -> tuple[int, float, int, str, str]:
    """Sort key: urgency, time left, tier of the service, name."""
    report = snapshot.by_name.get(entry.service)
    tier = (report.info.tier if report is not None else None) or 9
    ahead_s = float("inf") if entry.ahead_s is None else entry.ahead_s
    return ORDER[entry.urgency], ahead_s, tier, entry.service, entry.id
