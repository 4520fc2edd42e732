"""A query as a syntax tree, and what can be derived from the tree without asking a server.

https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from collections.abc import Callable, Iterator

import promql_parser as ast

from dashboard.promql.literals import STRING, excerpt
from dashboard.promql.templates import fill_templates

# The parser recurses for each bracket or sign, and its time is quadratic in them.
LENGTH_MAX = 4000
DEPTH_MAX = 200
# Longest duration of Prometheus in seconds, a 64-bit number of nanoseconds:
# https://github.com/prometheus/prometheus/blob/main/promql/parser/generated_parser.y
SPAN_MAX = 2**63 / 1e9
_DEEP = re.compile(rf"(?:[-+(]\s*){{{DEPTH_MAX + 1}}}")
# A number or infinity in place of a duration: a range, a step or an offset.
_SPAN = re.compile(
    r"(?:\[|\[[^\[\]]*:|\boffset\b)\s*[-+]?\s*(inf|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)(?![0-9a-z_.])", re.IGNORECASE
)
# Aggregations that return several series even without `by`.
_SEVERAL_SERIES = frozenset({"topk", "bottomk", "limitk", "limit_ratio", "count_values"})


def parse(text: str) -> ast.Expr:
    """The syntax tree of a query without templates.

    Raises:
        ValueError: it is not valid PromQL, too long, or beyond the limits of a server; one line.
    """
    _check_size(text)
    try:
        return ast.parse(text)
    except ValueError as error:
        raise ValueError(f"{excerpt(text)} is not valid PromQL: {' '.join(str(error).split())}") from None
    except BaseException as error:
        # A panic of the parser, which is written in Rust, is not an Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{excerpt(text)} cannot be read as PromQL: {' '.join(str(error).split())}") from None


def _check_size(text: str) -> None:
    """Reject texts that would make the parser slow, or panic with a trace on standard error."""
    without_strings = re.sub(STRING, "", text)
    length = len(without_strings)
    if length > LENGTH_MAX:
        raise ValueError(f"a query of {length} characters, not counting strings, is too long: {LENGTH_MAX} are read")
    if _DEEP.search(without_strings):
        raise ValueError(f"{excerpt(text)} is nested deeper than {DEPTH_MAX} levels: write fewer brackets and signs")
    if any(float(span) > SPAN_MAX for span in _SPAN.findall(without_strings)):
        raise ValueError(f"{excerpt(text)} has a duration of more than 292 years: write a shorter one, such as 5m")


def as_one_series(text: str) -> str:
    """The query in `sum(…)`, unless it is an aggregation that returns one series anyway.

    Raises:
        ValueError: it is not valid PromQL, or not a vector.
    """
    query = fill_templates(text)
    if is_one_series(parse(query)):
        return query
    # A number cannot be summed, which the parser reports.
    parse(f"sum({query})")
    return f"sum({query})"


def metric_names(text: str) -> set[str]:
    """The metrics that a query reads, except those selected by a regular expression.

    Raises:
        ValueError: it is not valid PromQL.
    """
    nodes = walk(parse(fill_templates(text)))
    return {name for node in nodes if isinstance(node, ast.VectorSelector) for name in _names(node)}


def function_names(text: str) -> frozenset[str]:
    """The functions that a query calls, such as `rate`; none if it is not PromQL."""
    try:
        return frozenset(node.func.name for node in walk(parse(fill_templates(text))) if isinstance(node, ast.Call))
    except ValueError:
        return frozenset()


def is_one_series(root: ast.Expr) -> bool:
    """Whether it returns at most one series, whatever data the server has."""
    node = unwrapped(root)
    return isinstance(node, ast.AggregateExpr) and node.modifier is None and str(node.op) not in _SEVERAL_SERIES


def children(node: ast.Expr) -> list[ast.Expr]:
    """The direct subexpressions, from left to right."""
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
        root: where to begin. `below`: returns the children of a node to visit.
    """
    # A stack instead of recursion, since long queries may be nested deeply.
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(below(node))


def unwrapped(node: ast.Expr) -> ast.Expr:
    """The expression without its outer parentheses."""
    while isinstance(node, ast.ParenExpr):
        node = node.expr
    return node


def _names(selector: ast.VectorSelector) -> Iterator[str]:
    if selector.name:
        yield selector.name
    # `{"a.b"}` and `{__name__="a"}` specify the metric among the matchers.
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == ast.MatchOp.Equal:
            yield matcher.value
