"""Answers to the questions of a search: their labels, and parts of one question put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dashboard.exceptions import InvalidData, LimitExceeded, SourceTimeout
from dashboard.promql import Merge
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation.naming import LabelValues

# Why nothing came of a question.
Refused = LimitExceeded | SourceTimeout
# Matchers, each with its label, that make a part of a question.
Matchers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class PartedAnswer:
    """What came of a question.

    Attributes:
        results: of its parts. `merge`: what becomes of rows with the same labels in them.
        refused: the matchers of parts of which nothing came, each with why.
    """

    results: list[QueryResult] = field(default_factory=list)
    merge: Merge = Merge.APART
    refused: list[tuple[Matchers, Refused]] = field(default_factory=list)

    @property
    def rows(self) -> list[Series]:
        """The rows of an instant query, merged."""
        return merged((row for result in self.results for row in result.series), self.merge)


def label_of(row: Series, label: str) -> str:
    """The value of a label that the query of an answer keeps on each of its series.

    Args:
        row: of an answer. `label`: its name.

    Raises:
        InvalidData: the series has none, so that this answers another query.
    """
    value = row.metric.get(label)
    if value is None:
        raise InvalidData(
            f"a query was answered with series that it does not select (without {label}): something between here and "
            "the server, such as a cache, answers in its place"
        )
    return value


def labels_of(row: Series, labels: Sequence[str]) -> LabelValues:
    """The values of some labels of a series, in their order; empty if it lacks one."""
    return tuple(row.metric.get(label, "") for label in labels)


def merged(rows: Iterable[Series], merge: Merge) -> list[Series]:
    """Rows of instant answers about parts of the same question, as one answer.

    Args:
        rows: of all of them. `merge`: what becomes of those with the same labels.
    """
    if merge is Merge.APART:
        return list(rows)
    of_labels: dict[frozenset[tuple[str, str]], Series] = {}
    for row in rows:
        labels = frozenset(row.metric.items())
        of_labels[labels] = _merged(of_labels[labels], row, merge) if labels in of_labels else row
    return list(of_labels.values())


def _merged(first: Series, second: Series, merge: Merge) -> Series:
    if first.value is None or second.value is None:
        return first
    (at, one), (_, other) = first.value, second.value
    values = float(one), float(other)
    number = sum(values) if merge is Merge.ADD else (max if merge is Merge.LARGEST else min)(values)
    return Series(first.metric, value=(at, repr(number)))
