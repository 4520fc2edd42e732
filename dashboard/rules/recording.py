"""Recording rules: the numbers of an SLO, stored by the server in series named `golden_signals:slo_…`.

The events of the last five minutes are recorded every minute; windows above six hours are sums of every fifth sample,
so that each event counts once. With slices, a rule is evaluated once per slice. Ratios are never averaged.
https://prometheus.io/docs/practices/rules/
"""

from dataclasses import dataclass
from typing import Any

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.rules.event_queries import (
    EventQueries,
    Expression,
    bad_share_of_slice,
    decimal_text,
    events_over,
    half_open_range,
)
from dashboard.slo.objective import MINUTE, SLICE, Slo
from dashboard.slo.policy import Rule
from dashboard.slo.windows import Rolling
from dashboard.timerange import HOUR

PREFIX = "golden_signals:slo_"
# Windows up to this are computed from the counters, longer ones from recorded events.
DIRECT_MAX = 6 * HOUR
# A rule as in the YAML of a rule file.
RuleYaml = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """The recorded series of an SLO from which long windows are summed.

    Attributes:
        bad: selector of bad events.
        valid: selector of valid events.
        interval: seconds between two evaluations.
        step: seconds between two samples that are summed.
    """

    bad: str
    valid: str
    interval: int
    step: int

    @classmethod
    def of(cls, slo: Slo) -> "RecordedEvents":
        """Events of five minutes, or those of a slice if its slices have another length."""
        bad, valid = (series_selector(slo, name) for name in recorded_event_names(slo))
        return cls(bad, valid, evaluation_interval(slo), slo.row_s or SLICE)

    def sum_over(self, selector: str, seconds: float) -> str:
        """The sum of `bad` or `valid` over a window in seconds."""
        step = "" if self.step == self.interval else f":{promql_duration(self.step)}"
        return f"sum_over_time({selector}[{half_open_range(seconds)}{step}])"

    def is_covered(self, seconds: float, least: float) -> str:
        """A condition: at least this share (0–1) of a window in seconds was measured."""
        # Rounded up, ignoring rounding errors above a whole number.
        samples = -int(-(least * seconds / self.interval - 1e-9) // 1)
        return f"count_over_time({self.valid}[{half_open_range(seconds)}]) >= {samples}"


def evaluation_interval(slo: Slo) -> int:
    """Seconds between two evaluations of its rules."""
    return slo.row_s or MINUTE


def recorded_event_names(slo: Slo) -> tuple[str, str]:
    """The names of the recorded bad and valid events, without the prefix."""
    span = "increase5m" if slo.row_s in (0, SLICE) else "slice"
    return f"bad:{span}", f"valid:{span}"


def series_selector(slo: Slo, name: str, **labels: str) -> str:
    """The selector of one recorded series.

    Args:
        slo: the SLO.
        name: without the prefix.
        labels: further labels, such as `window`.
    """
    matchers = {"slo": slo.name, "service": slo.service, **labels}
    return f"{PREFIX}{name}{{{','.join(f'{label}={promql.quoted(text)}' for label, text in matchers.items())}}}"


def usable_rules(slo: Slo) -> tuple[Rule, ...]:
    """Its burn rules, fastest first, without those whose short window is shorter than a slice."""
    return tuple(
        sorted((rule for rule in slo.rules if rule.row.short_s >= slo.row_s), key=lambda rule: rule.row.long_s)
    )


def burn_rate_windows(slo: Slo) -> list[float]:
    """Seconds of all windows with a recorded burn rate, the shortest first."""
    edges = {edge for rule in usable_rules(slo) for edge in (rule.row.long_s, rule.row.short_s)}
    # Always include an hour, which people ask for.
    hour = {float(HOUR)} if slo.row_s <= HOUR < slo.window.nominal_s else set()
    return sorted(edges | hour)


def recording_rules(slo: Slo, expression: Expression) -> list[RuleYaml]:
    """All recording rules of an SLO, each after the rules it reads.

    Raises:
        ValueError: it has no PromQL; one line.
    """
    rules = [
        _rule(slo, "objective", f"vector({slo.objective!r})", kind=slo.kind),
        _rule(slo, "window_seconds", f"vector({decimal_text(slo.window.nominal_s)})"),
        *_event_rules(slo, expression),
    ]
    for window in burn_rate_windows(slo):
        rules += [*_bad_event_rules(slo, expression, window), _error_ratio_rule(slo, expression, window)]
    rules += [_burn_rate_rule(slo, window) for window in burn_rate_windows(slo)]
    return rules + (_budget_rules(slo, expression) if isinstance(slo.window, Rolling) else [])


def bad_events(slo: Slo, window: float) -> str:
    """The bad events of a window in seconds, from recorded series; may have the label `window`."""
    if not _is_direct(slo, window):
        recorded = RecordedEvents.of(slo)
        return recorded.sum_over(recorded.bad, window)
    return series_selector(slo, "bad:increase", window=promql_duration(window))


def _event_rules(slo: Slo, expression: Expression) -> list[RuleYaml]:
    bad, valid = recorded_event_names(slo)
    step = promql_duration(RecordedEvents.of(slo).step)
    # These rules are independent, so that promtool can backfill both at once.
    if slo.counted:
        events = events_over(slo, expression, step)
        return [_rule(slo, valid, events.valid), _rule(slo, bad, f"{events.bad} and {events.valid}")]
    share = bad_share_of_slice(slo, expression, step)
    return [_rule(slo, valid, f"{share} >= bool -Inf"), _rule(slo, bad, share)]


def _bad_event_rules(slo: Slo, expression: Expression, window: float) -> list[RuleYaml]:
    if not _records_bad_events(slo, window):
        return []
    events = events_over(slo, expression, promql_duration(window))
    return [_rule(slo, "bad:increase", events.bad, window=promql_duration(window))]


def _records_bad_events(slo: Slo, window: float) -> bool:
    """Whether bad events are recorded: for long windows, whose failures are compared with an alert's minimum."""
    longs = {rule.row.long_s for rule in usable_rules(slo)}
    return slo.counted and window in longs and _is_direct(slo, window)


def _is_direct(slo: Slo, window: float) -> bool:
    """Whether a window is computed from the counters; otherwise it is a sum of recorded events."""
    return not slo.row_s and window <= DIRECT_MAX


def _error_ratio_rule(slo: Slo, expression: Expression, window: float) -> RuleYaml:
    events = _window_events(slo, expression, window)
    return _rule(slo, "error_ratio", events.error_ratio, window=promql_duration(window))


def _window_events(slo: Slo, expression: Expression, window: float) -> EventQueries:
    """Bad and valid events of a window with equal labels, from recorded series if they exist."""
    recorded = RecordedEvents.of(slo)
    if not _is_direct(slo, window):
        return EventQueries(recorded.sum_over(recorded.bad, window), recorded.sum_over(recorded.valid, window))
    events = events_over(slo, expression, promql_duration(window))
    if _records_bad_events(slo, window):
        return EventQueries(f"sum({bad_events(slo, window)})", events.valid)
    return EventQueries(recorded.bad, recorded.valid) if window == recorded.step else events


def _burn_rate_rule(slo: Slo, window: float) -> RuleYaml:
    name = promql_duration(window)
    ratio = series_selector(slo, "error_ratio", window=name)
    return _rule(slo, "burn_rate", f"{ratio} / {decimal_text(slo.budget)}", window=name)


def _budget_rules(slo: Slo, expression: Expression) -> list[RuleYaml]:
    period = slo.window.nominal_s
    name = promql_duration(period)
    ratio = series_selector(slo, "error_ratio", window=name)
    ratio_rules = [] if period in burn_rate_windows(slo) else [_error_ratio_rule(slo, expression, period)]
    remaining = f"1 - {ratio} / {decimal_text(slo.budget)}"
    return [*ratio_rules, _rule(slo, "budget_remaining", remaining, window=name)]


def _rule(slo: Slo, name: str, query: str, **labels: str) -> RuleYaml:
    # A new dictionary each time, as YAML would write the second occurrence as a reference to the first.
    return {"record": PREFIX + name, "expr": query, "labels": {"slo": slo.name, "service": slo.service, **labels}}
