"""From an SLO document to the objectives it states: one for each of its targets, or a composite of them all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dashboard.openslo.alert_policies import Alerting, alerting
from dashboard.openslo.annotations import OF_SLO, PREFIX, annotations, sla_of
from dashboard.openslo.catalog import Document
from dashboard.openslo.diagnostics import refuse, shown
from dashboard.openslo.indicator_kind import kind_of, limit_of
from dashboard.openslo.indicator_reader import indicator, stated
from dashboard.openslo.map_fields import Fields, raw, text
from dashboard.openslo.objective_targets import objective_of, share_in
from dashboard.openslo.scope import Scope
from dashboard.openslo.time_slices import Slices, method_of, slices
from dashboard.openslo.time_windows import window, zone_of
from dashboard.openslo.yaml_nodes import Node, number_in
from dashboard.slo.indicators import Composite, Indicator, Part, Simple
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Window
from dashboard.timerange import DAY

SPEC = ("description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives",
        "alertPolicies")  # fmt: skip
OBJECTIVE = ("displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow",
             "indicator", "indicatorRef", "compositeWeight", "ratioMetrics")  # fmt: skip
_MOST = 100
_OTHER = re.compile("[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all objectives of one document share."""

    document: Document
    own: Mapping[str, Node]
    service: str
    description: str
    method: Method
    window: Window
    alerts: Alerting


@dataclass(frozen=True, slots=True)
class _Promise:
    """One of the objectives of a document."""

    fields: Fields
    indicator: Simple
    objective: float
    weight: float
    slices: Slices


def slos(document: Document, scope: Scope) -> tuple[Slo, ...]:
    """The objectives of an SLO document; none where anything of it is refused."""
    before = scope.diagnostics.refused
    made = scope.diagnostics.attempt(lambda: _slos(document, scope.within(document)))
    return made if made and scope.diagnostics.refused == before and not document.node.broken else ()


def _slos(document: Document, scope: Scope) -> tuple[Slo, ...] | None:
    fields = scope.fields(document.node, ("apiVersion", "kind", "metadata", "spec"))
    spec = scope.fields(fields.required("spec", "spec: {service: …, indicator: …, objectives: …}"), SPEC)
    own = _own(document, scope)
    diagnostics = scope.diagnostics
    service = diagnostics.attempt(lambda: text(spec.required("service", "service: checkout"), diagnostics))
    zone = diagnostics.attempt(lambda: zone_of(own["time-zone"], scope) if "time-zone" in own else scope.zone)
    scope = replace(scope, service=service or "", zone=zone or scope.zone)
    span = diagnostics.attempt(lambda: window(spec, scope))
    method = diagnostics.attempt(lambda: method_of(spec, scope))
    alerts = diagnostics.attempt(lambda: alerting(spec, own, span.usual if span is not None else 30.0 * DAY, scope))
    promises = _promises(spec, own, method or Method.OCCURRENCES, scope)
    if service is None or span is None or method is None or alerts is None or not promises:
        return None
    frame = _Frame(document, own, service, spec.text("description"), method, span, alerts)
    if "indicator" in spec or "indicatorRef" in spec or "ratioMetrics" in promises[0].fields:
        return _separate(frame, promises, scope)
    return (_composite(frame, promises, scope),)


def _own(document: Document, scope: Scope) -> dict[str, Node]:
    """The annotations of this product; the kind may be a label, too."""
    own = annotations(document.metadata.annotations, OF_SLO, scope.diagnostics)
    labels = document.node.fields["metadata"].fields.get("labels")
    labelled = labels.fields.get(f"{PREFIX}kind") if labels is not None else None
    return own if labelled is None or labelled.is_null else {"kind": labelled, **own}


def _promises(spec: Fields, own: Mapping[str, Node], method: Method, scope: Scope) -> tuple[_Promise, ...]:
    """The objectives of a document; none where one is refused."""
    entries = scope.diagnostics.attempt(lambda: _entries(spec, scope))
    made = [scope.diagnostics.attempt(partial(_promise, one, spec, own, method, scope)) for one in entries or ()]
    return tuple(one for one in made if one is not None)


def _entries(spec: Fields, scope: Scope) -> list[Fields]:
    """The objectives of a document, all with an indicator of their own or none."""
    where = spec.required("objectives", "objectives: [{target: 0.999}]")
    nodes = spec.items("objectives")
    if not nodes:
        refuse(where, "is empty: write one objective, such as [{target: 0.999}]")
    if len(nodes) > _MOST:
        refuse(where, f"holds {len(nodes)} objectives: {_MOST} at most are read")
    entries = [scope.fields(node, OBJECTIVE) for node in nodes]
    if not stated(spec) and not any(stated(one) for one in entries):
        refuse(spec.node, "missing: write indicator or indicatorRef", "indicator")
    for one in entries:
        if stated(spec) and stated(one):
            refuse(one.node, "has an indicator, and so has the SLO: a composite has one in each objective only")
        if not stated(spec) and not stated(one):
            refuse(one.node, "missing: other objectives have an indicator of their own, so write one here", "indicator")
    return entries


def _promise(one: Fields, spec: Fields, own: Mapping[str, Node], method: Method, scope: Scope) -> _Promise | None:
    """One objective; None where its indicator or its target is refused."""
    found = scope.diagnostics.attempt(lambda: indicator(one if stated(one) else spec, one, scope))
    objective = scope.diagnostics.attempt(lambda: objective_of(one))
    weight = one.number("compositeWeight", "1")
    if weight is not None and weight <= 0:
        refuse(one.node, f"{weight:g} weighs nothing: write a number above 0, such as 1", "compositeWeight")
    if weight is not None and stated(spec):
        scope.diagnostics.note(one.node, "is not looked at: only parts of a composite are weighed", "compositeWeight")
    if found is None or objective is None:
        return None
    return _Promise(one, found, objective, weight or 1.0, slices(one, own, method, found, scope, alone=stated(spec)))


def _separate(frame: _Frame, promises: Sequence[_Promise], scope: Scope) -> tuple[Slo, ...]:
    """One SLO for each objective; several are told apart by what the file calls them, or by number."""
    metadata = frame.document.metadata
    name = text(frame.own["name"], scope.diagnostics) if "name" in frame.own else metadata.name
    if len(promises) == 1:
        one = promises[0]
        return (_slo(frame, name, metadata.title, one.indicator, one.objective, one.slices, scope),)
    made: dict[str, Slo] = {}
    for number, one in enumerate(promises, start=1):
        called = one.fields.text("displayName")
        own = f"{name}-{slug(called)}"
        own = own if slug(called) and own not in made else f"{name}-{number}"
        title = ": ".join(part for part in (metadata.title, called) if part)
        made[own] = _slo(frame, own, title, one.indicator, one.objective, one.slices, scope)
    return tuple(made.values())


def _composite(frame: _Frame, promises: Sequence[_Promise], scope: Scope) -> Slo:
    """One SLO of several indicators; its objective is that of the strictest part, unless an annotation says another."""
    sizes = {one.slices for one in promises}
    if len(sizes) > 1:
        refuse(promises[-1].fields.node, "has other slices than the parts before: a composite has the same in all")
    metadata, own = frame.document.metadata, frame.own.get("objective")
    name = text(frame.own["name"], scope.diagnostics) if "name" in frame.own else metadata.name
    strictest = max(one.objective for one in promises)
    objective = share_in(own, scope.diagnostics, example="'0.99'") if own is not None else strictest
    parts = tuple(Part(one.indicator, one.objective, one.weight) for one in promises)
    made = _slo(frame, name, metadata.title, Composite(parts), objective, promises[0].slices, scope)
    if own is not None or len({one.objective for one in promises}) == 1:
        return made
    return replace(made, notes=(f"its parts have objectives of their own; {strictest:g} is that of the strictest",))


def _slo(frame: _Frame, name: str, title: str, found: Indicator, objective: float, size: Slices, scope: Scope) -> Slo:
    own, labels, node = frame.own, frame.document.metadata.labels, frame.document.node
    made = Slo(
        frame.service,
        name,
        found,
        objective,
        kind=text(own["kind"], scope.diagnostics) if "kind" in own else kind_of(found),
        method=frame.method,
        window=frame.window,
        slice_s=size.seconds,
        slice_target=size.wanted,
        limit=_limit(own["limit"]) if "limit" in own else limit_of(found),
        title=title,
        description=frame.description,
        policy=frame.alerts.policy,
        sla=sla_of(own, objective, scope.diagnostics),
        origin=f"{node.file}:{node.line}",
        labels={key: value for key, value in labels.items() if not key.startswith(PREFIX)},
    )
    frame.alerts.check(made.budget)
    return made


def _limit(node: Node) -> float | None:
    """The bound that an annotation states; none, where it says `none`."""
    found = raw(node)
    limit = number_in(found)
    if limit is None and found != "none":
        refuse(node, f"{shown(found)} is no number: write for example '0.3', or none")
    return limit


def slug(name: str) -> str:
    """Lower-case letters, digits and hyphens of a name, as OpenSLO wants them; empty where there are none."""
    return _OTHER.sub("-", name.lower()).strip("-")[:60].strip("-")
