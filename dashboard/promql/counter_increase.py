"""Converts a query of counters, in whatever form, to their increase over a window.

The increase is taken of each counter before any sum: a sum of counters decreases when one of them restarts, and its
increase would count all the others again.
https://www.robustperception.io/rate-then-sum-never-sum-then-rate/
"""

from datetime import timedelta
from functools import lru_cache

import promql_parser as ast

from dashboard.durations import parse_duration
from dashboard.promql.counter_difference import Difference
from dashboard.promql.literals import excerpt
from dashboard.promql.pitfalls import RATE_FUNCTIONS, is_rate_of_subquery, rate_before_sum
from dashboard.promql.rendering import Renderer, operator, selector, time_modifiers
from dashboard.promql.syntax_tree import children, is_one_series, parse, unwrapped
from dashboard.promql.templates import DEFAULT_WINDOW, fill_templates

# Functions that sum over a range: they grow with its length, like an increase.
_ADDITIVE = frozenset({"sum_over_time", "count_over_time", "changes", "resets"})
# Functions of counts that return counts.
_COUNT_PRESERVING = frozenset(
    {"abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round", "scalar", "vector"}
    | {"label_join", "label_replace", "sort", "sort_by_label", "sort_by_label_desc", "sort_desc"}
)
# Functions that return numbers from native histograms.
_OF_HISTOGRAMS = frozenset({"histogram_count", "histogram_fraction", "histogram_sum"})
# Queries are rewritten again on every refresh.
_CACHE_SIZE = 10_000


@lru_cache(maxsize=_CACHE_SIZE)
def increase_over(
    text: str, window: str, function: str = "increase", *, overlap: float = 0.0, difference: Difference | None = None
) -> str:
    """Rewrite a query so that it returns one series: the increase of all of its counters over a window.

    A selector without a range is read as a counter. If some selectors have a range, inside of `rate` or alone, only
    those are read as counters, and the others as gauges. Metrics that only carry labels (`…_info`, the one side of
    `group_left`) and the right side of `and` and `unless` are never counted.

    Args:
        text: PromQL; ranges and templates in it are replaced.
        window: a duration of PromQL, such as `5m`.
        function: applied to each counter: `increase` or `rate`.
        overlap: seconds by which ranges of counters are longer than the window; results are scaled back to it.
        difference: over the window; counters are read by their newest samples at both of its ends.

    Raises:
        ValueError: it is not valid PromQL, or does not count; one line with the remedy.
    """
    root = parse(fill_templates(text, window))
    query, renderer = _rendered(text, root, window, function, overlap, difference)
    if not renderer.counters:
        raise ValueError(f"there is no counter in {excerpt(text)}")
    if len(renderer.offsets) > 1:
        raise ValueError("counters with different offsets cannot be counted together: write them without `offset`")
    query = query if is_one_series(root) else f"sum({query})"
    # Rewriting may turn a vector into something that cannot be summed: detect it here, before the server does.
    parse(query)
    return query


@lru_cache(maxsize=_CACHE_SIZE)
def counted_selectors(text: str) -> frozenset[str]:
    """The selectors that `increase_over` reads as counters, without range and offset.

    Raises:
        ValueError: as for `increase_over`.
    """
    root = parse(fill_templates(text))
    _, renderer = _rendered(text, root, DEFAULT_WINDOW, "increase", 0.0)
    return frozenset(renderer.counters)


def _rendered(
    text: str, root: ast.Expr, window: str, function: str, overlap: float, difference: Difference | None = None
) -> tuple[str, "_IncreaseRenderer"]:
    """The rewritten query, and the counters in it."""
    try:
        with_ranges = _has_range(root)
        if difference is not None:
            renderer: _IncreaseRenderer = _DifferenceRenderer(window, difference, with_ranges=with_ranges)
        else:
            renderer = _IncreaseRenderer(window, function, overlap, with_ranges=with_ranges)
        return renderer.text(root), renderer
    except RecursionError:
        # The parser itself accepts deeper nesting.
        raise ValueError(f"{excerpt(text)} is nested too deeply: write fewer functions within functions") from None


class _IncreaseRenderer(Renderer):
    """Writes an expression with the increase in place of each counter; collects `counters` and `offsets`."""

    def __init__(self, window: str, function: str, overlap: float, *, with_ranges: bool) -> None:
        self._window = window
        self._function = function
        self._range = f"[{window}]"
        self._scale, self._own_window = "", window
        if overlap:
            # If windows overlap by one scrape, the growth between two samples is counted in exactly one of them.
            seconds = parse_duration(window)
            self._range = f"[{round((seconds + overlap) * 1000)}ms]"
            self._scale = f" * {seconds / (seconds + overlap)!r}"
            self._own_window = f"{round(seconds * 1000) - 1}ms"
        self._with_ranges = with_ranges
        # For the right side of `and`, or metrics that only carry labels.
        self._unchanged = Renderer()
        self.counters: list[str] = []
        self.offsets: set[timedelta | None] = set()

    def vector(self, node: ast.VectorSelector) -> str:
        if self._with_ranges or _carries_labels(node):
            return super().vector(node)
        return self._increase(node)

    def matrix(self, node: ast.MatrixSelector) -> str:
        return self._increase(node.vector_selector)

    def subquery(self, node: ast.SubqueryExpr) -> str:
        raise ValueError("a subquery has no increase for each step: write the counter alone, such as sum(x)")

    def call(self, node: ast.Call) -> str:
        name = node.func.name
        if is_rate_of_subquery(node):
            raise ValueError(rate_before_sum(name))
        # These functions have no other arguments.
        argument = unwrapped(node.args[0]) if node.args else None
        if isinstance(argument, ast.MatrixSelector) and name in RATE_FUNCTIONS | _ADDITIVE:
            return self._over_window(name, argument.vector_selector)
        return self._histogram(node) if name in _OF_HISTOGRAMS else self._other_call(node)

    def _over_window(self, name: str, node: ast.VectorSelector) -> str:
        if name in RATE_FUNCTIONS:
            return self._increase(node)
        # Without the overlap: these count samples of the window, each in one window. In Prometheus 2, a range includes
        # both ends.
        self._note_counter(node)
        return f"{name}({selector(node)}[{self._own_window}]{time_modifiers(node)})"

    def _other_call(self, node: ast.Call) -> str:
        # Only arguments with a counter matter: `time()` next to one is fine.
        before = len(self.counters)
        query = super().call(node)
        if len(self.counters) > before and node.func.name not in _COUNT_PRESERVING:
            raise ValueError(
                f"{node.func.name}(…) of a counter is not a count: write the counter alone, such as sum(x)"
            )
        return query

    def _histogram(self, node: ast.Call) -> str:
        """A number from a histogram; the number is scaled, since not every server can multiply a histogram."""
        scale, self._scale = self._scale, ""
        query = super().call(node)
        self._scale = scale
        # A fraction needs no scaling: it is the same over the longer range.
        return f"({query}{scale})" if scale and node.func.name != "histogram_fraction" else query

    def binary(self, node: ast.BinaryExpr) -> str:
        left = self._side(node.lhs, is_one=_has_cardinality(node, ast.VectorMatchCardinality.OneToMany))
        if _only_filters(node):
            right = self._unchanged.text(node.rhs)
        else:
            right = self._side(node.rhs, is_one=_has_cardinality(node, ast.VectorMatchCardinality.ManyToOne))
        return f"{left} {operator(node)} {right}"

    def _side(self, node: ast.Expr, *, is_one: bool) -> str:
        """A side of an operator; a bare selector on the one side of a many-to-one match only carries labels."""
        carries_labels = is_one and isinstance(unwrapped(node), ast.VectorSelector)
        return (self._unchanged if carries_labels else self).text(node)

    def _increase(self, node: ast.VectorSelector) -> str:
        self._note_counter(node)
        query = f"{self._function}({selector(node)}{self._range}{time_modifiers(node)})"
        return f"({query}{self._scale})" if self._scale else query

    def _note_counter(self, node: ast.VectorSelector) -> None:
        if node.at is not None:
            raise ValueError("`@` fixes a counter at one time, so that every step counts alike: leave it out")
        if node.offset is not None and node.offset < timedelta(0):
            raise ValueError("a negative offset asks for the future: leave it out")
        self.counters.append(selector(node))
        self.offsets.add(node.offset)


class _DifferenceRenderer(_IncreaseRenderer):
    """Writes the growth between two times in place of each counter."""

    def __init__(self, window: str, difference: Difference, *, with_ranges: bool) -> None:
        super().__init__(window, "increase", difference.overlap, with_ranges=with_ranges)
        self._scale = f" * {difference.scale!r}"
        self._difference = difference

    def _increase(self, node: ast.VectorSelector) -> str:
        # Suspend scaling within a function of histograms.
        if not self._scale:
            return super()._increase(node)
        self._note_counter(node)
        offset = 0.0 if node.offset is None else node.offset.total_seconds()
        return self._difference.of(selector(node), offset)


def _has_range(root: ast.Expr) -> bool:
    """Whether some counted selector has a range, so that those without are gauges."""
    if isinstance(root, ast.BinaryExpr) and _only_filters(root):
        return _has_range(root.lhs)
    return isinstance(root, ast.MatrixSelector) or any(map(_has_range, children(root)))


def _only_filters(node: ast.BinaryExpr) -> bool:
    """Whether the right side only filters the series of the left side."""
    return str(node.op) in ("and", "unless")


def _has_cardinality(node: ast.BinaryExpr, cardinality: ast.VectorMatchCardinality) -> bool:
    return node.modifier is not None and node.modifier.card == cardinality


def _carries_labels(node: ast.VectorSelector) -> bool:
    return bool(node.name) and str(node.name).endswith("_info")
