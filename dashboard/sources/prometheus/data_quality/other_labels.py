"""Detects labels that mark requests as failed although the label in use marks them as good.

A server that answers 200 with an error in the body often has another label for it, such as `success="false"`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboard.exceptions import QueryRejected
from dashboard.outcome_names import FAULTS, words_of
from dashboard.outcomes import OUTCOME_LABELS, Dialect, Vocabulary, dialect_of
from dashboard.outcomes import Outcome as Meaning
from dashboard.promql import quoted
from dashboard.sources.catalog import Contradiction
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.data_quality.other_counters import FAILING, WINDOW
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.outcome_labels import meaning_of
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch

# Values of a fault label that mean that nothing failed.
NOTHING_WRONG = frozenset({"", "none", "null", "nil", "<nil>", "no", "false", "0", "ok", "-", "no_error", "noerror"})


class OtherLabels:
    """Examines all labels of requests that may contain their outcome.

    Args:
        search: searches the series of a server. `client`: sends queries.
        matchers: for every selector, each followed by a comma.
        vocabulary: the words for outcomes.
    """

    def __init__(self, search: SeriesSearch, client: PooledClient, matchers: str, vocabulary: Vocabulary) -> None:
        self._search = search
        self._client = client
        # Further labels on the server whose names suggest an outcome, from the last search.
        self._further: tuple[str, ...] = ()
        self._matchers = matchers
        self._vocabulary = vocabulary

    def failing(self, instrumentations: Sequence[Instrumentation], at: int) -> dict[str, Contradiction]:
        """Service → the label by which requests fail that are considered good, if enough fail for a page.

        Args:
            instrumentations: each service is owned by one. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        asked = [each for each in instrumentations if each.outcome is not None and each.owned and not each.native]
        failing: dict[str, Contradiction] = {}
        try:
            with self._search.best_effort("labels that may call requests failed were not looked for everywhere"):
                self._further = self._search.outcome_labels(at) if asked else ()
                there = self._there(asked, at)
                asked = [each for each in asked if self._others(each, there)]
                queries = [self._query(each, self._others(each, there)) for each in asked]
                # Services that differ in other traits share their queries.
                distinct = list(dict.fromkeys(queries))
                answers = dict(zip(distinct, self._search.together(distinct, at), strict=True))
                for each, query in zip(asked, queries, strict=True):
                    failing |= self._of(each, self._others(each, there), answers[query])
        except QueryRejected as error:
            note = f"labels that may call requests failed were not looked for: {error}"
            self._search.notes = (*self._search.notes, note)
        return failing

    def _there(self, asked: Iterable[Instrumentation], at: int) -> dict[str, set[str]]:
        """Metric → the unused labels that any of its series has."""
        metrics: dict[str, set[str]] = defaultdict(set)
        for each in asked:
            for label in self._not_read(each):
                metrics[label].add(each.preset.requests)
        there: dict[str, set[str]] = defaultdict(set)
        if not metrics:
            return there
        selected = " or ".join(self._having(label, sorted(names)) for label, names in metrics.items())
        for row in self._search.instant(f"group by (__name__, {', '.join(metrics)}) ({selected})", at):
            there[label_of(row, "__name__")].update(filter(row.metric.get, metrics))
        return there

    def _having(self, label: str, metrics: Sequence[str]) -> str:
        return selectors.selector("", self._matchers, f"__name__=~{quoted(any_of(metrics))}", f'{label}!=""')

    def _others(self, each: Instrumentation, there: dict[str, set[str]]) -> tuple[str, ...]:
        """The unused labels of an instrumentation's requests."""
        return tuple(label for label in self._not_read(each) if label in there[each.preset.requests])

    def _not_read(self, each: Instrumentation) -> Iterator[str]:
        """Labels from which an instrumentation reads no outcome."""
        known = {*(outcome.label for outcome in each.preset.outcomes), *each.service_labels}
        return (label for label in dict.fromkeys((*OUTCOME_LABELS, *self._further)) if label not in known)

    def _query(self, each: Instrumentation, others: Sequence[str]) -> str:
        """Requests by all labels with their outcome."""
        read = (outcome.label for outcome in each.preset.outcomes)
        by = dict.fromkeys((*each.service_labels, *read, *others))
        selected = selectors.selector(each.preset.requests, each.matchers, each.preset.matchers)
        return f"sum by ({', '.join(by)}) (rate({selected}[{WINDOW}s])) > 0"

    def _of(self, each: Instrumentation, others: Sequence[str], rows: Sequence[Series]) -> dict[str, Contradiction]:
        """The services of one instrumentation that fail by another label."""
        names = {each.services[name]: name for name in each.owned}
        every: dict[str, float] = defaultdict(float)
        failed: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
        values = {label: {row.metric.get(label, "") for row in rows} - {""} for label in others}
        dialects = {label: dialect_of(label, values[label]) for label in others}
        for row in rows:
            name = names.get(tuple(row.metric.get(label, "") for label in each.service_labels))
            if name is None or row.value is None:
                continue
            rate = float(row.value[1])
            every[name] += rate
            for contradiction in self._contradictions(each, dialects, row):
                failed[name][contradiction] += rate
        contradictions = {}
        for name, by_label in failed.items():
            (label, value), rate = max(by_label.items(), key=lambda item: item[1])
            if rate > FAILING * every[name]:
                read = each.outcome.label if each.outcome is not None else ""
                contradictions[name] = Contradiction(label, value, read, each.preset.requests)
        return contradictions

    def _contradictions(
        self, each: Instrumentation, dialects: Mapping[str, Dialect], row: Series
    ) -> Iterator[tuple[str, str]]:
        """The labels, with values, by which a series fails that is considered good.

        Args:
            each: knows the outcome. `dialects`: further label → the kind of its values. `row`: the series.
        """
        outcomes = each.preset.outcomes
        words = [row.metric.get(outcome.label, "") for outcome in outcomes]
        if meaning_of(words, outcomes, self._vocabulary) is Meaning.GOOD:
            for label, dialect in dialects.items():
                value = row.metric.get(label, "")
                if self._fails(label, value, dialect):
                    yield label, value

    def _fails(self, label: str, value: str, dialect: Dialect) -> bool:
        if dialect not in (Dialect.ERROR_TYPE, Dialect.FAILURE_FLAG) and not words_of(label) & FAULTS:
            return bool(value) and self._vocabulary.outcome(value, dialect) is Meaning.FAILED
        if value.strip().casefold() in NOTHING_WRONG:
            return False
        stated = self._vocabulary.stated(value)
        # The value of a fault label is a failure, whatever it is.
        meaning = stated or self._vocabulary.outcome(value, dialect)
        return meaning in (Meaning.FAILED, Meaning.UNKNOWN)
