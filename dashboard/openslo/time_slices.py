"""How an SLO's budget is counted: its method, and the slices of time that some methods judge."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.openslo.diagnostics import refuse, shown
from dashboard.openslo.duration_shorthand import MINUTE, exact, fixed, of_seconds
from dashboard.openslo.map_fields import Fields, chosen, raw
from dashboard.openslo.objective_targets import share_of
from dashboard.openslo.scope import Scope
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Query, Ratio, Simple, Threshold, terms
from dashboard.slo.objective import Method
from dashboard.timerange import DAY, HOUR

METHODS = {method.lower(): method.value for method in Method}
_SPELLED = {**METHODS, "ratio-timeslices": METHODS["ratiotimeslices"], "ratio timeslices": METHODS["ratiotimeslices"],
            "time slices": METHODS["timeslices"], "time-slices": METHODS["timeslices"]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slices:
    """Seconds of a slice, 0 where events are counted; and the share of good events that makes one good."""

    seconds: int = 0
    wanted: float | None = None


def method_of(spec: Fields, scope: Scope) -> Method:
    """How the budget is counted; by occurrences where nobody says it."""
    stated = spec.optional("budgetingMethod")
    if stated is None:
        scope.diagnostics.note(spec.node, "missing: read as Occurrences, write that", "budgetingMethod")
        return Method.OCCURRENCES
    return Method(chosen(stated, _SPELLED, scope.diagnostics, strict=METHODS.values()))


def slices(
    fields: Fields, own: Mapping[str, Node], method: Method, indicator: Simple, scope: Scope, *, alone: bool
) -> Slices:
    """The slices of one objective.

    Args:
        own: the SLO's annotations, which may name a slice that OpenSLO cannot say.
        alone: it is no part of a composite, which has the same slices in all.
    """
    wanted = fields.optional("timeSliceTarget")
    if method is not Method.TIMESLICES and wanted is not None:
        scope.diagnostics.note(wanted, f"is not looked at: {method} has no good or bad slices; leave it out")
    if method is Method.OCCURRENCES and alone and not is_sampled(indicator):
        stated = fields.optional("timeSliceWindow")
        if stated is not None:
            scope.diagnostics.note(stated, "is not looked at: Occurrences counts events; leave it out")
        return Slices()
    seconds = _seconds(fields, own, method, scope)
    if method is not Method.TIMESLICES:
        return Slices(seconds)
    return Slices(seconds, wanted_of(fields, indicator, scope))


def is_sampled(indicator: Simple) -> bool:
    """It has no counts that could be added up over any time: it is looked at slice by slice."""
    gauges = (isinstance(term, Query) and not term.counter for term in terms(indicator))
    return not isinstance(indicator, Ratio) or any(gauges)


def _seconds(fields: Fields, own: Mapping[str, Node], method: Method, scope: Scope) -> int:
    stated = fields.optional("timeSliceWindow")
    if stated is None and method is Method.OCCURRENCES:
        return 0
    if stated is None and scope.elder:
        scope.diagnostics.note(fields.node, "missing: slices of a minute are taken, write 1m", "timeSliceWindow")
        return MINUTE
    if stated is None:
        refuse(fields.node, f"missing: {method} needs the length of its slices, such as 5m", "timeSliceWindow")
    written = fixed(stated, scope.diagnostics, example="5m", bare="m")
    node = own.get("slice", stated)
    return whole(node, exact(own.get("slice"), written))


def whole(node: Node, seconds: float) -> int:
    """The seconds of a slice; refused where hours or days are not made of such."""
    fits = seconds == int(seconds) and (HOUR % seconds == 0 or (seconds % HOUR == 0 and DAY % seconds == 0))
    if not fits:
        size = of_seconds(seconds) or f"{seconds:g}s"
        refuse(node, f"slices of {size} fill neither an hour nor a day: write 1m, 5m, 10m, 15m, 30m, 1h or so")
    return int(seconds)


def wanted_of(fields: Fields, indicator: Simple, scope: Scope) -> float | None:
    """The share of good events that a slice needs; None where it follows from the objective or the threshold."""
    stated = fields.optional("timeSliceTarget")
    if stated is None:
        if not isinstance(indicator, Threshold):
            missing = "missing: a slice is taken to be good where it keeps the objective itself, write that"
            scope.diagnostics.note(fields.node, missing, "timeSliceTarget")
        return None
    found = raw(stated)
    share = share_of(found)
    if share is None or not 0 < share <= 1:
        refuse(stated, f"{shown(found)} is no share of a slice: write a number above 0, 1 at most, such as 0.95")
    if found.endswith("%") or not stated.plain:
        scope.diagnostics.note(stated, f"is read as {share:g}: write it so")
    if not isinstance(indicator, Threshold):
        return share
    if share < 1:
        scope.diagnostics.note(stated, "is not looked at: a slice has one value here, which is good or bad; write 1")
    return None
