"""What the queries of SLOs select at their source now, and where they cannot tell good from bad events.

A failure that never happened has no series, which is fine; a label that no series has is a typing error, and a metric
that the source never had counts nothing. Only the whole SLO shows the difference: a condition shared by all of its
queries restricts what is counted; a condition on one side only separates good from bad.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from dashboard.slo.indicators import Indicator, Query, simple, terms


class LackKind(StrEnum):
    """What is missing at the source."""

    METRIC = "metric"
    LABEL = "label"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a query needs and the source does not have now.

    Attributes:
        metric: the metric that is missing, or has no series with the label or value.
        label, condition: of the selector, such as `code` and `code=~"5.."`; empty for a metric.
        shared: series without the label match too, and all selectors of the query have the condition.
        nearest: the most similar label of the metric; empty without one.
    """

    kind: LackKind
    metric: str
    label: str = ""
    condition: str = ""
    shared: bool = False
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query selects now.

    Attributes:
        query: its text. `series`: number of series that its selectors select; None if unknown.
        lacks: what it needs and the source does not have.
        exact: (metric, label, condition) of all conditions on one exact value.
    """

    query: str
    series: int | None = None
    lacks: frozenset[Lack] = frozenset()
    exact: frozenset[tuple[str, str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Blindness:
    """A query that cannot tell good from bad events, and what it lacks."""

    query: Query
    lack: Lack


def blind_queries(indicator: Indicator, selections: Mapping[str, Selection], answered: Set[str]) -> Iterator[Blindness]:
    """The queries of an indicator that cannot tell what was good.

    Args:
        indicator: of an SLO.
        selections: by query text; a query without a selection is unknown.
        answered: texts of queries that have ever returned a value.
    """
    for part in simple(indicator):
        queries = [term for term in terms(part) if isinstance(term, Query)]
        known = {query: selections[query.text] for query in queries if query.text in selections}
        for query, selection in known.items():
            others = [other for another, other in known.items() if another != query]
            for lack in sorted(selection.lacks, key=lambda lack: (lack.kind, lack.condition)):
                if _blinds(lack, others, answered=query.text in answered):
                    yield Blindness(query, lack)


def _blinds(lack: Lack, others: list[Selection], *, answered: bool) -> bool:
    match lack.kind:
        case LackKind.METRIC:
            return not answered
        case LackKind.LABEL:
            return not (lack.shared and all(_narrows(lack.condition, other) for other in others))
        case LackKind.VALUE:
            # A value that never occurred is a failure that never happened, unless the other side selects others.
            return not answered and any(_looks_elsewhere(lack, other) for other in others)


def _narrows(condition: str, selection: Selection) -> bool:
    return any(lack.shared and lack.condition == condition for lack in selection.lacks)


def _looks_elsewhere(lack: Lack, selection: Selection) -> bool:
    place = (lack.metric, lack.label)
    conditions = {condition for metric, label, condition in selection.exact if (metric, label) == place}
    return bool(conditions) and lack.condition not in conditions
