"""Rewrites a query to look back: the newest sample of a span instead of the newest now."""

from datetime import timedelta

import promql_parser as ast

from dashboard.promql.literals import duration
from dashboard.promql.rendering import Renderer, selector, time_modifiers
from dashboard.promql.syntax_tree import parse


def seen_within(text: str, span: float) -> str:
    """A query whose selectors find every series that had a sample in a span before the moment.

    Args:
        text: PromQL without templates. `span`: seconds that a sample counts for.

    Raises:
        ValueError: it cannot be parsed.
    """
    return _LookBack(timedelta(seconds=span)).text(parse(text))


class _LookBack(Renderer):
    def __init__(self, span: timedelta) -> None:
        self._span = span

    def vector(self, node: ast.VectorSelector) -> str:
        selected, times = selector(node), time_modifiers(node)
        # The native histograms of older servers have no last value over a time.
        return f"({selected}{times} or last_over_time({selected}[{duration(self._span)}]{times}))"
