"""Collects what a search omitted because of a server's limits, as lines with the setting to raise."""

import re
from collections.abc import Mapping, Sequence

from dashboard import promql
from dashboard.promql.partition import NAME
from dashboard.sources.prometheus.client.faults import one_line
from dashboard.sources.prometheus.search.search_answers import Matchers, Refused

# Maximum number of selectors in a line, and maximum length of each.
NAMED, LENGTH = 3, 100


# Limit → first error, and the refused selectors.
Reasons = dict[str, tuple[str, list[str]]]


class SearchRefusals:
    """The refusals of one search."""

    def __init__(self) -> None:
        # Refusals about present series, each with the matchers of the omitted ones.
        self._refused: list[tuple[Matchers, Refused]] = []
        self._present: Reasons = {}
        self._past: Reasons = {}

    def add(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Record that nothing is known of some series.

        Args:
            query: the query about them. `matchers`: of its refused part. `error`: the reason.
        """
        self._refused.append((matchers, error))
        _add(self._present, _selected(query, matchers), error)

    def add_past(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Record that nothing is known of some series that ended before the search.

        Args:
            query: the query about them. `matchers`: of its refused part. `error`: the reason.
        """
        _add(self._past, _selected(query, matchers), error)

    @property
    def errors(self) -> list[Refused]:
        """Refusals about present series."""
        return [error for _, error in self._refused]

    def concerning(self, labels: Mapping[str, str]) -> Refused | None:
        """Why something may be unknown about series with these labels; None if nothing about them was refused."""
        return next((error for matchers, error in self._refused if _may_select(matchers, labels)), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each exceeded limit."""
        past = "services that stopped before the start may be missing: the past of"
        return (
            *(f"services may be missing: {_listed(of)} not searched: {why}" for why, of in self._present.values()),
            *(f"{past} {_listed(of)} not searched: {why}" for why, of in self._past.values()),
        )


def _may_select(matchers: Matchers, labels: Mapping[str, str]) -> bool:
    """Whether matchers may select any series with these labels, whatever other labels it has."""
    return all(_is_met(matcher, labels[label]) for label, matcher in matchers if label in labels)


def _is_met(text: str, value: str) -> bool:
    """Whether a value satisfies a matcher; True if that cannot be parsed."""
    matchers = (matcher for selector in promql.selectors(f"x{{{text}}}") for matcher in selector.matchers)
    return all(value == each.value if each.sign == "=" else bool(re.fullmatch(each.value, value)) for each in matchers)


def _add(reasons: Reasons, selected: str, error: Refused) -> None:
    # Some servers repeat the query in their message.
    _, every = reasons.setdefault(getattr(error, "limit", error.kind), (str(error), []))
    every.append(selected)


def _selected(query: str, matchers: Matchers) -> str:
    """The most informative matcher for people: the job or service, otherwise the query."""
    named = next((matcher for label, matcher in matchers if label != NAME), "")
    texts = [named, *(selector.text for selector in promql.selectors(query)), query]
    return one_line(next(filter(None, texts)), LENGTH)


def _listed(selected: Sequence[str]) -> str:
    every = list(dict.fromkeys(selected))
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return f"{', '.join(every[:NAMED])}{more} {'was' if len(every) == 1 else 'were'}"
