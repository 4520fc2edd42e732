"""Finds the presets on a server, and the cluster label of their metrics."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import LabelValues
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.candidates import candidates, markers, native_name, native_names
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch

# Maximum number of metrics with dotted names in a note.
DOTTED_NAMED = 3


class PresetSearch:
    """Searches one server for the metrics of presets.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        presets: all known presets.
        cluster_labels: labels that may contain the cluster of a service; the first one of a metric is used.
    """

    def __init__(
        self,
        search: SeriesSearch,
        matchers: str,
        presets: Sequence[Preset],
        cluster_labels: Sequence[str],
    ) -> None:
        self._search = search
        self._matchers = matchers
        self._presets = presets
        self._cluster_labels = tuple(cluster_labels)
        # Metric → the cluster label of its series.
        self._cluster_label: dict[str, str] = {}

    def present(self, at: int) -> list[Preset]:
        """The presets whose metrics exist at a time (epoch seconds), or existed recently."""
        labels = ("__name__", *self._cluster_labels)
        # Exclude summaries, which have the same names as native histograms, and a label for their quantiles.
        marker = f'__name__=~"{"|".join(markers(self._presets))}",quantile=""'
        try:
            names = self._search.recent(self._search.count_by("", ", ".join(labels), marker), labels, at)
        except QueryRejected:
            # Some servers do not allow patterns for names: then each is requested separately.
            every = markers(self._presets)
            exact = (self._search.count_by(metric, ", ".join(labels), 'quantile=""') for metric in every)
            names = {values for query in exact for values in self._search.recent(query, labels, at)}
        present = {metric for metric, *_ in names}
        self._cluster_label = self._labels_of_clusters(names)
        native = {metric for metric in native_names(self._presets) & present if self._is_native(metric, at)}
        self._note_dotted_names(at)
        return candidates(self._presets, present, native)

    def with_native(self, presets: Sequence[Preset], at: int) -> list[Preset]:
        """The presets, with native histograms that exist beside their buckets at a time (epoch seconds)."""
        names = {preset.name: name for preset in presets if (name := native_name(preset))}
        native = {name for name in sorted(set(names.values())) if self._is_native(name, at)}
        return [
            replace(preset, native=names[preset.name]) if names.get(preset.name) in native else preset
            for preset in presets
        ]

    def cluster_label(self, metric: str) -> str:
        """The cluster label of a metric's series; empty if there is none."""
        return self._cluster_label.get(metric, "")

    def find_clusters(self, metrics: Sequence[str], at: int) -> None:
        """Find the cluster label of further metrics, from the last day; `at`: epoch seconds."""
        if metrics and self._cluster_labels:
            labels = ("__name__", *self._cluster_labels)
            query = self._search.count_by("", ", ".join(labels), f'__name__=~"{"|".join(metrics)}"')
            self._cluster_label |= self._labels_of_clusters(self._search.recent(query, labels, at))

    def _labels_of_clusters(self, names: set[LabelValues]) -> dict[str, str]:
        """Metric → the first cluster label that any of its series has."""
        there: dict[str, str] = {}
        # In reverse order, so that the first label remains.
        for place in reversed(range(len(self._cluster_labels))):
            there |= {values[0]: self._cluster_labels[place] for values in names if values[1 + place]}
        return there

    def _note_dotted_names(self, at: int) -> None:
        """Note metrics with OpenTelemetry's dotted names, which presets do not know."""
        query = self._search.count_by("", "__name__", '__name__=~".+[.].+"')
        try:
            with self._search.best_effort("metrics with dots in their names were not looked for everywhere"):
                names = sorted(label_of(row, "__name__") for row in self._search.instant(query, at))
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
