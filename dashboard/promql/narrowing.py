"""Restricts a query to fewer series, with additional matchers in each of its selectors."""

import promql_parser as ast

from dashboard.promql.literals import duration
from dashboard.promql.rendering import Renderer, selector, time_modifiers
from dashboard.promql.syntax_tree import parse


def narrowed(text: str, matchers: str) -> str:
    """Add matchers to all selectors of a query.

    Args:
        text: PromQL without templates. `matchers`: as between braces.

    Raises:
        ValueError: it cannot be parsed, or has alternatives within braces.
    """
    return Narrower(matchers).text(parse(text))


class Narrower(Renderer):
    """Writes expressions with additional matchers in each selector.

    Args:
        matchers: as between braces.
    """

    def __init__(self, matchers: str) -> None:
        self._matchers = matchers

    def vector(self, node: ast.VectorSelector) -> str:
        return self.selected(node) + time_modifiers(node)

    def matrix(self, node: ast.MatrixSelector) -> str:
        inner = node.vector_selector
        return f"{self.selected(inner)}[{duration(node.range)}]{time_modifiers(inner)}"

    def selected(self, node: ast.VectorSelector) -> str:
        """A selector without range and offset."""
        if node.matchers.or_matchers:
            raise ValueError("alternatives within braces cannot be narrowed")
        text = selector(node)
        if not text.endswith("}"):
            return f"{text}{{{self._matchers}}}"
        separator = "" if text.endswith("{}") else ","
        return f"{text[:-1]}{separator}{self._matchers}}}"
