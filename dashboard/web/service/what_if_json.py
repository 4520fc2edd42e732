"""Back-tests as JSON, for `backtest --format json`; NaN never gets in."""

from collections.abc import Sequence
from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.objective import Slo
from dashboard.ui.text import units, what_if_text
from dashboard.web.status_json import finite, time, window_text
from dashboard.whatif.periods import PeriodBudget
from dashboard.whatif.suggestion import Suggestion, Tried
from dashboard.whatif.what_if import BackTested, BackTestedAlert, WhatIf


def as_json(snapshot: Snapshot, tests: Sequence[BackTested]) -> dict[str, Any]:
    """Back-tests as plain values ready for `json.dumps(…, allow_nan=False)`.

    Args:
        snapshot: the newest one. `tests`: of its objectives.
    """
    content: dict[str, Any] = finite(
        {"at": time(snapshot.at), "objectives": [objective(test, snapshot) for test in tests]}
    )
    return content


def objective(test: BackTested, snapshot: Snapshot) -> dict[str, Any]:
    """One objective with all its candidates; `snapshot`: has the names of services."""
    return {
        "service": snapshot.service_title(test.slo.service),
        "slo": test.slo.name,
        "message": test.error or None,
        "tried": [result(each) for each in test.tried],
        "suggestion": None if test.suggestion is None else _suggestion(test.suggestion, test.slo),
    }


def result(tried: WhatIf) -> dict[str, Any]:
    """The result of one candidate."""
    slo, candidate = tried.slo, tried.candidate
    users = tried.impact
    return {
        "objective": slo.objective,
        "threshold": slo.limit,
        "window": slo.window.duration,
        "policy": candidate.policy or "own",
        "is_now": candidate == type(candidate)(),
        "start": time(tried.since),
        "end": time(tried.at),
        "resolution_s": tried.step,
        "alerts": [_alert(alert) for alert in tried.alerts],
        "pages": tried.number("page"),
        "tickets": tried.number("ticket"),
        "unexplained": len(tried.unexplained),
        "periods": [_period(period) for period in tried.periods],
        "felt": {
            "bad": users.bad,
            "valid": users.valid,
            "ratio": users.ratio,
            "beyond_s": users.seconds,
            "worst_hour_end": None if users.worst_at is None else time(users.worst_at),
            "worst_hour_bad": users.worst_bad,
            "worst_hour_valid": users.worst_valid,
        },
    }


def _alert(alert: BackTestedAlert) -> dict[str, Any]:
    fired = alert.fired
    return {
        "severity": fired.severity,
        "long": window_text(fired.rule.row.long_s),
        "short": window_text(fired.rule.row.short_s),
        "threshold": fired.rule.threshold,
        "start": time(fired.start),
        "end": None if fired.end is None else time(fired.end),
        "incident": alert.incident or None,
    }


def _period(period: PeriodBudget) -> dict[str, Any]:
    return {
        "start": time(period.start),
        "end": time(period.end),
        "bad": period.bad,
        "valid": period.valid,
        "coverage": period.coverage,
        "remaining": period.left,
        "over": period.is_over,
        "judged": period.is_judged,
        "met": period.is_met,
    }


def _suggestion(suggestion: Suggestion, slo: Slo) -> dict[str, Any]:
    return {
        "objective": None if suggestion.best is None else suggestion.best.objective,
        "sentence": units.plain(what_if_text.suggested(suggestion)),
        "reasons": [units.plain(reason) for reason in what_if_text.reasons(suggestion, slo)],
        "unknown": suggestion.unknown,
        "against": suggestion.against,
        "periods": suggestion.periods,
        "days": suggestion.days,
        "sli_interval": None if suggestion.low is None else [suggestion.low, suggestion.high],
        "best": _tried(suggestion.best),
        "tighter": _tried(suggestion.tighter),
        "now": _tried(suggestion.now),
    }


def _tried(tried: Tried | None) -> dict[str, Any] | None:
    if tried is None:
        return None
    return {
        "objective": tried.objective,
        "missed": tried.missed,
        "chance": tried.chance,
        "spent_most": tried.spent_most,
        "allowed": tried.allowed,
        "spent_now": tried.spent_now,
    }
