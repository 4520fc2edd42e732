"""PromQL of the operator's: from a counter, however it is written, to its increase over a window.

Increases are taken of each counter before any sum: the sum of counters falls when one of them starts anew, and an
increase of it counts all the others once more.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import promql_parser as ast

from dashboard.durations import parse_duration, promql_duration

RATES = frozenset({"rate", "irate", "increase", "delta", "idelta"})
# They add up what lies in a window: a longer one holds more, two windows hold the sum.
ADDING = frozenset({"sum_over_time", "count_over_time", "changes", "resets"})
# What goes in as a count comes out as one.
HARMLESS = frozenset(
    {"abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round", "scalar", "vector"}
    | {"label_join", "label_replace", "sort", "sort_by_label", "sort_by_label_desc", "sort_desc"}
)
# They make numbers of histograms. A share of a stretched window is that of the window.
HISTOGRAMS = frozenset({"histogram_count", "histogram_fraction", "histogram_sum"})
# Aggregations that give several series without any `by`.
MANY = frozenset({"topk", "bottomk", "limitk", "limit_ratio", "count_values"})
# The parser goes down by one frame of its stack for each bracket or sign, and Python by several.
LONGEST = 4000
SHOWN = 80
# The same queries are asked every few seconds.
REMEMBERED = 10_000

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_TOKEN = re.compile(rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<range>\[[^\[\]\"'`]*\])|(?P<loose>\{{\{{|\$)")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\w+")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@lru_cache(maxsize=REMEMBERED)
def over(text: str, window: str, function: str = "increase", *, stretch: float = 0.0) -> str:
    """A query that gives `function` over a window of every counter in it; always one series.

    Each selector without a range is read as a counter. Where some have a range inside `rate` or the like, only those
    are: the others are gauges. Metrics of labels (`…_info`, the one side of `group_left`) and what stands behind
    `and` and `unless` are never counted.

    Args:
        window: a duration of PromQL, in the place of every range and template. `stretch`: seconds by which counters
            are read further back than the window; the result is scaled back to it.

    Raises:
        ValueError: it is no PromQL, or no count can be made of it: one line that says what to write.
    """
    root = _parsed(_filled(text, window))
    counting = _Counting(window, function, stretch, ranges=_ranged(root))
    made = counting.text(root)
    if not counting.counters:
        raise ValueError(f"there is no counter in {_shown(text)}")
    if len(counting.offsets) > 1:
        raise ValueError("counters with different offsets cannot be counted together: write them without `offset`")
    made = made if _is_single(root) else f"sum({made})"
    _parsed(made)
    return made


def plain(text: str, window: str = "5m") -> str:
    """The query as it is, a window in the place of templates such as `[{{.window}}]`; it is not parsed.

    Raises:
        ValueError: a template stands where no range is.
    """
    return _filled(text, window)


def single(text: str) -> str:
    """The query as one series: in a sum, unless it is an aggregation without `by`.

    Raises:
        ValueError: it is no PromQL, or no vector.
    """
    filled = _filled(text, "5m")
    if _is_single(_parsed(filled)):
        return filled
    _parsed(f"sum({filled})")
    return f"sum({filled})"


@lru_cache(maxsize=REMEMBERED)
def counters(text: str) -> frozenset[str]:
    """The selectors that `over` counts, without range and offset.

    Raises:
        ValueError: as `over`.
    """
    root = _parsed(_filled(text, "5m"))
    counting = _Counting("5m", "increase", 0.0, ranges=_ranged(root))
    counting.text(root)
    return frozenset(counting.counters)


def metrics(text: str) -> set[str]:
    """The names of the metrics that a query reads, as far as it names them.

    Raises:
        ValueError: it is no PromQL.
    """
    selectors = [node for node in _nodes(_parsed(_filled(text, "5m"))) if isinstance(node, ast.VectorSelector)]
    named = {node.name for node in selectors if node.name}
    equal = {one.value for node in selectors for one in node.matchers.matchers if _names(one)}
    return named | equal


@lru_cache(maxsize=REMEMBERED)
def diagnostics(text: str) -> tuple[str, ...]:
    """A sentence for each trap that a query falls into; it can be asked nevertheless.

    Raises:
        ValueError: it is no PromQL.
    """
    made = []
    for node in _nodes(_parsed(_filled(text, "5m"))):
        if isinstance(node, ast.BinaryExpr) and _binds_weakly(node):
            made.append("`a or vector(0) / b` is read as `a or (vector(0) / b)`: write `(a or vector(0)) / b`")
        if isinstance(node, ast.Call) and node.func.name in RATES and isinstance(_bare(node.args[0]), ast.SubqueryExpr):
            made.append(_of_a_sum(node.func.name))
    return tuple(made)


def quoted(text: str) -> str:
    """A label value as a PromQL string, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


# --- reading ------------------------------------------------------------------------------------------------------


def _filled(text: str, window: str) -> str:
    """Without comments, templates inside brackets replaced; strings stay, in quotes that every parser knows."""

    def token(found: re.Match[str]) -> str:
        said = found.group()
        match found.lastgroup:
            case "string":
                return quoted(said[1:-1]) if said[0] == "`" else said
            case "comment":
                return " "
            case "range":
                return _TEMPLATE.sub(window, said)
        raise ValueError(f"a template is only filled in inside of brackets, as in x[{{{{.window}}}}]: {_shown(text)}")

    return _TOKEN.sub(token, text).strip()


def _parsed(text: str) -> ast.Expr:
    signs = len(re.sub(_STRING, "", text))
    if signs > LONGEST:
        raise ValueError(f"a query of {signs} characters beside its label values is too long: {LONGEST} are read")
    try:
        return ast.parse(text)
    except ValueError as error:
        raise ValueError(f"{_shown(text)} is no PromQL: {' '.join(str(error).split())}") from None


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f"`{text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}`"


def _children(node: ast.Expr) -> list[ast.Expr]:
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


def _nodes(root: ast.Expr) -> Iterator[ast.Expr]:
    """The root and all below, each before its children."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(_children(node))


def _bare(node: ast.Expr) -> ast.Expr:
    while isinstance(node, ast.ParenExpr):
        node = node.expr
    return node


def _names(matcher: ast.Matcher) -> bool:
    return matcher.name == "__name__" and matcher.op == ast.MatchOp.Equal


def _ranged(root: ast.Expr) -> bool:
    """Some selector that is counted has a range, so that the others are meant as they are."""
    if isinstance(root, ast.BinaryExpr) and _picks(root):
        return _ranged(root.lhs)
    return isinstance(root, ast.MatrixSelector) or any(map(_ranged, _children(root)))


def _is_single(root: ast.Expr) -> bool:
    """It gives one series, whatever there is."""
    node = _bare(root)
    return isinstance(node, ast.AggregateExpr) and node.modifier is None and str(node.op) not in MANY


def _picks(node: ast.BinaryExpr) -> bool:
    """Its right side decides which series of the left remain, and no more."""
    return str(node.op) in ("and", "unless")


def _joins(node: ast.BinaryExpr, card: ast.VectorMatchCardinality) -> bool:
    return node.modifier is not None and node.modifier.card == card


def _binds_weakly(node: ast.BinaryExpr) -> bool:
    if str(node.op) != "or" or not isinstance(node.rhs, ast.BinaryExpr):
        return False
    left = node.rhs.lhs
    return isinstance(left, ast.Call) and left.func.name == "vector"


def _of_a_sum(function: str) -> str:
    return f"{function}(sum(x)[…]) is far too large after every restart: write sum({function}(x[5m]))"


# --- writing ------------------------------------------------------------------------------------------------------


class _Writing:
    """An expression as text. The parser's own text loses escapes, subqueries and milliseconds."""

    def text(self, node: ast.Expr) -> str:
        """Any expression."""
        match node:
            case ast.VectorSelector():
                return self.vector(node)
            case ast.MatrixSelector():
                return self.matrix(node)
            case ast.SubqueryExpr():
                return self.subquery(node)
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
            case ast.NumberLiteral():
                return _number(node.val)
            case ast.StringLiteral():
                return quoted(node.val)
        raise ValueError(f"{type(node).__name__} cannot be written")

    def vector(self, node: ast.VectorSelector) -> str:
        """A selector with its offset."""
        return _selector(node) + _shift(node)

    def matrix(self, node: ast.MatrixSelector) -> str:
        """A selector with a range."""
        return f"{_selector(node.vector_selector)}[{_duration(node.range)}]{_shift(node.vector_selector)}"

    def subquery(self, node: ast.SubqueryExpr) -> str:
        """An expression with a range and a step."""
        span = _duration(node.range) if node.range is not None else ""
        step = _duration(node.step) if node.step is not None else ""
        return f"{self.text(node.expr)}[{span}:{step}]{_shift(node)}"

    def call(self, node: ast.Call) -> str:
        """A function and its arguments."""
        return f"{node.func.name}({', '.join(self.text(one) for one in node.args)})"

    def aggregate(self, node: ast.AggregateExpr) -> str:
        """A sum or the like."""
        by = ""
        if node.modifier is not None:
            word = "by" if node.modifier.type == ast.AggModifierType.By else "without"
            by = f" {word} {_labels(node.modifier.labels)} "
        first = f"{self.text(node.param)}, " if node.param is not None else ""
        return f"{node.op}{by}({first}{self.text(node.expr)})"

    def binary(self, node: ast.BinaryExpr) -> str:
        """Two sides; brackets are nodes of their own, so that precedence stays as it was read."""
        return f"{self.text(node.lhs)} {node.op}{_matching(node.modifier)} {self.text(node.rhs)}"


class _Counting(_Writing):
    """An expression as text, with the increase in the place of each counter."""

    def __init__(self, window: str, function: str, stretch: float, *, ranges: bool) -> None:
        self._window = window
        self._head, self._tail = f"{function}(", f"[{window}]"
        self._scale = ""
        if stretch:
            seconds = parse_duration(window)
            self._tail = f"[{round((seconds + stretch) * 1000)}ms]"
            self._scale = f" * {seconds / (seconds + stretch)!r}"
        self._ranges = ranges
        self._as_is = _Writing()
        self.counters: list[str] = []
        self.offsets: set[timedelta | None] = set()

    def vector(self, node: ast.VectorSelector) -> str:
        if self._ranges or _is_info(node):
            return super().vector(node)
        return self._increase(node)

    def matrix(self, node: ast.MatrixSelector) -> str:
        return self._increase(node.vector_selector)

    def subquery(self, node: ast.SubqueryExpr) -> str:
        raise ValueError("a subquery cannot be counted step by step: write the counter alone, such as sum(x)")

    def call(self, node: ast.Call) -> str:
        name = node.func.name
        inside = _bare(node.args[0]) if node.args else None
        if isinstance(inside, ast.SubqueryExpr) and name in RATES:
            raise ValueError(_of_a_sum(name))
        if isinstance(inside, ast.MatrixSelector) and name in RATES:
            return self._increase(inside.vector_selector)
        if isinstance(inside, ast.MatrixSelector) and name in ADDING:
            self._seen(inside.vector_selector)
            return f"{name}({_selector(inside.vector_selector)}[{self._window}]{_shift(inside.vector_selector)})"
        before = len(self.counters)
        made = self._histogram(node) if name in HISTOGRAMS else super().call(node)
        if len(self.counters) > before and name not in HARMLESS | HISTOGRAMS:
            raise ValueError(f"{name}(…) of a counter is no count: write the counter alone, such as sum(x)")
        return made

    def _histogram(self, node: ast.Call) -> str:
        """A number of a histogram, scaled itself: not every server can multiply the histogram."""
        scale, self._scale = self._scale, ""
        made = super().call(node)
        self._scale = scale
        return f"({made}{scale})" if scale and node.func.name != "histogram_fraction" else made

    def binary(self, node: ast.BinaryExpr) -> str:
        left = self._side(node.lhs, _joins(node, ast.VectorMatchCardinality.OneToMany))
        right = self._side(node.rhs, _joins(node, ast.VectorMatchCardinality.ManyToOne), picks=_picks(node))
        return f"{left} {node.op}{_matching(node.modifier)} {right}"

    def _side(self, node: ast.Expr, joined: bool, *, picks: bool = False) -> str:
        """One side: what only picks or names the series of the other is not counted."""
        labels = joined and isinstance(_bare(node), ast.VectorSelector)
        return (self._as_is if labels or picks else self).text(node)

    def _increase(self, node: ast.VectorSelector) -> str:
        self._seen(node)
        made = f"{self._head}{_selector(node)}{self._tail}{_shift(node)})"
        return f"({made}{self._scale})" if self._scale else made

    def _seen(self, node: ast.VectorSelector) -> None:
        if node.at is not None:
            raise ValueError("`@` pins a counter to one moment, so that every step counts the same: leave it out")
        if node.offset is not None and node.offset < timedelta(0):
            raise ValueError("a negative offset asks for what is yet to come: leave it out")
        self.counters.append(_selector(node))
        self.offsets.add(node.offset)


def _is_info(node: ast.VectorSelector) -> bool:
    return bool(node.name) and str(node.name).endswith("_info")


def _selector(node: ast.VectorSelector) -> str:
    either = [node.matchers.matchers, *node.matchers.or_matchers]
    inside = " or ".join(",".join(_matcher(one) for one in some) for some in either if some)
    return f"{node.name or ''}{{{inside}}}" if inside or not node.name else node.name


def _matcher(one: ast.Matcher) -> str:
    sign = next(text for op, text in _SIGNS if one.op == op)
    return f"{_label(one.name)}{sign}{quoted(one.value)}"


def _shift(node: ast.VectorSelector | ast.SubqueryExpr) -> str:
    at = f" {node.at}" if node.at is not None else ""
    if node.offset is None:
        return at
    sign = "-" if node.offset < timedelta(0) else ""
    return f"{at} offset {sign}{_duration(abs(node.offset))}"


def _duration(span: timedelta) -> str:
    milliseconds = round(span.total_seconds() * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else promql_duration(milliseconds // 1000)


def _number(value: float) -> str:
    whole = value == int(value) if abs(value) < 1e15 else False
    return str(int(value)) if whole else repr(value).replace("inf", "Inf").replace("nan", "NaN")


def _label(name: str) -> str:
    return name if _NAME.fullmatch(name) else quoted(name)


def _labels(names: list[str]) -> str:
    return f"({', '.join(map(_label, names))})"


def _matching(modifier: ast.BinModifier | None) -> str:
    """What stands between an operator and its right side."""
    if modifier is None:
        return ""
    made = " bool" if modifier.return_bool else ""
    if modifier.matching is not None:
        word = "on" if modifier.matching.type == ast.LabelModifierType.Include else "ignoring"
        made += f" {word} {_labels(modifier.matching.labels)}"
    for card, word in _GROUPS:
        if modifier.card == card:
            made += f" {word} {_labels(modifier.group_labels or [])}"
    for value, word in ((modifier.fill_values.lhs, "fill_left"), (modifier.fill_values.rhs, "fill_right")):
        if value is not None:
            made += f" {word}({_number(value)})"
    return made


# These enumerations can be compared, but are no keys of a dictionary.
_SIGNS = (
    (ast.MatchOp.Equal, "="),
    (ast.MatchOp.NotEqual, "!="),
    (ast.MatchOp.Re, "=~"),
    (ast.MatchOp.NotRe, "!~"),
)
_GROUPS = (
    (ast.VectorMatchCardinality.ManyToOne, "group_left"),
    (ast.VectorMatchCardinality.OneToMany, "group_right"),
)
