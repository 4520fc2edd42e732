"""Which series a server has, asked by instant queries; what was seen stays known for a day."""

from collections.abc import Sequence

from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.decode import Series, is_partial
from dashboard.sources.prometheus.faults import one_line
from dashboard.sources.prometheus.query_client import QueryClient
from dashboard.timerange import DAY, HOUR

# A service stays known for so many seconds after its last sample: one that vanished must be seen to have vanished.
REMEMBERED_S = DAY
# At the first search the server is asked for these moments, too, in seconds before it; an instant costs it next to
# nothing.
EARLIER = (HOUR, 6 * HOUR, DAY)

LabelValues = tuple[str, ...]


class SeriesSearch:
    """Searches one server.

    Args:
        matchers: added to every selector, each followed by a comma.
        may_lack: labels that a series need not have to be looked at.

    Attributes:
        notes: what the server said of the last search, a line each.
    """

    def __init__(self, client: QueryClient, matchers: str = "", may_lack: Sequence[str] = ()) -> None:
        self._client = client
        self._may_lack = frozenset(may_lack)
        self._matchers = matchers
        self.notes: tuple[str, ...] = ()
        # Query → label values → epoch seconds at which they were last there.
        self._last_seen: dict[str, dict[LabelValues, int]] = {}

    def instant(self, query: str, at: int) -> list[Series]:
        """The series of a query at a moment; that the answer is partial becomes a note.

        Args:
            query: PromQL. `at`: epoch seconds.
        """
        result = self._client.instant(query, at)
        if result.warned and not self.notes:
            warning = next(warning for warning in result.warnings if is_partial(warning))
            self.notes = (f"the search for services was answered in part: {one_line(warning)}",)
        return result.series

    def count_by(self, metric: str, label: str, *parts: str) -> str:
        """A query that counts the series of a metric by the values of some labels.

        Args:
            metric: its name; empty when `parts` select it.
            label: one, or several separated by commas.
            parts: further matchers.
        """
        return f"count by ({label}) ({selectors.selector(metric, self._matchers, *parts)})"

    def values(self, metric: str, label: str, at: int, *parts: str) -> list[str]:
        """The values of a label of a metric at a moment.

        Args:
            metric: its name. `label`: its label. `at`: epoch seconds. `parts`: further matchers.
        """
        series = self.instant(self.count_by(metric, label, *parts), at)
        return [row.metric[label] for row in series if row.metric.get(label)]

    def current(self, query: str, labels: Sequence[str], at: int, optional: Sequence[str] = ()) -> set[LabelValues]:
        """The values of some labels in the series of a query that have them all; those that may be missing are empty.

        Args:
            query: PromQL. `labels`: whose values are wanted, in this order. `at`: epoch seconds.
            optional: labels whose values come after these; empty where a series lacks one.
        """
        series = self.instant(query, at)
        return {
            tuple(row.metric.get(label, "") for label in (*labels, *optional))
            for row in series
            if all(row.metric.get(label) for label in labels if label not in self._may_lack)
        }

    def recent(self, query: str, labels: Sequence[str], at: int, optional: Sequence[str] = ()) -> set[LabelValues]:
        """As `current`, with those of the last day, as far as it was searched.

        Args:
            query: PromQL. `labels`: whose values are wanted, in this order. `at`: epoch seconds.
            optional: labels whose values come after these; empty where a series lacks one.
        """
        # Nothing is remembered at the first search: it looks back by itself.
        moments = [at] if query in self._last_seen else [at, *(at - earlier for earlier in EARLIER)]
        last_seen = self._last_seen.setdefault(query, {})
        for moment in moments:
            for values in self.current(query, labels, moment, optional):
                last_seen[values] = max(moment, last_seen.get(values, moment))
        return {values for values, when in last_seen.items() if at - when <= REMEMBERED_S}
