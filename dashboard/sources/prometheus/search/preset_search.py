"""Which presets a server has, and which label tells the cluster on their metrics."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.exceptions import QueryRejected
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import LabelValues
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.candidates import candidates, markers, native_name, native_names
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch

# This many metrics with dotted names are named.
DOTTED_NAMED = 3


class PresetSearch:
    """Looks for the metrics of presets on one server.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        presets: all that are known.
        cluster_labels: labels that may tell the cluster of a service; the first that a metric has does.
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
        # Metric → the label that tells the cluster on its series.
        self._cluster_label: dict[str, str] = {}

    def present(self, at: int) -> list[Preset]:
        """The presets whose metrics the server has at a moment (epoch seconds), or had recently."""
        labels = ("__name__", *self._cluster_labels)
        # A summary has the name of a native histogram, and a label for its quantiles.
        marker = f'__name__=~"{"|".join(markers(self._presets))}",quantile=""'
        try:
            names = self._search.recent(self._search.count_by("", ", ".join(labels), marker), labels, at)
        except QueryRejected:
            # Some servers allow no pattern for a name: then each is requested by itself.
            every = markers(self._presets)
            exact = (self._search.count_by(metric, ", ".join(labels), 'quantile=""') for metric in every)
            names = {values for query in exact for values in self._search.recent(query, labels, at)}
        present = {metric for metric, *_ in names}
        self._cluster_label = self._labels_of_clusters(names)
        native = {metric for metric in native_names(self._presets) & present if self._is_native(metric, at)}
        self._note_dotted_names(at)
        return candidates(self._presets, present, native)

    def with_native(self, presets: Sequence[Preset], at: int) -> list[Preset]:
        """Presets, with the native histograms that the server has beside their buckets at a moment (epoch seconds)."""
        names = {preset.name: name for preset in presets if (name := native_name(preset))}
        native = {name for name in sorted(set(names.values())) if self._is_native(name, at)}
        return [
            replace(preset, native=names[preset.name]) if names.get(preset.name) in native else preset
            for preset in presets
        ]

    def cluster_label(self, metric: str) -> str:
        """The label that tells the cluster on the series of a metric; empty if none does."""
        return self._cluster_label.get(metric, "")

    def find_clusters(self, metrics: Sequence[str], at: int) -> None:
        """Look for that label on further metrics, of the last day; `at`: epoch seconds."""
        if metrics and self._cluster_labels:
            labels = ("__name__", *self._cluster_labels)
            query = self._search.count_by("", ", ".join(labels), f'__name__=~"{"|".join(metrics)}"')
            self._cluster_label |= self._labels_of_clusters(self._search.recent(query, labels, at))

    def _labels_of_clusters(self, names: set[LabelValues]) -> dict[str, str]:
        """Metric → the first of the labels for clusters that any of its series has."""
        there: dict[str, str] = {}
        # From the last label to the first, so that the first stays.
        for place in reversed(range(len(self._cluster_labels))):
            there |= {values[0]: self._cluster_labels[place] for values in names if values[1 + place]}
        return there

    def _note_dotted_names(self, at: int) -> None:
        """Metrics as OpenTelemetry names them are not those that presets know."""
        query = self._search.count_by("", "__name__", '__name__=~".+[.].+"')
        try:
            with self._search.beside("metrics with dots in their names were not looked for everywhere"):
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
