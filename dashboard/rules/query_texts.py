"""The queries behind an SLO's numbers, by name, for "How was this computed?"."""

from collections.abc import Iterator

from dashboard.durations import parse_duration, promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.event_queries import (
    EventQueries,
    Expression,
    bad_share_of_slice,
    decimal_text,
    events_over,
    half_open_range,
    window_in_words,
)
from dashboard.slo.indicators import Query, Term, terms
from dashboard.slo.objective import Slo


def query_texts(slo: Slo, expression: Expression, window: str) -> tuple[tuple[str, str], ...]:
    """Name and PromQL of each number of a window; they can be run anywhere without rules.

    Args:
        slo: the SLO.
        expression: returns the PromQL of a term, or, for a source without a query language, a description of what it
            counts. It may raise ValueError or SourceError.
        window: a duration of PromQL such as `1h`.

    Returns:
        Pairs of name and query, or of term and description without a query language.
    """
    try:
        queries = _window_queries(slo, expression, window)
    except (ValueError, SourceError):
        return tuple(_term_texts(slo, expression))
    events, span = "events" if slo.counted else "slices", window_in_words(window)
    return (
        (f"bad {events} of {span}", queries.bad),
        (f"valid {events} of {span}", queries.valid),
        (f"error ratio of {span}", queries.error_ratio),
        (f"burn rate of {span}", f"{queries.error_ratio} / {decimal_text(slo.budget)}"),
    )


def _window_queries(slo: Slo, expression: Expression, window: str) -> EventQueries:
    if slo.counted:
        return events_over(slo, expression, window)
    step = promql_duration(slo.row_s)
    slices = f"{bad_share_of_slice(slo, expression, step)}[{half_open_range(parse_duration(window))}:{step}]"
    return EventQueries(f"sum_over_time({slices})", f"count_over_time({slices})")


def _term_texts(slo: Slo, expression: Expression) -> Iterator[tuple[str, str]]:
    """A description of what the source counts for each term; terms that it does not have are omitted."""
    for term in dict.fromkeys(terms(slo.indicator)):
        try:
            yield _term_name(term), expression(term)
        except (ValueError, SourceError):
            continue


def _term_name(term: Term) -> str:
    return "query" if isinstance(term, Query) else f"{term.measure} {term.detail}".strip()
