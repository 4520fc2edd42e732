"""A review as JSON: versioned, and extended compatibly. docs/review.md describes the fields."""

from typing import Any

from dashboard.alerts.quality import AlertQuality
from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.gate.policy import PolicyException
from dashboard.incidents.incident import Incident
from dashboard.review.decisions import Decision, decisions
from dashboard.review.review import Gap, Held, ObjectiveReview, Review, Spending, Toil
from dashboard.ui.text import units
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.review import review_decisions, review_periods, review_sentences
from dashboard.web.incidents import incident_json
from dashboard.web.service import capacity_json
from dashboard.web.status_json import finite, time

VERSION = 1


def as_json(review: Review) -> dict[str, Any]:
    """The whole review; numbers are unrounded, and null if unknown."""
    period = review.period
    content = {
        "version": VERSION,
        "title": review.title,
        "at": time(review.at),
        "period": {
            "name": period.name,
            "title": units.plain(review_periods.title(period)),
            "unit": None if period.unit is None else str(period.unit),
            "start": time(period.start),
            "end": time(period.end),
            "time_zone": period.zone,
            "is_over": review.is_over,
        },
        "paragraph": review_sentences.paragraph(review),
        "coverage": review.coverage,
        "data_begin": _time(review.data_begin),
        "incidents_begin": _time(review.incidents_begin),
        "changes_begin": _time(review.changes_begin),
        "objectives": [_objective(objective, review) for objective in review.objectives],
        "services": [_service(service, review) for service in review.services],
        "incidents": [_incident(incident, review) for incident in review.incidents],
        "incident_times": None if review.statistics is None else incident_json.statistics(review.statistics),
        "alerts": None if review.alerts is None else _alerts(review.alerts),
        "toil": _toil(review.toil.get("")),
        "prices": capacity_json.origin(review.price_origin) if review.costs else None,
        "capacity": None if review.capacity is None else _capacity(review.capacity),
        "decisions": [_decision(decision, review) for decision in decisions(review)],
        "note": review.notes.get("") or None,
        "sign_off": None
        if review.sign_off is None
        else {"at": time(review.sign_off.at), "name": review.sign_off.name, "remarks": review.sign_off.remarks},
    }
    strict: dict[str, Any] = finite(content)
    return strict


def _objective(objective: ObjectiveReview, review: Review) -> dict[str, Any]:
    slo, sla = objective.slo, objective.sla
    return {
        "service": review.title_of(slo.service),
        "slo": slo.name,
        "kind": slo.kind,
        "objective": slo.objective,
        "limit": slo.limit,
        "held": [_held(held) for held in objective.held],
        "verdict": str(objective.verdict),
        "bad": objective.bad,
        "valid": objective.valid,
        "allowed": objective.allowed,
        "achieved": objective.achieved,
        "spent": objective.spent,
        "spent_28d": objective.recent,
        "spent_7d": objective.last_week,
        "spent_before": list(objective.before),
        "trend": str(objective.trend),
        "traffic_share": objective.traffic_share,
        "coverage": objective.coverage,
        "unmeasured_s": objective.unmeasured_s,
        "gaps": [_gap(gap) for gap in objective.gaps],
        "window": {"duration": slo.window.duration, "remaining": objective.window_remaining},
        "spending": [_part(part) for part in objective.spending],
        "sla": None
        if sla is None
        else {"objective": sla.objective, "met": sla.met, "remaining": sla.remaining, "credit": sla.credit},
        "policy": None if objective.policy is None or objective.policy.state is None else str(objective.policy.state),
        "exceptions": [_exception(exception) for exception in objective.exceptions],
    }


def _exception(exception: PolicyException) -> dict[str, Any]:
    begins = None if exception.begins == float("-inf") else time(exception.begins)
    until, number = time(exception.until), exception.number or None
    return {"id": number, "who": exception.who, "why": exception.why, "begins": begins, "until": until}


def _held(held: Held) -> dict[str, Any]:
    return {
        "start": time(held.start),
        "end": time(held.end),
        "objective": held.objective,
        "limit": held.limit,
        "bad": held.bad,
        "valid": held.valid,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"start": time(gap.start), "end": time(gap.end), "reason": gap.reason or None}


def _part(part: Spending) -> dict[str, Any]:
    return {
        "cause": str(part.cause),
        "bad": part.bad,
        "share": part.share,
        "incident": part.incident or None,
        "change": part.change or None,
        "begins": _time(part.begins),
        "spent_without": part.spent_without,
        "met_without": part.is_met_without,
    }


def _service(service: str, review: Review) -> dict[str, Any]:
    deploys, cost = review.deploys.get(service), review.costs.get(service)
    return {
        "service": review.title_of(service),
        "team": review.teams.get(service),
        "paragraph": review_sentences.service_paragraph(review, service),
        "deploys": None
        if deploys is None
        else {"number": deploys.number, "failed": deploys.failed, "failure_rate": deploys.failure_rate},
        "toil": _toil(review.toil.get(service)),
        "cost": None
        if cost is None
        else {"amount": cost.amount, "currency": cost.currency, "per_million_requests": cost.per_million},
        "note": review.notes.get(service) or None,
    }


def _toil(toil: Toil | None) -> dict[str, Any] | None:
    return None if toil is None else {"hours": toil.toil_hours, "of_hours": toil.hours, "share": toil.share}


def _incident(incident: Incident, review: Review) -> dict[str, Any]:
    record = review.record(incident)
    moments = record.moments
    cause = record.cause
    return {
        "id": incident.id,
        "title": units.plain(incident_text.shown_title(record, review.at)),
        "services": [review.title_of(service) for service in incident.services],
        "severity": str(incident.severity),
        "start": time(moments.start),
        "end": _time(moments.end),
        "to_detect_s": moments.to_detect,
        "to_acknowledge_s": moments.to_acknowledge,
        "to_recover_s": moments.to_recover,
        "change": None if cause is None else str(cause.change.id),
    }


def _alerts(quality: AlertQuality) -> dict[str, Any]:
    judged = sum(rule.judged for rule in quality.rules)
    touched = sum(rule.touched for rule in quality.rules)
    return {
        "start": time(quality.start),
        "end": time(quality.end),
        "fired": sum(rule.fired for rule in quality.rules),
        "judged": judged,
        "touched": touched,
        "share_touched": touched / judged if judged else None,
        "pages": quality.load.pages,
        "night_pages": quality.load.night_pages,
        "pages_per_week": quality.load.pages_per_week,
        "unpaged": len(quality.unpaged),
        "without_impact": [rule.rule.name for rule in quality.without_impact],
    }


def _capacity(report: CapacityReport) -> dict[str, Any]:
    return {"at": _time(report.at), "resources": [_resource(each) for each in report.resources]}


def _resource(each: ResourceCapacity) -> dict[str, Any]:
    """Fields as in `GET /api/v1/capacity`; seconds count from `at` on."""
    outlook, load = each.outlook, each.load
    return {
        "service": each.title,
        "resource": each.resource,
        "urgency": str(each.urgency),
        "use": each.now,
        "peak": each.peak,
        "full_in_s": outlook.seconds,
        "full_in_s_interval": None if outlook.seconds is None else [outlook.early, outlook.late],
        "full_per_s": load.full,
        "traffic_per_s": each.traffic_now,
    }


def _decision(decision: Decision, review: Review) -> dict[str, Any]:
    objective, part, resource = decision.objective, decision.part, decision.resource
    return {
        "kind": str(decision.kind),
        "service": review_decisions.title(review, decision),
        "what": units.plain(review_decisions.lead(review, decision)),
        "why": units.plain(review_decisions.reason(review, decision)),
        "slo": None if objective is None else objective.slo.name,
        "resource": None if resource is None else resource.resource,
        "change": None if part is None else part.change or None,
        "share": decision.share,
        "share_in_stages": decision.staged,
        "met_in_stages": decision.is_met_staged,
        "before": _time(decision.before),
        "periods": decision.periods,
        "missed": decision.missed,
        "suggested_objective": decision.suggested,
        "stretches": decision.stretches,
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else time(seconds)
