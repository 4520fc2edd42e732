"""The selectors of a query: which are required, and what a missing label means for each."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import promql_parser as ast

from dashboard.promql.literals import quoted
from dashboard.promql.rendering import matcher_sign, selector
from dashboard.promql.syntax_tree import children, parse, walk
from dashboard.promql.templates import fill_templates

T = TypeVar("T")

# Functions whose argument may be missing, as they test for that.
_OF_ABSENCE = frozenset({"absent", "absent_over_time"})
# Queries are checked again on every refresh.
_CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """One condition of a selector, such as `code=~"5.."`."""

    label: str
    sign: str
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.sign}"{self.value}"'

    @property
    def accepts_missing(self) -> bool:
        """Whether a series without the label matches: in PromQL its value is empty."""
        if self.sign in ("=", "!="):
            return (self.value == "") is (self.sign == "=")
        try:
            matches = re.fullmatch(self.value, "") is not None
        except re.error:
            matches = False
        return matches is (self.sign == "=~")

    @property
    def asks_for_the_label(self) -> bool:
        """Whether it tests for the label's existence, so that a missing label is a valid result."""
        return (self.sign, self.value) in (("!=", ""), ("=~", ".+"))

    @property
    def is_open(self) -> bool:
        """Whether it accepts all series, or those without the label, so that the label's name does not matter."""
        return (self.sign, self.value) in (("=", ""), ("=~", ".*"))


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of a query.

    Attributes:
        text: without range and offset.
        metric: its name; for a pattern, the selector of the name only, such as `{__name__=~"a|b"}`; empty without a
            condition on the name.
    """

    text: str
    metric: str
    matchers: frozenset[LabelMatcher]


@lru_cache(maxsize=_CACHE_SIZE)
def selectors(text: str) -> tuple[Selector, ...]:
    """The selectors that determine a query's result, from left to right, without duplicates; none if not PromQL."""
    try:
        return tuple(dict.fromkeys(_selector(node) for node in _deciding(parse(fill_templates(text)))))
    except ValueError:
        return ()


def unmet(text: str, faults: Callable[[Selector], frozenset[T]]) -> frozenset[T]:
    """The faults of the selectors that a query requires; of `a or b`, one side suffices.

    Args:
        text: PromQL; anything else has no selectors.
        faults: returns the faults of a selector.
    """
    try:
        return _unmet(parse(fill_templates(text)), faults)
    except (ValueError, RecursionError):
        return frozenset()


def _unmet(node: ast.Expr, faults: Callable[[Selector], frozenset[T]]) -> frozenset[T]:
    if isinstance(node, ast.VectorSelector):
        return faults(_selector(node))
    sides = [(side, _unmet(side, faults)) for side in _deciding_children(node)]
    if isinstance(node, ast.BinaryExpr) and str(node.op) == "or":
        # A constant such as vector(0) replaces missing data without explaining why they are missing.
        selecting = [wrong for side, wrong in sides if any(_deciding(side))]
        return frozenset().union(*selecting) if all(selecting) else frozenset()
    return frozenset().union(*(wrong for _, wrong in sides))


def _deciding(root: ast.Expr) -> Iterator[ast.VectorSelector]:
    return (node for node in walk(root, _deciding_children) if isinstance(node, ast.VectorSelector))


def _deciding_children(node: ast.Expr) -> list[ast.Expr]:
    """Children except those that may be missing: the argument of `absent`, and the right side of `unless`."""
    if isinstance(node, ast.Call) and node.func.name in _OF_ABSENCE:
        return []
    if isinstance(node, ast.BinaryExpr) and str(node.op) == "unless":
        return [node.lhs]
    return children(node)


def _selector(node: ast.VectorSelector) -> Selector:
    matchers = [LabelMatcher(matcher.name, matcher_sign(matcher), matcher.value) for matcher in node.matchers.matchers]
    names = [matcher for matcher in matchers if matcher.label == "__name__"]
    metric = node.name or _name_of(names)
    labels = frozenset(matcher for matcher in matchers if matcher.label != "__name__")
    # In `{a="b" or c="d"}`, which is MetricsQL, any part may suffice.
    return Selector(selector(node), "" if node.matchers.or_matchers else metric, labels)


def _name_of(names: Sequence[LabelMatcher]) -> str:
    """The metric selected by conditions on its name: the name, or a selector if it is a pattern."""
    if len(names) == 1 and names[0].sign == "=":
        return names[0].value
    # An excluded name does not tell which name is selected.
    if not any(matcher.sign in ("=", "=~") for matcher in names):
        return ""
    return "{" + ",".join(f"{matcher.label}{matcher.sign}{quoted(matcher.value)}" for matcher in names) + "}"
