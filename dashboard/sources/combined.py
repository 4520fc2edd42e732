"""Sources that count events by all labels of a service at once, instead of one label after the other."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.protocol import QueryCost, Source

# How many combinations of label values are distinguished: 300 pods × 40 routes, and some more. How many labels that
# do not fit are tried alone.
COMBINATIONS_MAX, ALONE_MAX = 30_000, 4
TOO_MANY = "with its {values:,} values there would be more than {most:,} combinations: {how}"
ALONE, NOT_TRIED = "it is tried alone", "it is not tried"


@dataclass(frozen=True, slots=True)
class UnusedLabel:
    """A label that is not combined with the others.

    Attributes:
        name: of the label. `why`: the reason in one line for the user.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class CombinationsAnswer:
    """Events by combinations of label values.

    Attributes:
        combinations: for the two spans. `unused`: labels that exist but are not part of them.
        alone: events by each of these labels alone, unless it has too many values even for that.
        costs: one for each upstream query. `partial`: the upstream says that data are missing.
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
        """Events of two spans by all labels of the service's requests, except labels that contain the outcome.

        Args:
            service: its name in the catalog. `bad`: which events are bad. `spans`: the span to explain, and one before.

        Raises:
            SourceError: the upstream did not answer.
        """
