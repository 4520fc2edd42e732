"""A decision of the gate as JSON: for `GET /api/v1/gate` and `golden-signals gate --format json`."""

from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.gate.decision import Decision
from dashboard.gate.policy import PolicyException
from dashboard.gate.standing import Reason, Standing
from dashboard.ui.text import policy_text, source_text, units
from dashboard.web.status_json import finite, time


def as_json(decision: Decision, snapshot: Snapshot) -> dict[str, Any]:
    """The verdict, the rule that decided and why, when the verdict changes, and all objectives considered."""
    zone, deciding, turn = snapshot.time_zone, decision.deciding, decision.turn
    content = {
        "verdict": str(decision.verdict),
        "at": time(decision.at),
        "reason": str(decision.reason),
        "rule": str(decision.rule),
        "why": grounds(decision, snapshot),
        "turns_at": None if turn is None else time(turn.at),
        "turns_by": None if turn is None else str(turn.cause),
        "turns": units.plain(policy_text.turns(turn, zone, decision.at)) or None,
        "deciding": None if deciding is None else _named(deciding, snapshot),
        "objectives": [standing_json(each, snapshot, decision.reason) for each in decision.standings],
    }
    strict: dict[str, Any] = finite(content)
    return strict


def grounds(decision: Decision, snapshot: Snapshot) -> str:
    """Why the verdict was given; without any objective, what is wrong with the source."""
    if decision.deciding is None:
        message = source_text.message(snapshot.source, snapshot.time_zone)
        return units.plain(message or policy_text.NOTHING_CONSIDERED)
    title = snapshot.service_title(decision.deciding.report.slo.service)
    return units.plain(policy_text.grounds(decision.deciding, title, snapshot.time_zone))


def _named(standing: Standing, snapshot: Snapshot) -> dict[str, str]:
    slo = standing.report.slo
    return {"service": snapshot.service_title(slo.service), "service_id": slo.service, "slo": slo.name}


def standing_json(standing: Standing, snapshot: Snapshot, reason: Reason) -> dict[str, Any]:
    """The standing of one objective.

    Args:
        standing: of the objective. `snapshot`: knows its service. `reason`: of the release.
    """
    return {**_named(standing, snapshot), "verdict": str(standing.verdict(reason)), **_stands(standing, snapshot)}


def policy_json(standing: Standing, snapshot: Snapshot) -> dict[str, Any]:
    """What the page of an objective shows of the policy: its standing, each answer, exceptions that have not ended."""
    return {
        **_stands(standing, snapshot),
        "verdicts": {str(reason): str(standing.verdict(reason)) for reason in Reason},
        "exceptions": [exception_json(exception) for exception in standing.exceptions],
    }


def _stands(standing: Standing, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "state": None if standing.state is None else str(standing.state),
        "rule": str(standing.rule),
        "basis": str(standing.basis),
        "doubt": None if standing.doubt is None else str(standing.doubt),
        "why": units.plain(policy_text.why(standing, snapshot.time_zone)),
        "meaning": policy_text.meaning(standing.state, standing.limits),
        # Old data do not prove the current remaining budget.
        "remaining": None if standing.doubt is not None else standing.report.judged_remaining,
        "burning": standing.is_burning,
        "exception": None if standing.exception is None else exception_json(standing.exception),
    }


def exception_json(exception: PolicyException) -> dict[str, Any]:
    """Who grants the exception, why, and until when."""
    begins = exception.begins
    return {
        "id": exception.number or None,
        "who": exception.who,
        "why": exception.why,
        "from": None if begins == float("-inf") else time(begins),
        "until": time(exception.until),
        "even_burning": exception.even_burning,
    }
