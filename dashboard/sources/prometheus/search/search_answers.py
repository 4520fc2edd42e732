"""Answers to queries of a search: their labels, and merging of partial queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dashboard.exceptions import InvalidData, LimitExceeded, SourceTimeout
from dashboard.promql import Merge
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation.naming import LabelValues

# Why a query has no result.
Refused = LimitExceeded | SourceTimeout
# Matchers, each with its label, that restrict a query to a part.
Matchers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class PartedAnswer:
    """The result of a query.

    Attributes:
        results: of its parts. `merge`: how to merge rows with the same labels.
        refused: matchers of parts without a result, each with the reason.
    """

    results: list[QueryResult] = field(default_factory=list)
    merge: Merge = Merge.APART
    refused: list[tuple[Matchers, Refused]] = field(default_factory=list)

    @property
    def rows(self) -> list[Series]:
        """The rows of an instant query, merged."""
        return merged((row for result in self.results for row in result.series), self.merge)


def label_of(row: Series, label: str) -> str:
    """The value of a label that each series of the query must have.

    Args:
        row: a series. `label`: the label's name.

    Raises:
        InvalidData: the series has no such label, so this is the answer to another query.
    """
    value = row.metric.get(label)
    if value is None:
        raise InvalidData(
            f"a query was answered with series that it does not select (without {label}): something between here and "
            "the server, such as a cache, answers in its place"
        )
    return value


def labels_of(row: Series, labels: Sequence[str]) -> LabelValues:
    """The values of labels of a series, in order; empty if it lacks one."""
    return tuple(row.metric.get(label, "") for label in labels)


def merged(rows: Iterable[Series], merge: Merge) -> list[Series]:
    """Merge rows of instant queries about parts of the same query.

    Args:
        rows: all rows. `merge`: how to merge those with the same labels.
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
