"""The PromQL of an objective's events: what `events.py` does with numbers, written for a server to do by itself.

Every text is one series without labels, and can stand on either side of an operator.
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

Expression = Callable[[Term], str]
# Measures that count up at the source; others are values of a moment.
COUNTERS = frozenset({"requests", "errors", "latency", "failed_latency"})
# What a value must be to be bad.
_BROKEN = {Op.LTE: ">", Op.LT: ">=", Op.GTE: "<", Op.GT: "<="}
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}


@dataclass(frozen=True, slots=True)
class Sides:
    """Bad and valid events of a window, each one series; where there are no valid ones, `bad` means nothing."""

    bad: str
    valid: str

    @property
    def ratio(self) -> str:
        """The share of bad events; no sample without valid ones."""
        return f"{self.bad} / ({self.valid} > 0)"


def counted(slo: Slo, expression: Expression, window: str) -> Sides:
    """Events of an objective that counts them, over a window such as `1h`.

    Raises:
        ValueError: a term is no PromQL, or cannot be counted; one line.
    """
    return _counted(slo, slo.indicator, _adding(slo, expression, window))


def sliced(slo: Slo, expression: Expression, window: str) -> str:
    """What the slice that ends now lacks to be good, 0–1; no sample where it has no SLI. `window`: its length.

    Raises:
        ValueError: a term is no PromQL, or cannot be counted; one line.
    """
    if not isinstance(slo.indicator, Composite):
        return _lacking(slo, slo.indicator, expression, window)
    parts = slo.indicator.parts
    lacking = [_lacking(slo, part.indicator, expression, window) for part in parts]
    if slo.method is Method.TIMESLICES:
        # One part that is known to be bad is enough; a good one says nothing of those that are not known.
        return f"({' or '.join(f'{one} > 0' for one in lacking)} or {' + '.join(lacking)})"
    weights = [_cost(slo, part) if slo.method is Method.OCCURRENCES else part.weight for part in parts]
    return f"({' + '.join(_times(weight, one) for weight, one in zip(weights, lacking, strict=True))})"


def present(term: Term, expression: Expression) -> str:
    """What a term is now, a counter as it stands: there is a sample if, and only if, it is measured."""
    return promql.as_one_series(promql.fill_templates(_said(term, expression)))


def number(value: float) -> str:
    """A number as people write it, without what floating point adds: 0.0144, 14.4, 1e-09."""
    return f"{value:.14g}"


def spoken(window: str) -> str:
    """A window in words: `1h` is one hour, `30d` are 30 days."""
    found = re.fullmatch(r"(\d+)([smhdw])", window)
    if found is None:
        return window
    count, unit = found[1], _UNITS[found[2]]
    return f"one {unit}" if count == "1" else f"{count} {unit}s"


def counts_up(term: Term) -> bool:
    """It is a counter, whose increase matters; else a value of a moment."""
    return term.counter if isinstance(term, Query) else term.measure in COUNTERS


def fills(side: Term | None) -> bool:
    """Without a series of this side there were none; buckets are there with all requests, or not at all."""
    return isinstance(side, Query) or (side is not None and side.measure == "errors")


def _said(term: Term, expression: Expression) -> str:
    if not isinstance(term, Query) and term.measure == "age":
        raise ValueError("the age of its data is known to whoever asks, not to the server")
    return expression(term)


def _adding(slo: Slo, expression: Expression, window: str) -> Callable[[Term], str]:
    """How events of a window are added up; where a query tells those of a row, its values at the ends of rows."""
    row = promql_duration(slo.row_s or MINUTE)

    def added(term: Term) -> str:
        text = _said(term, expression)
        if counts_up(term):
            return promql.increase_over(text, window)
        now = promql.as_one_series(promql.fill_templates(text, row))
        return now if window == row else f"sum_over_time({now}[{shortened(parse_duration(window))}:{row}])"

    return added


def shortened(seconds: float) -> str:
    """A range that holds the samples of so many seconds: to Prometheus 2 both of its ends belong, to 3 only the later.

    It is one second shorter, and so holds the same samples everywhere.
    """
    return f"{round(seconds) - 1}s"


def _value(term: Term, expression: Expression, window: str) -> str:
    """A number that is judged by itself: what a counter rose over a slice, or a value now; no sample for NaN."""
    text = _said(term, expression)
    if counts_up(term):
        return f"({promql.increase_over(text, window)} >= -Inf)"
    return f"({promql.as_one_series(promql.fill_templates(text, window))} >= -Inf)"


def _counted(slo: Slo, indicator: Indicator, added: Callable[[Term], str]) -> Sides:
    match indicator:
        case Composite(parts):
            sides = [_counted(slo, part.indicator, added) for part in parts]
            bad = [_times(_cost(slo, part), one.bad) for part, one in zip(parts, sides, strict=True)]
            return Sides(f"({' + '.join(bad)})", f"({' + '.join(one.valid for one in sides)})")
        case Ratio(valid, good, bad):
            whole = added(valid)
            if bad is not None:
                return Sides(_filled(bad, added(bad), whole), whole)
            assert good is not None, "a ratio has one side"
            return Sides(f"({whole} - {_filled(good, added(good), whole)})", whole)
    raise ValueError("its indicator has no counts")


def _filled(term: Term, side: str, whole: str) -> str:
    """No series of failures beside requests means that none failed; the brackets are what `or` needs."""
    return f"({side} or 0 * {whole})" if fills(term) else side


def _cost(slo: Slo, part: Part) -> float:
    """What a bad event of a part takes of the whole budget, in bad events."""
    return part.weight * slo.budget / float(1 - Decimal(repr(part.objective)))


def _times(factor: float, text: str) -> str:
    return text if factor == 1 else f"{number(factor)} * {text}"


def _lacking(slo: Slo, indicator: Simple, expression: Expression, window: str) -> str:
    match indicator:
        case Threshold(term, op, limit):
            return f"({_value(term, expression, window)} {_BROKEN[op]} bool {number(limit)})"
        case Raw(term, success):
            return _missed(slo, _value(term, expression, window), success=success)
        case Ratio():
            sides = _counted(slo, indicator, _adding(slo, expression, window))
            return _missed(slo, f"({sides.ratio})", success=False)
        case _:
            assert_never(indicator)


def _missed(slo: Slo, ratio: str, *, success: bool) -> str:
    """What a ratio of good events (`success`) or of bad ones lacks; of whole slices 1 or 0."""
    if slo.method is not Method.TIMESLICES:
        return f"(1 - {ratio})" if success else ratio
    wanted = Decimal(repr(slo.slice_target if slo.slice_target is not None else slo.objective))
    return f"({ratio} < bool {wanted})" if success else f"({ratio} > bool {1 - wanted})"
