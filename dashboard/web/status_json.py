"""The snapshot as the JSON contract of `status --format json` and `GET /api/v1/status`; NaN never gets in."""

import math
from typing import Any

from dashboard.anomaly.anomalies import Anomaly
from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation_monitor import SaturationForecast
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.incidents.incident import Incident
from dashboard.slo.indicators import Measure
from dashboard.slo.report import Alert, Burn, Exhaustion, SlaReport, SloReport
from dashboard.slo.windows import Calendar
from dashboard.timerange import DAY, HOUR, utc
from dashboard.ui.text import health_text, slo_text, source_text, units


def as_json(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """The snapshot as plain values ready for `json.dumps(…, allow_nan=False)`; `now` dates the data age."""
    source = snapshot.source
    content = {
        "at": time(snapshot.at),
        "source": {
            "kind": source.kind,
            "state": str(source.state),
            # At the time of the answer, so that the age grows while refreshes fail.
            "data_age_s": source.age(now),
            "partial": source.partial,
            "bad_rows": source.bad_rows,
            "rows": source.rows,
            "bad_row_kinds": [
                {"rows": kind.rows, "first": kind.where, "reason": kind.what} for kind in source.bad_kinds
            ],
            "files_left_out": [{"file": problem.where, "reason": problem.what} for problem in source.left_out],
            "message": source_text.message(source, snapshot.time_zone),
            # If the data have ended, everything below is of that time.
            "data_end": None if source.data_end is None else time(source.data_end),
        },
        "services": [service(report, snapshot) for report in snapshot.services],
        "slos": [slo(report, snapshot.service_title(report.slo.service)) for report in snapshot.slos],
        # Open ones; `/api/v1/incidents` has all, with what people added.
        "incidents": [incident(each, snapshot) for each in snapshot.incidents if each.is_open],
        # Hours of the past that have not been searched yet; null before any was, when an empty list means nothing.
        "incidents_missing_hours": snapshot.incidents_missing,
    }
    strict: dict[str, Any] = finite(content)
    return strict


def service(report: ServiceReport, snapshot: Snapshot) -> dict[str, Any]:
    """Health, newest signals, anomalies and forecasts of one service."""
    traffic = snapshot.traffic_forecast
    # Sentences for people; programs read `health` and `state`.
    reasons = health_text.sentences(report.reasons, snapshot.time_zone, snapshot.at)
    return {
        "service": report.title,
        # Unique and permanent, whatever clusters are added.
        "id": report.name,
        "cluster": report.info.cluster or None,
        "health": str(report.health),
        "reasons": list(map(units.plain, reasons)),
        "signals": _signals(report),
        # Ended ones are shown on pages only: programs act on what lasts.
        "anomalies": [_anomaly(anomaly) for anomaly in report.anomalies if anomaly.until is None],
        "learned": report.has_baseline,
        "forecasts": [_forecast(resource, forecast) for resource, forecast in report.forecasts.items()],
        "requests_next_day": None if traffic is None else traffic.requests(report.name),
    }


def _signals(report: ServiceReport) -> dict[str, Any]:
    current = report.current
    return {
        "latency_p50_s": current.latency.get("0.5"),
        "latency_p95_s": current.latency.get("0.95"),
        "latency_p99_s": current.latency.get("0.99"),
        "traffic_per_s": current.traffic,
        "error_ratio": current.errors.get("server"),
        "client_error_ratio": current.errors.get("client"),
        "slow_ratio": current.errors.get("slow"),
        "saturation": dict(current.saturation),
    }


def _anomaly(anomaly: Anomaly) -> dict[str, Any]:
    return {
        "signal": str(anomaly.signal),
        # The resource; only saturation has one.
        "detail": anomaly.detail or None,
        "direction": str(anomaly.direction),
        "layer": str(anomaly.layer),
        "since": time(anomaly.since),
        "peak_at": time(anomaly.peak_at),
        "peak": anomaly.peak,
        "value": anomaly.value,
        "expected": list(anomaly.expected),
        "p_value": anomaly.p_value,
        "budget_cost": anomaly.cost,
    }


def _forecast(resource: str, forecast: SaturationForecast) -> dict[str, Any]:
    """When a resource will be full: seconds from the moment of the forecast; null if it is expected to fall back."""
    full = forecast.to_full
    return {
        "resource": resource,
        "at": time(forecast.at),
        "full_in_s": None if forecast.is_held else full.seconds,
        "between_s": [None, None] if forecast.is_held else [full.early, full.late],
        "rule": full.rule,
        "falls": falls(forecast.falls, full.seconds if forecast.is_held else None),
    }


def falls(of: Falls, unless_s: float | None) -> dict[str, Any] | None:
    """Earlier falls of a resource; None if it never fell back.

    Args:
        of: its falls. `unless_s`: seconds until it is full unless it falls back; None if it is not expected to.
    """
    if not of.count:
        return None
    return {
        "count": of.count,
        "since": time(of.begin),
        "newest": time(of.at[-1]),
        "levels": [of.lowest, of.highest],
        "held": unless_s is not None,
        "full_unless_it_falls_in_s": unless_s,
    }


def incident(of: Incident, snapshot: Snapshot) -> dict[str, Any]:
    """A summary of an incident: its start, its services, and its cost so far."""
    return {
        "id": of.id,
        "severity": str(of.severity),
        "service": snapshot.service_title(of.service),
        "services": [snapshot.service_title(service) for service in of.services],
        "start": time(of.start),
        "detected": None if of.detected_at is None else time(of.detected_at),
        "slo": of.main.slo,
        "bad": of.main.bad,
        "valid": of.main.valid,
        "budget_share": of.main.budget_share,
    }


def slo(report: SloReport, title: str) -> dict[str, Any]:
    """An SLO as defined, its events, and the results computed from them."""
    return {"service": title, **_definition(report), **_counts(report), **_verdict(report)}


def _definition(report: SloReport) -> dict[str, Any]:
    slo, window = report.slo, report.slo.window
    calendar = window if isinstance(window, Calendar) else None
    return {
        "service_id": slo.service,
        "slo": slo.name,
        # For display only: an author may choose any text.
        "kind": slo.kind,
        "objective": slo.objective,
        # Seconds, for latency only; `limit` is in the unit of the indicator.
        "threshold_s": slo.limit if slo.measure is Measure.LATENCY else None,
        "limit": slo.limit,
        "method": str(slo.method),
        "origin": slo.origin,
        "window": {
            "duration": window.duration,
            "rolling": calendar is None or calendar.rolling,
            "start": time(report.start),
            "end": time(report.end),
            # A rolling window does not depend on the zone.
            "time_zone": "UTC" if calendar is None else calendar.zone,
        },
    }


def _counts(report: SloReport) -> dict[str, Any]:
    return {
        "good": report.good,
        "valid": report.valid,
        "bad": report.bad,
        "sli": report.sli,
        "sli_interval": None if report.interval is None else list(report.interval),
        "coverage": report.coverage,
        "excluded_s": report.excluded_s,
        "budget": {
            "ratio": report.slo.budget,
            "spent": report.spent,
            "remaining": report.remaining,
            "remaining_events": report.remaining_events,
            "remaining_s": report.remaining_s,
        },
    }


def _verdict(report: SloReport) -> dict[str, Any]:
    return {
        "sla": None if report.sla is None else _sla(report.sla),
        "burn": [_burn(burn) for burn in report.burn],
        "alerts": [_alert(alert) for alert in report.alerts],
        "exhausts_in_s": report.exhausts_in_s,
        "exhaustion": None if report.exhaustion is None else _exhaustion(report.exhaustion),
        "state": str(report.state),
        "notes": list(slo_text.notes(report)),
    }


def _sla(sla: SlaReport) -> dict[str, Any]:
    return {
        "objective": sla.objective,
        "remaining": sla.remaining,
        "met": sla.met,
        "credit": sla.credit,
        "next_credit": sla.next_credit,
        "next_below": sla.next_below,
        "next_events": sla.next_events,
    }


def _burn(burn: Burn) -> dict[str, Any]:
    return {
        "window": window_text(burn.window_s),
        "rate": burn.rate,
        "good": burn.good,
        "valid": burn.valid,
        "coverage": burn.coverage,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "severity": alert.rule.row.severity,
        "long": window_text(alert.rule.row.long_s),
        "short": window_text(alert.rule.row.short_s),
        "threshold": alert.rule.threshold,
        "long_rate": alert.long.rate,
        "short_rate": alert.short.rate,
        "reading": None if alert.reading is None else str(alert.reading),
        "firing": alert.firing,
        "suppressed": None if alert.suppressed is None else str(alert.suppressed),
    }


def _exhaustion(exhaustion: Exhaustion) -> dict[str, Any]:
    return {
        "rate": exhaustion.rate,
        "window": window_text(exhaustion.window_s),
        "in_s": exhaustion.seconds,
        "between_s": list(exhaustion.between),
        "regained_in_s": exhaustion.recovers_s,
    }


def window_text(seconds: float) -> str:
    """A duration as PromQL and OpenSLO write it: 5m, 6h, 3d; a day of 24 h is 1d."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def time(seconds: float) -> str:
    """Epoch seconds in UTC: 2026-11-29T12:00:00Z."""
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def finite(value: Any) -> Any:
    """Plain values with null for NaN and infinity."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    # JSON has no NaN and no infinity (RFC 8259, section 6), and readers reject what Python writes for them.
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
