"""The traits that distinguish services of a preset: outcome labels, bucket bounds and scrape interval."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from dashboard.outcomes import UnknownWords, Vocabulary
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import Naming, ServiceKey
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Outcome, Preset
from dashboard.sources.prometheus.search.candidates import NATIVE_BOUNDS
from dashboard.sources.prometheus.search.interval_search import IntervalSearch, Scraped
from dashboard.sources.prometheus.search.outcome_search import Outcomes, OutcomeSearch
from dashboard.sources.prometheus.search.search_answers import Refused
from dashboard.sources.prometheus.search.search_refusals import SearchRefusals
from dashboard.sources.prometheus.search.series_search import REMEMBERED_S, SeriesSearch
from dashboard.sources.prometheus.search.sightings import Sighting
from dashboard.sources.prometheus.search.unit_doubts import unit_doubt

NO_BUCKETS = "no latency buckets: quantiles and a latency objective are not available"
BUCKETS_REFUSED = "its latency buckets could not be looked for: quantiles and a latency objective are not available"
BUCKETS_IN_PART = "not all of its latency buckets could be looked for, some of its instances may have others"
NOT_SEEN = (
    "it is not there, and its latency buckets have not been looked for in the time before: quantiles and a latency "
    "objective are not available"
)
OUTCOMES_REFUSED = "failed requests cannot be recognised: the search for their labels and counters failed"


@dataclass(frozen=True, slots=True)
class Traits:
    """What the queries of a service depend on, in addition to its preset and labels.

    Attributes:
        scrape_interval: seconds between two samples.
        outcome: the label with failures, and its patterns; None if there is none.
        error_counters: the preset's failure counters of the service, with the patterns of their labels.
        outcomes_beside: further labels with failures that `outcome` does not show.
        labels: outcome labels used instead of those of the preset; empty if the preset's are used.
        bounds: `le` as written → seconds, ascending. `native`: latency is counted in a native histogram.
        native_beside: some targets have a native histogram, while others have classic buckets.
        latency_by_outcome: the buckets have the outcome label, too.
        mixed_bounds: some series have further bounds, which are ignored.
        unknown: values of these labels with an unknown meaning.
        notes: one line each: data that could not be found.
    """

    scrape_interval: float
    outcome: Outcome | None = None
    error_counters: tuple[ErrorCounter, ...] = ()
    outcomes_beside: tuple[Outcome, ...] = ()
    labels: tuple[Outcome, ...] = ()
    bounds: tuple[tuple[str, float], ...] = ()
    latency_by_outcome: bool = False
    mixed_bounds: bool = False
    unknown: tuple[UnknownWords, ...] = ()
    notes: tuple[str, ...] = ()
    native: bool = False
    native_beside: bool = False

    def unit_doubt(self, preset: Preset) -> str:
        """Why the unit of its buckets is unknown, one line; empty if it is known."""
        finite = [bound for _, bound in self.bounds if np.isfinite(bound)]
        return "" if self.native else unit_doubt(preset.bucket, preset.scale, finite)

    def without_latency(self, note: str) -> Self:
        """The same with unknown latency; `note`: why."""
        return replace(self, bounds=(), latency_by_outcome=False, mixed_bounds=False, notes=(*self.notes, note))


@dataclass(frozen=True, slots=True)
class Found:
    """The results for services.

    Attributes:
        traits: of each service.
        away: those that do not exist → epoch seconds at which they were examined last, None if never.
        sightings: the times that were examined now.
    """

    traits: Mapping[ServiceKey, Traits]
    away: Mapping[ServiceKey, int | None]
    sightings: tuple[Sighting, ...]


# Preset, metric and service.
_Key = tuple[str, str, ServiceKey]


class TraitSearch:
    """Finds the traits of all services of a preset at once: the number of queries does not depend on their number.

    Args:
        search: searches the series of a server.
        matchers: for every selector, each followed by a comma.
        vocabulary: the words for outcomes.
    """

    def __init__(self, search: SeriesSearch, matchers: str, vocabulary: Vocabulary) -> None:
        self._search = search
        self._matchers = matchers
        self._intervals = IntervalSearch(search, matchers)
        self._outcomes = OutcomeSearch(search, vocabulary)
        # (preset, metric, service) → when the service last existed, and its traits then: several presets may know one
        # metric.
        self._last: dict[_Key, tuple[int, Traits]] = {}

    def find(self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int) -> Found:
        """The traits of services; for those that are away, when they last existed.

        Args:
            preset: the matching preset. `naming`: how series name the services.
            services: all of them.
            at: epoch seconds.
        """
        self._last = {key: seen for key, seen in self._last.items() if at - seen[0] <= REMEMBERED_S}
        known = {service: seen for service in services if (seen := self._last.get(_key_of(preset, service)))}
        with self._search.best_effort("scrape intervals were not looked at everywhere"):
            scraped = self._intervals.find(preset, naming, services, known, at)
        traits = self._traits(preset, naming, services, scraped, at)
        seen_at = {service: sighting.at for sighting in scraped.sightings for service in sighting.services}
        away: dict[ServiceKey, int | None] = {}
        for service in services:
            if service in seen_at:
                traits[service] = self._remembered(_key_of(preset, service), traits[service], seen_at[service])
            elif service in known:
                seen_at[service], traits[service] = known[service]
            if service in scraped.away:
                away[service] = seen_at.get(service)
        return Found(traits, away, scraped.sightings)

    def _traits(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], scraped: Scraped, at: int
    ) -> dict[ServiceKey, Traits]:
        """Service → its traits at the time at which it is examined.

        Args:
            preset, naming, services, at: as for `find`. `scraped`: when they are examined.
        """
        intervals = scraped.intervals
        if not preset.requests:
            return {service: Traits(intervals[service]) for service in services}
        with self._search.best_effort("latency buckets were not looked for everywhere") as no_bounds:
            bounds = self._bounds(preset, naming, scraped.sightings)
            native, beside = self._native(preset, naming, services, at)
        with self._search.best_effort("labels of outcomes were not looked for everywhere") as no_outcomes:
            outcomes = self._outcomes.find(preset, naming, services, scraped.sightings, at)
        seen = {service for sighting in scraped.sightings for service in sighting.services}
        traits = {}
        for service in services:
            own = Traits(intervals[service], native=service in native, native_beside=service in beside)
            own = _with_bounds(own, preset, bounds.get(service, {}), _of(no_bounds, service))
            if service not in seen and not own.bounds:
                own = replace(own, notes=(NOT_SEEN,))
            traits[service] = _with_outcomes(own, outcomes[service], _of(no_outcomes, service))
        return traits

    def _bounds(
        self, preset: Preset, naming: Naming, sightings: Iterable[Sighting]
    ) -> dict[ServiceKey, dict[str, int]]:
        """Service → `le` as written → number of its series with it, at the time at which it is examined."""
        if not preset.bucket or preset.counts_by_native:
            return {}
        by_service: dict[ServiceKey, dict[str, int]] = {}
        for sighting in sightings:
            labels = ", ".join((*naming.labels, "le"))
            query = self._search.count_by(preset.bucket, labels, preset.matchers, sighting.matcher)
            for row in self._search.instant(query, sighting.at):
                service, le = naming.key(row.metric), row.metric.get("le", "")
                if service in sighting.services and le and row.value:
                    counts = by_service.setdefault(service, {})
                    counts[le] = counts.get(le, 0) + int(float(row.value[1]))
        return by_service

    def _native(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> tuple[Collection[ServiceKey], Collection[ServiceKey]]:
        """The services whose latency may be in the preset's native histogram, and those with only a part in it."""
        if not preset.native:
            return (), ()
        if preset.counts_by_native:
            return services, ()
        # On a server with native histograms, many services only have a request counter. A summary may have the same
        # name.
        labels = naming.labels
        every = selectors.selector(preset.native, self._matchers, 'quantile=""', preset.matchers)
        alone = selectors.without_classic(every, selectors.selector(preset.bucket, self._matchers, preset.matchers))
        sets = []
        for selected in (every, alone):
            query = f"count by ({', '.join(labels)}) ({selected})"
            rows = (dict(zip(labels, values, strict=True)) for values in self._search.recent(query, labels, at))
            sets.append({service for row in rows if (service := naming.key(row)) is not None})
        return (() if preset.counts_by_classic else sets[0]), sets[1]

    def _remembered(self, key: _Key, traits: Traits, at: int) -> Traits:
        """The traits of a service that exists at a time; only its buckets may be away."""
        _, before = self._last.get(key, (at, traits))
        if before.bounds and not traits.bounds:
            return before
        self._last[key] = (at, traits)
        return traits


def _key_of(preset: Preset, service: ServiceKey) -> _Key:
    return preset.name, preset.metric, service


def _of(refusals: SearchRefusals, service: ServiceKey) -> Refused | None:
    """Why something may be unknown about a service; None if nothing about it was refused."""
    return refusals.concerning(dict(zip(service.labels, service.values, strict=True)))


def _with_outcomes(traits: Traits, outcomes: Outcomes, refusal: Refused | None) -> Traits:
    """Add the outcomes; `refusal`: why they may be incomplete."""
    notes = outcomes.notes
    if refusal is not None and outcomes.first is None and not outcomes.error_counters:
        notes = (f"{OUTCOMES_REFUSED}: {refusal}",)
    return replace(
        traits,
        outcome=outcomes.first,
        outcomes_beside=outcomes.beside,
        labels=outcomes.labels,
        error_counters=outcomes.error_counters,
        latency_by_outcome=outcomes.on_buckets and bool(traits.bounds),
        unknown=outcomes.unknown,
        notes=(*notes, *traits.notes),
    )


def _with_bounds(traits: Traits, preset: Preset, counts: Mapping[str, int], refusal: Refused | None) -> Traits:
    """Add the bounds of latency; classic buckets take precedence over a native histogram.

    Args:
        traits: without bounds; `native`: whether it has a native histogram. `preset`: of the service.
        counts: `le` as written → number of series with it. If instances have different bounds, only common ones can be
            summed.
        refusal: why they may be incomplete.
    """
    if traits.native and not counts and refusal is None:
        return replace(traits, bounds=NATIVE_BOUNDS, native_beside=False)
    traits = replace(traits, native=False, native_beside=traits.native_beside and bool(counts))
    series: dict[float, int] = {}
    for text, count in counts.items():
        series[_bound(text)] = series.get(_bound(text), 0) + count
    shared = {text: _bound(text) * preset.scale for text in counts if series[_bound(text)] == max(series.values())}
    ascending = tuple(sorted(shared.items(), key=lambda item: item[1]))
    # If everything is in the last bucket, the distribution is unknown.
    if not any(np.isfinite(bound) for _, bound in ascending):
        ascending = ()
    notes = [] if ascending else [NO_BUCKETS]
    if refusal is not None:
        notes = [f"{BUCKETS_IN_PART if ascending else BUCKETS_REFUSED}: {refusal}"]
    if ascending and len(shared) < len(counts):
        notes.append("its instances have different latency buckets: only the bounds that all of them have are used")
    if ascending and not np.isinf(ascending[-1][1]):
        notes.append(
            f"its latency buckets end at {ascending[-1][1]:g} s: what is slower is known to be slower, no more"
        )
    return replace(traits, bounds=ascending, mixed_bounds=len(shared) < len(counts), notes=tuple(notes))


def _bound(text: str) -> float:
    return float(text.replace("Inf", "inf"))
