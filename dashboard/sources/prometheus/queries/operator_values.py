"""Answers to operators' queries: values, selected series, and refusals."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.exceptions import SourceError
from dashboard.outcomes import Vocabulary
from dashboard.slo.indicators import Query
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.sources.prometheus.client.threads import DaemonPool
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.instrumentation.scrape_interval import DEFAULT_INTERVAL, ScrapeIntervals
from dashboard.sources.prometheus.queries import operator_queries
from dashboard.sources.prometheus.queries.answers import AnswerBuilder
from dashboard.sources.prometheus.queries.query_dates import QueryDates
from dashboard.sources.prometheus.queries.selection_search import SelectionSearch
from dashboard.sources.protocol import Answer, Problem
from dashboard.timerange import Grid

# Number of the operator's queries that are sent at a time.
BATCH = 50
NOT_DATED = "how old its samples are is not known, its values may be those of five minutes ago"


class OperatorValues:
    """Sends the operator's queries, and remembers what was learned about their series.

    Args:
        client: sends queries. `pool`: threads that wait for the results.
        vocabulary: the words for outcomes.
    """

    def __init__(self, client: QueryClient, pool: DaemonPool, vocabulary: Vocabulary) -> None:
        self._client = client
        self._pool = pool
        self._vocabulary = vocabulary
        pooled = PooledClient(client, pool)
        self._intervals = ScrapeIntervals(lambda query, at: pooled.instant(query, at).series)
        self._selections = SelectionSearch(pooled.instant)
        self._dates = QueryDates(pooled.instant)

    def answer(self, queries: Sequence[Query], grid: Grid, reading: Reading) -> Answer:
        """A counter's increase over each step, otherwise the value at its end; and what the queries select.

        Args:
            queries: as written by the operator. `grid`: the points. `reading`: what is known of the server.

        Raises:
            SourceError: the server did not answer.
        """
        answer = self._values(queries, grid, reading, newest=False)
        answered = [query.text for query in queries if query.key in answer.frame.columns]
        values = [query.text for query in queries if not query.counter and query.text in set(answered)]
        dates = self._dates.find(values, grid.end)
        undated = [Problem(text, f"{NOT_DATED}: {why}") for text, why in self._dates.undated.items() if text in values]
        return replace(
            answer,
            selections=self._selections.find(answered, _asked_at(grid, reading)),
            dates=dates,
            problems=(*answer.problems, *undated),
        )

    def newest(self, queries: Sequence[Query], grid: Grid, reading: Reading) -> Answer:
        """The increase of counters by the scrapes in each step, however short the steps are.

        Args:
            queries: as written by the operator. `grid`: the points. `reading`: what is known of the server.

        Raises:
            SourceError: the server did not answer.
        """
        return self._values(queries, grid, reading, newest=True)

    def _values(self, queries: Sequence[Query], grid: Grid, reading: Reading, *, newest: bool) -> Answer:
        builder = AnswerBuilder(grid, self._vocabulary)
        promql = list(self._promql(queries, builder, reading, newest=newest).items())
        for begin in range(0, len(promql), BATCH):
            self._add_values(promql[begin : begin + BATCH], builder)
        return builder.answer()

    def _promql(
        self, queries: Sequence[Query], builder: AnswerBuilder, reading: Reading, *, newest: bool
    ) -> dict[Query, str]:
        """The PromQL of each query, without duplicates; queries that cannot be sent become problems."""
        if reading.extrapolates or newest:
            counters = [query.text for query in queries if query.counter]
            self._intervals.measure(counters, _asked_at(builder.grid, reading))
        promql: dict[Query, str] = {}
        for query in dict.fromkeys(queries):
            try:
                promql[query] = self._promql_of(query, builder.grid.step, reading, newest=newest)
            except ValueError as error:
                builder.add_problem(query.text, error)
        return promql

    def _promql_of(self, query: Query, step: int, reading: Reading, *, newest: bool) -> str:
        if newest:
            return operator_queries.newest_promql(query, step, self._interval(query, reading))
        # A server that counts without gaps anyway needs no longer window.
        interval = self._interval(query, reading) if reading.extrapolates else None
        return operator_queries.promql(query, step, interval)

    def _interval(self, query: Query, reading: Reading) -> float:
        """Seconds between two samples of a query's counters."""
        intervals = (instrumentation.scrape_interval for instrumentation in reading.instrumentations)
        return self._intervals.slowest(query.text) or max(intervals, default=DEFAULT_INTERVAL)

    def _add_values(self, batch: Sequence[tuple[Query, str]], builder: AnswerBuilder) -> None:
        """Send some queries at once and add their results."""
        futures = [self._pool.submit(self._client.range, promql, builder.grid, "objective") for _, promql in batch]
        for (query, _), future in zip(batch, futures, strict=True):
            try:
                result = self._pool.result_or_refusal(future, futures, essential=False)
                if isinstance(result, SourceError):
                    builder.add_refused_query(query.text, result)
                    continue
                builder.values[query.key] = operator_queries.values(query, result.series, builder.grid)
            except ValueError as error:
                builder.add_problem(query.text, error)
                continue
            builder.add_result(query.text, result, operator_queries.warnings(query))


def _asked_at(grid: Grid, reading: Reading) -> int:
    """The time for queries about series: that of the last search, so that they are repeated with the next search."""
    return grid.end if reading.searched_at is None else reading.searched_at
