"""Reads the SLOs of a document: one for each of its objectives, or a composite of all of them.

https://github.com/OpenSLO/OpenSLO/tree/main#slo
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from dashboard.openslo.alert_policies import Alerting, read_alerting
from dashboard.openslo.annotations import OF_SLO, PREFIX, own_annotations, read_sla
from dashboard.openslo.catalog import TOP, Document
from dashboard.openslo.diagnostics import excerpt, reject
from dashboard.openslo.indicator_kind import infer_kind, infer_limit
from dashboard.openslo.indicator_reader import has_indicator, read_indicator
from dashboard.openslo.map_fields import Fields, read_text, scalar_text
from dashboard.openslo.objective_targets import read_objective, read_ratio
from dashboard.openslo.scope import Scope
from dashboard.openslo.time_slices import Slices, read_method, read_slices
from dashboard.openslo.time_windows import read_window, read_zone
from dashboard.openslo.yaml_nodes import Node, parse_number
from dashboard.slo.indicators import Composite, Indicator, Part, Simple
from dashboard.slo.objective import Method, Slo
from dashboard.slo.windows import Window
from dashboard.timerange import DAY

SPEC = ("description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives",
        "alertPolicies")  # fmt: skip
OBJECTIVE = ("displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow",
             "indicator", "indicatorRef", "compositeWeight", "ratioMetrics")  # fmt: skip
_OBJECTIVES_MAX = 100
# Maximum length of a name derived from another text: OpenSLO allows 63 characters, and a number may follow.
_SLUG_MAX = 60
_NOT_IN_NAMES = re.compile("[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Shared:
    """The common part of all SLOs of a document; `annotations` are this product's own."""

    document: Document
    annotations: Mapping[str, Node]
    service: str
    description: str
    method: Method
    window: Window
    alerting: Alerting


@dataclass(frozen=True, slots=True)
class _Objective:
    """One objective of a document."""

    fields: Fields
    indicator: Simple
    objective: float
    weight: float
    slices: Slices


def read_slo_document(document: Document, scope: Scope) -> tuple[Slo, ...]:
    """The SLOs of a document; empty if any part of it is rejected."""
    before = scope.diagnostics.fatal_count
    slos = scope.diagnostics.attempt(lambda: _read_slos(document, scope.within(document)))
    return slos if slos and scope.diagnostics.fatal_count == before and not document.node.broken else ()


def _read_slos(document: Document, scope: Scope) -> tuple[Slo, ...] | None:
    fields = scope.fields(document.node, TOP)
    spec = scope.fields(fields.required("spec", "spec: {service: …, indicator: …, objectives: …}"), SPEC)
    annotations = _slo_annotations(document, scope)
    scope = _slo_scope(spec, annotations, scope)
    method = scope.diagnostics.attempt(lambda: read_method(spec, scope))
    shared = _read_shared(document, spec, annotations, method, scope)
    # Even if something else is rejected, so that one run reports all problems.
    objectives = _read_objectives(spec, annotations, method or Method.OCCURRENCES, scope)
    if shared is None or not objectives:
        return None
    if _is_composite(spec, objectives):
        return (_composite_slo(shared, objectives, scope),)
    return _separate_slos(shared, objectives, scope)


def _is_composite(spec: Fields, objectives: Sequence[_Objective]) -> bool:
    # In v1alpha each objective has its own ratioMetrics, and there are no composites.
    return not ("indicator" in spec or "indicatorRef" in spec or "ratioMetrics" in objectives[0].fields)


def _read_shared(
    document: Document, spec: Fields, annotations: Mapping[str, Node], method: Method | None, scope: Scope
) -> _Shared | None:
    """The common part of all SLOs of a document; None if a part of it is rejected."""
    attempt = scope.diagnostics.attempt
    window = attempt(lambda: read_window(spec, scope))
    # Any period will do to report problems of alerts; without a window the result is dropped.
    period_s = window.nominal_s if window is not None else 30.0 * DAY
    alerting = attempt(lambda: read_alerting(spec, annotations, period_s, scope))
    if not scope.service or window is None or method is None or alerting is None:
        return None
    return _Shared(document, annotations, scope.service, spec.text("description"), method, window, alerting)


def _slo_scope(spec: Fields, annotations: Mapping[str, Node], scope: Scope) -> Scope:
    """The scope with the SLO's service, empty if it is rejected, and its time zone."""
    diagnostics = scope.diagnostics
    service = diagnostics.attempt(lambda: read_text(spec.required("service", "service: checkout"), diagnostics))
    zone = annotations.get("time-zone")
    name = diagnostics.attempt(lambda: read_zone(zone, scope) if zone is not None else scope.zone)
    return replace(scope, service=service or "", zone=name or scope.zone)


def _slo_annotations(document: Document, scope: Scope) -> dict[str, Node]:
    """This product's annotations; the kind may also be a label."""
    annotations = own_annotations(document.metadata.annotations, OF_SLO, scope.diagnostics)
    labels = document.node.fields["metadata"].fields.get("labels")
    kind = labels.fields.get(f"{PREFIX}kind") if labels is not None else None
    return annotations if kind is None or kind.is_null else {"kind": kind, **annotations}


def _read_objectives(
    spec: Fields, annotations: Mapping[str, Node], method: Method, scope: Scope
) -> tuple[_Objective, ...]:
    """The objectives of a document, except rejected ones."""
    attempt = scope.diagnostics.attempt
    entries = attempt(lambda: _objective_fields(spec, scope)) or []
    objectives = [attempt(partial(_read_objective, entry, spec, annotations, method, scope)) for entry in entries]
    return tuple(objective for objective in objectives if objective is not None)


def _objective_fields(spec: Fields, scope: Scope) -> list[Fields]:
    """The objectives of a document; either all or none have their own indicator."""
    node = spec.required("objectives", "objectives: [{target: 0.999}]")
    items = spec.items("objectives")
    if not items:
        reject(node, "is empty: write one objective, such as [{target: 0.999}]")
    if len(items) > _OBJECTIVES_MAX:
        reject(node, f"lists {len(items)} objectives: at most {_OBJECTIVES_MAX} are read")
    entries = [scope.fields(item, OBJECTIVE) for item in items]
    _check_indicators(spec, entries)
    return entries


def _check_indicators(spec: Fields, entries: Sequence[Fields]) -> None:
    """Reject objectives if only some have an indicator, or if there is an indicator in both places."""
    in_spec = has_indicator(spec)
    if not in_spec and not any(map(has_indicator, entries)):
        reject(spec.node, "missing: write indicator or indicatorRef", "indicator")
    for entry in entries:
        if has_indicator(entry) is in_spec:
            _reject_indicator(entry, in_spec)


def _reject_indicator(entry: Fields, in_spec: bool) -> NoReturn:
    if in_spec:
        reject(entry.node, "has an indicator, and so has the SLO: in a composite only the objectives have one")
    what = "missing: other objectives have an indicator of their own, so write one here"
    reject(entry.node, what, "indicator")


def _read_objective(
    entry: Fields, spec: Fields, annotations: Mapping[str, Node], method: Method, scope: Scope
) -> _Objective | None:
    """One objective; None if its indicator or its target is rejected."""
    attempt = scope.diagnostics.attempt
    is_part = not has_indicator(spec)
    indicator = attempt(lambda: read_indicator(entry if has_indicator(entry) else spec, entry, scope))
    objective = attempt(lambda: read_objective(entry))
    weight = _read_weight(entry, scope, is_part=is_part)
    if indicator is None or objective is None:
        return None
    slices = read_slices(entry, annotations, method, indicator, scope, in_composite=is_part)
    return _Objective(entry, indicator, objective, weight, slices)


def _read_weight(entry: Fields, scope: Scope, *, is_part: bool) -> float:
    weight = entry.number("compositeWeight", "1")
    if weight is None:
        return 1.0
    if weight <= 0:
        reject(entry.node, f"{weight:g} is not a weight: write a number above 0, such as 1", "compositeWeight")
    if not is_part:
        what = "is ignored: only parts of a composite have a weight; remove it"
        scope.diagnostics.warn(entry.node, what, "compositeWeight")
    return weight


def _separate_slos(shared: _Shared, objectives: Sequence[_Objective], scope: Scope) -> tuple[Slo, ...]:
    """One SLO for each objective, named by its displayName, or by number."""
    name, title = _slo_name(shared, scope), shared.document.metadata.title
    if len(objectives) == 1:
        return (_slo(shared, name, title, objectives[0].indicator, objectives[0], scope),)
    names = _objective_names(name, objectives)
    titles = (": ".join(filter(None, (title, entry.fields.text("displayName")))) for entry in objectives)
    return tuple(
        _slo(shared, own_name, own_title, entry.indicator, entry, scope)
        for own_name, own_title, entry in zip(names, titles, objectives, strict=True)
    )


def _objective_names(name: str, objectives: Sequence[_Objective]) -> list[str]:
    names: list[str] = []
    for number, entry in enumerate(objectives, start=1):
        suffix = slug(entry.fields.text("displayName"))
        own_name = f"{name}-{suffix}"
        names.append(own_name if suffix and own_name not in names else f"{name}-{number}")
    return names


def _composite_slo(shared: _Shared, objectives: Sequence[_Objective], scope: Scope) -> Slo:
    """One SLO with several indicators; its objective is that of its strictest part, unless an annotation differs."""
    _check_equal_slices(objectives)
    node = shared.annotations.get("objective")
    targets = {entry.objective for entry in objectives}
    strictest = max(targets)
    objective = read_ratio(node, scope.diagnostics, example="'0.99'") if node is not None else strictest
    parts = tuple(Part(entry.indicator, entry.objective, entry.weight) for entry in objectives)
    combined = replace(objectives[0], objective=objective)
    slo = _slo(shared, _slo_name(shared, scope), shared.document.metadata.title, Composite(parts), combined, scope)
    if node is not None or len(targets) == 1:
        return slo
    return replace(slo, notes=(f"its parts have different objectives; {strictest:g}, the strictest, is used",))


def _check_equal_slices(objectives: Sequence[_Objective]) -> None:
    # Slices of different lengths could not be combined into one budget.
    if len({entry.slices for entry in objectives}) > 1:
        what = "has other slices than the parts before: all parts of a composite must have equal slices"
        reject(objectives[-1].fields.node, what)


def _slo_name(shared: _Shared, scope: Scope) -> str:
    """The name of the document, or from the annotation if OpenSLO does not allow it."""
    node = shared.annotations.get("name")
    return read_text(node, scope.diagnostics) if node is not None else shared.document.metadata.name


def _slo(shared: _Shared, name: str, title: str, indicator: Indicator, objective: _Objective, scope: Scope) -> Slo:
    annotations, node = shared.annotations, shared.document.node
    kind, limit = annotations.get("kind"), annotations.get("limit")
    slo = Slo(
        shared.service,
        name,
        indicator,
        objective.objective,
        kind=read_text(kind, scope.diagnostics) if kind is not None else infer_kind(indicator),
        method=shared.method,
        window=shared.window,
        slice_s=objective.slices.seconds,
        slice_target=objective.slices.target,
        limit=_read_limit(limit) if limit is not None else infer_limit(indicator),
        title=title,
        description=shared.description,
        policy=shared.alerting.policy,
        sla=read_sla(annotations, objective.objective, scope.diagnostics),
        origin=f"{node.file}:{node.line}",
        labels=dict(_other_labels(shared.document.metadata.labels)),
    )
    shared.alerting.check_thresholds(slo.budget)
    return slo


def _other_labels(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in labels.items() if not key.startswith(PREFIX))


def _read_limit(node: Node) -> float | None:
    """The bound in an annotation; None for `none`."""
    text = scalar_text(node)
    limit = parse_number(text)
    if limit is None and text != "none":
        reject(node, f"{excerpt(text)} is not a number: write for example '0.3', or none")
    return limit


def slug(text: str) -> str:
    """The lower-case letters, digits and hyphens of a text, as OpenSLO allows in names; empty without any."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")[:_SLUG_MAX].strip("-")
