"""Series that a query selects, made up from its matchers: what goes into tests of rules."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

import promql_parser as ast

from dashboard import promql

# A label that may be anything is one of these.
ANYTHING = ("200", "x", "")
# No query needs more labels than this makes combinations of.
MOST = 5000
_METRIC = "__name__"
# Label, sign and value of each matcher of a selector, the metric's name among them.
Matchers = tuple[tuple[str, str, str], ...]
_REPEATED = re.compile(r"(?<!\\)([*+?]\??|\{\d+(,\d*)?\})")
_PLAIN = (
    (re.compile(r"^\^|\$$|\(\?[a-z]*:|[()]"), ""),
    (re.compile(r"\\d|\[0-9\]"), "5"),
    (re.compile(r"\\[wW]|\[a-z[^\]]*\]"), "x"),
    (re.compile(r"\[([^\]\\^])[^\]]*\]"), r"\1"),
    (re.compile(r"(?<!\\)\."), "0"),
    (re.compile(r"\\(.)"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """A metric and its labels; labels that are empty are not there."""

    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """As promtool reads it; Go and PromQL quote alike."""
        named = dict(self.labels)
        metric = named.pop(_METRIC)
        return f"{metric}{{{','.join(f'{label}={promql.quoted(text)}' for label, text in named.items() if text)}}}"


@dataclass(frozen=True, slots=True)
class Selected:
    """A query without ranges, as far as it adds up the series that it selects; `selectors`: their matchers."""

    root: ast.Expr
    selectors: tuple[Matchers, ...]

    @classmethod
    def of(cls, text: str, *, alone: bool = False) -> "Selected":
        """Parse a query; `alone`: there will be one series only, so that its greatest or its mean is a sum, too.

        Raises:
            ValueError: it is no PromQL.
        """
        root = ast.parse(text)
        while alone and isinstance(root, ast.AggregateExpr) and str(root.op) in ("sum", "max", "min", "avg"):
            root = root.expr
        return cls(root, tuple(_selectors(root)))

    def selects(self, series: Series) -> bool:
        """Some selector in it does."""
        return any(_fits(some, dict(series.labels)) for some in self.selectors)

    def fed(self, there: Iterable[Series]) -> bool:
        """Every selector in it selects something of what is there."""
        labels = [dict(one.labels) for one in there]
        return all(any(_fits(some, one) for one in labels) for some in self.selectors)

    def lacking(self, there: Sequence[Series], among: Sequence[Series]) -> list[Series]:
        """One more for each selector that selects nothing of what is there: a sum with nothing is nothing."""
        unfed = [some for some in self.selectors if not any(_fits(some, dict(one.labels)) for one in there)]
        return [next(one for one in among if _fits(some, dict(one.labels))) for some in unfed]

    def weight(self, series: Series) -> float:
        """By how much the query's value rises when that of one series rises by one.

        Raises:
            ValueError: the query does more than to add.
        """
        return _weight(self.root, dict(series.labels))


def candidates(queries: Iterable[Selected]) -> list[Series]:
    """Series that the queries select in different ways.

    Raises:
        ValueError: for some matcher no label was found.
    """
    every = [some for query in queries for some in query.selectors]
    made: dict[Series, None] = {}
    for metric in dict.fromkeys(name for some in every for name in _metrics(some)):
        mine = [some for some in every if _fits(some, {_METRIC: metric}, only=_METRIC)]
        made |= dict.fromkeys(
            one for one in _combined(metric, mine) if any(_fits(some, dict(one.labels)) for some in mine)
        )
    return list(made)


def pair(whole: Selected, side: Selected, among: Sequence[Series]) -> tuple[Series, Series, "Mix"]:
    """Two series by which both queries can be given any value, as long as the side is a part of the whole.

    Raises:
        ValueError: there are none.
    """
    for first, second in product(among, among):
        mix = Mix(*(query.weight(one) for query in (whole, side) for one in (first, second)))
        if mix.works:
            return first, second, mix
    raise ValueError("no series were found that tell good events from bad ones")


@dataclass(frozen=True, slots=True)
class Mix:
    """What two series weigh in the whole, and in a side of it."""

    whole_first: float
    whole_second: float
    side_first: float
    side_second: float

    @property
    def works(self) -> bool:
        """Any side of a whole can be made, by values that are not negative."""
        return self._scale != 0 and all(value >= 0 for side in (0.0, 1.0) for value in self.values(1.0, side))

    def values(self, whole: float, side: float) -> tuple[float, float]:
        """The values of both series that give the queries these values."""
        first = (whole * self.side_second - self.whole_second * side) / self._scale
        return first, (self.whole_first * side - whole * self.side_first) / self._scale

    @property
    def _scale(self) -> float:
        return self.whole_first * self.side_second - self.whole_second * self.side_first


def _weight(node: ast.Expr, labels: Mapping[str, str]) -> float:
    match node:
        case ast.VectorSelector() if node.offset is None and node.at is None:
            return float(_fits(_matchers(node), labels))
        case ast.ParenExpr():
            return _weight(node.expr, labels)
        case ast.AggregateExpr() if str(node.op) == "sum":
            return _weight(node.expr, labels)
        case ast.Call() if node.func.name == "increase" and isinstance(node.args[0], ast.MatrixSelector):
            return _weight(node.args[0].vector_selector, labels)
        case ast.BinaryExpr():
            return _combination(node, labels)
    raise ValueError("it does more than to add up series")


def _combination(node: ast.BinaryExpr, labels: Mapping[str, str]) -> float:
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
        case "or" if isinstance(right, ast.Call) and right.func.name == "vector":
            return _weight(left, labels)
    raise ValueError(f"it does more than to add up series: {node.op}")


# --- matchers -----------------------------------------------------------------------------------------------------


def _selectors(root: ast.Expr) -> Iterator[Matchers]:
    found: list[ast.VectorSelector] = []

    def visit(node: ast.Expr) -> None:
        inside = node.vector_selector if isinstance(node, ast.MatrixSelector) else node
        if isinstance(inside, ast.VectorSelector):
            found.append(inside)

    ast.walk(root, pre_visit=visit)
    yield from map(_matchers, found)


def _matchers(node: ast.VectorSelector) -> Matchers:
    if node.matchers.or_matchers:
        raise ValueError("a selector with `or` inside of its braces is no PromQL")
    named = [(_METRIC, "=", node.name)] if node.name else []
    return (*named, *((one.name, _SIGNS[str(one.op)], one.value) for one in node.matchers.matchers))


_SIGNS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def _fits(matchers: Matchers, labels: Mapping[str, str], only: str | None = None) -> bool:
    return all(_allows(sign, value, labels.get(label, "")) for label, sign, value in matchers if only in (None, label))


def _allows(sign: str, value: str, text: str) -> bool:
    same = text == value if sign in ("=", "!=") else _matched(value, text)
    return same is (sign in ("=", "=~"))


def _matched(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text, re.DOTALL) is not None
    except re.error:
        raise ValueError(f"the pattern {pattern!r} cannot be read here") from None


def _metrics(matchers: Matchers) -> Iterator[str]:
    for label, sign, value in matchers:
        if label == _METRIC and sign in ("=", "=~"):
            yield from [value] if sign == "=" else islice(examples(value), 1)


def _combined(metric: str, selectors: Sequence[Matchers]) -> Iterator[Series]:
    """Every combination of what the labels of a metric may be."""
    named = dict.fromkeys(label for some in selectors for label, _, _ in some if label != _METRIC)
    choices = {label: _choices(label, selectors) for label in named}
    for some in islice(product(*choices.values()), MOST):
        yield Series(((_METRIC, metric), *zip(choices, some, strict=True)))


def _choices(label: str, selectors: Sequence[Matchers]) -> dict[str, None]:
    """What a label may be: what selectors say, and, where some leave it open, anything else."""
    made: dict[str, None] = {}
    pinned = True
    for some in selectors:
        mine = [(sign, value) for name, sign, value in some if name == label]
        pinned = pinned and any(sign == "=" for sign, _ in mine)
        for sign, value in mine:
            made |= dict.fromkeys([value] if sign in ("=", "!=") else examples(value))
    return made if pinned else made | dict.fromkeys(ANYTHING)


def examples(pattern: str) -> Iterator[str]:
    """Texts that a regular expression matches, such as 500 for `5..`; none where it is beyond this."""
    for part in pattern.split("|"):
        text = _REPEATED.sub("", part)
        for what, by in _PLAIN:
            text = what.sub(by, text)
        for tried in (text, f"{text}x", *ANYTHING):
            if _matched(pattern, tried):
                yield tried
                break
