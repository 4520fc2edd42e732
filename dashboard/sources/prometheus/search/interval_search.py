"""When, and how often, the targets of services are scraped; of those that are away, when and how often they were."""

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

# Of this many services that are away it is looked when they were there; the next search looks at others.
AWAY_MOST = 50
# Scrapes that may be missing until a service is away: a rate over four of them is there no longer.
MISSED_MOST = 3

# Service → samples by span, as for `common_interval`.
Samples = dict[ServiceKey, dict[int, float]]


@dataclass(frozen=True, slots=True)
class Scraped:
    """When and how often services are scraped.

    Attributes:
        intervals: service → seconds between two samples of its targets that are scraped the most seldom.
        sightings: moments at which they are there: the present first, where it holds any of them.
        away: services that are not there at present.
    """

    intervals: Mapping[ServiceKey, float]
    sightings: tuple[Sighting, ...]
    away: frozenset[ServiceKey]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of services at a moment: their samples, and epoch seconds of the newest of those that are there."""

    samples: Samples = field(default_factory=dict)
    newest: dict[ServiceKey, float] = field(default_factory=dict)


class IntervalSearch:
    """Finds scrape intervals, and when services are there.

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
        """How services are scraped at a moment.

        Args:
            preset: what they were recognised by. `naming`: how series name them.
            services: all of them. `known`: those that need not be looked at where they are away.
            at: epoch seconds.
        """
        look = self._look(preset, naming, at)
        samples, newest = look.samples, look.newest
        # What could not be asked about is not said to be away.
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
        # Targets of one server are mostly scraped alike.
        usual = Counter(intervals.values()).most_common(1)[0][0] if intervals else DEFAULT_INTERVAL
        present = (Sighting(at, there),) if there else ()
        return Scraped({service: intervals.get(service, usual) for service in services}, (*present, *sighted), away)

    def _is_refused(self, service: ServiceKey) -> bool:
        labels = dict(zip(service.labels, service.values, strict=True))
        return self._search.refusals.concerning(labels) is not None

    def _sightings(
        self, preset: Preset, naming: Naming, away: Collection[ServiceKey], newest: Mapping[ServiceKey, float], at: int
    ) -> Collection[Sighting]:
        """When services that are away were there; those of which nobody knows are in none.

        Args:
            preset, naming: as for `find`. `away`: these services.
            newest: service → epoch seconds of a newest sample that is known already. `at`: epoch seconds.
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
        """Add the most samples that some services had at any time in the hour before a moment."""
        for matcher, _ in matchers_of(services):
            try:
                most = self._look(preset, naming, at, matcher, HOUR).samples
            except (QueryRejected, SourceTimeout) as error:
                # Servers may have no subqueries, or no time for them.
                if isinstance(error, SourceTimeout) and not error.by_server:
                    raise
                return
            for service, counts in most.items():
                samples[service] = denser(samples.get(service, {}), counts)

    def _look(self, preset: Preset, naming: Naming, at: int, matcher: str = "", within: int | None = None) -> _Look:
        """Samples of the targets of each service that have the fewest, and the newest of any.

        Args:
            preset: what they were recognised by. `naming`: how series name them. `at`: epoch seconds.
            matcher: of some services; empty: of all.
            within: the most in this many seconds, and no newest; None: of the newest.
        """
        selected = self._selectors(preset, matcher)
        by = ", ".join(naming.labels)
        by_target = ", ".join(dict.fromkeys((*naming.labels, "instance", "pod")))
        # By target: beside one that is scraped more often the others would hold too few samples for their failures. By
        # pod, too, so that it can be put in parts where a server limits it.
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
                # One row for each value of labels that would name a service, too, such as that of two jobs.
                of_service = look.samples.setdefault(service, {})
                of_service[span] = min(count, of_service.get(span, count))
        for service, seconds in _values(naming, next(answers, ())):
            look.newest[service] = max(seconds, look.newest.get(service, seconds))
        return look

    def _together(self, queries: list[str], at: int) -> list[list[Series]]:
        """What comes of some queries; that about the newest sample, which is the last, may be refused."""
        try:
            return self._search.together(queries, at)
        except QueryRejected:
            if len(queries) == len(SPANS):
                raise
            answers = self._search.together(queries[:-1], at)
        # Of a server that does not tell when samples were taken, what had any in the longest span is there.
        return [*answers, [Series(row.metric, value=(at, str(at))) for row in answers[0]]]

    def _newest(self, preset: Preset, naming: Naming, matcher: str = "") -> str:
        """Epoch seconds of the newest sample of each service that is there."""
        taken = (f"timestamp({each})" for each in self._selectors(preset, matcher))
        return f"max by ({', '.join(naming.labels)}) ({' or '.join(taken)})"

    def _selectors(self, preset: Preset, matcher: str) -> list[str]:
        # Targets of native histograms may be beside those of classic series.
        metrics = (preset.metric, preset.native) if preset.counts_by_classic else (preset.metric,)
        return [selectors.selector(metric, self._matchers, preset.matchers, matcher) for metric in metrics]


def _values(naming: Naming, rows: Iterable[Series]) -> Iterator[tuple[ServiceKey, float]]:
    """The services of rows, each with the value of the row."""
    for row in rows:
        service = naming.key(row.metric)
        if service is not None:
            yield service, float(row.value[1]) if row.value else 0.0
