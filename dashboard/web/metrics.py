"""The dashboard's own metrics for `/metrics`, read from the newest snapshot at each scrape."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.anomaly.anomalies import Signal
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.notifications import running
from dashboard.slo.policy import SEVERITIES
from dashboard.web.gate.gate_log import DECISIONS, GateLog


class SnapshotCollector(Collector):
    """Turns the newest snapshot into metric families.

    Args:
        poller: is read. `gate_log`: counts the gate's answers; None without a gate.
    """

    def __init__(self, poller: Poller, gate_log: GateLog | None = None) -> None:
        self._poller, self._gate_log = poller, gate_log

    def collect(self) -> Iterable[Metric]:
        """The current metric families."""
        # One snapshot for the whole scrape, so that a refresh in between does not mix two moments.
        snapshot, now = self._poller.read(), self._poller.clock()
        source = snapshot.source
        yield _gauge("up", "Whether the source answers with fresh data: 1 or 0", float(source.state is SourceState.OK))
        yield _counter("ticks", "Refreshes that the source answered since the start", source.ticks)
        yield _counter("tick_failures", "Refreshes that failed since the start", source.failures)
        yield _counter(
            "upstream_queries",
            "Queries sent to the source since the start, for refreshes and for viewers",
            self._poller.queries,
        )
        # A missing value has no series: a 0 or NaN would be compared with thresholds.
        if source.tick_seconds is not None:
            yield _gauge("tick_duration_seconds", "Seconds the last refresh took", source.tick_seconds)
        age = source.age(now)
        if age is not None:
            yield _gauge("data_age_seconds", "Seconds since the newest sample", age)
        yield _services(snapshot)
        yield _anomalies(snapshot)
        yield from _budgets(snapshot)
        yield from _notifications()
        if self._gate_log is not None:
            yield _decisions(self._gate_log)


def _services(snapshot: Snapshot) -> Metric:
    family = GaugeMetricFamily("golden_signals_services", "Services in each health", labels=["health"])
    healths = [report.health for report in snapshot.services]
    # All of them, also with 0: a series that comes and goes breaks sums and alerts.
    # https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics
    for health in Health:
        family.add_metric([str(health)], healths.count(health))
    return family


def _anomalies(snapshot: Snapshot) -> Metric:
    """Lasting anomalies by signal; hints are not counted."""
    family = GaugeMetricFamily("golden_signals_anomalies", "Anomalies that last, by signal", labels=["signal"])
    lasting = [anomaly.signal for report in snapshot.services for anomaly in report.anomalies if anomaly.lasts]
    for signal in Signal:
        family.add_metric([str(signal)], lasting.count(signal))
    return family


def _budgets(snapshot: Snapshot) -> Iterable[Metric]:
    left = _per_slo("budget_remaining_ratio", "Share of the error budget that is left; negative when it is overspent")
    burn = _per_slo(
        "burn_rate_1h", "Burn rate over the last hour: 1 spends the budget exactly by the end of the window"
    )
    firing = _per_slo("burn_alerts", "Burn rate alerts that fire, by severity", "severity")
    for report in snapshot.slos:
        labels = [report.slo.service, report.slo.name]
        if report.remaining is not None:
            left.add_metric(labels, report.remaining)
        if report.burn_1h is not None:
            burn.add_metric(labels, report.burn_1h)
        # Both severities, also with 0, so that an alert that ends returns to 0 instead of vanishing.
        for severity in SEVERITIES:
            alerts = [alert for alert in report.alerts if alert.firing and alert.rule.row.severity == severity]
            firing.add_metric([*labels, severity], len(alerts))
    yield firing
    yield left
    yield burn


def _notifications() -> Iterable[Metric]:
    """The state of notifications of incidents; nothing without receivers."""
    dispatcher = running.current()
    if dispatcher is None:
        return
    sent, failed, waiting = (
        CounterMetricFamily(
            "golden_signals_notifications_sent", "Notifications that arrived, since the start", labels=["receiver"]
        ),
        CounterMetricFamily(
            "golden_signals_notifications_failed", "Notifications given up, since the start", labels=["receiver"]
        ),
        GaugeMetricFamily(
            "golden_signals_notifications_waiting", "Notifications that wait, of all replicas", labels=["receiver"]
        ),
    )
    for status in dispatcher.status():
        for family, value in ((sent, status.sent), (failed, status.failed), (waiting, status.waiting)):
            family.add_metric([status.name], value)
    yield from (sent, failed, waiting)


def _decisions(gate_log: GateLog) -> Metric:
    """Answers of the gate, by verdict and by the rule that decided."""
    family = CounterMetricFamily(
        "golden_signals_gate_decisions", "Decisions of the gate since the start", labels=["verdict", "rule"]
    )
    counts = gate_log.counts()
    for verdict, rule in DECISIONS:
        family.add_metric([str(verdict), str(rule)], counts.get((verdict, rule), 0))
    return family


def _per_slo(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"golden_signals_{name}", help_text, labels=["service", "slo", *labels])


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"golden_signals_{name}", help_text, value=value)


def _counter(name: str, help_text: str, value: float) -> Metric:
    # The client appends `_total`, as the format requires.
    return CounterMetricFamily(f"golden_signals_{name}", help_text, value=value)


def exposition(poller: Poller, gate_log: GateLog | None = None) -> bytes:
    """Metrics in the text format of Prometheus; `gate_log`: counts the gate's answers; None without a gate."""
    # Not the global registry, which contains metrics of the Python process.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(poller, gate_log))
    text: bytes = generate_latest(registry)
    return text
