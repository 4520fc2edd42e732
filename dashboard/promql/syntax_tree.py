"""A query as a syntax tree, and what the tree tells without asking a server.

https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from collections.abc import Callable, Iterator

import promql_parser as ast

from dashboard.promql.literals import STRING, excerpt
from dashboard.promql.templates import fill_templates

# The parser recurses once for each bracket or sign, and takes time by the square of it.
LENGTH_MAX = 4000
DEPTH_MAX = 200
# Seconds that a duration of Prometheus may be, whole nanoseconds of 64 bits:
# https://github.com/prometheus/prometheus/blob/main/promql/parser/generated_parser.y
SPAN_MAX = 2**63 / 1e9
_DEEP = re.compile(rf"(?:[-+(]\s*){{{DEPTH_MAX + 1}}}")
# A number, or infinity, where a duration is: a range, a step or an offset.
_SPAN = re.compile(
    r"(?:\[|\[[^\[\]]*:|\boffset\b)\s*[-+]?\s*(inf|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)(?![0-9a-z_.])", re.IGNORECASE
)
# Aggregations that give several series without any `by`.
_SEVERAL_SERIES = frozenset({"topk", "bottomk", "limitk", "limit_ratio", "count_values"})


def parse(text: str) -> ast.Expr:
    """The syntax tree of a query without templates.

    Raises:
        ValueError: it is not valid PromQL, too long, or beyond what a server reads; one line.
    """
    _check_size(text)
    try:
        return ast.parse(text)
    except ValueError as error:
        raise ValueError(f"{excerpt(text)} is not valid PromQL: {' '.join(str(error).split())}") from None
    except BaseException as error:
        # A panic of the parser, which is written in Rust, is no Exception; its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{excerpt(text)} cannot be read as PromQL: {' '.join(str(error).split())}") from None


def _check_size(text: str) -> None:
    """Refuse what the parser would take too long for, or panic of, with a trace of its own on standard error."""
    without_strings = re.sub(STRING, "", text)
    length = len(without_strings)
    if length > LENGTH_MAX:
        raise ValueError(f"a query of {length} characters, not counting strings, is too long: {LENGTH_MAX} are read")
    if _DEEP.search(without_strings):
        raise ValueError(f"{excerpt(text)} is nested deeper than {DEPTH_MAX} levels: write fewer brackets and signs")
    if any(float(span) > SPAN_MAX for span in _SPAN.findall(without_strings)):
        raise ValueError(f"{excerpt(text)} has a duration of more than 292 years: write a shorter one, such as 5m")


def as_one_series(text: str) -> str:
    """The query in a `sum(…)`, unless it is an aggregation that gives one series anyway.

    Raises:
        ValueError: it is not valid PromQL, or no vector.
    """
    query = fill_templates(text)
    if is_one_series(parse(query)):
        return query
    # A number cannot be summed; the parser says so.
    parse(f"sum({query})")
    return f"sum({query})"


def metric_names(text: str) -> set[str]:
    """The metrics that a query reads; those selected by a regular expression are not among them.

    Raises:
        ValueError: it is not valid PromQL.
    """
    nodes = walk(parse(fill_templates(text)))
    return {name for node in nodes if isinstance(node, ast.VectorSelector) for name in _names(node)}


def function_names(text: str) -> frozenset[str]:
    """The functions that a query calls, such as `rate`; none of what is no PromQL."""
    try:
        return frozenset(node.func.name for node in walk(parse(fill_templates(text))) if isinstance(node, ast.Call))
    except ValueError:
        return frozenset()


def is_one_series(root: ast.Expr) -> bool:
    """True if it gives at most one series, whatever there is at the server."""
    node = unwrapped(root)
    return isinstance(node, ast.AggregateExpr) and node.modifier is None and str(node.op) not in _SEVERAL_SERIES


def children(node: ast.Expr) -> list[ast.Expr]:
    """The expressions that one is made of, from left to right."""
    match node:
        case ast.BinaryExpr():
            return [node.lhs, node.rhs]
        case ast.Call():
            return list(node.args)
        case ast.MatrixSelector():
            return [node.vector_selector]
        case ast.AggregateExpr():
            return [node.expr] if node.param is None else [node.param, node.expr]
        case ast.UnaryExpr() | ast.ParenExpr() | ast.SubqueryExpr():
            return [node.expr]
    return []


def walk(root: ast.Expr, below: Callable[[ast.Expr], list[ast.Expr]] = children) -> Iterator[ast.Expr]:
    """The root and everything below it, each node before its children.

    Args:
        root: where to begin. `below`: the children of a node that are to be seen.
    """
    # A stack instead of recursion, since a long query is nested deeply.
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(below(node))


def unwrapped(node: ast.Expr) -> ast.Expr:
    """The expression inside of any parentheses around it."""
    while isinstance(node, ast.ParenExpr):
        node = node.expr
    return node


def _names(selector: ast.VectorSelector) -> Iterator[str]:
    if selector.name:
        yield selector.name
    # `{"a.b"}` and `{__name__="a"}` name a metric among the matchers.
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == ast.MatchOp.Equal:
            yield matcher.value
