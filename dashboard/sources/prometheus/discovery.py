"""What a Prometheus has: which presets, and of each service its labels, outcomes, buckets and resources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.candidates import candidates, markers, native_names
from dashboard.sources.prometheus.fallback import Fallback
from dashboard.sources.prometheus.instrumentation import Instrumentation, assign_services
from dashboard.sources.prometheus.preset import Preset, ResourceQuery
from dashboard.sources.prometheus.presets import with_own
from dashboard.sources.prometheus.series_search import LabelValues, SeriesSearch
from dashboard.sources.prometheus.traits import Traits, TraitSearch
from dashboard.sources.spec import DeclaredService

# Scrapes that a rate is taken over: one that is late or lost leaves no gap.
RATE_SCRAPES = 4
# So many metrics with dotted names are named.
DOTTED_NAMED = 3
NO_WORDS = Vocabulary()


class Discovery:
    """Looks for presets and services on one server.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        declared: services that the operator named.
        presets: of the operator, which go before those that are built in.
        vocabulary: the words for outcomes, with what the configuration adds.
        cluster_labels: labels that may tell the cluster of a service; the first that a metric has does.

    Attributes:
        presets: all that are known.
        suggested: presets for what none of them describes, of the last search.
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
        self._cluster_labels = tuple(cluster_labels)
        # Metric → the label that tells the cluster on its series.
        self._cluster_label: dict[str, str] = {}
        self._own = tuple(presets)
        self.presets = with_own(presets)
        self._search = search
        self._matchers = matchers
        self._declared = declared
        self._traits = TraitSearch(search, matchers, vocabulary)
        self._fallback = Fallback(search, matchers, vocabulary)
        self.suggested: list[Preset] = []

    def find(self, at: int) -> tuple[Instrumentation, ...]:
        """Everything at a moment, most specific first: what was declared, then the presets in their order."""
        self._search.notes = ()
        presets = self._present_presets(at)
        groups = self._declared_groups(presets)
        instrumentations = [each for group in groups for each in self._find_declared(*group, at)]
        instrumentations += [each for preset in presets for each in self._find_preset(preset, at)]
        self.suggested = self._fallback.presets({preset.metric for preset in presets}, at)
        self._cluster_label |= self._clusters_of([preset.marker for preset in self.suggested], at)
        instrumentations += [each for preset in self.suggested for each in self._find_preset(preset, at)]
        self._note_dotted_names(at)
        preferred = {service.name: service.preset for service in self._declared if service.preset and not service.match}
        return assign_services(instrumentations, preferred)

    def speaks_metricsql(self, at: int) -> bool:
        """The server speaks MetricsQL: an increase then begins at the last sample before its window."""
        try:
            # `default` is an operator of MetricsQL and a syntax error of PromQL.
            self._search.instant("1 default 2", at)
        except QueryRejected:
            return False
        return True

    # --- which presets ---------------------------------------------------------------------------------------------

    def _present_presets(self, at: int) -> list[Preset]:
        labels = ("__name__", *self._cluster_labels)
        # A summary has the name of a native histogram, and a label for its quantiles.
        marker = f'__name__=~"{"|".join(markers(self.presets))}",quantile=""'
        try:
            query = self._search.count_by("", ", ".join(labels), marker)
            names = self._search.recent(query, ("__name__",), at, self._cluster_labels)
        except QueryRejected:
            # Some servers allow no pattern for a name: then each is asked for by itself.
            every = markers(self.presets)
            exact = (self._search.count_by(metric, ", ".join(labels), 'quantile=""') for metric in every)
            names = {
                values
                for query in exact
                for values in self._search.recent(query, ("__name__",), at, self._cluster_labels)
            }
        present = {metric for metric, *_ in names}
        self._cluster_label = self._labels_of_clusters(names)
        native = {metric for metric in native_names(self.presets) & present if self._is_native(metric, at)}
        self._note_missing(present)
        return candidates(self.presets, present, native)

    def _clusters_of(self, metrics: Sequence[str], at: int) -> dict[str, str]:
        """Metric → the label that tells the cluster on its series now."""
        if not metrics or not self._cluster_labels:
            return {}
        labels = ("__name__", *self._cluster_labels)
        query = self._search.count_by("", ", ".join(labels), f'__name__=~"{"|".join(metrics)}"')
        return self._labels_of_clusters(self._search.current(query, ("__name__",), at, self._cluster_labels))

    def _labels_of_clusters(self, names: set[LabelValues]) -> dict[str, str]:
        """Metric → the first of the labels for clusters that any of its series has."""
        there: dict[str, str] = {}
        # From the last label to the first, so that the first stays.
        for place in reversed(range(len(self._cluster_labels))):
            there |= {values[0]: self._cluster_labels[place] for values in names if values[1 + place]}
        return there

    def _note_missing(self, present: set[str]) -> None:
        """A preset that the operator wrote is expected to be of use."""
        for preset in self._own:
            if preset.marker not in present:
                note = f"preset {preset.name}: the server has no {preset.marker}: check the name of the metric"
                self._search.notes = (*self._search.notes, note)

    def _note_dotted_names(self, at: int) -> None:
        """Metrics as OpenTelemetry names them are not those that presets know."""
        query = self._search.count_by("", "__name__", '__name__=~".+[.].+"')
        try:
            names = sorted(row.metric["__name__"] for row in self._search.instant(query, at))
        except QueryRejected:
            return
        if names:
            shown = ", ".join(names[:DOTTED_NAMED]) + (" …" if len(names) > DOTTED_NAMED else "")
            note = (
                f"metrics with dots in their names are not read ({shown}): let the server or the "
                "collector write underscores (Prometheus: metric_name_escaping_scheme: underscores, or "
                "translation_strategy: UnderscoreEscapingWithSuffixes under otlp; VictoriaMetrics: "
                "-opentelemetry.usePrometheusNaming)"
            )
            self._search.notes = (*self._search.notes, note)

    def _is_native(self, metric: str, at: int) -> bool:
        query = f"count(histogram_count({selectors.selector(metric, self._matchers)}))"
        try:
            return bool(self._search.recent(query, (), at))
        except QueryRejected as error:
            note = f"{metric} was not read as a native histogram: {error}"
            self._search.notes = (*self._search.notes, note)
            return False

    # --- which services --------------------------------------------------------------------------------------------

    def _declared_groups(
        self, presets: Sequence[Preset]
    ) -> list[tuple[list[Preset], tuple[str, ...], list[DeclaredService]]]:
        """Declared services that can be asked for together: the presets to try, their labels, the services."""
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
        # The operator names labels, and need not know which metrics bear them.
        for preset in presets:
            there = self._label_values(preset, labels, at)
            declared = {service.name: tuple(service.match[label] for label in labels) for service in services}
            present = {name: values for name, values in declared.items() if values in there}
            if present:
                return self._describe(preset, labels, present, at)
        return []

    def _find_preset(self, preset: Preset, at: int) -> list[Instrumentation]:
        """How this server has a preset; nothing when its services cannot be named."""
        instrumentations = []
        cluster = self._cluster_label.get(preset.marker, "")
        for own in preset.service_labels:
            labels = (*own, cluster) if cluster and cluster not in own else own
            there = self._label_values(preset, labels, at)
            if there:
                services = {_name(values, clustered=labels is not own): values for values in sorted(there)}
                instrumentations += self._describe(preset, labels, services, at)
                # Series that these labels name are not named by coarser ones, too.
                preset = replace(preset, matchers=f'{preset.matchers},{own[-1]}=""'.strip(","))
        return instrumentations

    def _label_values(self, preset: Preset, labels: Sequence[str], at: int) -> set[LabelValues]:
        """The values of the service labels that the metric has or lately had, without what has become native."""
        search = self._search.current if preset.ephemeral else self._search.recent
        there = search(self._services_query(preset, labels), labels, at)
        if preset.exclusive and there:
            marked = self._search.count_by(preset.marker, ", ".join(labels), preset.matchers)
            there &= search(marked, labels, at)
        if preset.counts_by_classic:
            query = self._search.count_by(preset.metric, ", ".join(labels), preset.matchers)
            native = self._search.count_by(preset.native, ", ".join(labels), preset.matchers)
            there -= self._search.current(native, labels, at) - self._search.current(query, labels, at)
        return there

    def _services_query(self, preset: Preset, labels: Sequence[str]) -> str:
        """Counts the series of a preset by service, without the targets that have a counter before this one."""
        selected = selectors.selector(preset.metric, self._matchers, preset.matchers)
        for metric in preset.instead_of:
            selected += f" unless on (job, instance) {selectors.selector(metric, self._matchers)}"
        return f"count by ({', '.join(labels)}) ({selected})"

    # --- what is known of them -------------------------------------------------------------------------------------

    def _describe(
        self, preset: Preset, labels: tuple[str, ...], services: Mapping[str, LabelValues], at: int
    ) -> list[Instrumentation]:
        """One for all services that have the same traits: bounds, outcomes, scrape interval."""
        traits = self._traits.find(preset, labels, services, at)
        breakdowns = self._breakdowns(preset, labels, at)
        resources = tuple(self._resources(preset, labels, traits, at))
        groups: dict[Traits, dict[str, LabelValues]] = {}
        for name, values in services.items():
            groups.setdefault(traits[name], {})[name] = values
        return [
            Instrumentation(
                preset,
                labels,
                members,
                shared.scrape_interval,
                matchers=self._matchers,
                outcome=shared.outcome,
                error_counters=shared.error_counters,
                outcomes_beside=shared.outcomes_beside,
                bounds=shared.bounds,
                latency_by_outcome=shared.latency_by_outcome,
                mixed_bounds=shared.mixed_bounds,
                unknown=shared.unknown,
                labels=breakdowns,
                resources=resources,
                notes=(*shared.notes, *preset.caveats),
                native=shared.native,
                cluster_label=self._cluster_label.get(preset.marker, ""),
            )
            for shared, members in groups.items()
        ]

    def _breakdowns(self, preset: Preset, labels: tuple[str, ...], at: int) -> tuple[str, ...]:
        """The labels of a preset that its requests have here."""
        offered = [label for label in preset.breakdowns if preset.requests and label not in labels]
        if not offered:
            return ()
        # One series for each label that any series has: none grows with the values of a label.
        having = (
            f'label_replace(group({self._selector(preset, label)}), "label", "{label}", "", "")' for label in offered
        )
        present = {row.metric.get("label") for row in self._search.instant(" or ".join(having), at)}
        return tuple(label for label in offered if label in present)

    def _selector(self, preset: Preset, label: str) -> str:
        """The requests of a preset that have a label."""
        return selectors.selector(preset.requests, self._matchers, preset.matchers, f'{label}!=""')

    def _resources(
        self, preset: Preset, labels: tuple[str, ...], traits: Mapping[str, Traits], at: int
    ) -> Iterator[ResourceQuery]:
        """The resources whose query gives something here."""
        slowest = max(each.scrape_interval for each in traits.values())
        probe = Instrumentation(preset, labels, {}, slowest, matchers=self._matchers)
        for resource in preset.resources:
            try:
                if self._search.instant(probe.resource_query(resource, RATE_SCRAPES * slowest), at):
                    yield resource
            # Not every server knows every function; then it has one resource less to show.
            except QueryRejected:
                continue


def _name(values: LabelValues, *, clustered: bool) -> str:
    """The name of a service, unique on a server: the cluster, where it is the last of the values, goes first."""
    names = (values[-1], *values[:-1]) if clustered else values
    return "/".join(filter(None, names))
