"""Since when a service is in trouble, and which earlier time serves as the baseline."""

from collections.abc import Iterator

from dashboard.anomaly.anomalies import Signal
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.catalog import ServiceInfo

TROUBLED = (Health.BREACHING, Health.AT_RISK)
# Signals that follow from the requests of a service.
OF_REQUESTS = (Signal.ERRORS, Signal.LATENCY)


def is_troubled(report: ServiceReport) -> bool:
    """Whether its budget burns or is spent, or more requests than usual fail or are slow."""
    return report.health in TROUBLED or any(
        anomaly.lasts and anomaly.signal in OF_REQUESTS for anomaly in report.anomalies
    )


def troubled_since(snapshot: Snapshot, report: ServiceReport) -> float | None:
    """Start in epoch seconds: of the open incident, else of the anomaly, else of a burn window; None if unknown.

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
    """A span, and an equally long earlier one as the baseline.

    Args:
        begin, end: epoch seconds of the span.
        since: epoch seconds at which the trouble began; the baseline lies before it.
        shift: how many seconds earlier the chosen baseline lies; 0: none was chosen.
    """
    seconds = max(int(end - begin), 1)
    usual = shift if shift >= seconds else max(seconds, end - since) if since is not None else seconds
    return Spans(int(end), seconds, int(usual))


def countable_by(info: ServiceInfo) -> tuple[BadEvents, ...]:
    """The kinds of bad events that the source can count for a service."""
    is_countable = {BadEvents.FAILED: info.errors, BadEvents.SLOW: bool(info.threshold) and not info.waits}
    return tuple(bad for bad, countable in is_countable.items() if countable)
