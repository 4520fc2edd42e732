"""Runs queries of signals in parallel and combines their answers."""

from collections.abc import Sequence
from concurrent.futures import Future

from dashboard.exceptions import SourceError
from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus.client.query_client import QueryClient
from dashboard.sources.prometheus.client.threads import DaemonPool
from dashboard.sources.prometheus.instrumentation.reading import Reading
from dashboard.sources.prometheus.queries import signal_queries
from dashboard.sources.prometheus.queries.answers import AnswerBuilder
from dashboard.sources.prometheus.queries.newest_sample import newest_sample
from dashboard.sources.prometheus.queries.service_split import ServiceSplit, SplitAnswer
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid


class SignalAnswers:
    """Requests signals from a server.

    Args:
        client: sends queries. `pool`: threads that wait for the results. `matchers`: configured ones for every
            selector.
        vocabulary: the words for outcomes.
    """

    def __init__(self, client: QueryClient, pool: DaemonPool, matchers: str, vocabulary: Vocabulary) -> None:
        self._client, self._pool = client, pool
        self._matchers, self._vocabulary = matchers, vocabulary
        self._split = ServiceSplit(client)

    def answer(
        self, reading: Reading, groups: Sequence[Sequence[SignalQuery]], grid: Grid, *, with_newest: bool
    ) -> Answer:  # fmt: skip
        """The results of all queries on a grid.

        Args:
            reading: what is known of the server. `groups`: queries for each instrumentation.
            grid: the points. `with_newest`: also request the time of the newest sample.

        Raises:
            SourceError: no essential query was answered.
        """
        queries = signal_queries.united(query for group in groups for query in group)
        builder = AnswerBuilder(grid, self._vocabulary)
        futures = [self._pool.submit(self._split.ask, query, grid) for query in queries]
        newest = None
        if with_newest:
            # In parallel with the others, so that a slow server is waited for only once.
            newest = self._pool.submit(newest_sample, self._client, reading.metrics, self._matchers, grid.end)
        self._add(queries, futures, builder)
        if newest is not None:
            newest_rows = self._pool.result(newest)
            builder.newest, builder.age_unknown_why = (
                newest_rows.at,
                newest_rows.undated if newest_rows.at is None else "",
            )
            builder.costs += newest_rows.costs
        builder.complete_errors()
        builder.hold_failures()
        builder.add_open_buckets()
        builder.drop_where_no_requests()
        return builder.answer()

    def _add(
        self, queries: Sequence[SignalQuery], futures: Sequence[Future[SplitAnswer]], builder: AnswerBuilder
    ) -> None:
        """Collect the results; if no essential query was answered, raise the first refusal of one."""
        refused: SourceError | None = None
        has_essential = False
        for query, future in zip(queries, futures, strict=True):
            split = self._pool.result_or_refusal(future, futures, essential=query.essential)
            if isinstance(split, SourceError):
                builder.add_problem(query.purpose, split)
                continue
            for part, result in split.results:
                builder.add_signal(part, result)
            for service, error in split.refused.items():
                builder.add_refused_signal(query, service, error)
            has_essential = has_essential or (query.essential and bool(split.results))
            refused = refused or next(iter(split.refused.values()), None)
        # Without any result, there is nothing to continue with.
        if refused is not None and not has_essential:
            raise refused
