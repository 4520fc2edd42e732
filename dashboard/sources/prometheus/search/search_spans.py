"""Splits spans of the past that a server refuses as too long."""

from collections.abc import Callable

from dashboard import promql
from dashboard.exceptions import LimitExceeded
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.search.search_split import Put

# Default look-back of a server in seconds.
LOOKED_BACK_S = 300
# Limits that do not depend on the length of the span.
SPANLESS = (Limit.SERIES, Limit.SAMPLES_HELD)
# Maximum number of spans after a refusal.
SPANS_MAX = 64


def in_spans(
    query: str, at: int, span: int, put_at: Callable[[int], Put], refusal: LimitExceeded | None = None
) -> list[Series]:  # fmt: skip
    """The series that a query selects in a span, requested in shorter ones if that helps.

    Args:
        query: PromQL. `at`: epoch seconds. `span`: seconds.
        put_at: sends a query at a time. `refusal`: why the whole span has just failed.

    Raises:
        LimitExceeded: shorter spans do not help.
    """
    rows: dict[frozenset[tuple[str, str]], Series] = {}
    pending, asked = [(at, span)], 0
    while pending:
        end, length = pending.pop()
        try:
            if refusal is not None:
                raise refusal
            asked += 1
            answered = put_at(end)(promql.seen_within(query, length)).series
        except LimitExceeded as error:
            refusal = None
            is_shortest = length < 2 * LOOKED_BACK_S or asked + len(pending) > SPANS_MAX
            if is_shortest or error.limit in (*SPANLESS, Limit.TEXT):
                raise
            # The oldest is requested first, so that newer samples overwrite older ones.
            pending += [(end, length // 2), (end - length // 2, length - length // 2)]
            continue
        rows |= {frozenset(row.metric.items()): row for row in answered}
    return list(rows.values())
