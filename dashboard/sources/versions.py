"""Sources that return which versions of their services were running when, for all services at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from dashboard.changes.derived.labels import version_label
from dashboard.changes.derived.presence import Origin, Subject
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import Grid

# How many services are broken down by version at once, if the source cannot return all of them.
BREAKDOWNS_MAX = 50


@dataclass(frozen=True, slots=True)
class VersionsAnswer:
    """Versions by subject.

    Attributes:
        counts: subject → version → requests, or instances, of each step, shape (grid,); NaN or 0 if not running.
        costs: one for each upstream query. `partial`: the upstream says that data are missing.
        notes: what cannot be determined, one line each.
    """

    counts: Mapping[Subject, Mapping[str, np.ndarray]] = field(default_factory=dict)
    costs: tuple[QueryCost, ...] = ()
    partial: bool = False
    notes: tuple[str, ...] = ()


@runtime_checkable
class VersionedSource(Source, Protocol):
    """A source that knows versions from more than a label of the requests."""

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        """Versions of all services at the steps of a grid; called by one thread at a time.

        Args:
            services: of the catalog. `grid`: the steps.

        Raises:
            SourceError: the upstream did not answer.
        """


def versions_of(source: Source, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
    """Versions from the source if it knows them, otherwise from a label of the requests, if there is one.

    Args:
        source: the source to ask. `services`: of its catalog. `grid`: the steps.

    Raises:
        SourceError: the upstream did not answer.
    """
    if isinstance(source, VersionedSource):
        return source.versions(services, grid)
    labelled = [(info.name, label) for info in services if (label := version_label(info.labels))]
    counts: dict[Subject, dict[str, np.ndarray]] = {}
    costs: list[QueryCost] = []
    partial = False
    for service, label in labelled[:BREAKDOWNS_MAX]:
        answer = source.breakdown(grid, service, label)
        requests = answer.frame.loc[:, answer.frame.columns.get_level_values("measure") == "requests"]
        names = requests.columns.get_level_values("service")
        # Data without a version say nothing about versions.
        counts[Subject(service, Origin.REQUESTS)] = {
            str(name): requests.iloc[:, place].to_numpy(dtype=float) * grid.step
            for place, name in enumerate(names)
            if name
        }
        costs += answer.costs
        partial = partial or answer.partial
    return VersionsAnswer(counts, tuple(costs), partial)
