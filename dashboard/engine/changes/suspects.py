"""Possible causes of an incident, from the data in a snapshot."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Direction, Signal
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Impact, Incident, StepCounts
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.suspect import DependencySeen, ResourceSeen, Suspect, TrafficSeen, Trouble
from dashboard.oncall.suspects import LOOK_BACK_S, suspects

# The traffic in this many seconds before and after the start decides whether it is a suspect.
AROUND_S = 900.0


def incident_suspects(
    snapshot: Snapshot, incident: Incident, explanation: Explanation | None = None
) -> tuple[Suspect, ...]:
    """Possible causes of an incident, most likely first.

    Args:
        snapshot: has changes, expected traffic and resources. `incident`: one of its incidents.
        explanation: what the additional bad events of its first service have in common; None if unknown.
    """
    trouble = _trouble(snapshot, incident, incident.impacts[0])
    callees = {edge.callee for edge in incident.edges if edge.caller == incident.service}
    concerned = {incident.service, *callees}
    end = snapshot.at if incident.end is None else incident.end
    changes = [
        known
        for known in snapshot.changes
        if concerned & set(known.services) and known.change.start <= end and known.last >= incident.start - LOOK_BACK_S
    ]
    return suspects(
        trouble,
        changes,
        explanation,
        traffic=_traffic(snapshot, incident, trouble),
        resources=tuple(_resources(incident)),
        dependencies=tuple(_dependencies(incident, callees)),
    )


def _trouble(snapshot: Snapshot, incident: Incident, impact: Impact) -> Trouble:
    counts = impact.counts or StepCounts(impact.start)
    times = tuple(counts.start + counts.step * (place + 1) for place in range(len(counts.bad)))
    budget = impact.bad / impact.budget_share if impact.budget_share else None
    return Trouble(
        service=incident.service,
        start=incident.start,
        # What is quiet is judged as if that lasted.
        end=incident.quiet_since if incident.end is None else incident.end,
        now=snapshot.at,
        times=times,
        bad=counts.bad,
        valid=counts.valid,
        budget=budget,
    )


def _traffic(snapshot: Snapshot, incident: Incident, trouble: Trouble) -> TrafficSeen | None:
    """The traffic around the start: its anomaly, otherwise the measured traffic; None if unknown."""
    unusual = _unusual(incident, Signal.TRAFFIC)
    if unusual is not None:
        low, high = unusual.expected
        return TrafficSeen(unusual.peak, low, high, rose_at=unusual.since)
    return _traffic_of_history(snapshot, trouble) or _traffic_of_counts(trouble)


def _traffic_of_history(snapshot: Snapshot, trouble: Trouble) -> TrafficSeen | None:
    since, until = trouble.start - AROUND_S, trouble.start + AROUND_S
    rows = snapshot.detection_history.signal_test(
        trouble.service, Signal.TRAFFIC, snapshot.detectors, since=since, until=until, by_minute=False
    )
    if rows is None:
        return None
    test = rows[1]
    values, low, high = test.value[:, 0], test.low[:, 0], test.high[:, 0]
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(high))
    if not len(known):
        return None
    most = known[np.argmax(values[known] / np.maximum(high[known], 1e-9))]
    lowest = float(low[most]) if np.isfinite(low[most]) else None
    # Without an anomaly it was inside the band.
    return TrafficSeen(float(min(values[most], high[most])), lowest, float(high[most]))


def _traffic_of_counts(trouble: Trouble) -> TrafficSeen | None:
    """Requests per second by the counts of the objective: around the start, and in the hour before."""
    around: list[float] = []
    earlier: list[float] = []
    for (begin, end), valid in zip(pairwise(trouble.times), trouble.valid[1:], strict=False):
        if valid is not None and end <= trouble.start + AROUND_S:
            (around if end > trouble.start - AROUND_S else earlier).append(valid / (end - begin))
    return TrafficSeen(max(around), before=float(np.mean(earlier))) if around and earlier else None


def _resources(incident: Incident) -> Iterator[ResourceSeen]:
    for anomaly in incident.anomalies:
        if anomaly.service == incident.service and anomaly.signal is Signal.SATURATION:
            yield ResourceSeen(anomaly.detail, anomaly.expected[1], anomaly.peak, anomaly.since)


def _dependencies(incident: Incident, callees: set[str]) -> Iterator[DependencySeen]:
    additional = max(incident.impacts[0].bad - incident.impacts[0].usual_bad, 1.0)
    for callee in sorted(callees):
        starts = [impact.start for impact in incident.impacts if impact.service == callee]
        starts += [anomaly.since for anomaly in incident.anomalies if anomaly.service == callee]
        edges = [edge for edge in incident.edges if edge.caller == incident.service and edge.callee == callee]
        failed = [edge.failed for edge in edges if edge.failed is not None]
        share = min(sum(failed) / additional, 1.0) if failed else None
        yield DependencySeen(callee, min(starts, default=None), share)


def _unusual(incident: Incident, signal: Signal) -> Anomaly | None:
    """The first upward anomaly of a signal of the service that failed first."""
    anomalies = (
        anomaly
        for anomaly in incident.anomalies
        if anomaly.service == incident.service and anomaly.signal is signal and anomaly.direction is Direction.HIGH
    )
    return min(anomalies, key=lambda anomaly: anomaly.since, default=None)
