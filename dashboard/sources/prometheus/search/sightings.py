"""Times at which services existed: those that are away now are examined at an earlier time."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.promql import label_name, quoted
from dashboard.sources.prometheus.client.decode import matrix
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import ServiceKey
from dashboard.sources.prometheus.search.search_spans import LOOKED_BACK_S
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.timerange import DAY, Grid

# Services that ended within this many seconds are examined together, when the first of them still existed.
TOGETHER_S = 120
# Maximum number of times to examine in one search, newest first; results are remembered.
MOMENTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """Services, and a time at which they existed.

    Attributes:
        at: epoch seconds. `services`: the time is only valid for these.
        matcher: of their series, possibly with others; empty: all.
    """

    at: int
    services: frozenset[ServiceKey]
    matcher: str = ""


def sightings(last: Mapping[ServiceKey, float]) -> Iterator[Sighting]:
    """Few times at which many of these services existed, newest first.

    Args:
        last: service → epoch seconds of its newest sample.
    """
    moments: list[dict[ServiceKey, float]] = []
    for service in sorted(last, key=lambda service: -last[service]):
        if not moments or max(moments[-1].values()) - last[service] > TOGETHER_S:
            moments.append({})
        moments[-1][service] = last[service]
    for members in moments[:MOMENTS_MAX]:
        at = right_after(min(members.values()))
        for matcher, services in matchers_of(members):
            yield Sighting(at, services, matcher)


def right_after(sample: float) -> int:
    """The time at which a sample is the newest; Prometheus 2 includes both ends of a range, and so one sample more.

    Args:
        sample: epoch seconds.
    """
    return math.floor(sample) + 1


def last_taken(search: SeriesSearch, taken: str, at: int) -> Iterator[tuple[Mapping[str, str], float]]:
    """When the samples of series were last taken in a day; only used for services that are away.

    Args:
        search: searches the series of a server.
        taken: PromQL of the samples' epoch seconds. `at`: epoch seconds of the end of the day.

    Yields:
        The labels of each series with epoch seconds; nothing if the server does not report them.
    """
    # The grid ends after the time, as a server looks back by one step.
    grid = Grid.ending(-(-at // LOOKED_BACK_S) * LOOKED_BACK_S, span=DAY, step=LOOKED_BACK_S)
    try:
        rows = search.past(taken, at, grid)
    except QueryRejected:
        return
    except SourceTimeout as error:
        if not error.by_server:
            raise
        return
    for row, seconds in zip(rows, matrix(rows, grid), strict=True):
        before = seconds[seconds <= at]
        if before.size:
            yield row.metric, float(before[-1])


def matchers_of(services: Collection[ServiceKey]) -> Iterator[tuple[str, frozenset[ServiceKey]]]:
    """Matchers by the first label that names services, one for each such label, with the selected services."""
    by_label: dict[str, set[ServiceKey]] = {}
    for service in services:
        by_label.setdefault(service.labels[0], set()).add(service)
    for label, of_label in sorted(by_label.items()):
        values = sorted({service.values[0] for service in of_label})
        yield f"{label_name(label)}=~{quoted(selectors.any_of(values))}", frozenset(of_label)
