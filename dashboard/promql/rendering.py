"""Writes a syntax tree as text. The parser's own output loses escapes, subqueries and milliseconds."""

from collections.abc import Iterator
from datetime import timedelta

import promql_parser as ast

from dashboard.promql.label_spellings import NUMERIC_LABELS, matcher_value
from dashboard.promql.literals import duration, label_list, label_name, number, quoted
from dashboard.promql.syntax_tree import parse, walk

# Matchers compare by equality but are not hashable, so they cannot be keys of a dictionary.
_MATCH_SIGNS = (
    (ast.MatchOp.Equal, "="),
    (ast.MatchOp.NotEqual, "!="),
    (ast.MatchOp.Re, "=~"),
    (ast.MatchOp.NotRe, "!~"),
)
_GROUPINGS = (
    (ast.VectorMatchCardinality.ManyToOne, "group_left"),
    (ast.VectorMatchCardinality.OneToMany, "group_right"),
)


class Renderer:
    """Writes expressions; subclasses may write some kinds of nodes differently."""

    def text(self, node: ast.Expr) -> str:
        """Any expression.

        Raises:
            ValueError: the node is of an unsupported kind.
        """
        match node:
            case ast.VectorSelector() | ast.MatrixSelector() | ast.SubqueryExpr():
                return self._samples(node)
            case ast.Call():
                return self.call(node)
            case ast.BinaryExpr():
                return self.binary(node)
            case ast.AggregateExpr():
                return self.aggregate(node)
            case ast.UnaryExpr():
                return f"-{self.text(node.expr)}"
            case ast.ParenExpr():
                return f"({self.text(node.expr)})"
        return _literal(node)

    def _samples(self, node: ast.VectorSelector | ast.MatrixSelector | ast.SubqueryExpr) -> str:
        match node:
            case ast.VectorSelector():
                return self.vector(node)
            case ast.MatrixSelector():
                return self.matrix(node)
            case ast.SubqueryExpr():
                return self.subquery(node)

    def vector(self, node: ast.VectorSelector) -> str:
        """A selector with its offset."""
        return selector(node) + time_modifiers(node)

    def matrix(self, node: ast.MatrixSelector) -> str:
        """A selector with a range."""
        inner = node.vector_selector
        return f"{selector(inner)}[{duration(node.range)}]{time_modifiers(inner)}"

    def subquery(self, node: ast.SubqueryExpr) -> str:
        """An expression with a range and a step."""
        span = duration(node.range) if node.range is not None else ""
        step = duration(node.step) if node.step is not None else ""
        return f"{self.text(node.expr)}[{span}:{step}]{time_modifiers(node)}"

    def call(self, node: ast.Call) -> str:
        """A function and its arguments."""
        return f"{node.func.name}({', '.join(self.text(argument) for argument in node.args)})"

    def aggregate(self, node: ast.AggregateExpr) -> str:
        """An aggregation such as `sum by (job) (…)`."""
        grouping = ""
        if node.modifier is not None:
            word = "by" if node.modifier.type == ast.AggModifierType.By else "without"
            grouping = f" {word} {label_list(node.modifier.labels)} "
        parameter = f"{self.text(node.param)}, " if node.param is not None else ""
        return f"{node.op}{grouping}({parameter}{self.text(node.expr)})"

    def binary(self, node: ast.BinaryExpr) -> str:
        """Both sides; parentheses are nodes of their own, so that precedence is preserved."""
        return f"{self.text(node.lhs)} {operator(node)} {self.text(node.rhs)}"


def spell_numbers(text: str) -> str:
    """Rewrite numbers in label matchers so that each spelling matches; unchanged without any.

    Dialects that cannot be parsed, such as MetricsQL, are returned unchanged.
    """
    try:
        root = parse(text)
    except ValueError:
        return text
    selectors = (node for node in walk(root) if isinstance(node, ast.VectorSelector))
    names = {matcher.name for node in selectors for matcher in node.matchers.matchers}
    return Renderer().text(root) if names & NUMERIC_LABELS else text


def selector(node: ast.VectorSelector) -> str:
    """A metric and its matchers, without range and offset."""
    # `or` inside braces is MetricsQL: the parser accepts it, and it is written back.
    alternatives = [node.matchers.matchers, *node.matchers.or_matchers]
    inside = " or ".join(",".join(map(_matcher, matchers)) for matchers in alternatives if matchers)
    return f"{node.name or ''}{{{inside}}}" if inside or not node.name else node.name


def matcher_sign(matcher: ast.Matcher) -> str:
    """The comparison of a matcher: `=`, `!=`, `=~` or `!~`."""
    return next(sign for op, sign in _MATCH_SIGNS if matcher.op == op)


def time_modifiers(node: ast.VectorSelector | ast.SubqueryExpr) -> str:
    """`@` and `offset` of a selector or subquery; empty without any."""
    at = f" {node.at}" if node.at is not None else ""
    if node.offset is None:
        return at
    sign = "-" if node.offset < timedelta(0) else ""
    return f"{at} offset {sign}{duration(abs(node.offset))}"


def operator(node: ast.BinaryExpr) -> str:
    """An operator with its modifiers, as written before its right side."""
    return " ".join([str(node.op), *(_modifiers(node.modifier) if node.modifier is not None else ())])


def _modifiers(modifier: ast.BinModifier) -> Iterator[str]:
    if modifier.return_bool:
        yield "bool"
    if modifier.matching is not None:
        word = "on" if modifier.matching.type == ast.LabelModifierType.Include else "ignoring"
        yield f"{word} {label_list(modifier.matching.labels)}"
    yield from _grouping(modifier)


def _grouping(modifier: ast.BinModifier) -> Iterator[str]:
    for cardinality, word in _GROUPINGS:
        if modifier.card == cardinality:
            yield f"{word} {label_list(modifier.group_labels or [])}"
    # Values for series without a match, an extension that the parser supports.
    for value, word in ((modifier.fill_values.lhs, "fill_left"), (modifier.fill_values.rhs, "fill_right")):
        if value is not None:
            yield f"{word}({number(value)})"


def _matcher(matcher: ast.Matcher) -> str:
    is_pattern, value = matcher_value(matcher)
    sign = matcher_sign(matcher)
    if is_pattern and "~" not in sign:
        sign = "=~" if sign == "=" else "!~"
    return f"{label_name(matcher.name)}{sign}{quoted(value)}"


def _literal(node: ast.Expr) -> str:
    match node:
        case ast.NumberLiteral():
            return number(node.val)
        case ast.StringLiteral():
            return quoted(node.val)
    raise ValueError(f"{type(node).__name__} cannot be written as PromQL")
