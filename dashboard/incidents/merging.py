"""Merges bursts of several objectives into incidents: each joins what moved together with it when it was noticed.

Objectives of one service belong together while one of them burns. Services do if they began in the same step, or in two
consecutive steps at most `TOGETHER` apart; with an edge of the service graph between them, within `ALONG_EDGES`. What
is decided when a burst is noticed does not depend on later data, so the decision never changes. Without an edge it is
"moved together", never "caused".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.incidents.bursts import Burst
from dashboard.incidents.identity import burst_id
from dashboard.incidents.incident import Edge, Graph, Impact, Incident, Severity
from dashboard.incidents.steps import STEP
from dashboard.timerange import HOUR

# Largest difference between starts in seconds: within one service, between services, and along an edge.
ONE_SERVICE, TOGETHER, ALONG_EDGES = 6 * HOUR, 180, 900
# The service graph is requested for at most this many seconds.
GRAPH_MOST = 6 * HOUR
URGENCY = (Severity.PAGE, Severity.TICKET, Severity.ANOMALY)
# An edge carries failures if its requests fail at least at this share of the callee's own ratio.
CARRIES = 0.2


@dataclass(frozen=True, slots=True)
class Member:
    """A burst with its impact, and the id that it would have as an incident of its own."""

    burst: Burst
    impact: Impact

    @property
    def id(self) -> str:
        """The id of an incident that it begins."""
        return burst_id(self.impact.service, self.impact.slo, self.burst)

    @property
    def order(self) -> tuple[int, str, str]:
        """Sort key: when it was noticed."""
        return self.burst.noticed, self.impact.service, self.impact.slo


@dataclass(frozen=True, slots=True)
class Span:
    """A span in which several services began to burn, so that edges between them matter; epoch seconds."""

    start: int
    end: int
    services: frozenset[str]


def spans(members: Iterable[Member]) -> tuple[Span, ...]:
    """Spans for which the service graph is needed, newest first.

    Each lasts from the step before its first burst until the last of them was noticed, which never changes.
    """
    every: list[list[Member]] = []
    for member in sorted(members, key=lambda member: (member.burst.start, *member.order)):
        if every and member.burst.start - every[-1][-1].burst.start <= ALONG_EDGES:
            every[-1].append(member)
        else:
            every.append([member])
    return tuple(
        Span(
            group[0].burst.start - STEP,
            max(min(member.burst.noticed, group[0].burst.start + GRAPH_MOST) for member in group),
            frozenset(services),
        )
        for group in reversed(every)
        if len(services := {member.impact.service for member in group}) > 1
    )


def incidents(members: Iterable[Member], graphs: Sequence[Graph] = ()) -> tuple[Incident, ...]:
    """Merge bursts into incidents, newest first.

    Args:
        members: all known bursts. `graphs`: the service graph of `spans` in which several began.
    """
    groups: list[list[Member]] = []
    for member in sorted(members, key=lambda member: member.order):
        joined = [group for group in groups if any(_together(member, other, graphs) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(other for group in joined for other in group), member])
    every = (_incident(sorted(group, key=lambda member: member.order), graphs) for group in groups)
    return tuple(sorted(every, key=lambda incident: (-incident.start, incident.id)))


def _together(late: Member, early: Member, graphs: Iterable[Graph]) -> bool:
    """Whether a burst belongs to one that was noticed earlier.

    Args:
        late, early: both. `graphs`: the service graph by spans of time.
    """
    one, other = late.burst, early.burst
    if other.over is not None and one.start >= other.over:
        return False
    apart = abs(one.start - other.start)
    services = frozenset((late.impact.service, early.impact.service))
    if len(services) == 1:
        return apart <= ONE_SERVICE
    # At the beginning of the data it is unknown which of them began when.
    if one.is_cut or other.is_cut:
        return False
    if apart <= ALONG_EDGES and _linked(services, one.start, graphs):
        return True
    # The start of a slow burn is only known to the hour, and many begin in the same hour.
    if max(one.hold, other.hold) > HOUR:
        return False
    return apart == 0 or (apart <= STEP and abs(one.onset - other.onset) <= TOGETHER)


def _linked(services: frozenset[str], moment: float, graphs: Iterable[Graph]) -> bool:
    """Whether there was an edge between two services around a time (epoch seconds)."""
    return any(
        frozenset((edge.caller, edge.callee)) == services
        for graph in graphs
        if graph.start <= moment <= graph.end
        for edge in graph.edges
    )


def _incident(members: Sequence[Member], graphs: Iterable[Graph]) -> Incident:
    """Build one incident from bursts in the order in which they were noticed."""
    services = {member.impact.service for member in members}
    starts = [member.burst.start for member in members]
    near = [graph for graph in graphs if graph.start <= max(starts) and graph.end >= min(starts)]
    inner = tuple(
        dict.fromkeys(edge for graph in near for edge in graph.edges if {edge.caller, edge.callee} <= services)
    )
    first = first_mover(members, inner)
    moved = sorted(members, key=lambda member: (member.impact.service != first, *_moved(member)))
    impacts = tuple(member.impact for member in moved)
    ends = [impact.end for impact in impacts]
    detected = [impact.detected_at for impact in impacts if impact.detected_at is not None]
    ids = list(dict.fromkeys(member.id for member in members))
    return Incident(
        id=ids[0],
        impacts=impacts,
        start=min(impact.start for impact in impacts),
        end=None if None in ends else max(end for end in ends if end is not None),
        detected_at=min(detected, default=None),
        severity=min((impact.severity for impact in impacts), key=URGENCY.index),
        edges=inner,
        aliases=tuple(ids[1:]),
    )


def first_mover(members: Sequence[Member], edges: Iterable[Edge] = ()) -> str:
    """The service that moved first: among those that began within a step, the last callee that received failing calls.

    Args:
        members: of one incident. `edges`: between their services.
    """
    first: dict[str, Member] = {}
    for member in sorted(members, key=_moved):
        first.setdefault(member.impact.service, member)
    earliest = next(iter(first))
    until = first[earliest].impact.start + STEP
    early = {service: member for service, member in first.items() if member.impact.start <= until}
    carrying = [
        edge
        for edge in edges
        if edge.caller in early and edge.callee in early and _carries(edge, early[edge.caller], early[edge.callee])
    ]
    callers = {edge.caller for edge in carrying}
    last = [edge for edge in carrying if edge.callee not in callers]
    return max(last, key=lambda edge: (edge.failed or 0.0, edge.requests, edge.callee)).callee if last else earliest


def _carries(edge: Edge, caller: Member, callee: Member) -> bool:
    """Whether failures of a callee, which began with those of its caller, arrived over an edge."""
    if callee.impact.start > caller.impact.start + STEP:
        return False
    if edge.failed is None:
        return True
    ratio = callee.impact.ratio or 0.0
    return edge.failed > 0 and edge.failed >= CARRIES * ratio * edge.requests


def _moved(member: Member) -> tuple[float, float, int, str]:
    impact = member.impact
    return impact.start, member.burst.onset, URGENCY.index(impact.severity), impact.slo
