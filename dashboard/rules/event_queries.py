"""The PromQL of an SLO's events: what `slo/events.py` computes from numbers, written for a server.

Every query gives one series without labels, and can stand on either side of an operator.
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

# PromQL of a term without a range: a counter, or a value of a moment.
Expression = Callable[[Term], str]
# Measures that count up at the source; others are values of a moment.
COUNTERS = frozenset({"requests", "errors", "latency", "failed_latency"})
# How a bad value compares with the limit.
_BAD_WHEN = {Op.LTE: ">", Op.LT: ">=", Op.GTE: "<", Op.GT: "<="}
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}


@dataclass(frozen=True, slots=True)
class EventQueries:
    """Bad and valid events of a window, a query of one series each; without valid events `bad` means nothing."""

    bad: str
    valid: str

    @property
    def error_ratio(self) -> str:
        """The share of bad events, 0–1; no sample without valid ones."""
        return f"{self.bad} / ({self.valid} > 0)"


def events_over(slo: Slo, expression: Expression, window: str) -> EventQueries:
    """Events of an SLO that counts them.

    Args:
        slo: one with `counted`.
        expression: PromQL of a term.
        window: a duration of PromQL such as `1h`.

    Raises:
        ValueError: a term is not valid PromQL, or has no count; one line.
    """
    return _indicator_events(slo, slo.indicator, _term_over(slo, expression, window))


def bad_share_of_slice(slo: Slo, expression: Expression, window: str) -> str:
    """How bad the slice is that ends now, 0–1; no sample where it has no SLI.

    Args:
        slo: one that judges slices.
        expression: PromQL of a term.
        window: the length of its slices as a duration of PromQL.

    Raises:
        ValueError: a term is not valid PromQL, or has no count; one line.
    """
    if not isinstance(slo.indicator, Composite):
        return _bad_share(slo, slo.indicator, expression, window)
    parts = slo.indicator.parts
    shares = [_bad_share(slo, part.indicator, expression, window) for part in parts]
    if slo.method is Method.TIMESLICES:
        # One part that is known to be bad is enough; a good one says nothing of those that are unknown.
        return f"({' or '.join(f'{share} > 0' for share in shares)} or {' + '.join(shares)})"
    weighted = (_weighted(_slice_weight(slo, part), share) for part, share in zip(parts, shares, strict=True))
    return f"({' + '.join(weighted)})"


def simple_indicators(indicator: Indicator) -> list[Simple]:
    """The indicators of a composite's parts; any other indicator alone."""
    if isinstance(indicator, Composite):
        return [part.indicator for part in indicator.parts]
    return [indicator]


def current_value(term: Term, expression: Expression) -> str:
    """What a term is now, a counter as it stands: there is a sample if, and only if, it is measured.

    Raises:
        ValueError: it is not valid PromQL.
    """
    return _value(_expression_of(term, expression))


def decimal_text(value: float) -> str:
    """A number as people write it, without the noise of floating point: 0.0144, 14.4, 1e-09."""
    return f"{value:.14g}"


def window_in_words(window: str) -> str:
    """`1h` is one hour, `30d` are 30 days; a duration of several units as it is."""
    match = re.fullmatch(r"(\d+)([smhdw])", window)
    if match is None:
        return window
    count, unit = match[1], _UNITS[match[2]]
    return f"one {unit}" if count == "1" else f"{count} {unit}s"


def is_counter(term: Term) -> bool:
    """True if its increase matters, else it is a value of a moment."""
    return term.counter if isinstance(term, Query) else term.measure in COUNTERS


def is_zero_when_absent(side: Term | None) -> bool:
    """True if good or bad events without a series are none; buckets are there with all requests, or not at all."""
    return isinstance(side, Query) or (side is not None and side.measure == "errors")


def half_open_range(seconds: float) -> str:
    """The range that holds the samples of this many seconds in every version of Prometheus: one second less.

    Prometheus 2 includes both ends of a range, 3 only the later one.
    https://prometheus.io/docs/prometheus/latest/migration/
    """
    return f"{round(seconds) - 1}s"


def _expression_of(term: Term, expression: Expression) -> str:
    if not isinstance(term, Query) and term.measure == "age":
        raise ValueError("the age of its data is measured by golden-signals, and no server can be asked for it")
    return expression(term)


def _value(text: str, window: str = promql.DEFAULT_WINDOW) -> str:
    """A query of values as one series, in the words that every server understands."""
    return promql.as_one_series(promql.spell_numbers(promql.fill_templates(text, window)))


def _term_over(slo: Slo, expression: Expression, window: str) -> Callable[[Term], str]:
    """How the events of a term are summed over a window: of a gauge, its values at the ends of rows."""
    row = promql_duration(slo.row_s or MINUTE)

    def summed(term: Term) -> str:
        text = _expression_of(term, expression)
        if is_counter(term):
            return promql.increase_over(text, window)
        # A subquery takes the values at the ends of rows, which is when the engine asks for them.
        value = _value(text, row)
        return value if window == row else f"sum_over_time({value}[{half_open_range(parse_duration(window))}:{row}])"

    return summed


def _slice_value(term: Term, expression: Expression, window: str) -> str:
    """The number that a slice is judged by: the increase of a counter, or a value now; no sample for NaN."""
    text = _expression_of(term, expression)
    # A comparison with NaN is false, so that NaN becomes a missing sample.
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
    # Valid events count once in each part: weights belong to the budget, not to traffic.
    bad = [_weighted(_bad_event_weight(slo, part), entry.bad) for part, entry in zip(parts, events, strict=True)]
    return EventQueries(f"({' + '.join(bad)})", f"({' + '.join(entry.valid for entry in events)})")


def _ratio_events(ratio: Ratio, summed: Callable[[Term], str]) -> EventQueries:
    valid = summed(ratio.valid)
    if ratio.bad is not None:
        return EventQueries(_zero_when_absent(ratio.bad, summed(ratio.bad), valid), valid)
    assert ratio.good is not None, "a ratio has good or bad events"
    return EventQueries(f"({valid} - {_zero_when_absent(ratio.good, summed(ratio.good), valid)})", valid)


def _zero_when_absent(term: Term, events: str, valid: str) -> str:
    """No series of failures beside requests means that none failed; `or` binds least, hence the parentheses."""
    return f"({events} or 0 * {valid})" if is_zero_when_absent(term) else events


def _slice_weight(slo: Slo, part: Part) -> float:
    # Shares of slices are weighed as they are; those that stand for events, by what they cost.
    return _bad_event_weight(slo, part) if slo.method is Method.OCCURRENCES else part.weight


def _bad_event_weight(slo: Slo, part: Part) -> float:
    """How many bad events of the whole SLO one bad event of a part stands for."""
    # From the decimal text, as the budget of the SLO itself.
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
    """The error ratio of a ratio of good events (`success`) or bad ones; 1 or 0 if slices are good or bad."""
    if slo.method is not Method.TIMESLICES:
        return f"(1 - {ratio})" if success else ratio
    # In decimals, so that the limit reads as 0.02 and not as 0.020000000000000018.
    target = Decimal(repr(slo.slice_target if slo.slice_target is not None else slo.objective))
    return f"({ratio} < bool {target})" if success else f"({ratio} > bool {1 - target})"
