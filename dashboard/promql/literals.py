"""Strings, numbers, durations and label names in PromQL syntax.

https://prometheus.io/docs/prometheus/latest/querying/basics/#literals
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from dashboard.durations import promql_duration

# A PromQL string in any of its three quotes; a backslash escapes a quote, except in backticks.
STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# Larger floats have no exact integer part, and are written with an exponent.
_EXACT_BELOW = 1e15
_EXCERPT_MAX = 80


def quoted(text: str) -> str:
    """Any text, such as a label value, as a double-quoted PromQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def number(value: float) -> str:
    """A number; integers without `.0`."""
    is_whole = abs(value) < _EXACT_BELOW and value == int(value)
    return str(int(value)) if is_whole else repr(value).replace("inf", "Inf").replace("nan", "NaN")


def duration(span: timedelta) -> str:
    """A duration of at least 0, in milliseconds unless it is whole seconds."""
    milliseconds = round(span.total_seconds() * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else promql_duration(milliseconds // 1000)


def label_name(name: str) -> str:
    """A label name; quoted if it does not follow the classic rules, as Prometheus 3 allows."""
    return name if _LABEL_NAME.fullmatch(name) else quoted(name)


def label_list(names: Iterable[str]) -> str:
    """Names in parentheses, as after `by`, `on` and `group_left`."""
    return f"({', '.join(map(label_name, names))})"


def excerpt(text: str) -> str:
    """The beginning of a query on one line, in backticks, for a message."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= _EXCERPT_MAX else line[: _EXCERPT_MAX - 1] + '…'}`"
