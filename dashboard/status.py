"""The snapshot as the JSON contract of `status --format json` and `GET /api/v1/status`; NaN never gets in."""

import math
from typing import Any

from dashboard.slo.budget import Burn, SloReport
from dashboard.snapshot import ServiceReport, Snapshot, SourceState, claimed
from dashboard.timerange import DAY, utc


def as_json(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """The snapshot as plain values ready for `json.dumps(…, allow_nan=False)`; `now` dates the data age."""
    source = snapshot.source
    content = {
        "at": _time(snapshot.at),
        "source": {
            "kind": source.kind,
            "state": str(source.state),
            "data_age_s": source.age(now),
            "message": source.message,
        },
        "services": [_service(report, source.state) for report in snapshot.services],
        "slos": [_slo(slo, snapshot.time_zone) for report in snapshot.services for slo in report.slos],
    }
    finite: dict[str, Any] = _finite(content)
    return finite


def _service(report: ServiceReport, state: SourceState) -> dict[str, Any]:
    current = report.current
    return {
        "service": report.name,
        "health": str(claimed(report, state)),
        "reasons": list(report.reasons),
        "signals": {
            "latency_p50_s": current.latency.get("0.5"),
            "latency_p95_s": current.latency.get("0.95"),
            "latency_p99_s": current.latency.get("0.99"),
            "traffic_per_s": current.traffic,
            "error_ratio": current.errors.get("server"),
            "client_error_ratio": current.errors.get("client"),
            "slow_ratio": current.errors.get("slow"),
            "saturation": dict(current.saturation),
        },
        "anomalies": [],
    }


def _slo(report: SloReport, time_zone: str) -> dict[str, Any]:
    slo = report.slo
    bad = None if report.valid is None or report.good is None else report.valid - report.good
    left = report.remaining
    return {
        "service": slo.service,
        "slo": slo.name,
        "objective": slo.objective,
        "threshold_s": slo.threshold,
        "method": "Occurrences",
        "window": {
            "duration": f"{slo.window_s / DAY:g}d",
            "rolling": True,
            "start": _time(report.start),
            "end": _time(report.end),
            "time_zone": time_zone,
        },
        "good": report.good,
        "valid": report.valid,
        "bad": bad,
        "sli": report.sli,
        "sli_interval": None,
        "coverage": report.coverage,
        "budget": {
            "ratio": slo.budget,
            "spent": report.spent,
            "remaining": left,
            "remaining_events": None if left is None or report.valid is None else left * slo.budget * report.valid,
            "remaining_s": None if left is None else left * slo.budget * slo.window_s,
        },
        "burn": [_burn(burn) for burn in report.burn],
        "alerts": [],
        "exhausts_in_s": report.exhausts_in_s,
        "state": str(report.state),
    }


def _burn(burn: Burn) -> dict[str, Any]:
    return {
        "window": f"{burn.window_s / 3600:g}h",
        "rate": burn.rate,
        "good": burn.good,
        "valid": burn.valid,
        "coverage": burn.coverage,
    }


def _time(seconds: float) -> str:
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
