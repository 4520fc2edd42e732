"""Seconds between two samples of each service's targets; of those that are gone, as they were scraped before."""

from collections import Counter
from collections.abc import Collection, Iterator

from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.promql import label_name, quoted
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
from dashboard.timerange import DAY, HOUR

# Of so many services that are gone it is looked at how they were scraped; others are taken to be like them.
GONE_MOST = 50

# Service → samples by span, as for `common_interval`.
Samples = dict[ServiceKey, dict[int, float]]


class IntervalSearch:
    """Finds scrape intervals.

    Args:
        search: searches the series of a server.
        matchers: for every selector, each followed by a comma.
    """

    def __init__(self, search: SeriesSearch, matchers: str) -> None:
        self._search = search
        self._matchers = matchers

    def find(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> dict[ServiceKey, float]:
        """Service → seconds between two samples of its targets that are scraped the most seldom.

        Args:
            preset: what they were recognised by. `naming`: how series name them.
            services: all of them. `at`: epoch seconds.
        """
        samples = self._samples(preset, naming, at)
        # Of a server whose newest samples are minutes old that is each of them.
        unsure = [service for service in services if not is_steady(samples.get(service, {}))]
        self._look_back(samples, preset, naming, unsure, HOUR, at)
        gone = [service for service in unsure if service not in samples]
        self._look_back(samples, preset, naming, sorted(gone)[:GONE_MOST], DAY, at)
        intervals = {service: common_interval(samples[service]) for service in services if service in samples}
        # Targets of one server are mostly scraped alike.
        usual = Counter(intervals.values()).most_common(1)[0][0] if intervals else DEFAULT_INTERVAL
        return {service: intervals.get(service, usual) for service in services}

    def _look_back(
        self, samples: Samples, preset: Preset, naming: Naming, services: Collection[ServiceKey], within: int, at: int
    ) -> None:
        """Add the most samples that some services had at any time in some seconds before a moment."""
        for matcher in _matchers_of(services):
            try:
                most = self._samples(preset, naming, at, matcher, within)
            except (QueryRejected, SourceTimeout) as error:
                # Servers may have no subqueries, or no time for them.
                if isinstance(error, SourceTimeout) and not error.by_server:
                    raise
                return
            for service, counts in most.items():
                samples[service] = denser(samples.get(service, {}), counts)

    def _samples(
        self, preset: Preset, naming: Naming, at: int, matcher: str = "", within: int | None = None
    ) -> Samples:
        """Samples of the targets of each service that have the fewest.

        Args:
            preset: what they were recognised by. `naming`: how series name them. `at`: epoch seconds.
            matcher: of some services; empty: of all.
            within: the most in so many seconds; None: of the newest.
        """
        # Targets of native histograms may be beside those of classic series.
        metrics = (preset.metric, preset.native) if preset.counts_by_classic else (preset.metric,)
        each = [selectors.selector(metric, self._matchers, preset.matchers, matcher) for metric in metrics]
        by = ", ".join(naming.labels)
        by_target = ", ".join(dict.fromkeys((*naming.labels, "instance", "pod")))
        # By target: beside one that is scraped more often the others would hold too few samples for their failures. By
        # pod, too, so that it can be put in parts where a server limits it.
        counts = {span: " or ".join(f"count_over_time({selector}[{span}s])" for selector in each) for span in SPANS}
        counted = {span: f"min by ({by}) (max by ({by_target}) ({count}))" for span, count in counts.items()}
        if within is not None:
            counted = {span: most_within(count, span, within) for span, count in counted.items()}
        samples: Samples = {}
        for span, rows in zip(counted, self._search.together(list(counted.values()), at), strict=True):
            for row in rows:
                service, count = naming.key(row.metric), float(row.value[1]) if row.value else 0.0
                if service is not None:
                    # One row for each value of labels that would name a service, too, such as that of two jobs.
                    of_service = samples.setdefault(service, {})
                    of_service[span] = min(count, of_service.get(span, count))
        return samples


def _matchers_of(services: Collection[ServiceKey]) -> Iterator[str]:
    """Matchers by the label that names some services first, one for each such label."""
    values: dict[str, set[str]] = {}
    for service in services:
        values.setdefault(service.labels[0], set()).add(service.values[0])
    for label, of_label in values.items():
        yield f"{label_name(label)}=~{quoted(selectors.any_of(sorted(of_label)))}"
