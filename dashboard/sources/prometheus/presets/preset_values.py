"""Validates single values of a preset: metric and label names, matchers, PromQL.

All of them raise `ValueError` with a sentence that says what is expected, with an example.
"""

import re
from collections.abc import Callable
from typing import Any

import promql_parser as ast

from dashboard.promql import syntax_tree
from dashboard.promql.literals import STRING
from dashboard.toml import parsers
from dashboard.toml.reader import KeyProblem

# https://prometheus.io/docs/concepts/data_model/
_METRIC = re.compile("[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
_PLACEHOLDER = re.compile(r"\$(\w+)")
_COMMENT = re.compile(rf"(?P<string>{STRING})|#[^\n]*")
# Replacements for the placeholders while a query is checked.
_EXAMPLES = {"by": "gs_by", "window": "1m", "match": 'gs_match="1"'}


def metric(value: Any) -> str:
    """The name of a metric."""
    if not _METRIC.fullmatch(parsers.text(value)):
        raise ValueError(f'{value[:80]!r} is no name of a metric: write it without matchers, as "http_requests_total"')
    return parsers.text(value)


def metrics(value: Any) -> tuple[str, ...]:
    """The name of a metric, or a list of names."""
    if isinstance(value, str):
        return (metric(value),)
    if not isinstance(value, list) or not value:
        raise ValueError('expected the name of a metric in quotes, or several in brackets, such as ["first", "second"]')
    return tuple(_item(metric, number, name) for number, name in enumerate(value, start=1))


def label(value: Any) -> str:
    """The name of a label."""
    if not _LABEL.fullmatch(parsers.text(value)):
        raise ValueError(f"{value[:80]!r} is no label name: letters, digits and _ are allowed")
    return parsers.text(value)


def labels(value: Any) -> tuple[str, ...]:
    """A list of label names."""
    return tuple(_item(label, number, name) for number, name in enumerate(parsers.texts(value), start=1))


def label_alternatives(value: Any) -> tuple[tuple[str, ...], ...]:
    """Alternatives: each a label, or a list of labels whose values are joined."""
    if not isinstance(value, list) or not value:
        raise ValueError('expected a list of labels, such as ["service", ["namespace", "ingress"]]')
    alternatives = []
    for number, item in enumerate(value, start=1):
        joined = item if isinstance(item, list) and item else [item]
        alternatives.append(tuple(_item(label, number, name) for name in joined))
    return tuple(alternatives)


def matchers(value: Any) -> str:
    """PromQL matchers, as between braces."""
    expected = 'expected matchers, such as reporter="destination",code!=""'
    text = parsers.text(value).strip().strip(",")
    tree = _tree(f"x{{{text},{_EXAMPLES['match']}}}", expected)
    # A brace or comment in it would end the selector, and hide the rest.
    named = [matcher.name for matcher in tree.matchers.matchers] if isinstance(tree, ast.VectorSelector) else []
    if "gs_match" not in named or len(named) < 2:
        raise ValueError(expected)
    return text


def query(value: Any) -> str:
    """PromQL with the placeholders `$by`, `$window` and `$match`, the last in every selector; on one line."""
    # On one line, a comment would hide the rest of the query.
    without_comments = _COMMENT.sub(lambda match: match["string"] or "", parsers.text(value))
    text = re.sub(r"\s*\n\s*", " ", without_comments).strip()
    for name in _PLACEHOLDER.findall(text):
        if name not in _EXAMPLES:
            raise ValueError(f"${name} stands for nothing: known are $by, $window and $match")
    example = _PLACEHOLDER.sub(lambda match: _EXAMPLES[match[1]], text)
    tree = _tree(example, "is no PromQL")
    for node in syntax_tree.walk(tree):
        if isinstance(node, ast.VectorSelector) and "gs_match" not in {each.name for each in node.matchers.matchers}:
            where = node.name or "a selector"
            raise ValueError(f"{where} lacks the matchers of the service: write {node.name or ''}{{$match}}")
    if "gs_by" not in example:
        raise ValueError("must give a value for each service: begin with an aggregation such as max by ($by) (…)")
    return text


def _item(parse: Callable[[Any], str], number: int, value: Any) -> str:
    try:
        return parse(value)
    except ValueError as error:
        raise KeyProblem(number, str(error)) from None


def _tree(text: str, expected: str) -> ast.Expr:
    try:
        return syntax_tree.parse(text)
    except ValueError as error:
        raise ValueError(f"{expected}: {error}") from None
