"""Every error has its place in one tree, a kind that pages know a remedy for, and a text for people."""

import inspect
import re

import pytest

from dashboard import exceptions
from dashboard.exceptions import (
    AccessDenied,
    ConfigError,
    DashboardError,
    InvalidData,
    LimitExceeded,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WrongEndpoint,
)
from dashboard.ui.text.source_text import REMEDIES

CLASSES = {
    name: member
    for name, member in inspect.getmembers(exceptions, inspect.isclass)
    if member.__module__ == exceptions.__name__
}


@pytest.mark.parametrize(
    ("error", "parent", "kind", "retryable"),
    [
        (SourceError, DashboardError, "source", False),
        (SourceUnavailable, SourceError, "unavailable", True),
        (SourceTimeout, SourceUnavailable, "timeout", True),
        (InvalidData, SourceError, "malformed", True),
        (QueryRejected, SourceError, "query", False),
        (LimitExceeded, QueryRejected, "limit", False),
        (AccessDenied, SourceError, "auth", False),
        (WrongEndpoint, SourceError, "endpoint", False),
    ],
    ids=lambda value: value.__name__ if inspect.isclass(value) else str(value),
)
def test_each_has_its_parent_its_kind_and_says_whether_to_try_again(
    error: type[SourceError], parent: type[Exception], kind: str, retryable: bool
) -> None:
    assert (error.__bases__, error.kind, error.retryable) == ((parent,), kind, retryable)


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    stack: dict[int, str] = {}
    drawn: dict[str, str] = {}
    for line in (exceptions.__doc__ or "").splitlines():
        if match := re.match(r"([ │├└]*)([A-Z]\w+Error|[A-Z][a-z]+[A-Z]\w+)\b", line):
            depth, name = len(match[1]) // 2, match[2]
            stack[depth] = name
            drawn[name] = stack.get(depth - 1, "Exception")
    assert drawn == {name: member.__base__.__name__ for name, member in CLASSES.items()}


def test_no_two_kinds_are_the_same() -> None:
    kinds = [member.kind for member in CLASSES.values() if issubclass(member, SourceError)]
    assert len(set(kinds)) == len(kinds)


def test_pages_know_a_remedy_for_every_kind_that_a_source_raises() -> None:
    raised = {member.kind for member in CLASSES.values() if issubclass(member, SourceError)}
    assert set(REMEDIES) == raised - {SourceError.kind}


def test_everything_a_user_may_meet_is_caught_by_the_root() -> None:
    assert all(issubclass(member, DashboardError) for member in CLASSES.values())
    assert DashboardError.__bases__ == (Exception,)


def test_problems_of_a_configuration_are_a_line_each_and_stay_apart() -> None:
    error = ConfigError("a.toml:1: title: expected text", "a.toml:2: port: expected a number")
    assert str(error) == "a.toml:1: title: expected text\na.toml:2: port: expected a number"
    assert error.problems == ("a.toml:1: title: expected text", "a.toml:2: port: expected a number")


def test_a_message_of_a_source_is_its_text_and_the_query_stands_beside_it() -> None:
    error = LimitExceeded("too many points", query="up")
    assert (str(error), error.query) == ("too many points", "up")
    assert SourceTimeout("no answer").query == ""
