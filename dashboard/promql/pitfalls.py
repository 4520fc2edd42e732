"""Detects PromQL that is valid, but unlikely to mean what its author intended."""

from functools import lru_cache

import promql_parser as ast

from dashboard.promql.syntax_tree import parse, unwrapped, walk
from dashboard.promql.templates import fill_templates

# Functions of a counter's range; `delta` is for gauges, but people also use it for counters.
RATE_FUNCTIONS = frozenset({"rate", "irate", "increase", "delta", "idelta"})
# Queries are checked again on every refresh.
_CACHE_SIZE = 10_000


@lru_cache(maxsize=_CACHE_SIZE)
def diagnostics(text: str) -> tuple[str, ...]:
    """A sentence with the remedy for each pitfall of a query, which is sent nevertheless.

    Raises:
        ValueError: it is not valid PromQL.
    """
    sentences = []
    for node in walk(parse(fill_templates(text))):
        if isinstance(node, ast.BinaryExpr) and _divides_the_fallback(node):
            sentences.append("`a or vector(0) / b` is read as `a or (vector(0) / b)`: write `(a or vector(0)) / b`")
        if isinstance(node, ast.Call) and is_rate_of_subquery(node):
            sentences.append(rate_before_sum(node.func.name))
    return tuple(sentences)


def is_rate_of_subquery(node: ast.Call) -> bool:
    """Whether it is like `rate(sum(x)[5m:])`: the sum drops when one counter restarts, and counts all others again."""
    return node.func.name in RATE_FUNCTIONS and isinstance(unwrapped(node.args[0]), ast.SubqueryExpr)


def rate_before_sum(function: str) -> str:
    """The sentence about a rate of a sum.

    https://www.robustperception.io/rate-then-sum-never-sum-then-rate/
    """
    return f"{function}(sum(x)[…]) is far too large after every restart: write sum({function}(x[5m]))"


def _divides_the_fallback(node: ast.BinaryExpr) -> bool:
    """Whether it is like `a or vector(0) / b`, where `/` binds more tightly than `or`."""
    if str(node.op) != "or" or not isinstance(node.rhs, ast.BinaryExpr):
        return False
    fallback = node.rhs.lhs
    return isinstance(fallback, ast.Call) and fallback.func.name == "vector"
