"""Spans of the past that a server refuses to look at in one: asked in shorter ones."""

from collections.abc import Callable

from dashboard import promql
from dashboard.exceptions import LimitExceeded
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.search.search_split import Put

# A server looks back this many seconds by itself.
LOOKED_BACK_S = 300
# Limits that are met however short the time is that a query looks at.
SPANLESS = (Limit.SERIES, Limit.SAMPLES_HELD)
# This many spans are looked at where a server refuses a longer one.
SPANS_MAX = 64


def in_spans(
    query: str, at: int, span: int, put_at: Callable[[int], Put], refusal: LimitExceeded | None = None
) -> list[Series]:  # fmt: skip
    """What a query selects in a span, asked in shorter ones as far as that helps.

    Args:
        query: PromQL. `at`: epoch seconds. `span`: seconds.
        put_at: puts a query at a moment. `refusal`: why nothing came of it just now.

    Raises:
        LimitExceeded: it does not help.
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
            # The oldest is requested first, so that what is newest stays.
            pending += [(end, length // 2), (end - length // 2, length - length // 2)]
            continue
        rows |= {frozenset(row.metric.items()): row for row in answered}
    return list(rows.values())
