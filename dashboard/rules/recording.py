"""Recording rules: the numbers of an objective, kept by the server in series named `golden_signals:slo_…`.

Events are recorded every minute, those of the last five; windows above six hours are sums of every fifth of them, so
that each event counts once. Where slices are judged, a rule is evaluated once a slice. Ratios are never averaged.
"""

from dataclasses import dataclass
from typing import Any

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.rules.event_queries import Expression, Sides, counted, number, shortened, sliced
from dashboard.slo.objective import MINUTE, SLICE, Slo
from dashboard.slo.policy import Rule
from dashboard.slo.windows import Rolling
from dashboard.timerange import HOUR

PREFIX = "golden_signals:slo_"
# Windows up to this are counted from the counters themselves.
DIRECT = 6 * HOUR
Written = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The recorded series of an objective that sums over time are made of.

    Attributes:
        bad, valid: selectors. `interval`: seconds between two evaluations; `step`: between two samples that are added.
    """

    bad: str
    valid: str
    interval: int
    step: int

    @classmethod
    def of(cls, slo: Slo) -> "Kept":
        """Events of five minutes, or those of a slice where its slices are of another length."""
        bad, valid = (series(slo, name) for name in kept_names(slo))
        return cls(bad, valid, interval(slo), slo.row_s or SLICE)

    def total(self, selector: str, seconds: float) -> str:
        """The sum of one of them over a window."""
        step = "" if self.step == self.interval else f":{promql_duration(self.step)}"
        return f"sum_over_time({selector}[{shortened(seconds)}{step}])"

    def measured(self, seconds: float, least: float) -> str:
        """A condition: at least this share of a window was measured."""
        wanted = -int(-(least * seconds / self.interval - 1e-9) // 1)
        return f"count_over_time({self.valid}[{shortened(seconds)}]) >= {wanted}"


def interval(slo: Slo) -> int:
    """Seconds between two evaluations of its rules."""
    return slo.row_s or MINUTE


def kept_names(slo: Slo) -> tuple[str, str]:
    """What bad and valid events are recorded as."""
    span = "increase5m" if slo.row_s in (0, SLICE) else "slice"
    return f"bad:{span}", f"valid:{span}"


def series(slo: Slo, name: str, **labels: str) -> str:
    """The selector of one recorded series."""
    every = {"slo": slo.name, "service": slo.service, **labels}
    return f"{PREFIX}{name}{{{','.join(f'{label}={promql.quoted(text)}' for label, text in every.items())}}}"


def usable(slo: Slo) -> tuple[Rule, ...]:
    """Its burn rules, the fastest first, without those that look at less than a slice."""
    return tuple(sorted((one for one in slo.rules if one.row.short_s >= slo.row_s), key=lambda one: one.row.long_s))


def windows(slo: Slo) -> list[float]:
    """Seconds of all windows that a burn rate is recorded of."""
    edges = {edge for rule in usable(slo) for edge in (rule.row.long_s, rule.row.short_s)}
    hour = {float(HOUR)} if slo.row_s <= HOUR < slo.window.usual else set()
    return sorted(edges | hour)


def recorded(slo: Slo, expression: Expression) -> list[Written]:
    """All recording rules of an objective, in the order they need each other.

    Raises:
        ValueError: it cannot be said in PromQL; one line.
    """
    made = [
        _rule(slo, "objective", f"vector({slo.objective!r})", kind=slo.kind),
        _rule(slo, "window_seconds", f"vector({number(slo.window.usual)})"),
        *_events(slo, expression),
    ]
    for window in windows(slo):
        made += [*_failures(slo, expression, window), _ratio(slo, expression, window)]
    made += [_burn(slo, window) for window in windows(slo)]
    return made + (_budget(slo, expression) if isinstance(slo.window, Rolling) else [])


def failures(slo: Slo, window: float) -> str:
    """The bad events of a window, from recorded series; may carry the label `window`."""
    if not _direct(slo, window):
        kept = Kept.of(slo)
        return kept.total(kept.bad, window)
    return series(slo, "bad:increase", window=promql_duration(window))


def _events(slo: Slo, expression: Expression) -> list[Written]:
    kept = Kept.of(slo)
    bad, valid = kept_names(slo)
    span = promql_duration(kept.step)
    # Neither refers to the other: promtool can record the past of both at once.
    if slo.counted:
        sides = counted(slo, expression, span)
        return [_rule(slo, valid, sides.valid), _rule(slo, bad, f"{sides.bad} and {sides.valid}")]
    lacking = sliced(slo, expression, span)
    return [_rule(slo, valid, f"{lacking} >= bool -Inf"), _rule(slo, bad, lacking)]


def _failures(slo: Slo, expression: Expression, window: float) -> list[Written]:
    if not _counts_failures(slo, window):
        return []
    sides = counted(slo, expression, promql_duration(window))
    return [_rule(slo, "bad:increase", sides.bad, window=promql_duration(window))]


def _counts_failures(slo: Slo, window: float) -> bool:
    longs = {rule.row.long_s for rule in usable(slo)}
    return slo.counted and window in longs and _direct(slo, window)


def _direct(slo: Slo, window: float) -> bool:
    """It is counted from the counters themselves; else it is a sum of recorded rows."""
    return not slo.row_s and window <= DIRECT


def _ratio(slo: Slo, expression: Expression, window: float) -> Written:
    return _rule(slo, "error_ratio", _sides(slo, expression, window).ratio, window=promql_duration(window))


def _sides(slo: Slo, expression: Expression, window: float) -> Sides:
    """Bad and valid events of a window with the same labels, by what is recorded already where it is."""
    kept = Kept.of(slo)
    if not _direct(slo, window):
        return Sides(kept.total(kept.bad, window), kept.total(kept.valid, window))
    sides = counted(slo, expression, promql_duration(window))
    if _counts_failures(slo, window):
        return Sides(f"sum({failures(slo, window)})", sides.valid)
    return Sides(kept.bad, kept.valid) if window == kept.step else sides


def _burn(slo: Slo, window: float) -> Written:
    name = promql_duration(window)
    return _rule(slo, "burn_rate", f"{series(slo, 'error_ratio', window=name)} / {number(slo.budget)}", window=name)


def _budget(slo: Slo, expression: Expression) -> list[Written]:
    period = slo.window.usual
    name = promql_duration(period)
    ratio = series(slo, "error_ratio", window=name)
    made = [] if period in windows(slo) else [_ratio(slo, expression, period)]
    return [*made, _rule(slo, "budget_remaining", f"1 - {ratio} / {number(slo.budget)}", window=name)]


def _rule(slo: Slo, name: str, text: str, **labels: str) -> Written:
    # Labels are a new dictionary each time: YAML would write the second of two as a reference to the first.
    return {"record": PREFIX + name, "expr": text, "labels": {"slo": slo.name, "service": slo.service, **labels}}
