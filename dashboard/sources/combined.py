"""Sources that count events by all labels of a service at once, not by one after the other."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.protocol import QueryCost, Source

# So many combinations of label values are told apart: 300 pods of 40 routes, and some more. So many labels are tried
# alone that have no room among them.
COMBINATIONS_MAX, ALONE_MAX = 30_000, 4
TOO_MANY = "with its {values:,} values there would be more than {most:,} combinations: {how}"
ALONE, NOT_TRIED = "it is tried alone", "it is not tried"


@dataclass(frozen=True, slots=True)
class UnusedLabel:
    """A label that is not combined with others.

    Attributes:
        name: of the label. `why`: one line for the user.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class CombinationsAnswer:
    """Events by combinations of label values, and how they came about.

    Attributes:
        combinations: of the two spans. `unused`: labels that are there and not in it.
        alone: events by one of these labels each, where it has not too many values even so.
        costs: one for each query that was sent upstream. `partial`: the upstream says that data are missing.
    """

    combinations: Combinations
    unused: tuple[UnusedLabel, ...] = ()
    alone: tuple[Combinations, ...] = ()
    costs: tuple[QueryCost, ...] = ()
    partial: bool = False


@runtime_checkable
class CombinedSource(Source, Protocol):
    """A source that can count events by all labels at once."""

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        """Events of two spans by all labels that the requests of a service have, without those that tell outcomes.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the explained one and one before.

        Raises:
            SourceError: the upstream did not answer.
        """
