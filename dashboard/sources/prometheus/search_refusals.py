"""What a search had to leave out because of a server's limits, as lines that name the setting which would allow it."""

from collections.abc import Sequence

from dashboard import promql
from dashboard.promql.partition import NAME
from dashboard.sources.prometheus.faults import one_line
from dashboard.sources.prometheus.search_answers import Matchers, Refused

# So many selectors are named in a line, of so many characters.
NAMED, LENGTH = 3, 100


# What is limited → why it was refused first, and the selectors that were.
Reasons = dict[str, tuple[str, list[str]]]


class SearchRefusals:
    """The refusals of one search.

    Attributes:
        errors: those that left something out of what is there.
    """

    def __init__(self) -> None:
        self.errors: list[Refused] = []
        self._present: Reasons = {}
        self._past: Reasons = {}

    def add(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Note that nothing is known of some series.

        Args:
            query: the question about them. `matchers`: of the part of it that was refused. `error`: why.
        """
        self.errors.append(error)
        _add(self._present, _selected(query, matchers), error)

    def add_past(self, query: str, matchers: Matchers, error: Refused) -> None:
        """Note that nothing is known of those of some series that ended before the search.

        Args:
            query: the question about them. `matchers`: of the part of it that was refused. `error`: why.
        """
        _add(self._past, _selected(query, matchers), error)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each limit that was met."""
        past = "services that stopped before the start may be missing: the past of"
        return (
            *(f"services may be missing: {_listed(of)} not searched: {why}" for why, of in self._present.values()),
            *(f"{past} {_listed(of)} not searched: {why}" for why, of in self._past.values()),
        )


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
