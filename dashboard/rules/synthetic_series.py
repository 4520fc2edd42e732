"""Builds series that match the selectors of a query: the input of rule tests."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product

import promql_parser as ast

from dashboard import promql
from dashboard.promql.syntax_tree import parse

# Values to try for a label that may be anything.
ANY_VALUES = ("200", "x", "")
# Maximum number of label combinations to try; no query needs more.
COMBINATIONS_MAX = 5000
_METRIC = "__name__"
# Label, sign and value of each matcher of a selector, including the metric name.
Matchers = tuple[tuple[str, str, str], ...]
# Repetitions of a regular expression, and how to turn its other parts into a matching text.
_REPETITION = re.compile(r"(?<!\\)([*+?]\??|\{\d+(,\d*)?\})")
_REPLACEMENTS = (
    (re.compile(r"^\^|\$$|\(\?[a-z]*:|[()]"), ""),
    (re.compile(r"\\d|\[0-9\]"), "5"),
    (re.compile(r"\\[wW]|\[a-z[^\]]*\]"), "x"),
    (re.compile(r"\[([^\]\\^])[^\]]*\]"), r"\1"),
    (re.compile(r"(?<!\\)\."), "0"),
    (re.compile(r"\\(.)"), r"\1"),
)
_SIGNS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_NOT_LINEAR = "its query does more than add series up"


@dataclass(frozen=True, slots=True)
class Series:
    """A metric and its labels; an empty value means a missing label."""

    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """In promtool's format; Go and PromQL have the same quoting."""
        named = dict(self.labels)
        metric = named.pop(_METRIC)
        return f"{metric}{{{','.join(f'{label}={promql.quoted(text)}' for label, text in named.items() if text)}}}"


@dataclass(frozen=True, slots=True)
class LinearQuery:
    """A query without ranges, as a weighted sum of series if possible; `selectors`: their matchers."""

    root: ast.Expr
    selectors: tuple[Matchers, ...]

    @classmethod
    def of(cls, text: str, *, is_one_series: bool = False) -> "LinearQuery":
        """Parse a query; if it has only one series, `max`, `min` and `avg` are sums, too.

        Raises:
            ValueError: it is not valid PromQL.
        """
        root = parse(text)
        # With one series, aggregations change nothing.
        while is_one_series and isinstance(root, ast.AggregateExpr) and str(root.op) in ("sum", "max", "min", "avg"):
            root = root.expr
        return cls(root, tuple(_selectors(root)))

    def selects(self, series: Series) -> bool:
        """Whether one of its selectors selects the series."""
        return _any_matches(self.selectors, series)

    def is_fed_by(self, existing: Iterable[Series]) -> bool:
        """Whether each of its selectors selects an existing series."""
        series = list(existing)
        return all(any(_any_matches([matchers], name) for name in series) for matchers in self.selectors)

    def missing(self, existing: Sequence[Series], possible: Sequence[Series]) -> list[Series]:
        """A possible series for each selector without an existing one: a sum with a missing operand has no data."""
        unfed = [matchers for matchers in self.selectors if not _selected(matchers, existing)]
        return [_selected(matchers, possible)[0] for matchers in unfed]

    def weight(self, series: Series) -> float:
        """The increase of the query's value if the value of a series increases by one.

        Raises:
            ValueError: the query does more than sum series.
        """
        return _weight(self.root, dict(series.labels))


def candidates(queries: Iterable[LinearQuery]) -> list[Series]:
    """Series that are selected by the queries in different ways.

    Raises:
        ValueError: no label value satisfies a matcher.
    """
    selectors = [matchers for query in queries for matchers in query.selectors]
    # Dictionaries used as ordered sets: equal queries must give equal test files.
    series: dict[Series, None] = {}
    for metric in dict.fromkeys(name for matchers in selectors for name in _metric_names(matchers)):
        series |= dict.fromkeys(_series_of(metric, selectors))
    return list(series)


def _series_of(metric: str, selectors: Iterable[Matchers]) -> Iterator[Series]:
    of_metric = [matchers for matchers in selectors if _matches(matchers, {_METRIC: metric}, only=_METRIC)]
    return (series for series in _combinations(metric, of_metric) if _any_matches(of_metric, series))


def _any_matches(selectors: Iterable[Matchers], series: Series) -> bool:
    labels = dict(series.labels)
    return any(_matches(matchers, labels) for matchers in selectors)


def _selected(matchers: Matchers, series: Iterable[Series]) -> list[Series]:
    return [name for name in series if _any_matches([matchers], name)]


def separating_pair(
    whole: LinearQuery, side: LinearQuery, possible: Sequence[Series]
) -> tuple[Series, Series, "PairWeights"]:
    """Two series with which both queries can have any values, provided the side is a part of the whole.

    Args:
        whole: of valid events.
        side: of good or bad events.
        possible: series to choose from.

    Raises:
        ValueError: there are none.
    """
    for first, second in product(possible, possible):
        weights = PairWeights(*(query.weight(series) for query in (whole, side) for series in (first, second)))
        if weights.can_separate:
            return first, second, weights
    raise ValueError("no series were found that tell good events from bad ones")


@dataclass(frozen=True, slots=True)
class PairWeights:
    """The weights of two series in the whole and in a side of it: two linear equations with two unknowns."""

    whole_first: float
    whole_second: float
    side_first: float
    side_second: float

    @property
    def can_separate(self) -> bool:
        """Whether any side of a whole can be reached with non-negative values, as counters require."""
        return self._determinant != 0 and all(value >= 0 for side in (0.0, 1.0) for value in self.values(1.0, side))

    def values(self, whole: float, side: float) -> tuple[float, float]:
        """The values of both series for which the queries have these values (Cramer's rule)."""
        first = (whole * self.side_second - self.whole_second * side) / self._determinant
        return first, (self.whole_first * side - whole * self.side_first) / self._determinant

    @property
    def _determinant(self) -> float:
        return self.whole_first * self.side_second - self.whole_second * self.side_first


def _weight(node: ast.Expr, labels: Mapping[str, str]) -> float:
    # Only these operators are linear; a quotient or maximum of series would need other traffic.
    match node:
        case ast.VectorSelector() if node.offset is None and node.at is None:
            return float(_matches(_matchers(node), labels))
        case ast.ParenExpr():
            return _weight(node.expr, labels)
        case ast.AggregateExpr() if str(node.op) == "sum":
            return _weight(node.expr, labels)
        case ast.Call() if node.func.name == "increase" and isinstance(node.args[0], ast.MatrixSelector):
            return _weight(node.args[0].vector_selector, labels)
        case ast.BinaryExpr():
            return _weight_of_operation(node, labels)
    raise ValueError(_NOT_LINEAR)


def _weight_of_operation(node: ast.BinaryExpr, labels: Mapping[str, str]) -> float:
    left, right = node.lhs, node.rhs
    match str(node.op):
        case "+":
            return _weight(left, labels) + _weight(right, labels)
        case "-":
            return _weight(left, labels) - _weight(right, labels)
        case "*" if isinstance(left, ast.NumberLiteral):
            return left.val * _weight(right, labels)
        case "*" if isinstance(right, ast.NumberLiteral):
            return _weight(left, labels) * right.val
        case "/" if isinstance(right, ast.NumberLiteral):
            return _weight(left, labels) / right.val
        # `or vector(0)` adds nothing to existing series.
        case "or" if isinstance(right, ast.Call) and right.func.name == "vector":
            return _weight(left, labels)
    raise ValueError(f"{_NOT_LINEAR}: {node.op}")


# --- matchers -----------------------------------------------------------------------------------------------------


def _selectors(root: ast.Expr) -> Iterator[Matchers]:
    selectors: list[ast.VectorSelector] = []

    def visit(node: ast.Expr) -> None:
        # The parser does not descend into the selector of a range.
        inside = node.vector_selector if isinstance(node, ast.MatrixSelector) else node
        if isinstance(inside, ast.VectorSelector):
            selectors.append(inside)

    ast.walk(root, pre_visit=visit)
    yield from map(_matchers, selectors)


def _matchers(node: ast.VectorSelector) -> Matchers:
    if node.matchers.or_matchers:
        raise ValueError("a selector with `or` inside of its braces is MetricsQL, not PromQL")
    metric = [(_METRIC, "=", node.name)] if node.name else []
    matchers = node.matchers.matchers
    return (*metric, *((matcher.name, _SIGNS[str(matcher.op)], matcher.value) for matcher in matchers))


def _matches(matchers: Matchers, labels: Mapping[str, str], only: str | None = None) -> bool:
    """Whether labels satisfy all matchers, or those of one label."""
    return all(_allows(sign, value, labels.get(label, "")) for label, sign, value in matchers if only in (None, label))


def _allows(sign: str, value: str, text: str) -> bool:
    is_match = text == value if sign in ("=", "!=") else _fullmatch(value, text)
    return is_match is (sign in ("=", "=~"))


def _fullmatch(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text, re.DOTALL) is not None
    except re.error:
        # Prometheus uses RE2, whose syntax differs slightly from Python's.
        raise ValueError(f"no text can be made up that {pattern!r} matches") from None


def _metric_names(matchers: Matchers) -> Iterator[str]:
    for label, sign, value in matchers:
        if label == _METRIC and sign in ("=", "=~"):
            yield from [value] if sign == "=" else islice(examples(value), 1)


def _combinations(metric: str, selectors: Sequence[Matchers]) -> Iterator[Series]:
    """Series for every combination of the values that the labels of a metric may have."""
    labels = dict.fromkeys(label for matchers in selectors for label, _, _ in matchers if label != _METRIC)
    values = {label: _label_values(label, selectors) for label in labels}
    for combination in islice(product(*values.values()), COMBINATIONS_MAX):
        yield Series(((_METRIC, metric), *zip(values, combination, strict=True)))


def _label_values(label: str, selectors: Sequence[Matchers]) -> dict[str, None]:
    """The values that selectors name for a label, and others if a selector does not restrict it."""
    conditions = [[(sign, value) for name, sign, value in matchers if name == label] for matchers in selectors]
    values: dict[str, None] = {}
    for sign, value in chain.from_iterable(conditions):
        values |= dict.fromkeys([value] if sign in ("=", "!=") else examples(value))
    is_fixed = all("=" in dict(of_selector) for of_selector in conditions)
    return values if is_fixed else values | dict.fromkeys(ANY_VALUES)


def examples(pattern: str) -> Iterator[str]:
    """Texts that a regular expression matches, such as 500 for `5..`; none if it is too complicated."""
    for alternative in pattern.split("|"):
        text = _REPETITION.sub("", alternative)
        for part, replacement in _REPLACEMENTS:
            text = part.sub(replacement, text)
        # The replacements are approximate, so other texts are tried, too.
        for example in (text, f"{text}x", *ANY_VALUES):
            if _fullmatch(pattern, example):
                yield example
                break
