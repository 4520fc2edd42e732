"""The dashboard's own metrics for `/metrics`, read from the snapshot at each scrape."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.anomaly.anomalies import Signal
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.policy import SEVERITIES


class SnapshotCollector(Collector):
    """Turns the newest snapshot into metric families."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def collect(self) -> Iterable[Metric]:
        """The families of this moment."""
        snapshot, now = self._poller.snapshot, self._poller.clock()
        source = snapshot.source
        yield _gauge("up", "1 while the source answers and its data are fresh", float(source.state is SourceState.OK))
        yield _counter("ticks", "Ticks that succeeded since the start", source.ticks)
        yield _counter("tick_failures", "Ticks that failed since the start", source.failures)
        yield _counter("upstream_queries", "Questions put to the source since the start", self._poller.queries)
        if source.tick_seconds is not None:
            yield _gauge("tick_duration_seconds", "How long the last tick took", source.tick_seconds)
        age = source.age(now)
        if age is not None:
            yield _gauge("data_age_seconds", "Age of the newest sample", age)
        services = GaugeMetricFamily("golden_signals_services", "Services by health", labels=["health"])
        healths = [report.health for report in snapshot.services]
        for health in Health:
            services.add_metric([str(health)], healths.count(health))
        yield services
        yield _anomalies(snapshot)
        yield from _budgets(self._poller)


def _anomalies(snapshot: Snapshot) -> Metric:
    """Those that last, by signal; hints of the second layer are none."""
    family = GaugeMetricFamily("golden_signals_anomalies", "Anomalies under way", labels=["signal"])
    lasting = [one.signal for report in snapshot.services for one in report.anomalies if one.lasts]
    for signal in Signal:
        family.add_metric([str(signal)], lasting.count(signal))
    return family


def _budgets(poller: Poller) -> Iterable[Metric]:
    left = GaugeMetricFamily(
        "golden_signals_budget_remaining_ratio", "Share of the error budget left, signed", labels=["service", "slo"]
    )
    burn = GaugeMetricFamily("golden_signals_burn_rate_1h", "Burn rate over the last hour", labels=["service", "slo"])
    firing = GaugeMetricFamily(
        "golden_signals_burn_alerts", "Burn rules that fire", labels=["service", "slo", "severity"]
    )
    for report in poller.snapshot.slos:
        named = [report.slo.service, report.slo.name]
        if report.remaining is not None:
            left.add_metric(named, report.remaining)
        if report.burn_1h is not None:
            burn.add_metric(named, report.burn_1h)
        for severity in SEVERITIES:
            loud = [alert for alert in report.alerts if alert.firing and alert.rule.row.severity == severity]
            firing.add_metric([*named, severity], len(loud))
    yield firing
    yield left
    yield burn


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"golden_signals_{name}", what, value=value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"golden_signals_{name}", what, value=value)


def exposition(poller: Poller) -> bytes:
    """The text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(poller))
    text: bytes = generate_latest(registry)
    return text
