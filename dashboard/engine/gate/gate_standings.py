"""How the objectives of a snapshot stand under the error-budget policy, and what the gate answers by them.

Pages, JSON, commands and metrics ask here, so that none of them decides otherwise.
"""

from collections.abc import Collection

from dashboard.engine.health import Health, OutcomeUnknown
from dashboard.engine.service_reports import is_fresh
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.gate.decision import Decision, decide
from dashboard.gate.policy import Subject
from dashboard.gate.standing import Doubt, Reason, Standing, standing
from dashboard.gate.turning import turn
from dashboard.slo.indicators import Query, terms
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Origin


def standing_of(snapshot: Snapshot, report: SloReport, now: float) -> Standing:
    """How one objective of a snapshot stands.

    Args:
        snapshot: the newest one, as of `now`. `report`: one of its objectives. `now`: epoch seconds.
    """
    service = snapshot.by_name.get(report.slo.service)
    doubt = _of_source(snapshot.source) or _of_service(report, service, snapshot.shown_at(now))
    return standing(report, subject_of(report, service), snapshot.policy, now, doubt=doubt)


def subject_of(report: SloReport, service: ServiceReport | None) -> Subject:
    """An objective as patterns name it; `service`: its own, None if it is unknown."""
    if service is None:
        return Subject(report.slo, report.slo.service)
    info = service.info
    return Subject(report.slo, info.name.removeprefix(f"{info.cluster}/") if info.cluster else info.name, info.tier)


def decision_of(
    snapshot: Snapshot, now: float, reason: Reason, *, services: Collection[str] = (), slos: Collection[str] = ()
) -> Decision:
    """What the gate answers.

    Args:
        snapshot: the newest one, as of `now`. `now`: epoch seconds. `reason`: what the release is for.
        services, slos: names of those that are considered; empty: all.
    """
    reports = [
        report
        for report in snapshot.slos
        if (not services or report.slo.service in services) and (not slos or report.slo.name in slos)
    ]
    standings = [standing_of(snapshot, report, now) for report in reports]
    return decide(standings, reason, now, lambda each: turn(each, reason, snapshot.ledger))


def _of_source(source: SourceStatus) -> Doubt | None:
    """Why the source tells nothing about now; None if it does."""
    if source.data_end is not None:
        return Doubt.ENDED
    if source.state is SourceState.STARTING or source.reading is not None:
        return Doubt.STARTING
    return None if source.state is SourceState.OK else Doubt.SOURCE


def _of_service(report: SloReport, service: ServiceReport | None, now: float) -> Doubt | None:
    """Why the service that an objective is of tells nothing about now; None if it does.

    Args:
        report: the objective. `service`: its own, None if it is unknown. `now`: epoch seconds.
    """
    if service is None or service.newest is None or service.info.origin is Origin.SLOS:
        return None
    # Queries of the operator's own may count elsewhere: how old they are the objective knows itself.
    if any(isinstance(term, Query) for term in terms(report.slo.indicator)):
        return None
    if not is_fresh(service, now):
        return Doubt.SILENT
    # A breach is known all the same, and so is what it holds up.
    is_unknown = service.health is Health.UNKNOWN and any(isinstance(each, OutcomeUnknown) for each in service.reasons)
    return Doubt.UNTOLD if is_unknown else None
