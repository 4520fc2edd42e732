"""Detects failure counters that are not used, such as `http_requests_failed_total`."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.exceptions import QueryRejected
from dashboard.promql import quoted
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.data_quality.other_counters import FAILING, WINDOW, OtherCounters
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.search.fallback_names import COUNTERS, IS_OWN
from dashboard.sources.prometheus.search.fallback_presets import metrics_of
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import SeriesSearch

# Suffixes that turn the name of a request counter into that of its failures.
FAILURES = (
    "((processing|handling|request|response)_)?(failed|failures?|errors?|exceptions?|timeouts?|panics?)(_total|_count)?"
)
# Suffixes of counters of completed work, which the failure counter's name lacks.
DONE = "_(processed|handled|served|completed|succeeded|success(es|ful)?|received|consumed|executed|finished|request)$"
# Words in names of failure counters, and further allowed words in addition to those of the request counter.
FAILING_WORDS = frozenset({"fail", "failed", "failure", "error", "errored", "exception", "timeout", "panic", "5xx"})
COMMON_WORDS = frozenset({
    "http", "https", "request", "req", "response", "call", "invocation", "server", "service", "app", "application",
    "api", "internal", "unhandled", "uncaught", "processing", "handling", "handler", "metric", "number", "num", "of",
    "all", "total", "count", "counter",
})  # fmt: skip
IS_COUNTER = re.compile(f"{COUNTERS}|(.+_)?(errors|failures|exceptions)")
NAMES = ".*(fail|error|exception|timeout|panic|5xx).*"
# Protocols over HTTP that answer 200 even after failures.
OVER_HTTP = ("graphql", "graphql_request", "graphql_query", "graphql_operation")


class FailureCounters:
    """Looks for counters whose names say that they count failures of the shown requests.

    Args:
        search: searches the series of a server. `matchers`: for every selector, each followed by a comma.
        others: returns the failure ratio by the counters in use.
        decided: names of presets whose author defines what a failure is.
    """

    def __init__(self, search: SeriesSearch, matchers: str, others: OtherCounters, decided: Collection[str]) -> None:
        self._search = search
        self._matchers = matchers
        self._others = others
        self._decided = frozenset(decided)

    def failing(self, instrumentations: Iterable[Instrumentation], at: int) -> dict[str, tuple[str, str]]:
        """Service → the counter by which requests fail that are considered good, and the counter of all requests.

        Args:
            instrumentations: each service is owned by one. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        asked = [each for each in instrumentations if each.owned and each.tells_errors and each.preset.requests]
        asked = [each for each in asked if each.preset.name not in self._decided and not each.preset.probe]
        failing: dict[str, tuple[str, str]] = {}
        answers: dict[str, Sequence[Series]] = {}
        try:
            with self._search.best_effort("counters of failures that are not read were not looked for everywhere"):
                there = self._there(asked, at)
                for each in asked:
                    for counter in there[each.preset.requests]:
                        failing |= self._of(each, counter, at, answers)
        except QueryRejected as error:
            note = f"counters of failures that are not read were not looked for: {error}"
            self._search.notes = (*self._search.notes, note)
        return failing

    def _there(self, asked: Sequence[Instrumentation], at: int) -> dict[str, list[str]]:
        """Request counter → unused counters of its failures."""
        read = {metric for each in asked for metric in metrics_of(each.preset)}
        by_stem: dict[str, list[str]] = defaultdict(list)
        for requests in dict.fromkeys(each.preset.requests for each in asked):
            for stem in _stems(requests):
                by_stem[stem].append(requests)
        there: dict[str, list[str]] = defaultdict(list)
        if not by_stem:
            return there
        query = f"group by (__name__) ({selectors.selector('', self._matchers, f'__name__=~{quoted(NAMES)}')})"
        for row in self._search.instant(query, at):
            name = label_of(row, "__name__")
            for requests in _requests_of(name, by_stem) if name not in read else ():
                there[requests].append(name)
        return there

    def _of(
        self, each: Instrumentation, counter: str, at: int, asked: dict[str, Sequence[Series]]
    ) -> dict[str, tuple[str, str]]:
        """The services of an instrumentation with far more failures in a counter than in the counters in use.

        Args:
            each: the instrumentation. `counter`: of failures. `at`: epoch seconds.
            asked: cache of query → result, shared by services that differ in other traits.
        """
        by = ", ".join(each.service_labels)
        rates = (
            f"sum by ({by}) (rate({selectors.selector(metric, each.matchers)}[{WINDOW}s]))"
            for metric in (counter, each.preset.requests)
        )
        names = {each.services[name]: name for name in each.owned}
        shares: dict[str, float] = {}
        query = " / ".join(rates)
        if query not in asked:
            asked[query] = self._search.instant(query, at)
        for row in asked[query]:
            name = names.get(tuple(row.metric.get(label, "") for label in each.service_labels))
            if name is not None and row.value:
                shares[name] = float(row.value[1])
        suspects = {name for name, share in shares.items() if share > FAILING}
        if not suspects:
            return {}
        # A failure counter often includes refused requests as well.
        read_shares = dict(self._others.ratios(replace(each, owned=frozenset(suspects)), at, ("server", "client")))
        return {
            name: (counter, each.preset.requests)
            for name in suspects
            if shares[name] > read_shares.get(name, 0.0) + FAILING
        }


def _requests_of(counter: str, by_stem: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The request counters whose failures a counter may count, by its name."""
    stems = [stem for stem in by_stem if re.fullmatch(f"{stem}s?_{FAILURES}", counter)]
    every = dict.fromkeys(requests for of_stem in by_stem.values() for requests in of_stem)
    words = _words(counter)
    rest = words - FAILING_WORDS - COMMON_WORDS
    is_worded = bool(words & FAILING_WORDS) and IS_COUNTER.fullmatch(counter) and not IS_OWN.fullmatch(counter)
    alike = (requests for requests in every if is_worded and rest <= _words(requests))
    yield from dict.fromkeys((*(requests for stem in stems for requests in by_stem[stem]), *alike))


def _words(name: str) -> set[str]:
    """The words of a name in the singular."""
    return {word.removesuffix("s") for word in name.casefold().split("_")}


def _stems(requests: str) -> Iterator[str]:
    """Possible beginnings of names of failure counters for these requests."""
    whole = re.sub("s?(_total|_count)?$", "", requests)
    yield whole
    subject = re.sub(DONE, "", whole)
    if subject != whole:
        yield subject.removesuffix("s")
    if re.search("(^|_)http_", requests):
        yield from OVER_HTTP
