"""Since when a service is in trouble, and which time before it tells what is usual."""

from collections.abc import Iterator

from dashboard.anomaly.anomalies import Signal
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.catalog import ServiceInfo

TROUBLED = (Health.BREACHING, Health.AT_RISK)
# Signals that the requests of a service tell by themselves.
OF_REQUESTS = (Signal.ERRORS, Signal.LATENCY)


def is_troubled(report: ServiceReport) -> bool:
    """Its budget burns or is spent, or more requests fail or are slow than usual."""
    return report.health in TROUBLED or any(
        anomaly.lasts and anomaly.signal in OF_REQUESTS for anomaly in report.anomalies
    )


def troubled_since(snapshot: Snapshot, report: ServiceReport) -> float | None:
    """Epoch seconds: of the open incident, else of what is unusual, else of a burn rate's window; None: not known.

    Args:
        snapshot: the newest one. `report`: of the service.
    """
    moments = (
        _incidents(snapshot, report.name),
        (anomaly.since for anomaly in report.anomalies if anomaly.lasts and anomaly.signal in OF_REQUESTS),
    )
    for each in moments:
        if (since := min(each, default=None)) is not None:
            return since
    windows = (alert.long.window_s for slo in report.slos for alert in slo.alerts if alert.firing)
    return max((snapshot.at - window for window in windows), default=None)


def _incidents(snapshot: Snapshot, service: str) -> Iterator[float]:
    for incident in snapshot.incidents:
        yield from (impact.start for impact in incident.impacts if impact.service == service and impact.end is None)


def explained_spans(begin: float, end: float, *, since: float | None = None, shift: float = 0) -> Spans:
    """A span, and one as long before it that tells what is usual.

    Args:
        begin, end: epoch seconds of the span.
        since: epoch seconds at which the trouble began: what it is compared with lies before that.
        shift: so many seconds before lies what was chosen to compare with; 0: nothing was.
    """
    seconds = max(int(end - begin), 1)
    usual = shift if shift >= seconds else max(seconds, end - since) if since is not None else seconds
    return Spans(int(end), seconds, int(usual))


def told_by(info: ServiceInfo) -> tuple[BadEvents, ...]:
    """Which bad events the source can tell of a service."""
    is_told_of = {BadEvents.FAILED: info.errors, BadEvents.SLOW: bool(info.threshold) and not info.waits}
    return tuple(bad for bad, is_told in is_told_of.items() if is_told)
