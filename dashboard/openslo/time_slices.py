"""How an SLO's budget is counted: its budgetingMethod, and the time slices of some methods.

https://github.com/OpenSLO/OpenSLO/tree/main#slo
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.openslo.diagnostics import excerpt, reject
from dashboard.openslo.duration_shorthand import MINUTE, duration_of, read_exact_seconds, read_seconds
from dashboard.openslo.map_fields import Fields, read_keyword, scalar_text
from dashboard.openslo.objective_targets import parse_ratio
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio, Simple, Threshold, terms
from dashboard.slo.objective import Method
from dashboard.timerange import DAY, HOUR

METHODS = {method.lower(): method.value for method in Method}
_SPELLINGS = {**METHODS, "ratio-timeslices": METHODS["ratiotimeslices"], "ratio timeslices": METHODS["ratiotimeslices"],
              "time slices": METHODS["timeslices"], "time-slices": METHODS["timeslices"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slices:
    """The slices of one objective.

    Attributes:
        seconds: length of a slice; 0 if events are counted.
        target: share of good events (0–1) that makes a slice good; None if derived from other fields.
    """

    seconds: int = 0
    target: float | None = None


def read_method(spec: Fields, scope: Scope) -> Method:
    """How the budget is counted; Occurrences by default."""
    node = spec.optional("budgetingMethod")
    if node is None:
        scope.diagnostics.warn(spec.node, "missing: read as Occurrences, write that", "budgetingMethod")
        return Method.OCCURRENCES
    return Method(read_keyword(node, _SPELLINGS, scope.diagnostics, strict=METHODS.values()))


def read_slices(
    fields: Fields,
    annotations: Mapping[str, Node],
    method: Method,
    indicator: Simple,
    scope: Scope,
    *,
    in_composite: bool,
) -> Slices:
    """The slices of one objective.

    Args:
        fields: of the objective.
        annotations: of the SLO, possibly with a slice length that OpenSLO has no shorthand for.
        method: of the SLO.
        indicator: of the objective.
        scope: the reading context.
        in_composite: it is a part of a composite; all parts use slices if one of them needs slices.
    """
    if method is not Method.TIMESLICES:
        _warn_if_present(fields, "timeSliceTarget", f"is ignored: {method} has no good or bad slices; remove it")
    if method is Method.OCCURRENCES and not in_composite and not is_sampled(indicator):
        _warn_if_present(fields, "timeSliceWindow", "is ignored: Occurrences counts events; remove it")
        return Slices()
    seconds = _read_slice_seconds(fields, annotations, method, scope)
    if method is not Method.TIMESLICES:
        return Slices(seconds)
    return Slices(seconds, read_slice_target(fields, indicator, scope))


def _warn_if_present(fields: Fields, name: str, what: str) -> None:
    node = fields.optional(name)
    if node is not None:
        fields.diagnostics.warn(node, what)


def is_sampled(indicator: Simple) -> bool:
    """Whether it has no counts that can be summed over time, so that each slice is judged separately."""
    gauges = (isinstance(term, Query) and not term.counter for term in terms(indicator))
    return not isinstance(indicator, Ratio) or any(gauges)


def _read_slice_seconds(fields: Fields, annotations: Mapping[str, Node], method: Method, scope: Scope) -> int:
    node = fields.optional("timeSliceWindow")
    if node is None and method is Method.OCCURRENCES:
        return 0
    # Earlier versions do not have this field.
    if node is None and not scope.is_v1:
        scope.diagnostics.warn(fields.node, "missing: read as slices of a minute, write 1m", "timeSliceWindow")
        return MINUTE
    if node is None:
        reject(fields.node, f"missing: {method} needs the length of its slices, such as 5m", "timeSliceWindow")
    seconds = read_seconds(node, scope.diagnostics, example="5m", default_unit="m")
    exact = annotations.get("slice")
    return check_slice(exact or node, read_exact_seconds(exact, seconds))


def check_slice(node: Node, seconds: float) -> int:
    """The seconds of a slice; rejected unless a whole number of slices makes an hour or a day."""
    # The ledger stores whole hours, and calendar windows contain whole days.
    fits = seconds == int(seconds) and (HOUR % seconds == 0 or (seconds % HOUR == 0 and DAY % seconds == 0))
    if not fits:
        length = duration_of(seconds) or f"{seconds:g}s"
        reject(node, f"slices of {length} divide neither an hour nor a day: write 1m, 5m, 10m, 15m, 30m or 1h")
    return int(seconds)


def read_slice_target(fields: Fields, indicator: Simple, scope: Scope) -> float | None:
    """The share of good events that a slice needs, 0–1; None if derived from the objective or the threshold.

    Args:
        fields: of the objective.
        indicator: of the objective.
        scope: the reading context.
    """
    node = fields.optional("timeSliceTarget")
    if node is None:
        if not isinstance(indicator, Threshold):
            what = "missing: a slice is read as good where its share of good events is the target, write that"
            scope.diagnostics.warn(fields.node, what, "timeSliceTarget")
        return None
    ratio = _read_slice_ratio(node, scope)
    if not isinstance(indicator, Threshold):
        return ratio
    if ratio < 1:
        scope.diagnostics.warn(node, "is ignored: a slice has one value here, which is good or bad; write 1")
    return None


def _read_slice_ratio(node: Node, scope: Scope) -> float:
    text = scalar_text(node)
    ratio = parse_ratio(text)
    if ratio is None or not 0 < ratio <= 1:
        reject(node, f"{excerpt(text)} is not a share of a slice: write a number above 0 and at most 1, such as 0.95")
    if text.endswith("%") or not node.plain:
        scope.diagnostics.warn(node, f"is read as {ratio:g}: write that")
    return ratio
