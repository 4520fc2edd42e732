"""Finds when and how often targets of services are scraped, also for services that are away."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import Naming, ServiceKey
from dashboard.sources.prometheus.instrumentation.scrape_interval import (
    DEFAULT_INTERVAL,
    SPANS,
    common_interval,
    denser,
    is_steady,
    most_within,
)
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.search.sightings import Sighting, last_taken, matchers_of, sightings
from dashboard.timerange import HOUR

# Maximum number of services that are away for which earlier times are searched; the next search continues.
AWAY_MOST = 50
# Missing scrapes after which a service is away, as a rate over four of them no longer exists.
MISSED_MOST = 3

# Service → number of samples by span, as for `common_interval`.
Samples = dict[ServiceKey, dict[int, float]]


@dataclass(frozen=True, slots=True)
class Scraped:
    """When and how often services are scraped.

    Attributes:
        intervals: service → seconds between two samples of its most rarely scraped targets.
        sightings: times at which they exist: the present first, if any exist now.
        away: services that do not exist at present.
    """

    intervals: Mapping[ServiceKey, float]
    sightings: tuple[Sighting, ...]
    away: frozenset[ServiceKey]


@dataclass(frozen=True, slots=True)
class _Look:
    """Samples of services at a time, and epoch seconds of the newest sample of those that exist."""

    samples: Samples = field(default_factory=dict)
    newest: dict[ServiceKey, float] = field(default_factory=dict)


class IntervalSearch:
    """Finds scrape intervals, and when services existed.

    Args:
        search: searches the series of a server.
        matchers: for every selector, each followed by a comma.
    """

    def __init__(self, search: SeriesSearch, matchers: str) -> None:
        self._search = search
        self._matchers = matchers

    def find(
        self,
        preset: Preset,
        naming: Naming,
        services: Collection[ServiceKey],
        known: Collection[ServiceKey],
        at: int,
    ) -> Scraped:
        """How services are scraped at a time.

        Args:
            preset: the matching preset. `naming`: how series name the services.
            services: all of them. `known`: those that need not be searched if they are away.
            at: epoch seconds.
        """
        look = self._look(preset, naming, at)
        samples, newest = look.samples, look.newest
        # Services that could not be queried are not reported as away.
        newest |= {service: float(at) for service in services if service not in newest and self._is_refused(service)}
        unsure = [service for service in newest if not is_steady(samples.get(service, {}))]
        self._look_back(samples, preset, naming, unsure, at)
        intervals = {service: common_interval(samples[service]) for service in services if service in samples}
        away = frozenset(
            service
            for service in services
            if service not in newest or at - newest[service] > MISSED_MOST * intervals.get(service, DEFAULT_INTERVAL)
        )
        there = frozenset(services) - away
        sighted = tuple(self._sightings(preset, naming, sorted(away - set(known))[:AWAY_MOST], newest, at))
        for sighting in sighted:
            seen = self._look(preset, naming, sighting.at, sighting.matcher).samples
            intervals |= {service: common_interval(seen[service]) for service in sighting.services if service in seen}
        # Most targets of a server have the same interval.
        usual = Counter(intervals.values()).most_common(1)[0][0] if intervals else DEFAULT_INTERVAL
        present = (Sighting(at, there),) if there else ()
        return Scraped({service: intervals.get(service, usual) for service in services}, (*present, *sighted), away)

    def _is_refused(self, service: ServiceKey) -> bool:
        labels = dict(zip(service.labels, service.values, strict=True))
        return self._search.refusals.concerning(labels) is not None

    def _sightings(
        self, preset: Preset, naming: Naming, away: Collection[ServiceKey], newest: Mapping[ServiceKey, float], at: int
    ) -> Collection[Sighting]:
        """When services that are away last existed; those with an unknown time are omitted.

        Args:
            preset, naming: as for `find`. `away`: these services.
            newest: service → epoch seconds of its newest known sample. `at`: epoch seconds.
        """
        last = {service: newest[service] for service in away if service in newest}
        for matcher, services in matchers_of([service for service in away if service not in newest]):
            for metric, seconds in last_taken(self._search, self._newest(preset, naming, matcher), at):
                service = naming.key(metric)
                if service in services:
                    last[service] = max(seconds, last.get(service, seconds))
        return list(sightings(last))

    def _look_back(
        self, samples: Samples, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> None:
        """Add the largest number of samples of services at any time in the hour before a time."""
        for matcher, _ in matchers_of(services):
            try:
                most = self._look(preset, naming, at, matcher, HOUR).samples
            except (QueryRejected, SourceTimeout) as error:
                # A server may not support subqueries, or be too slow for them.
                if isinstance(error, SourceTimeout) and not error.by_server:
                    raise
                return
            for service, counts in most.items():
                samples[service] = denser(samples.get(service, {}), counts)

    def _look(self, preset: Preset, naming: Naming, at: int, matcher: str = "", within: int | None = None) -> _Look:
        """Samples of each service's target with the fewest, and the newest sample of any target.

        Args:
            preset: the matching preset. `naming`: how series name the services. `at`: epoch seconds.
            matcher: restricts to some services; empty: all.
            within: the maximum in this many seconds, without the newest sample; None: at the newest time.
        """
        selected = self._selectors(preset, matcher)
        by = ", ".join(naming.labels)
        by_target = ", ".join(dict.fromkeys((*naming.labels, "instance", "pod")))
        # By target, as more frequently scraped targets would hide failures of the others. By pod as well, so that the
        # query can be split if the server limits it.
        counts = {span: " or ".join(f"count_over_time({each}[{span}s])" for each in selected) for span in SPANS}
        counted = {span: f"min by ({by}) (max by ({by_target}) ({count}))" for span, count in counts.items()}
        if within is not None:
            counted = {span: most_within(count, span, within) for span, count in counted.items()}
        queries = list(counted.values())
        if within is None and not matcher:
            queries.append(self._newest(preset, naming))
        answers = iter(self._together(queries, at))
        look = _Look()
        for span, rows in zip(counted, answers, strict=False):
            for service, count in _values(naming, rows):
                # One row per combination of label values that name a service, such as two jobs.
                of_service = look.samples.setdefault(service, {})
                of_service[span] = min(count, of_service.get(span, count))
        for service, seconds in _values(naming, next(answers, ())):
            look.newest[service] = max(seconds, look.newest.get(service, seconds))
        return look

    def _together(self, queries: list[str], at: int) -> list[list[Series]]:
        """The results of several queries; the last one, about the newest sample, may be refused."""
        try:
            return self._search.together(queries, at)
        except QueryRejected:
            if len(queries) == len(SPANS):
                raise
            answers = self._search.together(queries[:-1], at)
        # If the server does not report times of samples, services with samples in the longest span exist.
        return [*answers, [Series(row.metric, value=(at, str(at))) for row in answers[0]]]

    def _newest(self, preset: Preset, naming: Naming, matcher: str = "") -> str:
        """A query for epoch seconds of the newest sample of each existing service."""
        taken = (f"timestamp({each})" for each in self._selectors(preset, matcher))
        return f"max by ({', '.join(naming.labels)}) ({' or '.join(taken)})"

    def _selectors(self, preset: Preset, matcher: str) -> list[str]:
        # Some targets may have native histograms, others classic series.
        metrics = (preset.metric, preset.native) if preset.counts_by_classic else (preset.metric,)
        return [selectors.selector(metric, self._matchers, preset.matchers, matcher) for metric in metrics]


def _values(naming: Naming, rows: Iterable[Series]) -> Iterator[tuple[ServiceKey, float]]:
    """The service and value of each row."""
    for row in rows:
        service = naming.key(row.metric)
        if service is not None:
            yield service, float(row.value[1]) if row.value else 0.0
