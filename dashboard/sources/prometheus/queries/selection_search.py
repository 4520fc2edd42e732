"""Finds what operators' queries select now: the number of series, and missing metrics and labels.

Prometheus returns the same empty result for a metric that never existed as for an event that did not happen.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from dashboard import promql
from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Dialect, dialect_of
from dashboard.promql import LabelMatcher, Selector
from dashboard.slo.selections import Lack, LackKind, Selection
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.timerange import HOUR

# Number of selectors counted by one query.
BATCH = 50
# Seconds after which a query that lacks nothing is examined again.
KNOWN_S = HOUR
_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

# Text of a selector → number of series it selects; unknown ones are omitted.
Counts = dict[str, int]


class SelectionSearch:
    """Examines what queries select; missing metrics and labels are searched again at each search for services.

    Args:
        instant: sends an instant query at a time in epoch seconds.
    """

    def __init__(self, instant: Callable[[str, int], QueryResult]) -> None:
        self._instant = instant
        # Text of a query → time of the examination, and what it selected.
        self._known: dict[str, tuple[int, Selection]] = {}

    def find(self, queries: Iterable[str], at: int) -> tuple[Selection, ...]:
        """What queries select at a time.

        Args:
            queries: PromQL as written by the operator. `at`: epoch seconds.

        Raises:
            SourceError: the server did not answer.
        """
        texts = list(dict.fromkeys(queries))
        due = [text for text in texts if self._is_due(text, at)]
        if due:
            self._look(due, at)
        return tuple(self._known[text][1] for text in texts)

    def _is_due(self, text: str, at: int) -> bool:
        when, selection = self._known.get(text, (None, None))
        if when is None or selection is None or abs(at - when) > KNOWN_S:
            return True
        return when != at and (bool(selection.lacks) or selection.series is None)

    def _look(self, texts: Sequence[str], at: int) -> None:
        selectors = {selector for text in texts for selector in promql.selectors(text)}
        counts = self._counts({selector.text for selector in selectors}, at)
        probes = {probe for selector in selectors for probe in _probes(selector, counts)}
        counts |= self._counts(probes - set(counts), at)
        nearest = _Nearest(self._instant, at)
        for text in texts:
            self._known[text] = (at, _selection(text, counts, nearest))

    def _counts(self, selectors: Iterable[str], at: int) -> Counts:
        """Selector → number of series it selects, counted in batches."""
        counts: Counts = {}
        due = iter(sorted(selectors))
        while batch := list(islice(due, BATCH)):
            counts |= self._count_batch(batch, at)
        return counts

    def _count_batch(self, batch: Sequence[str], at: int) -> Counts:
        # Numbered, so that one answer can contain many selectors.
        parts = (f'label_replace(count({text}), "n", "{n}", "", "")' for n, text in enumerate(batch))
        try:
            result = self._instant(" or ".join(parts), at)
        except QueryRejected:
            # One invalid regular expression fails the whole batch.
            singles = batch if len(batch) > 1 else ()
            return {text: count for one in singles for text, count in self._count_batch([one], at).items()}
        values = {row.metric.get("n", ""): row.value for row in result.series}
        seen = {text: int(float(value[1])) for n, text in enumerate(batch) if (value := values.get(str(n)))}
        # A partial answer does not show what is missing.
        return seen if result.partial else dict.fromkeys(batch, 0) | seen


class _Nearest:
    """Finds the labels of metrics with the most similar names; each metric is requested once."""

    def __init__(self, instant: Callable[[str, int], QueryResult], at: int) -> None:
        self._instant, self._at = instant, at
        self._labels: dict[str, list[str]] = {}

    def label(self, metric: str, label: str) -> str:
        """The label of a metric that is most similar to another one; empty without any."""
        if metric not in self._labels:
            try:
                series = self._instant(f"topk(1, {_named(metric)})", self._at).series
            except QueryRejected:
                series = []
            self._labels[metric] = [name for row in series for name in row.metric if name != "__name__"]
        return next(iter(difflib.get_close_matches(label, self._labels[metric], n=1)), "")


def _selection(text: str, counts: Counts, nearest: _Nearest) -> Selection:
    selectors = promql.selectors(text)
    numbers = [counts.get(selector.text) for selector in selectors]
    known = [number for number in numbers if number is not None]
    lacks = promql.unmet(text, lambda selector: frozenset(_lacks(selector, selectors, counts, nearest)))
    exact = ((selector.metric, matcher) for selector in selectors for matcher in selector.matchers)
    return Selection(
        text,
        sum(known) if known and len(known) == len(numbers) else None,
        lacks,
        frozenset((metric, matcher.label, str(matcher)) for metric, matcher in exact if matcher.sign == "="),
    )


def _lacks(selector: Selector, selectors: Sequence[Selector], counts: Counts, nearest: _Nearest) -> Iterator[Lack]:
    """What is missing for a selector.

    Args:
        selector: one selector of a query. `selectors`: all of them.
        counts: of all probes. `nearest`: finds similar labels of a metric.
    """
    count, metric = counts.get(selector.text), selector.metric
    if count is None or not metric:
        return
    if count == 0 and counts.get(_named(metric)) == 0:
        yield Lack(LackKind.METRIC, metric)
        return
    missing = [matcher for matcher in _label_matchers(selector, count) if counts.get(_labelled(metric, matcher)) == 0]
    for matcher in missing:
        shared = matcher.accepts_missing and all(matcher in other.matchers for other in selectors)
        found = nearest.label(metric, matcher.label)
        yield Lack(LackKind.LABEL, metric, matcher.label, str(matcher), shared, found)
    if count == 0 and not missing:
        for matcher in _exact_matchers(selector):
            if counts.get(_valued(metric, matcher)) == 0:
                yield Lack(LackKind.VALUE, metric, matcher.label, str(matcher))


def _probes(selector: Selector, counts: Counts) -> Iterator[str]:
    """The selectors to count in order to know what is missing for a selector."""
    count, metric = counts.get(selector.text), selector.metric
    if count is None or not metric:
        return
    yield from (_labelled(metric, matcher) for matcher in _label_matchers(selector, count))
    if count == 0:
        yield _named(metric)
        yield from (_valued(metric, matcher) for matcher in _exact_matchers(selector))


def _label_matchers(selector: Selector, count: int) -> Iterator[LabelMatcher]:
    """The conditions that only make sense if the metric has their label."""
    optional = {matcher.label for matcher in selector.matchers if matcher.asks_for_the_label}
    for matcher in sorted(selector.matchers, key=str):
        # If the selector selects something, the labels that it requires exist.
        is_proved = count > 0 and not matcher.accepts_missing
        # OpenTelemetry's error.type appears with the first failure.
        comes_later = matcher.label in optional or (
            not matcher.accepts_missing and dialect_of(matcher.label) is Dialect.ERROR_TYPE
        )
        if not (matcher.is_open or is_proved or comes_later):
            yield matcher


def _exact_matchers(selector: Selector) -> Iterator[LabelMatcher]:
    return (matcher for matcher in selector.matchers if matcher.sign == "=" and matcher.value)


def _named(metric: str) -> str:
    # A pattern of names is a selector already.
    if metric.startswith("{"):
        return metric
    return metric if _METRIC_NAME.fullmatch(metric) else f"{{__name__={promql.quoted(metric)}}}"


def _labelled(metric: str, matcher: LabelMatcher) -> str:
    return _with(metric, f'{promql.label_name(matcher.label)}!=""')


def _valued(metric: str, matcher: LabelMatcher) -> str:
    return _with(metric, f"{promql.label_name(matcher.label)}={promql.quoted(matcher.value)}")


def _with(metric: str, condition: str) -> str:
    if metric.startswith("{"):
        return f"{metric[:-1]},{condition}}}"
    if _METRIC_NAME.fullmatch(metric):
        return f"{metric}{{{condition}}}"
    return f"{{__name__={promql.quoted(metric)},{condition}}}"
