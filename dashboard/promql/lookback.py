"""Rewrites a query to look back: the newest sample of a span instead of the newest now."""

from datetime import timedelta

import promql_parser as ast

from dashboard.promql.literals import duration
from dashboard.promql.rendering import Renderer, selector, time_modifiers
from dashboard.promql.syntax_tree import parse


def seen_within(text: str, span: float) -> str:
    """Rewrite a query so that its selectors find every series with a sample in a span before the evaluation time.

    Args:
        text: PromQL without templates. `span`: seconds for which a sample is valid.

    Raises:
        ValueError: it cannot be parsed.
    """
    return _LookBack(timedelta(seconds=span)).text(parse(text))


class _LookBack(Renderer):
    def __init__(self, span: timedelta) -> None:
        self._span = span

    def vector(self, node: ast.VectorSelector) -> str:
        selected, times = selector(node), time_modifiers(node)
        # Older servers have no last_over_time of native histograms.
        return f"({selected}{times} or last_over_time({selected}[{duration(self._span)}]{times}))"
