"""Splits a query by values of a label: the matchers of each part, and how to combine the answers."""

from enum import Enum

import promql_parser as ast

from dashboard.promql.narrowing import Narrower
from dashboard.promql.rendering import Renderer, operator
from dashboard.promql.syntax_tree import parse, unwrapped, walk

NAME = "__name__"
# Operators whose right side only filters the series of the left side.
LOOKUPS = ("unless", "and")


class Merge(Enum):
    """How to merge rows with the same labels from the answers to several parts."""

    ADD = "add"
    LARGEST = "largest"
    SMALLEST = "smallest"
    # There are none: each row belongs to a single part.
    APART = "apart"


# How to compute an aggregation of everything from aggregations of its parts.
_MERGES = {"count": Merge.ADD, "sum": Merge.ADD, "max": Merge.LARGEST, "group": Merge.LARGEST, "min": Merge.SMALLEST}
# Functions that use more than one series, or return something without any.
_OF_SEVERAL = frozenset({"absent", "absent_over_time", "histogram_quantile", "label_join", "scalar", "vector", "time"})


def merge_by(text: str, label: str) -> Merge | None:
    """How to merge the answers to parts of a label's values; None if the query cannot be split.

    Args:
        text: PromQL without templates. `label`: any, including the metric name.

    Raises:
        ValueError: it cannot be parsed.
    """
    root = unwrapped(parse(text))
    if _keeps(root, label):
        return Merge.APART
    if isinstance(root, ast.AggregateExpr) and _keeps(root.expr, label):
        return _MERGES.get(str(root.op))
    return None


def about(text: str, label: str, matcher: str) -> str:
    """Restrict a query to some values of a label, by which it can be split.

    Args:
        text: PromQL without templates. `label`: its name. `matcher`: of its values, as between braces.

    Raises:
        ValueError: it cannot be parsed, or has alternatives within braces.
    """
    return _Part(label, matcher).text(parse(text))


def labels_to_part_by(text: str) -> tuple[str, ...]:
    """Labels by which a query can probably be split: the metric name if none is given, and the labels it keeps.

    Raises:
        ValueError: it cannot be parsed.
    """
    root = unwrapped(parse(text))
    nodes = list(walk(root))
    modifier = root.modifier if isinstance(root, ast.AggregateExpr) and _is_by(root) else None
    kept = modifier.labels if modifier is not None else ()
    # Fewer names do not make the looked-up side smaller.
    has_lookup = any(isinstance(node, ast.BinaryExpr) and str(node.op) in LOOKUPS for node in nodes)
    is_nameless = any(isinstance(node, ast.VectorSelector) and not node.name for node in nodes)
    first = [NAME] if is_nameless and not has_lookup else []
    return (*first, *(label for label in kept if label != NAME), *([NAME] if has_lookup else []))


def _keeps(node: ast.Expr, label: str) -> bool:
    """Whether each of its series derives only from series with one value of the label."""
    match node:
        case ast.VectorSelector():
            # A selector with a metric name has no other.
            return label != NAME or not node.name
        case ast.MatrixSelector():
            return _keeps(node.vector_selector, label)
        case ast.ParenExpr() | ast.SubqueryExpr() | ast.UnaryExpr():
            return _keeps(node.expr, label)
        case ast.Call():
            vectors = [argument for argument in node.args if not _is_constant(argument)]
            return node.func.name not in _OF_SEVERAL and len(vectors) == 1 and _keeps(vectors[0], label)
        case ast.AggregateExpr():
            return str(node.op) in _MERGES and _is_grouped(node, label) and _keeps(node.expr, label)
        case ast.BinaryExpr():
            return _keeps_both(node, label)
    return False


def _keeps_both(node: ast.BinaryExpr, label: str) -> bool:
    sides = [side for side in (node.lhs, node.rhs) if not _is_constant(side)]
    if len(sides) < 2:
        return len(sides) == 1 and _keeps(sides[0], label)
    is_left_only = str(node.op) in LOOKUPS and _keeps(node.lhs, label)
    # Arithmetic drops the metric names, and ignores them when matching.
    is_matched = _is_matched(node, label) and (label != NAME or str(node.op) == "or")
    return is_left_only or (is_matched and all(_keeps(side, label) for side in sides))


def _is_matched(node: ast.BinaryExpr, label: str) -> bool:
    """Whether only series with the same value of the label are matched."""
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None:
        return True
    return (label in matching.labels) is (matching.type == ast.LabelModifierType.Include)


def _is_grouped(node: ast.AggregateExpr, label: str) -> bool:
    if node.modifier is None:
        return False
    return (label in node.modifier.labels) is _is_by(node)


def _is_by(node: ast.AggregateExpr) -> bool:
    return node.modifier is not None and bool(node.modifier.type == ast.AggModifierType.By)


def _is_constant(node: ast.Expr) -> bool:
    return isinstance(unwrapped(node), ast.NumberLiteral | ast.StringLiteral)


class _Part(Narrower):
    """Writes a query with a matcher in all selectors, except looked-up ones with other labels."""

    def __init__(self, label: str, matcher: str) -> None:
        super().__init__(matcher)
        self._label = label

    def binary(self, node: ast.BinaryExpr) -> str:
        is_looked_up = str(node.op) in LOOKUPS and (not _is_matched(node, self._label) or self._label == NAME)
        right = Renderer() if is_looked_up else self
        return f"{self.text(node.lhs)} {operator(node)} {right.text(node.rhs)}"
