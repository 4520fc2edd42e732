"""Searches series on a server with instant queries; series that were seen stay known for a day."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce

import numpy as np

from dashboard import promql
from dashboard.exceptions import LimitExceeded, QueryRejected, SourceError, SourceTimeout
from dashboard.outcome_names import may_tell
from dashboard.sources.prometheus.client.allowances import KEPT_S
from dashboard.sources.prometheus.client.decode import Series, is_partial, matrix
from dashboard.sources.prometheus.client.faults import one_line
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import LabelValues
from dashboard.sources.prometheus.search.search_answers import Matchers, Refused, label_of, labels_of, merged
from dashboard.sources.prometheus.search.search_refusals import SearchRefusals
from dashboard.sources.prometheus.search.search_spans import LOOKED_BACK_S, SPANLESS, in_spans
from dashboard.sources.prometheus.search.search_split import Put, SearchSplit
from dashboard.timerange import DAY, HOUR, Grid

# Seconds for which a service stays known after its last sample, so that its disappearance is reported.
REMEMBERED_S = DAY
# Step in seconds in which the first search examines the preceding day.
LOOK_BACK_STEP = HOUR
PART = "golden_signals_part"
# Maximum number of consecutive timeouts with fewer and fewer queries.
SLOW_MAX = 3


class SeriesSearch:
    """Searches one server.

    Args:
        monotonic: returns seconds that never go back.

    Attributes:
        matchers: for every selector, each followed by a comma.
        notes: remarks of the server in the last search, one line each.
        refusals: what the search omitted because of its limits.
    """

    def __init__(
        self, client: PooledClient, matchers: str = "", *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self.matchers = matchers
        self._monotonic = monotonic
        self._split = SearchSplit(client, monotonic=monotonic)
        self.notes: tuple[str, ...] = ()
        self.refusals = SearchRefusals()
        # Query → label values → epoch seconds at which they last existed.
        self._last_seen: dict[str, dict[LabelValues, int]] = {}
        # Labels on the server, from the current search.
        self._label_names: frozenset[str] | None = None
        self._looks_back = True
        # Queries that are too large together, and until when they are sent separately.
        self._apart: dict[tuple[str, ...], float] = {}
        # If one of them is too large on its own, combining others failed repeatedly: until when all are sent
        # separately.
        self._all_apart_until = 0.0

    def begin(self) -> None:
        """Start a new search without notes."""
        self.notes, self.refusals, self._label_names = (), SearchRefusals(), None
        self._split.begin()

    def label_names(self, at: int) -> frozenset[str]:
        """The labels on the server in the day before a time; empty if it does not list them."""
        if self._label_names is None:
            every = [selectors.selector("", self.matchers)] if self.matchers else []
            self._label_names = frozenset()
            # Not every gateway supports this.
            with suppress(SourceError):
                self._label_names = frozenset(self._client.label_names(every, at - DAY, at))
        return self._label_names

    def outcome_labels(self, at: int) -> tuple[str, ...]:
        """Those whose names suggest an outcome, sorted; without those that PromQL only accepts in quotes."""
        return tuple(sorted(label for label in self.label_names(at) if selectors.is_label(label) and may_tell(label)))

    @contextmanager
    def best_effort(self, what: str) -> Iterator[SearchRefusals]:
        """Context in which refused queries do not remove services, but only add a note.

        Args:
            what: the missing data, for the note.
        """
        refusals, self.refusals = self.refusals, SearchRefusals()
        try:
            yield self.refusals
            if self.refusals.errors:
                self.notes = tuple(dict.fromkeys((*self.notes, f"{what}: {self.refusals.errors[0]}")))
        finally:
            self.refusals = refusals

    def instant(self, query: str, at: int, refusal: Refused | None = None) -> list[Series]:
        """The series of a query at a time, as far as the server returns them; its remarks become notes.

        Args:
            query: PromQL. `at`: epoch seconds. `refusal`: why it has just failed.
        """
        return self._part(query, (), at, refusal)

    def _part(self, query: str, matchers: Matchers, at: int, refusal: Refused | None = None) -> list[Series]:
        """The series of a partial query at a time.

        Args:
            query: PromQL. `matchers`: of the part. `at`: epoch seconds. `refusal`: why it has just failed.
        """
        part = reduce(lambda text, matcher: promql.about(text, *matcher), matchers, query)
        answer = self._split.ask(part, at, self._put_at(at), refusal)
        for further, error in answer.refused:
            self.refusals.add(query, (*matchers, *further), error)
        return answer.rows

    def together(self, queries: Sequence[str], at: int) -> list[list[Series]]:
        """The series of several queries at a time, combined into one if the server answers that.

        Args:
            queries: PromQL of vectors. `at`: epoch seconds.

        Returns:
            A list for each query.
        """
        return self._together(tuple(queries), at, SLOW_MAX)

    def _together(self, queries: tuple[str, ...], at: int, timeouts_left: int) -> list[list[Series]]:
        """As `together`; `timeouts_left`: number of further consecutive timeouts to accept."""
        refusal: Refused | None = None
        apart_until = max(self._apart.get(queries, 0.0), self._all_apart_until if len(queries) > 1 else 0.0)
        if self._monotonic() >= apart_until:
            try:
                return self._at_once(queries, at)
            except (LimitExceeded, SourceTimeout) as error:
                if isinstance(error, SourceTimeout) and not (error.by_server and timeouts_left):
                    raise
                refusal, timeouts_left = error, timeouts_left - isinstance(error, SourceTimeout)
                self._apart[queries] = self._monotonic() + KEPT_S
                if len(queries) == 1 and isinstance(error, LimitExceeded):
                    self._all_apart_until = self._monotonic() + KEPT_S
        if len(queries) == 1:
            return [self.instant(queries[0], at, refusal)]
        middle = len(queries) // 2
        return [
            *self._together(queries[:middle], at, timeouts_left),
            *self._together(queries[middle:], at, timeouts_left),
        ]

    def _at_once(self, queries: Sequence[str], at: int) -> list[list[Series]]:
        answers: list[list[Series]] = [[] for _ in queries]
        if not queries:
            return answers
        # A label distinguishes the parts; without it, `or` would drop series with equal labels.
        parts = (f'label_replace({query}, "{PART}", "{number}", "", "")' for number, query in enumerate(queries))
        for row in self._put_at(at)(" or ".join(parts)).series:
            answers[int(label_of(row, PART))].append(row)
            del row.metric[PART]
        return answers

    def count_by(self, metric: str, label: str, *parts: str) -> str:
        """A query that counts the series of a metric by the values of labels.

        Args:
            metric: its name; empty if `parts` select it.
            label: one, or several separated by commas.
            parts: further matchers.
        """
        return f"count by ({label}) ({selectors.selector(metric, self.matchers, *parts)})"

    def current(self, query: str, labels: Sequence[str], at: int) -> set[LabelValues]:
        """The values of labels in the series of a query; empty if a series lacks one.

        Args:
            query: PromQL. `labels`: in this order. `at`: epoch seconds.
        """
        return {labels_of(row, labels) for row in self.instant(query, at)}

    def recent(self, query: str, labels: Sequence[str], at: int) -> set[LabelValues]:
        """As `current`, including those of the last day, as far as it was searched.

        Args:
            query: PromQL. `labels`: in this order. `at`: epoch seconds.
        """
        # The first search has nothing remembered, so it looks back itself.
        if query not in self._last_seen:
            self._last_seen[query] = self._seen_before(query, labels, at)
            rows = self.lately([query], at, LOOK_BACK_STEP)[0]
        else:
            rows = self.instant(query, at)
        last_seen = self._last_seen[query]
        last_seen |= dict.fromkeys((labels_of(row, labels) for row in rows), at)
        return {values for values, when in last_seen.items() if at - when <= REMEMBERED_S}

    def lately(self, queries: Sequence[str], at: int, span: int) -> list[list[Series]]:
        """As `together`, for every series with a sample in a span before the time.

        A server only looks back five minutes, so queries at single times would miss series that came and went in
        between.

        Args:
            queries: PromQL of vectors. `at`: epoch seconds. `span`: seconds.

        Returns:
            A list for each query; only present series if the server refuses to look back.
        """
        if self._looks_back:
            try:
                return self._at_once([promql.seen_within(query, span) for query in queries], at)
            except LimitExceeded as error:
                refusal = error if len(queries) == 1 else None
                return [self._lately_in_parts(query, at, span, refusal) for query in queries]
            except (QueryRejected, SourceTimeout, ValueError) as error:
                self._end_looking_back(error)
        return self.together(queries, at)

    def _lately_in_parts(self, query: str, at: int, span: int, refusal: LimitExceeded | None) -> list[Series]:
        """The series of a query with a sample in a span, requested by shorter spans or for fewer series.

        Args:
            query: PromQL. `at`: epoch seconds. `span`: seconds. `refusal`: why it has just failed.
        """
        try:
            return in_spans(query, at, span, self._put_at, refusal)
        except LimitExceeded as error:
            refusal = error
        if refusal.limit not in SPANLESS:
            self.refusals.add_past(query, (), refusal)
            return self.instant(query, at)
        answer = self._split.ask(promql.seen_within(query, span), at, self._put_at(at), refusal)
        rows = answer.rows
        # If the past is too large, the present may still be answered.
        for matchers, why in answer.refused:
            self.refusals.add_past(query, matchers, why)
            rows += self._part(query, matchers, at)
        return merged(rows, answer.merge)

    def _seen_before(self, query: str, labels: Sequence[str], at: int) -> dict[LabelValues, int]:
        """The values of labels in the day before a time, each with when it was last seen."""
        grid = Grid.ending(at, span=DAY, step=LOOK_BACK_STEP)
        try:
            series, grid = self._day_before(query, at, grid)
        # A server that only answers about the present still has services.
        except QueryRejected:
            return {}
        last_seen: dict[LabelValues, int] = {}
        for row, points in zip(series, np.isfinite(matrix(series, grid)), strict=True):
            if points.any():
                when = grid.start + int(np.flatnonzero(points)[-1]) * grid.step
                values = labels_of(row, labels)
                last_seen[values] = max(when, last_seen.get(values, when))
        return last_seen

    def _day_before(self, query: str, at: int, grid: Grid) -> tuple[list[Series], Grid]:
        """The series of a query at the points of a grid and before each of them, and the grid that was used."""
        refusal: LimitExceeded | None = None
        try:
            if self._looks_back:
                return self._put_on(grid)(promql.seen_within(query, grid.step)).series, grid
        except LimitExceeded as error:
            refusal = error
        except (QueryRejected, SourceTimeout, ValueError) as error:
            self._end_looking_back(error)
        if refusal is None:
            return self.past(query, at, grid), grid
        if refusal.limit in SPANLESS:
            return self.past(promql.seen_within(query, grid.step), at, grid, refusal), grid
        # With a step as long as the server's look-back.
        finer = Grid.ending(at, span=DAY, step=LOOKED_BACK_S)
        return self.past(query, at, finer), finer

    def past(self, query: str, at: int, grid: Grid, refusal: LimitExceeded | None = None) -> list[Series]:
        """The series of a query on a grid, as far as the server returns them.

        Args:
            query: PromQL. `at`: epoch seconds of the search. `grid`: the evaluation times.
            refusal: why it has just failed.
        """
        answer = self._split.ask(query, at, self._put_on(grid), refusal)
        for matchers, error in answer.refused:
            self.refusals.add_past(query, matchers, error)
        return [row for result in answer.results for row in result.series]

    def _end_looking_back(self, error: Exception) -> None:
        """Only query single times from now on.

        Older servers lack the function, some are too slow, and configured matchers may be of another dialect.
        """
        if isinstance(error, SourceTimeout) and not error.by_server:
            raise error
        self._looks_back = False

    def _put_at(self, at: int) -> Put:
        return lambda query: self._noted(self._client.instant(query, at))

    def _put_on(self, grid: Grid) -> Put:
        return lambda query: self._noted(self._client.range(query, grid, "discovery"))

    def _noted(self, result: QueryResult) -> QueryResult:
        """The result; if it is partial, a note is added."""
        if result.warned and not self.notes:
            warning = next(warning for warning in result.warnings if is_partial(warning))
            self.notes = (f"the search for services was answered in part: {one_line(warning)}",)
        return result
