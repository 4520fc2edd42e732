"""What a search had to leave out because of a server's limits, as lines that name the setting which would allow it."""

import re
from collections.abc import Mapping, Sequence

from dashboard import promql
from dashboard.promql.partition import NAME
from dashboard.sources.prometheus.client.faults import one_line
from dashboard.sources.prometheus.search.search_answers import Matchers, Refused

# This many selectors are named in a line, of this many characters.
NAMED, LENGTH = 3, 100


# What is limited → why it was refused first, and the selectors that were.
Reasons = dict[str, tuple[str, list[str]]]


class SearchRefusals:
    """The refusals of one search."""

    def __init__(self) -> None:
        # What left something out of what is there, each with the matchers of what it left out.
        self._refused: list[tuple[Matchers, Refused]] = []
        self._present: Reasons = {}
        self._past: Reasons = {}

    def add(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Note that nothing is known of some series.

        Args:
            query: the question about them. `matchers`: of the part of it that was refused. `error`: why.
        """
        self._refused.append((matchers, error))
        _add(self._present, _selected(query, matchers), error)

    def add_past(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Note that nothing is known of those of some series that ended before the search.

        Args:
            query: the question about them. `matchers`: of the part of it that was refused. `error`: why.
        """
        _add(self._past, _selected(query, matchers), error)

    @property
    def errors(self) -> list[Refused]:
        """Those that left something out of what is there."""
        return [error for _, error in self._refused]

    def concerning(self, labels: Mapping[str, str]) -> Refused | None:
        """Why something may be unknown of the series with some labels; None if nothing of them was refused."""
        return next((error for matchers, error in self._refused if _may_select(matchers, labels)), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each limit that was met."""
        past = "services that stopped before the start may be missing: the past of"
        return (
            *(f"services may be missing: {_listed(of)} not searched: {why}" for why, of in self._present.values()),
            *(f"{past} {_listed(of)} not searched: {why}" for why, of in self._past.values()),
        )


def _may_select(matchers: Matchers, labels: Mapping[str, str]) -> bool:
    """Whether matchers of a part of a question select any of the series with some labels, whatever else these have."""
    return all(_is_met(matcher, labels[label]) for label, matcher in matchers if label in labels)


def _is_met(text: str, value: str) -> bool:
    """Whether a value meets a matcher; of what cannot be parsed anything may."""
    matchers = (matcher for selector in promql.selectors(f"x{{{text}}}") for matcher in selector.matchers)
    return all(value == each.value if each.sign == "=" else bool(re.fullmatch(each.value, value)) for each in matchers)


def _add(reasons: Reasons, selected: str, error: Refused) -> None:
    # Some servers repeat the query in their words.
    _, every = reasons.setdefault(getattr(error, "limit", error.kind), (str(error), []))
    every.append(selected)


def _selected(query: str, matchers: Matchers) -> str:
    """What tells people most: the job or service, else what the question is about."""
    named = next((matcher for label, matcher in matchers if label != NAME), "")
    texts = [named, *(selector.text for selector in promql.selectors(query)), query]
    return one_line(next(filter(None, texts)), LENGTH)


def _listed(selected: Sequence[str]) -> str:
    every = list(dict.fromkeys(selected))
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return f"{', '.join(every[:NAMED])}{more} {'was' if len(every) == 1 else 'were'}"
