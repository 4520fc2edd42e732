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
    """Asks when the samples that queries select were taken, once for each moment.

    Args:
        instant: puts an instant query at a moment in epoch seconds.

    Attributes:
        untold: query → why the server does not say it of that one, one line.
    """

    def __init__(self, instant: Callable[[str, int], QueryResult]) -> None:
        self._instant = instant
        self.untold: dict[str, str] = {}
        # Text of a query → the moment at which it was dated last; and the newest sample that was seen of it.
        self._asked_at: dict[str, int] = {}
        self._seen: dict[str, float] = {}

    def find(self, queries: Iterable[str], at: int) -> dict[str, float]:
        """Query → epoch seconds of the newest sample it selects; those that were dated at this moment or later are out.

        Args:
            queries: PromQL as the operator wrote it; one that nobody here can parse is not dated. `at`: epoch seconds.

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
        # Numbered, so that one answer tells many queries apart.
        parts = (f'label_replace({_newest(text)}, "q", "{n}", "", "")' for n, text in enumerate(batch))
        try:
            result = self._instant(" or ".join(parts), at)
        except (QueryRejected, SourceTimeout) as error:
            is_slow = isinstance(error, SourceTimeout)
            if isinstance(error, SourceTimeout) and not error.by_server:
                raise
            if is_slow or len(batch) == 1:
                self.untold |= dict.fromkeys(batch, str(error))
                return {}
            middle = len(batch) // 2
            return {**self._dated(batch[:middle], at), **self._dated(batch[middle:], at)}
        for text in batch:
            self.untold.pop(text, None)
        values = {row.metric.get("q", ""): row.value for row in result.series}
        self._seen |= {text: float(value[1]) for n, text in enumerate(batch) if (value := values.get(str(n)))}
        # Of what has no sample within its look a server still answers ranges, for as long as these are.
        oldest = float(at - LOOKED_BACK_S)
        return {
            text: self._seen[text] if str(n) in values else min(self._seen.get(text, oldest), oldest)
            for n, text in enumerate(batch)
        }


def _newest(text: str) -> str:
    return newest_of([f"timestamp({selector.text})" for selector in promql.selectors(text)])
