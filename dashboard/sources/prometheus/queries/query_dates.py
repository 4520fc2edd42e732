"""The age of operators' query values: the time of the newest raw sample that they select."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from dashboard import promql
from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.queries.newest_sample import newest_of
from dashboard.sources.prometheus.search.search_spans import LOOKED_BACK_S

BATCH = 50


class QueryDates:
    """Finds the newest samples that queries select, once for each time.

    Args:
        instant: sends an instant query at a time in epoch seconds.

    Attributes:
        undated: query → why the server does not report its newest sample, one line.
    """

    def __init__(self, instant: Callable[[str, int], QueryResult]) -> None:
        self._instant = instant
        self.undated: dict[str, str] = {}
        # Text of a query → when it was last dated; and its newest known sample.
        self._asked_at: dict[str, int] = {}
        self._seen: dict[str, float] = {}

    def find(self, queries: Iterable[str], at: int) -> dict[str, float]:
        """Query → epoch seconds of the newest sample it selects; queries dated at this time or later are omitted.

        Args:
            queries: PromQL as written by the operator; unparsable ones are not dated. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        due = [text for text in dict.fromkeys(queries) if promql.selectors(text) and self._asked_at.get(text, 0) < at]
        self._asked_at |= dict.fromkeys(due, at)
        dates: dict[str, float] = {}
        left = iter(due)
        while batch := list(islice(left, BATCH)):
            dates |= self._dated(batch, at)
        return dates

    def _dated(self, batch: Sequence[str], at: int) -> dict[str, float]:
        # Numbered, so that one answer can contain many queries.
        parts = (f'label_replace({_newest(text)}, "q", "{n}", "", "")' for n, text in enumerate(batch))
        try:
            result = self._instant(" or ".join(parts), at)
        except (QueryRejected, SourceTimeout) as error:
            is_slow = isinstance(error, SourceTimeout)
            if isinstance(error, SourceTimeout) and not error.by_server:
                raise
            if is_slow or len(batch) == 1:
                self.undated |= dict.fromkeys(batch, str(error))
                return {}
            middle = len(batch) // 2
            return {**self._dated(batch[:middle], at), **self._dated(batch[middle:], at)}
        for text in batch:
            self.undated.pop(text, None)
        values = {row.metric.get("q", ""): row.value for row in result.series}
        self._seen |= {text: float(value[1]) for n, text in enumerate(batch) if (value := values.get(str(n)))}
        # Without a sample in the look-back, a server still answers range queries for the length of their ranges.
        oldest = float(at - LOOKED_BACK_S)
        return {
            text: self._seen[text] if str(n) in values else min(self._seen.get(text, oldest), oldest)
            for n, text in enumerate(batch)
        }


def _newest(text: str) -> str:
    return newest_of([f"timestamp({selector.text})" for selector in promql.selectors(text)])
