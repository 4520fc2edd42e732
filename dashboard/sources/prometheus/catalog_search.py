"""Builds the catalog of a server: services by presets, issues in their data, and SLOs recorded by rules."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.data_quality.quality_checks import QualityChecks
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation, last_there
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.instrumentation.scrape_interval import scrape_interval
from dashboard.sources.prometheus.instrumentation.service_infos import service_infos
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.discovery import Discovery
from dashboard.sources.prometheus.search.fallback_presets import as_toml
from dashboard.sources.prometheus.search.recording_rules import RecordedSlos, counted_by
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.search.unknown_failures import NAMED, names_there
from dashboard.sources.spec import DeclaredService

DEFAULT_SCRAPE_INTERVAL = 15.0
MINUTE = 60
# Exporters of CloudWatch, Azure Monitor and Stackdriver repeat what each period had.
IS_OF_A_CLOUD = re.compile("aws_.+_(sum|average|minimum|maximum|sample_count)|(azure|azurerm|stackdriver)_.+")
OF_A_CLOUD = "; metrics of clouds are amounts of each period, no counters: read an export of them as CSV instead"
# Maximum number of searches at earlier times: one near the newest sample, and one at the sample.
LOOKS_MAX = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """What exists on the server at a time.

    Attributes:
        at: epoch seconds. `instrumentations`: of the services. `recorded`: objectives of recording rules.
        unread: one sentence for each of these that cannot be read.
    """

    at: int
    instrumentations: tuple[Instrumentation, ...]
    recorded: tuple[Slo, ...]
    unread: tuple[str, ...]


class CatalogSearch:
    """Searches one server.

    Args:
        client: sends queries. `matchers`: configured ones for every selector.
        threshold: the requested limit of "too slow" in seconds.
        declared: configured services. `vocabulary`: the words for outcomes.
        presets: configured presets, which take precedence over the built-in ones.
        cluster_labels: labels that may contain the cluster or region of a service.
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
        self._quality = QualityChecks(self._search, client, matchers, vocabulary, [preset.name for preset in presets])
        self._recorded = RecordedSlos(self._search, matchers)
        # For a server whose data have ended: epoch seconds of the end, and the catalog of that time.
        self._ended: tuple[int, Catalog] | None = None

    def catalog(self, at: int) -> Catalog:
        """The presets, services, labels, buckets and resources of the server; with a `Reading`.

        Raises:
            SourceError: it does not answer the first queries.
        """
        found = self._found(at)
        if found is None:
            assert self._ended is not None, "what has ended was searched as it was"
            return self._ended[1]
        catalog = self._described(found)
        self._ended = (found.at, catalog) if found.at < at else None
        return catalog

    def _described(self, found: _Found) -> Catalog:
        """The catalog of what was found."""
        instrumentations, recorded, at = found.instrumentations, found.recorded, found.at
        issues = self._quality.find(instrumentations, at)
        services = service_infos(
            instrumentations,
            self._threshold,
            issues.waiting,
            issues.failing,
            issues.contradicted,
            issues.uncounted,
        )
        # In MetricsQL, an increase includes the last sample before its window.
        extrapolates = not self._discovery.speaks_metricsql(at)
        reading = Reading(instrumentations, counted_by(recorded), at, extrapolates=extrapolates)
        refusals = self._search.refusals
        notes = (*refusals.notes, *self._search.notes, *issues.faults)
        nothing_found = ""
        if not services:
            # The search knows nothing of what exists.
            if refusals.errors:
                raise refusals.errors[0]
            unknown, is_empty = self._nothing_known(at)
            nothing_found = next(iter(notes), "" if is_empty else unknown)
            notes = (*notes, unknown)
        intervals = tuple(instrumentation.scrape_interval for instrumentation in instrumentations)
        return Catalog(
            services,
            scrape_interval=min(intervals) if intervals else self._recording_interval(reading, at),
            notes=(*notes, *found.unread),
            intervals=intervals,
            count_step=count_step(instrumentations),
            counts_newest=True,
            recorded=recorded,
            suggestions=tuple(map(as_toml, self._discovery.suggested)),
            offers=self._discovery.offers,
            nothing_found=nothing_found,
            reading=reading,
        )

    def _found(self, at: int) -> _Found | None:
        """What exists at a time; if all data have ended, what existed at their end.

        Args:
            at: epoch seconds.

        Returns:
            None if that end is the same as in the previous search.
        """
        asked_at = at
        for looks_left in reversed(range(LOOKS_MAX)):
            instrumentations = self._discovery.find(at)
            with self._search.best_effort("objectives of recording rules were not looked for everywhere"):
                # Rules continue to record their objectives without rates, so objectives of the earlier time come first.
                recorded, unread = self._recorded.find(at)
            moment = last_there(instrumentations, at)
            if moment is None and not recorded:
                moment = self._discovery.newest_moment(at)
            if not looks_left or moment is None or moment >= at:
                break
            if self._ended is not None and self._ended[0] == moment:
                return None
            at = moment
        if at < asked_at:
            instrumentations = tuple(
                replace(each, away={**dict.fromkeys(each.services, at), **each.away}) for each in instrumentations
            )
        return _Found(at, instrumentations, recorded, unread)

    def _nothing_known(self, at: int) -> tuple[str, bool]:
        """A line for a server without known services, and whether it has no data at all."""
        names = names_there(self._search, self._matchers, at)
        shown = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        there = f", while the server has others: {shown}" if names else ""
        known = len(self._discovery.presets)
        clouds = OF_A_CLOUD if any(map(IS_OF_A_CLOUD.fullmatch, names)) else ""
        return f"no known metric among {known} presets{there}: name your own in [[presets]]{clouds}", not names

    def _recording_interval(self, reading: Reading, at: int) -> float:
        """Seconds between two samples of recording rules, on a server that has nothing else."""
        intervals = []
        for metric in reading.recorded:
            selected = selectors.selector(metric, self._matchers)
            with suppress(QueryRejected):
                intervals.append(scrape_interval(self._search.instant, selected, at))
        return min(intervals, default=DEFAULT_SCRAPE_INTERVAL)


def count_step(instrumentations: Sequence[Instrumentation]) -> int:
    """The shortest step, in seconds, over which the events of all services can be counted accurately."""
    return max((each.count_step for each in instrumentations if each.preset.requests), default=MINUTE)
