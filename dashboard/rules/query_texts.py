"""The queries behind an objective's numbers, each with its name: what a page shows when asked how it was computed."""

from dashboard.durations import parse_duration, promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.event_queries import Expression, Sides, counted, number, shortened, sliced, spoken
from dashboard.slo.indicators import Query, Term, terms
from dashboard.slo.objective import Slo


def query_texts(slo: Slo, expression: Expression, window: str) -> tuple[tuple[str, str], ...]:
    """Name and PromQL of each number of a window such as `1h`; anybody can ask them, no rules are needed.

    Where the source has no query language, what it counts in its own words.
    """
    try:
        sides = _sides(slo, expression, window)
    except (ValueError, SourceError):
        return _words(slo, expression)
    events, over = "events" if slo.counted else "slices", spoken(window)
    return (
        (f"bad {events} of {over}", sides.bad),
        (f"valid {events} of {over}", sides.valid),
        (f"error ratio of {over}", sides.ratio),
        (f"burn rate of {over}", f"{sides.ratio} / {number(slo.budget)}"),
    )


def _sides(slo: Slo, expression: Expression, window: str) -> Sides:
    if slo.counted:
        return counted(slo, expression, window)
    span = promql_duration(slo.row_s)
    slices = f"{sliced(slo, expression, span)}[{shortened(parse_duration(window))}:{span}]"
    return Sides(f"sum_over_time({slices})", f"count_over_time({slices})")


def _words(slo: Slo, expression: Expression) -> tuple[tuple[str, str], ...]:
    made = []
    for term in dict.fromkeys(terms(slo.indicator)):
        try:
            made.append((_called(term), expression(term)))
        except (ValueError, SourceError):
            continue
    return tuple(made)


def _called(term: Term) -> str:
    return "query" if isinstance(term, Query) else f"{term.measure} {term.detail}".strip()
