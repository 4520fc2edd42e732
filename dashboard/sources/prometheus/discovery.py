"""What a Prometheus has: which presets, their services, labels, buckets and resources."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.candidates import NATIVE, NATIVE_BOUNDS, candidates, markers
from dashboard.sources.prometheus.instrumentation import Instrumentation, assign_services
from dashboard.sources.prometheus.preset import Outcome, Preset
from dashboard.sources.prometheus.scrape_interval import scrape_interval
from dashboard.sources.prometheus.series_search import REMEMBERED_S, LabelValues, SeriesSearch
from dashboard.sources.spec import DeclaredService

# Scrapes that a rate is taken over: one that is late or lost leaves no gap.
RATE_SCRAPES = 4


class Discovery:
    """Looks for presets and services on one server.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        declared: services that the operator named.
    """

    def __init__(self, search: SeriesSearch, matchers: str = "", declared: Sequence[DeclaredService] = ()) -> None:
        self._search = search
        self._matchers = matchers
        self._declared = declared
        # (metric, service labels) → when all of its labels were there last, and what was found then.
        self._last_whole: dict[tuple[str, tuple[str, ...]], tuple[int, Instrumentation]] = {}

    def find(self, at: int) -> tuple[Instrumentation, ...]:
        """Everything at a moment, most specific first: what was declared, then the presets in their order."""
        self._search.notes = ()
        presets = self._present_presets(at)
        groups = self._declared_groups(presets)
        instrumentations = list(filter(None, (self._find_declared(*group, at) for group in groups)))
        instrumentations += filter(None, (self._find_preset(preset, at) for preset in presets))
        preferred = {service.name: service.preset for service in self._declared if service.preset and not service.match}
        return assign_services([self._with_lost_labels(each, at) for each in instrumentations], preferred)

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
        # A summary has the name of a native histogram, and a label for its quantiles.
        marker = f'__name__=~"{"|".join(markers())}",quantile=""'
        names = self._search.recent(self._search.count_by("", "__name__", marker), ("__name__",), at)
        present = {metric for (metric,) in names}
        return candidates(present, {metric for metric in NATIVE & present if self._is_native(metric, at)})

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
    ) -> Instrumentation | None:
        # The operator names labels, and need not know which metrics bear them.
        for preset in presets:
            there = self._label_values(preset, labels, at)
            declared = {service.name: tuple(service.match[label] for label in labels) for service in services}
            present = {name: values for name, values in declared.items() if values in there}
            if present:
                return self._describe(preset, labels, present, at)
        return None

    def _find_preset(self, preset: Preset, at: int) -> Instrumentation | None:
        """How this server has a preset; None when its services cannot be named."""
        # The first labels that name anything: those after them are coarser.
        for labels in preset.service_labels:
            there = self._label_values(preset, labels, at)
            if there:
                return self._describe(preset, labels, {"/".join(values): values for values in sorted(there)}, at)
        return None

    def _label_values(self, preset: Preset, labels: Sequence[str], at: int) -> set[LabelValues]:
        """The values of the service labels that the metric has or lately had, without what has become native."""
        search = self._search.current if preset.ephemeral else self._search.recent
        query = self._search.count_by(preset.metric, ", ".join(labels), preset.matchers)
        there = search(query, labels, at)
        if preset.counts_by_classic:
            native = self._search.count_by(preset.native, ", ".join(labels), preset.matchers)
            there -= self._search.current(native, labels, at) - self._search.current(query, labels, at)
        return there

    # --- what is known of them -------------------------------------------------------------------------------------

    def _describe(
        self, preset: Preset, labels: tuple[str, ...], services: Mapping[str, LabelValues], at: int
    ) -> Instrumentation:
        selector = selectors.selector(preset.metric, self._matchers, preset.matchers)
        interval = scrape_interval(self._search.instant, selector, at)
        instrumentation = Instrumentation(preset, labels, services, interval, matchers=self._matchers)
        # Hosts and pods have no requests, and nothing that follows from them.
        if preset.requests:
            instrumentation = self._with_requests(instrumentation, at)
        return self._with_resources(instrumentation, at)

    def _with_requests(self, instrumentation: Instrumentation, at: int) -> Instrumentation:
        preset = instrumentation.preset
        outcomes = (outcome for outcome in preset.outcomes if self._has_label(preset.requests, outcome.label, at))
        outcome = next(outcomes, None)
        instrumentation = self._with_buckets(instrumentation, at)
        by_outcome = bool(
            preset.latency_by_outcome
            and outcome
            and instrumentation.bounds
            and self._has_label(instrumentation.histogram, outcome.label, at)
        )
        labels = tuple(
            label
            for label in preset.breakdowns
            if label not in instrumentation.service_labels and self._has_label(preset.requests, label, at)
        )
        notes = _missing(preset, outcome, instrumentation.bounds)
        return replace(instrumentation, outcome=outcome, latency_by_outcome=by_outcome, labels=labels, notes=notes)

    def _has_label(self, metric: str, label: str, at: int) -> bool:
        return bool(self._search.values(metric, label, at))

    def _with_buckets(self, instrumentation: Instrumentation, at: int) -> Instrumentation:
        """With the bounds that latency is told at; classic buckets are asked for first."""
        preset = instrumentation.preset
        texts = self._search.values(preset.bucket, "le", at) if preset.bucket and not preset.counts_by_native else []
        if not texts and preset.native and not preset.counts_by_classic:
            return replace(instrumentation, native=True, bounds=NATIVE_BOUNDS)
        bounds = {text: float(text.replace("Inf", "inf")) * preset.scale for text in texts}
        return replace(instrumentation, bounds=tuple(sorted(bounds.items(), key=lambda item: item[1])))

    def _with_resources(self, instrumentation: Instrumentation, at: int) -> Instrumentation:
        """With the resources whose query gives something here."""
        window = RATE_SCRAPES * instrumentation.scrape_interval
        resources = []
        for resource in instrumentation.preset.resources:
            try:
                if self._search.instant(instrumentation.resource_query(resource, window), at):
                    resources.append(resource)
            # Not every server knows every function; then it has one resource less to show.
            except QueryRejected:
                continue
        return replace(instrumentation, resources=tuple(resources))

    def _with_lost_labels(self, instrumentation: Instrumentation, at: int) -> Instrumentation:
        """With the labels it had while its targets were there: those that are away show none."""
        key = (instrumentation.preset.metric, instrumentation.service_labels)
        when, before = self._last_whole.get(key, (at, instrumentation))
        is_away = (before.outcome and not instrumentation.outcome) or (before.bounds and not instrumentation.bounds)
        if is_away and at - when <= REMEMBERED_S:
            return replace(before, services=instrumentation.services)
        self._last_whole[key] = (at, instrumentation)
        return instrumentation


def _missing(preset: Preset, outcome: Outcome | None, bounds: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """A line for what cannot be shown of a preset's services."""
    notes = []
    if outcome is None and preset.error_counter is None:
        labels = ", ".join(each.label for each in preset.outcomes)
        notes.append(f"no label of {labels} on {preset.requests}: errors cannot be told")
    if not bounds:
        notes.append("no latency buckets: quantiles and a latency objective are not available")
    return tuple(notes)
