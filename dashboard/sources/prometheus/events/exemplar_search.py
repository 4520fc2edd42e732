"""Requests exemplars of a service: for its latency and for its failed requests.

https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from dashboard.exceptions import QueryRejected, WrongEndpoint
from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.exemplars import ExemplarsAnswer
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.outcome_matchers import failed_matchers
from dashboard.sources.protocol import QueryCost

# Normalised from the spellings of instrumentations: trace_id, traceID, TraceId …
TRACE_LABEL = "traceid"
STRUCTURE = ("__name__", "le", "job", "instance")


class _Row(msgspec.Struct):
    labels: dict[str, str]
    value: str
    timestamp: float


class _Series(msgspec.Struct):
    seriesLabels: dict[str, str]
    exemplars: list[_Row]


class _Reply(msgspec.Struct):
    data: list[_Series] | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query, and what is known of the requests that it selects."""

    query: str
    is_latency: bool
    failed: bool | None


class ExemplarSearch:
    """Searches exemplars of one server's services; `client` sends the queries."""

    def __init__(self, client: QueryClient) -> None:
        self._client = client

    def answer(self, known: Instrumentation, service: str, start: int, end: int) -> ExemplarsAnswer:
        """Exemplars of a service over a span.

        Args:
            known: the instrumentation that owns the service. `service`: its name.
            start, end: epoch seconds.
        """
        costs: list[QueryCost] = []
        # A request may be in several series: in its bucket, and in the counter of its outcome.
        exemplars: dict[str, Exemplar] = {}
        own = {*STRUCTURE, *known.service_labels}
        for asked in _queries(known, service):
            try:
                body, seconds = self._client.exemplars(asked.query, start, end)
            # The server stores no exemplars, or does not support the query.
            except (QueryRejected, WrongEndpoint):
                continue
            rows = [exemplar for row in _series(body) for exemplar in _read(row, asked, own, known.preset.scale)]
            costs.append(QueryCost(asked.query, "exemplars", seconds, len(body), len(rows), len(rows)))
            for exemplar in rows:
                exemplars[exemplar.trace] = _united(exemplars.get(exemplar.trace), exemplar)
        return ExemplarsAnswer(tuple(exemplars.values()), tuple(costs))


def _queries(known: Instrumentation, service: str) -> Iterator[_Asked]:
    """Queries for the latency of all requests, then for failed ones, then for others, if labels distinguish them."""
    preset, extra = known.preset, known.service_matchers(service)

    def selector(metric: str, *more: str) -> str:
        return selectors.selector(metric, known.matchers, preset.matchers, extra, *more)

    outcomes = (*((known.outcome,) if known.outcome else ()), *known.outcomes_beside)
    failed = tuple(failed_matchers(outcomes, "server"))
    if known.histogram:
        yield _Asked(selector(known.histogram), is_latency=True, failed=None)
        if known.latency_by_outcome:
            yield from (_Asked(selector(known.histogram, matcher), is_latency=True, failed=True) for matcher in failed)
    if preset.requests:
        yield from (_Asked(selector(preset.requests, matcher), is_latency=False, failed=True) for matcher in failed)
    for counter in known.error_counters:
        yield _Asked(selector(counter.metric), is_latency=False, failed=True)


def _series(body: bytes) -> Sequence[_Series]:
    try:
        return msgspec.json.decode(body, type=_Reply).data or []
    # An invalid reply means that there are no exemplars.
    except msgspec.MsgspecError:
        return []


def _read(row: _Series, asked: _Asked, own: set[str], scale: float) -> Iterator[Exemplar]:
    """Exemplars of a series that have a trace.

    Args:
        row: the series. `asked`: the query. `own`: labels that do not describe the request.
        scale: converts the unit of the buckets to seconds.
    """
    labels = {name: value for name, value in row.seriesLabels.items() if name not in own}
    for exemplar in row.exemplars:
        trace = _trace(exemplar.labels)
        seconds = _seconds(exemplar.value, scale) if asked.is_latency else None
        if trace:
            yield Exemplar(exemplar.timestamp, trace, seconds, asked.failed, labels)


def _trace(labels: Mapping[str, str]) -> str:
    return next((labels[name] for name in labels if name.replace("_", "").casefold() == TRACE_LABEL), "")


def _seconds(value: str, scale: float) -> float | None:
    try:
        return float(value) * scale
    except ValueError:
        return None


def _united(known: Exemplar | None, exemplar: Exemplar) -> Exemplar:
    """Merge the data of two series about the same request."""
    if known is None:
        return exemplar
    seconds = exemplar.seconds if known.seconds is None else known.seconds
    failed = exemplar.failed if known.failed is None else known.failed
    return Exemplar(known.at, known.trace, seconds, failed, {**known.labels, **exemplar.labels})
