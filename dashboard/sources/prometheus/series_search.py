"""Which series a server has, asked by instant queries; what was seen stays known for a day."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import numpy as np

from dashboard.exceptions import InvalidData, QueryRejected, SourceTimeout
from dashboard.promql import seen_within
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.decode import Series, is_partial, matrix
from dashboard.sources.prometheus.faults import one_line
from dashboard.sources.prometheus.naming import LabelValues
from dashboard.sources.prometheus.pooled_client import PooledClient
from dashboard.sources.prometheus.query_client import QueryResult
from dashboard.timerange import DAY, HOUR, Grid

# A service stays known for so many seconds after its last sample: one that vanished must be seen to have vanished.
REMEMBERED_S = DAY
# At the first search the day before it is looked at in steps of so many seconds.
LOOK_BACK_STEP = HOUR
PART = "golden_signals_part"

T = TypeVar("T")


def label_of(row: Series, label: str) -> str:
    """The value of a label that the query of an answer keeps on each of its series.

    Args:
        row: of an answer. `label`: its name.

    Raises:
        InvalidData: the series has none, so that this answers another query.
    """
    value = row.metric.get(label)
    if value is None:
        raise InvalidData(
            f"a query was answered with series that it does not select (without {label}): something between here and "
            "the server, such as a cache, answers in its place"
        )
    return value


class SeriesSearch:
    """Searches one server.

    Args:
        matchers: added to every selector, each followed by a comma.

    Attributes:
        notes: what the server said of the last search, a line each.
    """

    def __init__(self, client: PooledClient, matchers: str = "") -> None:
        self._client = client
        self._matchers = matchers
        self.notes: tuple[str, ...] = ()
        # Query → label values → epoch seconds at which they were last there.
        self._last_seen: dict[str, dict[LabelValues, int]] = {}
        self._looks_back = True

    def instant(self, query: str, at: int) -> list[Series]:
        """The series of a query at a moment; that the answer is partial becomes a note.

        Args:
            query: PromQL. `at`: epoch seconds.
        """
        return self._noted(self._client.instant(query, at))

    def together(self, queries: Sequence[str], at: int) -> list[list[Series]]:
        """The series of several queries at a moment, asked as one.

        Args:
            queries: PromQL, each of vectors. `at`: epoch seconds.

        Returns:
            A list for each query.
        """
        answers: list[list[Series]] = [[] for _ in queries]
        # A label tells the parts apart, or the same series of two would be one.
        parts = (f'label_replace({query}, "{PART}", "{number}", "", "")' for number, query in enumerate(queries))
        for row in self.instant(" or ".join(parts), at) if queries else []:
            answers[int(label_of(row, PART))].append(row)
            del row.metric[PART]
        return answers

    def count_by(self, metric: str, label: str, *parts: str) -> str:
        """A query that counts the series of a metric by the values of some labels.

        Args:
            metric: its name; empty when `parts` select it.
            label: one, or several separated by commas.
            parts: further matchers.
        """
        return f"count by ({label}) ({selectors.selector(metric, self._matchers, *parts)})"

    def current(self, query: str, labels: Sequence[str], at: int) -> set[LabelValues]:
        """The values of some labels in the series of a query; empty where a series lacks one.

        Args:
            query: PromQL. `labels`: whose values are wanted, in this order. `at`: epoch seconds.
        """
        return {_values(row, labels) for row in self.instant(query, at)}

    def recent(self, query: str, labels: Sequence[str], at: int) -> set[LabelValues]:
        """As `current`, with those of the last day, as far as it was searched.

        Args:
            query: PromQL. `labels`: whose values are wanted, in this order. `at`: epoch seconds.
        """
        # Nothing is remembered at the first search: it looks back by itself.
        if query not in self._last_seen:
            self._last_seen[query] = self._seen_before(query, labels, at)
            rows = self.lately([query], at, LOOK_BACK_STEP)[0]
        else:
            rows = self.instant(query, at)
        last_seen = self._last_seen[query]
        last_seen |= dict.fromkeys((_values(row, labels) for row in rows), at)
        return {values for values, when in last_seen.items() if at - when <= REMEMBERED_S}

    def lately(self, queries: Sequence[str], at: int, span: int) -> list[list[Series]]:
        """As `together`, of every series that had a sample in a span before the moment.

        Args:
            queries: PromQL, each of vectors. `at`: epoch seconds. `span`: seconds.

        Returns:
            A list for each query; of what is there at the moment alone where the server refuses to look back.
        """
        return self._looking_back(queries, span, lambda asked: self.together(asked, at))

    def _seen_before(self, query: str, labels: Sequence[str], at: int) -> dict[LabelValues, int]:
        """The values of some labels in the day before a moment, each with when it was seen last."""
        grid = Grid.ending(at, span=DAY, step=LOOK_BACK_STEP)
        try:
            series = self._looking_back(
                [query], grid.step, lambda asked: self._noted(self._client.range(asked[0], grid, "discovery"))
            )
        # A server that answers the present and not the past has services all the same.
        except QueryRejected:
            return {}
        last_seen: dict[LabelValues, int] = {}
        for row, points in zip(series, np.isfinite(matrix(series, grid)), strict=True):
            if points.any():
                when = grid.start + int(np.flatnonzero(points)[-1]) * grid.step
                values = _values(row, labels)
                last_seen[values] = max(when, last_seen.get(values, when))
        return last_seen

    def _looking_back(self, queries: Sequence[str], span: int, ask: Callable[[Sequence[str]], T]) -> T:
        """What queries answer about a span; about moments alone once the server refused a span.

        A server looks back five minutes by itself: at moments alone what came and went between two was never there.

        Args:
            queries: PromQL. `span`: seconds. `ask`: puts queries.
        """
        if self._looks_back:
            try:
                return ask([seen_within(query, timedelta(seconds=span)) for query in queries])
            # Older servers lack the function, some read no more than so many samples, and matchers of an operator may
            # be of another dialect.
            except (QueryRejected, SourceTimeout, ValueError) as error:
                if isinstance(error, SourceTimeout) and not error.by_server:
                    raise
                self._looks_back = False
        return ask(queries)

    def _noted(self, result: QueryResult) -> list[Series]:
        """The series of an answer; that it is partial becomes a note."""
        if result.warned and not self.notes:
            warning = next(warning for warning in result.warnings if is_partial(warning))
            self.notes = (f"the search for services was answered in part: {one_line(warning)}",)
        return result.series


def _values(row: Series, labels: Sequence[str]) -> LabelValues:
    return tuple(row.metric.get(label, "") for label in labels)
