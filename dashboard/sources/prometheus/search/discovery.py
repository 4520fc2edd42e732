"""Discovers the presets on a server, and the labels, outcomes, buckets and resources of each service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation import own_presets, selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation, assign_services
from dashboard.sources.prometheus.instrumentation.naming import LabelValues, Naming, ServiceKey
from dashboard.sources.prometheus.presets import with_own
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search import unknown_failures
from dashboard.sources.prometheus.search.candidates import markers
from dashboard.sources.prometheus.search.fallback import Fallback
from dashboard.sources.prometheus.search.offers import Offers, OfferSearch
from dashboard.sources.prometheus.search.preset_search import PresetSearch
from dashboard.sources.prometheus.search.probe_search import NONE, Probes, probes_of
from dashboard.sources.prometheus.search.recording_rules import METRICS
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.search.sightings import last_taken
from dashboard.sources.prometheus.search.traits import Traits, TraitSearch
from dashboard.sources.spec import DeclaredService

NO_WORDS = Vocabulary()

# Maps a query, labels and epoch seconds to the values of these labels.
Search = Callable[[str, Sequence[str], int], set[LabelValues]]


class Discovery:
    """Searches one server for presets and services.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        declared: configured services.
        presets: configured presets, which take precedence over the built-in ones.
        vocabulary: the words for outcomes, including configured ones.
        cluster_labels: labels that may contain the cluster of a service; the first one of a metric is used.

    Attributes:
        presets: all known presets.
        suggested: presets for otherwise unknown services, from the last search.
        offers: further counters on targets of known services, one line each.
    """

    def __init__(
        self,
        search: SeriesSearch,
        matchers: str = "",
        declared: Sequence[DeclaredService] = (),
        vocabulary: Vocabulary = NO_WORDS,
        presets: Sequence[Preset] = (),
        cluster_labels: Sequence[str] = (),
    ) -> None:
        self.presets = with_own(presets)
        self._own = [preset for preset in self.presets if preset in presets]
        self._own_names = {preset.name for preset in presets}
        self._preset_search = PresetSearch(search, matchers, self.presets, cluster_labels)
        self._search = search
        self._matchers = matchers
        self._declared = declared
        self._traits = TraitSearch(search, matchers, vocabulary)
        self._offers = OfferSearch(search, matchers)
        self._fallback = Fallback(search, matchers, vocabulary)
        self.suggested: list[Preset] = []
        self.offers: tuple[str, ...] = ()

    def find(self, at: int) -> tuple[Instrumentation, ...]:
        """All instrumentations at a time, most specific first: declared services, then presets in order."""
        self._search.begin()
        presets = self._preset_search.present(at)
        # If no metric can be searched at all, nothing is known about the server.
        if not presets and self._search.refusals.errors:
            raise self._search.refusals.errors[0]
        groups = self._declared_groups(presets)
        instrumentations = [each for group in groups for each in self._find_declared(*group, at)]
        instrumentations += [each for preset in presets for each in self._find_preset(preset, at)]
        unused = own_presets.unused(self._own, {preset.name for preset in presets}, instrumentations)
        self._search.notes = (*self._search.notes, *unused)
        self.suggested = self._fallback.presets({preset.metric for preset in presets}, at)
        self.offers = tuple(self._fallback.offers((*presets, *self.suggested), at))
        self._preset_search.find_clusters([preset.marker for preset in self.suggested], at)
        known = self._preset_search.with_native(self.suggested, at)
        instrumentations += [each for preset in known for each in self._find_preset(preset, at)]
        # Only instrumentations with services count as known.
        speaking = [each.preset for each in instrumentations if each.services]
        self._search.notes += tuple(unknown_failures.notes(self._search, self._matchers, speaking, at))
        preferred = {service.name: service.preset for service in self._declared if service.preset and not service.match}
        named = [service.name for service in self._declared if service.preset or service.match]
        return assign_services(instrumentations, preferred, named)

    def newest_moment(self, at: int) -> int | None:
        """Epoch seconds, at most minutes after the newest sample of any preset or objective in the day before `at`."""
        names = "|".join((*markers(self.presets), *METRICS))
        # Without names, series of several metrics may be equal, so timestamp() cannot be applied to all of them.
        there = f"count({selectors.selector('', self._matchers, f'__name__=~{quoted(names)}')}) * 0 + time()"
        return max((int(seconds) for _, seconds in last_taken(self._search, there, at)), default=None)

    def speaks_metricsql(self, at: int) -> bool:
        """Whether the server supports MetricsQL, in which an increase includes the last sample before its window."""
        try:
            # `default` is an operator in MetricsQL and a syntax error in PromQL.
            self._search.instant("1 default 2", at)
        except QueryRejected:
            return False
        return True

    # --- which services --------------------------------------------------------------------------------------------

    def _declared_groups(
        self, presets: Sequence[Preset]
    ) -> list[tuple[list[Preset], tuple[str, ...], list[DeclaredService]]]:
        """Declared services that can be searched together: the presets to try, their labels, the services."""
        groups: dict[tuple[str, tuple[str, ...]], list[DeclaredService]] = {}
        for service in self._declared:
            if service.match:
                groups.setdefault((service.preset, tuple(sorted(service.match))), []).append(service)
        return [
            ([preset for preset in presets if name in ("", preset.name)], labels, services)
            for (name, labels), services in groups.items()
        ]

    def _find_declared(
        self, presets: Sequence[Preset], labels: tuple[str, ...], services: Sequence[DeclaredService], at: int
    ) -> list[Instrumentation]:
        # Labels are configured without regard to the metrics that have them.
        naming = Naming((labels,))
        for preset in presets:
            there = self._services(preset, naming, at)
            declared = {
                service.name: ServiceKey(labels, tuple(map(service.match.__getitem__, labels))) for service in services
            }
            present = {name: key for name, key in declared.items() if key in there}
            if present:
                return self._describe(preset, naming, present, at)
        return []

    def _find_preset(self, preset: Preset, at: int) -> list[Instrumentation]:
        """The instrumentations of a preset on this server; empty if its services cannot be named."""
        naming = Naming(preset.service_labels, self._preset_search.cluster_label(preset.marker))
        services = {naming.name(key): key for key in sorted(self._services(preset, naming, at))}
        return self._describe(preset, naming, services, at) if services else []

    def _services(self, preset: Preset, naming: Naming, at: int) -> set[ServiceKey]:
        """The services that the metric has or recently had, except those that have become native."""
        search = self._search.current if preset.ephemeral else self._search.recent

        def there(query: str, search: Search = search) -> set[ServiceKey]:
            rows = (dict(zip(naming.labels, values, strict=True)) for values in search(query, naming.labels, at))
            return {key for row in rows if (key := naming.key(row)) is not None}

        def counted(metric: str) -> str:
            return self._search.count_by(metric, ", ".join(naming.labels), preset.matchers)

        services = there(self._services_query(preset, naming))
        if preset.exclusive and services:
            services &= there(counted(preset.marker))
        if preset.counts_by_classic:
            services -= there(counted(preset.native), self._search.current) - there(
                counted(preset.metric), self._search.current
            )
        return services

    def _services_query(self, preset: Preset, naming: Naming) -> str:
        """A query that counts the series of a preset by service, without those counted by an earlier one.

        Targets may have a counter that the preset prefers, and a configured preset may name the series.
        """
        selected = selectors.selector(preset.metric, self._matchers, preset.matchers)
        for metric in preset.instead_of:
            selected += f" unless on (job, instance) {selectors.selector(metric, self._matchers)}"
        for own in takewhile(lambda own: own.name != preset.name, self._own):
            if preset.metric in (own.requests, *own.or_requests):
                for alternative in own.service_labels:
                    named = ",".join(f'{label}!=""' for label in alternative)
                    selected += f" unless {selectors.selector(preset.metric, self._matchers, own.matchers, named)}"
        return f"count by ({', '.join(naming.labels)}) ({selected})"

    # --- what is known of them -------------------------------------------------------------------------------------

    def _describe(
        self, preset: Preset, naming: Naming, services: Mapping[str, ServiceKey], at: int
    ) -> list[Instrumentation]:
        """One instrumentation for all services with the same labels and traits: bounds, outcomes, scrape interval."""
        there = frozenset(services.values())
        searched = self._traits.find(preset, naming, services.values(), at)
        # The author of a configured preset decides what a request is.
        probes = {} if preset.name in self._own_names else probes_of(self._search, preset, naming, there, at)
        groups: dict[tuple[tuple[str, ...], Traits, Probes], dict[str, ServiceKey]] = {}
        for name, key in services.items():
            groups.setdefault((key.labels, searched.traits[key], probes.get(key, NONE)), {})[name] = key
        slowest = max(each.scrape_interval for each in searched.traits.values())
        alternatives = sorted({key.labels for key in services.values()})
        offers = self._offers.find(preset, alternatives, slowest, searched.sightings, at, is_whole=not searched.away)
        instrumentations = []
        for (labels, shared, left_out), members in groups.items():
            finer = naming.finer(next(iter(members.values())), services.values())
            matchers = ",".join(filter(None, (preset.matchers, finer, left_out.matchers)))
            notes = (*preset.notes, left_out.note) if left_out.labels else preset.notes
            own = replace(preset, matchers=matchers, outcomes=shared.labels or preset.outcomes, notes=notes)
            if preset.name not in self._own_names and (doubt := shared.unit_doubt(preset)):
                # A mean in that unit would be as wrong.
                own, shared = replace(own, mean=None), shared.without_latency(doubt)
            away = {name: searched.away[key] for name, key in members.items() if key in searched.away}
            instrumentations.append(self._instrumentation(own, labels, members, shared, offers, away))
        return instrumentations

    def _instrumentation(
        self,
        preset: Preset,
        labels: tuple[str, ...],
        members: Mapping[str, ServiceKey],
        shared: Traits,
        offers: Offers,
        away: Mapping[str, int | None],
    ) -> Instrumentation:
        return Instrumentation(
            preset,
            labels,
            {name: key.values for name, key in members.items()},
            shared.scrape_interval,
            matchers=self._matchers,
            outcome=shared.outcome,
            error_counters=shared.error_counters,
            outcomes_beside=shared.outcomes_beside,
            bounds=shared.bounds,
            latency_by_outcome=shared.latency_by_outcome,
            mixed_bounds=shared.mixed_bounds,
            unknown=shared.unknown,
            labels=tuple(label for label in offers.labels if label not in labels),
            resources=offers.resources[labels],
            notes=(*shared.notes, *preset.caveats),
            native=shared.native,
            native_beside=shared.native_beside,
            cluster_label=self._preset_search.cluster_label(preset.marker),
            away=away,
        )
