"""Answers about parts of one question, put together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.exceptions import LimitExceeded, SourceTimeout
from dashboard.promql import Merge
from dashboard.sources.prometheus.decode import Series
from dashboard.sources.prometheus.query_client import QueryResult

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
