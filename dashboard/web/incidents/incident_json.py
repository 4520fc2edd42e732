"""An incident as JSON: derived values, and corrections by people."""

from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.context import Spending
from dashboard.incidents.incident import Correctable, Impact, Incident
from dashboard.incidents.statistics import Moments, Statistics, Summary, corrected, moments
from dashboard.web.service.explanation_json import explanation_json
from dashboard.web.status_json import finite, time


def summary(incident: Incident, snapshot: Snapshot, acknowledged: float | None = None) -> dict[str, Any]:
    """One incident of a list.

    Args:
        incident: as it was derived. `snapshot`: has the names of services.
        acknowledged: epoch seconds of the first acknowledgement; None without one.
    """
    times = moments(incident, acknowledged)
    content = {
        "id": incident.id,
        "aliases": list(incident.aliases),
        "title": incident.corrections.get(Correctable.TITLE) or None,
        "state": "open" if incident.is_open else "closed",
        "severity": str(incident.severity),
        "service": snapshot.service_title(incident.service),
        "services": [snapshot.service_title(service) for service in incident.services],
        "start": time(incident.start),
        "end": _time(incident.end),
        "detected": _time(incident.detected_at),
        "acknowledged": _time(acknowledged),
        "corrections": _corrections(incident),
        **_durations(times),
        "bad": sum(impact.bad for impact in incident.impacts),
        "additional": sum(max(impact.bad - impact.usual_bad, 0.0) for impact in incident.impacts),
        # Budgets of several objectives do not add up: take the objective that lost most.
        "budget_share": max((share for impact in incident.impacts if (share := impact.budget_share)), default=None),
        "kept": incident.is_frozen,
    }
    strict: dict[str, Any] = finite(content)
    return strict


def whole(incident: Incident, snapshot: Snapshot, acknowledged: float | None = None) -> dict[str, Any]:
    """One incident with all its impacts, counts, anomalies and edges.

    Args:
        incident: as it was derived. `snapshot`: has the names of services.
        acknowledged: epoch seconds of the first acknowledgement; None without one.
    """
    content = {
        **summary(incident, snapshot, acknowledged),
        "impacts": [_impact(impact, snapshot) for impact in incident.impacts],
        "moved": "along the service graph" if incident.edges else "together" if len(incident.services) > 1 else None,
        "edges": [
            {
                "caller": snapshot.service_title(edge.caller),
                "callee": snapshot.service_title(edge.callee),
                "requests": edge.requests,
                "failed": edge.failed,
            }
            for edge in incident.edges
        ],
        "anomalies": [
            {
                "service": snapshot.service_title(anomaly.service),
                "signal": str(anomaly.signal),
                "detail": anomaly.detail,
                "since": time(anomaly.since),
                "until": _time(anomaly.until),
                "peak": anomaly.peak,
                "expected": list(anomaly.expected),
            }
            for anomaly in incident.anomalies
        ],
        # As stored when the incident ended; null while it is open, or if its labels explained nothing.
        "spending": None if incident.context is None else _spending(incident.context.spending),
    }
    strict: dict[str, Any] = finite(content)
    return strict


def statistics(figures: Statistics) -> dict[str, Any]:
    """Figures of several incidents together."""
    return {
        "incidents": figures.number,
        "open": figures.ongoing,
        "to_detect": _summary(figures.detect),
        "to_acknowledge": _summary(figures.acknowledge),
        "to_recover": _summary(figures.recover),
        "additional": figures.bad,
        "seconds": figures.seconds,
        "bad_before_detection": figures.bad_before_detection,
    }


def _spending(spending: Spending | None) -> dict[str, Any] | None:
    if spending is None:
        return None
    spans = spending.spans
    return {
        "service": spending.service,
        "at": time(spans.end),
        "span_s": spans.seconds,
        "compare_s": spans.shift,
        **explanation_json(spending.explanation, spending.bad, spending.unused, is_over=True),
    }


def _impact(impact: Impact, snapshot: Snapshot) -> dict[str, Any]:
    counts = impact.counts
    return {
        "service": snapshot.service_title(impact.service),
        "slo": impact.slo,
        "kind": impact.kind,
        "objective": impact.objective,
        "window_s": impact.window_s,
        "severity": str(impact.severity),
        "start": time(impact.start),
        "end": _time(impact.end),
        "quiet_since": _time(impact.quiet_since),
        "detected": _time(impact.detected_at),
        "bad": impact.bad,
        "valid": impact.valid,
        "usual_bad": impact.usual_bad,
        "seconds": impact.seconds,
        "budget_share": impact.budget_share,
        "budget_left": impact.budget_left,
        "bad_before_detection": impact.bad_before_detection,
        "counts": counts
        and {"start": time(counts.start), "step_s": counts.step, "bad": list(counts.bad), "valid": list(counts.valid)},
    }


def _corrections(incident: Incident) -> dict[str, Any]:
    """Corrections by people: a text for the title, else formatted times."""
    said: dict[str, Any] = {}
    for field, text in incident.corrections.items():
        said[str(field)] = text if field is Correctable.TITLE else _time(corrected(incident, field))
    return said


def _durations(times: Moments) -> dict[str, float | None]:
    return {
        "to_detect_s": times.to_detect,
        "to_acknowledge_s": times.to_acknowledge,
        "to_recover_s": times.to_recover,
    }


def _summary(durations: Summary) -> dict[str, Any]:
    return {
        "median_s": durations.middle,
        "shortest_s": durations.low,
        "longest_s": durations.high,
        "known": durations.number,
        "undefined": durations.undefined,
    }


def _time(moment: float | None) -> str | None:
    return None if moment is None else time(moment)
