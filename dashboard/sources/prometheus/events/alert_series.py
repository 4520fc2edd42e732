"""Reads the raw samples of `ALERTS`: one for each evaluation of a rule, none once the alert is resolved.

With raw samples, the evaluation interval does not matter, nor whether the server writes stale markers.
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from collections.abc import Sequence

from dashboard.alerts.alert import AlertState, labels_of
from dashboard.alerts.interval_history import AlertSamples
from dashboard.sources.alerted import PURPOSE, AlertAnswer
from dashboard.sources.prometheus.client.decode import Series, moments
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation import selectors

METRIC = "ALERTS"
# Maximum number of samples to read at once, about 20 MB; above it, one per this many seconds is read.
SAMPLES_MAX, SPACING = 1_000_000, 300


class AlertSeries:
    """Reads alerts of a server.

    Args:
        client: sends queries. `matchers`: configured ones, each followed by a comma.
    """

    def __init__(self, client: PooledClient, matchers: str) -> None:
        self._client = client
        self._every = selectors.selector(METRIC, matchers)
        self._firing = selectors.selector(METRIC, matchers, f'alertstate="{AlertState.FIRING}"')

    def present(self, start: float, end: float) -> AlertAnswer:
        """Firing and pending alerts in a short span that ends now (epoch seconds)."""
        result = self._client.raw(self._every, int(end - start), int(end), PURPOSE)
        return _answer(start, end, [result], result.series)

    def past(self, start: float, end: float) -> AlertAnswer:
        """Alerts that fired in a part of the past (epoch seconds); samples are only read if there were any."""
        span, at = int(end - start), int(end)
        counted = self._client.instant(f"sum(count_over_time({self._firing}[{span}s]))", at, PURPOSE)
        samples = _number(counted.series)
        if not samples:
            return _answer(start, end, [counted], [])
        if samples <= SAMPLES_MAX:
            read = self._client.raw(self._firing, span, at, PURPOSE)
            return _answer(start, end, [counted, read], read.series)
        # One value per series and five minutes.
        sparse = f"count_over_time({self._firing}[{SPACING}s])"
        read = self._client.raw(sparse, span, at, PURPOSE, step=SPACING)
        return _answer(start, end, [counted, read], read.series, spacing=SPACING)


def _number(series: Sequence[Series]) -> float:
    return float(series[0].value[1]) if series and series[0].value else 0.0


def _answer(
    start: float, end: float, results: Sequence[QueryResult], series: Sequence[Series], *, spacing: float = 0.0
) -> AlertAnswer:
    by_state: dict[str, list[AlertSamples]] = {str(state): [] for state in AlertState}
    for row, times in zip(series, moments(series), strict=True):
        state = row.metric.get("alertstate", "")
        if state in by_state and len(times):
            by_state[state].append(AlertSamples(labels_of(row.metric), times))
    return AlertAnswer(
        start,
        end,
        tuple(by_state[AlertState.FIRING]),
        tuple(by_state[AlertState.PENDING]),
        spacing,
        tuple(result.cost for result in results),
        any(result.partial for result in results),
    )
