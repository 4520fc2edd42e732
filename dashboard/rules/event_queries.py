"""PromQL of an SLO's events: the computations of `slo/events.py` as queries for a server.

Every query returns one series without labels, and can be on either side of an operator.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from dashboard import promql
from dashboard.durations import parse_duration, promql_duration
from dashboard.slo.indicators import Composite, Indicator, Op, Part, Query, Ratio, Raw, Simple, Term, Threshold
from dashboard.slo.objective import MINUTE, Method, Slo

# Returns the PromQL of a term without a range: a counter or a gauge.
Expression = Callable[[Term], str]
# Measures that are counters at the source; others are gauges.
COUNTERS = frozenset({"requests", "errors", "latency", "failed_latency"})
# The comparison of a bad value with the limit.
_BAD_WHEN = {Op.LTE: ">", Op.LT: ">=", Op.GTE: "<", Op.GT: "<="}
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}


@dataclass(frozen=True, slots=True)
class EventQueries:
    """Bad and valid events of a window, as queries of one series each; without valid events, `bad` is undefined."""

    bad: str
    valid: str

    @property
    def error_ratio(self) -> str:
        """The share of bad events, 0–1; no sample without valid events."""
        return f"{self.bad} / ({self.valid} > 0)"


def events_over(slo: Slo, expression: Expression, window: str) -> EventQueries:
    """Events of an SLO that counts events.

    Args:
        slo: an SLO with `counted`.
        expression: returns the PromQL of a term.
        window: a duration of PromQL such as `1h`.

    Raises:
        ValueError: a term is not valid PromQL, or does not count; one line.
    """
    return _indicator_events(slo, slo.indicator, _term_over(slo, expression, window))


def bad_share_of_slice(slo: Slo, expression: Expression, window: str) -> str:
    """The bad share of the slice that ends now, 0–1; no sample if it has no SLI.

    Args:
        slo: an SLO with slices.
        expression: returns the PromQL of a term.
        window: the length of its slices as a PromQL duration.

    Raises:
        ValueError: a term is not valid PromQL, or does not count; one line.
    """
    if not isinstance(slo.indicator, Composite):
        return _bad_share(slo, slo.indicator, expression, window)
    parts = slo.indicator.parts
    shares = [_bad_share(slo, part.indicator, expression, window) for part in parts]
    if slo.method is Method.TIMESLICES:
        # One bad part suffices; a good one does not determine the unknown ones.
        return f"({' or '.join(f'{share} > 0' for share in shares)} or {' + '.join(shares)})"
    weighted = (_weighted(_slice_weight(slo, part), share) for part, share in zip(parts, shares, strict=True))
    return f"({' + '.join(weighted)})"


def simple_indicators(indicator: Indicator) -> list[Simple]:
    """The indicators of a composite's parts, or the indicator itself."""
    if isinstance(indicator, Composite):
        return [part.indicator for part in indicator.parts]
    return [indicator]


def current_value(term: Term, expression: Expression) -> str:
    """The current value of a term, for a counter its total; has a sample exactly if the term is measured.

    Raises:
        ValueError: it is not valid PromQL.
    """
    return _value(_expression_of(term, expression))


def decimal_text(value: float) -> str:
    """A number without floating-point noise: 0.0144, 14.4, 1e-09."""
    return f"{value:.14g}"


def window_in_words(window: str) -> str:
    """`1h` is one hour, `30d` are 30 days; a compound duration is unchanged."""
    match = re.fullmatch(r"(\d+)([smhdw])", window)
    if match is None:
        return window
    count, unit = match[1], _UNITS[match[2]]
    return f"one {unit}" if count == "1" else f"{count} {unit}s"


def is_counter(term: Term) -> bool:
    """Whether the term is a counter, whose increase is used; otherwise it is a gauge."""
    return term.counter if isinstance(term, Query) else term.measure in COUNTERS


def is_zero_when_absent(side: Term | None) -> bool:
    """Whether missing good or bad events mean zero; buckets exist for all requests or not at all."""
    return isinstance(side, Query) or (side is not None and side.measure == "errors")


def half_open_range(seconds: float) -> str:
    """The range that contains the samples of this many seconds in every version of Prometheus: one second less.

    Prometheus 2 includes both ends of a range, version 3 only the later one.
    https://prometheus.io/docs/prometheus/latest/migration/
    """
    return f"{round(seconds) - 1}s"


def _expression_of(term: Term, expression: Expression) -> str:
    if not isinstance(term, Query) and term.measure == "age":
        raise ValueError("the age of its data is measured by golden-signals, and no server can be asked for it")
    return expression(term)


def _value(text: str, window: str = promql.DEFAULT_WINDOW) -> str:
    """A query of gauges as one series, in functions that every server supports."""
    return promql.as_one_series(promql.spell_numbers(promql.fill_templates(text, window)))


def _term_over(slo: Slo, expression: Expression, window: str) -> Callable[[Term], str]:
    """A function that sums the events of a term over a window; for a gauge, its values at the ends of rows."""
    row = promql_duration(slo.row_s or MINUTE)

    def summed(term: Term) -> str:
        text = _expression_of(term, expression)
        if is_counter(term):
            return promql.increase_over(text, window)
        # A subquery takes the values at the ends of rows, which are the times at which the engine requests them.
        value = _value(text, row)
        return value if window == row else f"sum_over_time({value}[{half_open_range(parse_duration(window))}:{row}])"

    return summed


def _slice_value(term: Term, expression: Expression, window: str) -> str:
    """The number that decides whether a slice is good: the increase of a counter, or a current value; none for NaN."""
    text = _expression_of(term, expression)
    # A comparison with NaN is false, which drops the sample.
    if is_counter(term):
        return f"({promql.increase_over(text, window)} >= -Inf)"
    return f"({_value(text, window)} >= -Inf)"


def _indicator_events(slo: Slo, indicator: Indicator, summed: Callable[[Term], str]) -> EventQueries:
    match indicator:
        case Composite(parts):
            return _composite_events(slo, parts, summed)
        case Ratio():
            return _ratio_events(indicator, summed)
    raise ValueError("its indicator has no counts")


def _composite_events(slo: Slo, parts: tuple[Part, ...], summed: Callable[[Term], str]) -> EventQueries:
    events = [_indicator_events(slo, part.indicator, summed) for part in parts]
    # Valid events count once in each part: weights apply to the budget, not to traffic.
    bad = [_weighted(_bad_event_weight(slo, part), entry.bad) for part, entry in zip(parts, events, strict=True)]
    return EventQueries(f"({' + '.join(bad)})", f"({' + '.join(entry.valid for entry in events)})")


def _ratio_events(ratio: Ratio, summed: Callable[[Term], str]) -> EventQueries:
    valid = summed(ratio.valid)
    if ratio.bad is not None:
        return EventQueries(_zero_when_absent(ratio.bad, summed(ratio.bad), valid), valid)
    assert ratio.good is not None, "a ratio has good or bad events"
    return EventQueries(f"({valid} - {_zero_when_absent(ratio.good, summed(ratio.good), valid)})", valid)


def _zero_when_absent(term: Term, events: str, valid: str) -> str:
    """Missing failures beside requests mean that none failed; in parentheses, as `or` has the lowest precedence."""
    return f"({events} or 0 * {valid})" if is_zero_when_absent(term) else events


def _slice_weight(slo: Slo, part: Part) -> float:
    # Shares of slices are weighted directly; those that stand for events, by their cost.
    return _bad_event_weight(slo, part) if slo.method is Method.OCCURRENCES else part.weight


def _bad_event_weight(slo: Slo, part: Part) -> float:
    """The number of bad events of the whole SLO that one bad event of a part stands for."""
    # Computed from the decimal text, like the budget of the SLO.
    return part.weight * slo.budget / float(1 - Decimal(repr(part.objective)))


def _weighted(weight: float, query: str) -> str:
    return query if weight == 1 else f"{decimal_text(weight)} * {query}"


def _bad_share(slo: Slo, indicator: Simple, expression: Expression, window: str) -> str:
    match indicator:
        case Threshold(term, op, limit):
            return f"({_slice_value(term, expression, window)} {_BAD_WHEN[op]} bool {decimal_text(limit)})"
        case Raw(term, success):
            return _bad_share_of_ratio(slo, _slice_value(term, expression, window), success=success)
        case Ratio():
            events = _indicator_events(slo, indicator, _term_over(slo, expression, window))
            return _bad_share_of_ratio(slo, f"({events.error_ratio})", success=False)
        case _:
            assert_never(indicator)


def _bad_share_of_ratio(slo: Slo, ratio: str, *, success: bool) -> str:
    """The error ratio from a ratio of good events (`success`) or bad ones; with slices, 1 or 0."""
    if slo.method is not Method.TIMESLICES:
        return f"(1 - {ratio})" if success else ratio
    # In decimal arithmetic, so that the limit is 0.02 and not 0.020000000000000018.
    target = Decimal(repr(slo.slice_target if slo.slice_target is not None else slo.objective))
    return f"({ratio} < bool {target})" if success else f"({ratio} > bool {1 - target})"
