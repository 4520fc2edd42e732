"""A candidate: an alternative to an objective with another target, latency threshold, window or alert policy."""

from dataclasses import dataclass, replace

from dashboard import buckets
from dashboard.slo.indicators import Column, Composite, Ratio
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WEEKLY, WORKBOOK, Policy, Row
from dashboard.slo.windows import Calendar, Rolling, Unit, Window
from dashboard.timerange import DAY, HOUR

# Common objectives to choose from, loosest first.
USUAL = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99995, 0.99999)
# The current policy of an objective.
OWN = "own"
# Only rules that page, and the simplest common pair: one fast, one slow rule.
PAGES = Policy("pages", WORKBOOK.rows[:2])
SIMPLE = Policy("simple", (Row("page", 0.02, HOUR, 300.0), Row("ticket", 0.10, 3 * DAY, 6.0 * HOUR)))
POLICIES = {policy.name: policy for policy in (WORKBOOK, WEEKLY, PAGES, SIMPLE)}
WINDOWS: dict[str, Window] = {
    "7d": Rolling(7.0 * DAY),
    "14d": Rolling(14.0 * DAY),
    "28d": Rolling(28.0 * DAY),
    "30d": Rolling(30.0 * DAY),
    "90d": Rolling(90.0 * DAY),
    "1w": Calendar(Unit.WEEK),
    "1M": Calendar(Unit.MONTH),
    "1Q": Calendar(Unit.QUARTER),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """The changes to try; None keeps the current value.

    Attributes:
        objective: target, 0–1. `limit`: seconds within which an answer is good.
        window: a name of `WINDOWS`. `policy`: a name of `POLICIES`.
    """

    objective: float | None = None
    limit: float | None = None
    window: str | None = None
    policy: str | None = None

    def applied(self, slo: Slo) -> Slo:
        """The objective with the changes.

        Raises:
            ValueError: the objective has no such property, or there is no such window or policy; the message says why.
        """
        changed = self._with_limit(slo)
        if self.window is not None:
            changed = replace(changed, window=_named_window(self.window, slo))
        if self.policy is not None:
            changed = replace(changed, policy=_named_policy(self.policy, slo))
        return changed if self.objective is None else _with_objective(changed, self.objective)

    def _with_limit(self, slo: Slo) -> Slo:
        if self.limit is None or (slo.limit is not None and buckets.same_bound(self.limit, slo.limit)):
            return slo
        indicator = slo.indicator
        if not has_thresholds(slo):
            raise ValueError(f"{slo.name} has no latency threshold that could be another one")
        assert isinstance(indicator, Ratio), "it counts buckets"
        assert isinstance(indicator.good, Column), "they are columns of its service"
        good = replace(indicator.good, detail=buckets.bound_text(self.limit))
        return replace(slo, indicator=replace(indicator, good=good), limit=self.limit)


def has_thresholds(slo: Slo) -> bool:
    """Whether it counts latency buckets of a service, so that other thresholds can be tried."""
    good = slo.indicator.good if isinstance(slo.indicator, Ratio) else None
    return isinstance(good, Column) and good.measure.endswith("latency") and good.detail != "inf"


def has_objectives(slo: Slo) -> bool:
    """Whether other targets can be tried: parts of a composite have their own, by which they share its budget."""
    return not isinstance(slo.indicator, Composite)


def _with_objective(slo: Slo, objective: float) -> Slo:
    if objective == slo.objective:
        return slo
    if not has_objectives(slo):
        raise ValueError(f"{slo.name} is made of parts that have objectives of their own")
    # Good slices must stay good: without an explicit slice target the objective's own target is used.
    needs = slo.slice_target if slo.slice_target is not None else slo.objective
    return replace(
        slo, objective=objective, slice_target=needs if slo.method is Method.TIMESLICES else slo.slice_target
    )


def _named_window(name: str, slo: Slo) -> Window:
    if name == slo.window.duration:
        return slo.window
    if name not in WINDOWS:
        raise ValueError(f"{name} is no window: write {', '.join(WINDOWS)}")
    window = WINDOWS[name]
    zone = slo.window.zone if isinstance(slo.window, Calendar) else "UTC"
    return replace(window, zone=zone) if isinstance(window, Calendar) else window


def _named_policy(name: str, slo: Slo) -> Policy | None:
    if name == OWN:
        return slo.policy
    if name not in POLICIES:
        raise ValueError(f"{name} is no policy: write {', '.join((OWN, *POLICIES))}")
    return POLICIES[name]
