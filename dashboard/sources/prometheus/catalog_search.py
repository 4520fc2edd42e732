"""What a server knows: its services by the presets, what is doubtful about them, and what its rules record."""

from collections.abc import Sequence
from contextlib import suppress

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.sources.catalog import Catalog
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.doubts.counting_faults import CountingFaults
from dashboard.sources.prometheus.doubts.failure_counters import FailureCounters
from dashboard.sources.prometheus.doubts.long_polling import LongPolling
from dashboard.sources.prometheus.doubts.other_counters import OtherCounters
from dashboard.sources.prometheus.doubts.other_labels import OtherLabels
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.instrumentation.scrape_interval import scrape_interval
from dashboard.sources.prometheus.instrumentation.service_infos import service_infos
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.discovery import Discovery
from dashboard.sources.prometheus.search.fallback_presets import as_toml
from dashboard.sources.prometheus.search.recording_rules import RecordedSlos, counted_by
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.search.untold import NAMED, names_there
from dashboard.sources.spec import DeclaredService

DEFAULT_SCRAPE_INTERVAL = 15.0
MINUTE = 60


class CatalogSearch:
    """Searches one server.

    Args:
        client: puts queries. `matchers`: of the operator, for every selector.
        threshold: the latency wanted as the limit of "too slow", in seconds.
        declared: services that the operator named. `vocabulary`: the words for outcomes.
        presets: of the operator, which go before those that are built in.
        cluster_labels: labels that may tell the cluster or region of a service.
    """

    def __init__(
        self,
        client: PooledClient,
        matchers: str,
        threshold: float,
        declared: Sequence[DeclaredService],
        vocabulary: Vocabulary,
        presets: Sequence[Preset],
        cluster_labels: Sequence[str],
    ) -> None:
        self._threshold, self._matchers = threshold, matchers
        self._search = SeriesSearch(client, matchers)
        self._discovery = Discovery(self._search, matchers, declared, vocabulary, presets, cluster_labels)
        self._long_polling = LongPolling(self._search)
        self._other_counters = OtherCounters(client, vocabulary)
        self._other_labels = OtherLabels(self._search, matchers, vocabulary)
        decided = [preset.name for preset in presets]
        self._failure_counters = FailureCounters(self._search, matchers, self._other_counters, decided)
        self._counting_faults = CountingFaults(self._search)
        self._recorded = RecordedSlos(self._search, matchers)

    def catalog(self, at: int) -> Catalog:
        """Which presets the server knows, their services, labels, buckets and resources; with a `Reading`.

        Raises:
            SourceError: it does not answer what is asked first of all.
        """
        instrumentations = self._discovery.find(at)
        with self._search.beside("requests that wait by design were not looked for everywhere"):
            waiting = self._long_polling.find(instrumentations, at)
        failing = self._other_counters.failing(instrumentations, at)
        contradicted = self._other_labels.failing(instrumentations, at)
        uncounted = self._failure_counters.failing(instrumentations, at)
        services = service_infos(instrumentations, self._threshold, waiting, failing, contradicted, uncounted)
        with self._search.beside("counters that are shared or fall were not looked for everywhere"):
            faults = self._counting_faults.notes(instrumentations, at)
        with self._search.beside("objectives of recording rules were not looked for everywhere"):
            recorded, unread = self._recorded.find(at)
        # A server of MetricsQL begins an increase at the last sample before its window.
        extrapolates = not self._discovery.speaks_metricsql(at)
        reading = Reading(instrumentations, counted_by(recorded), at, extrapolates=extrapolates)
        refusals = self._search.refusals
        notes = (*refusals.notes, *self._search.notes, *faults)
        nothing_found = ""
        if not services:
            # Nothing is known of what is there.
            if refusals.errors:
                raise refusals.errors[0]
            unknown, is_empty = self._nothing_known(at)
            nothing_found = next(iter(notes), "" if is_empty else unknown)
            notes = (*notes, unknown)
        intervals = tuple(instrumentation.scrape_interval for instrumentation in instrumentations)
        return Catalog(
            services,
            scrape_interval=min(intervals) if intervals else self._recording_interval(reading, at),
            notes=(*notes, *unread),
            intervals=intervals,
            count_step=count_step(instrumentations),
            counts_newest=True,
            recorded=recorded,
            suggestions=tuple(map(as_toml, self._discovery.suggested)),
            offers=self._discovery.offers,
            nothing_found=nothing_found,
            reading=reading,
        )

    def _nothing_known(self, at: int) -> tuple[str, bool]:
        """A line for a server on which no service was found, and whether it has nothing at all."""
        names = names_there(self._search, self._matchers, at)
        shown = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        there = f", while the server has others: {shown}" if names else ""
        known = len(self._discovery.presets)
        return f"no known metric among {known} presets{there}: name your own in [[presets]]", not names

    def _recording_interval(self, reading: Reading, at: int) -> float:
        """Seconds between two samples of what rules record, on a server that has nothing else."""
        intervals = []
        for metric in reading.recorded:
            selected = selectors.selector(metric, self._matchers)
            with suppress(QueryRejected):
                intervals.append(scrape_interval(self._search.instant, selected, at))
        return min(intervals, default=DEFAULT_SCRAPE_INTERVAL)


def count_step(instrumentations: Sequence[Instrumentation]) -> int:
    """The shortest step, in seconds, over which the events of all services can be counted well."""
    return max((each.count_step for each in instrumentations if each.preset.requests), default=MINUTE)
