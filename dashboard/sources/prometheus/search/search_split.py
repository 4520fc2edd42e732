"""Splits queries of a search that are too large for a server, and remembers the split.

First metrics are halved, if a query has several, then the values of labels for jobs, services, instances and pods,
until each part is answered or a single value of each label is too large.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard import promql
from dashboard.exceptions import LimitExceeded, SourceError, SourceTimeout
from dashboard.promql import Merge, quoted
from dashboard.promql.partition import NAME
from dashboard.sources.deadline import seconds_left
from dashboard.sources.prometheus.client.allowances import KEPT_S
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.client.pooled_client import PooledClient
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.search.search_answers import Matchers, PartedAnswer, Refused
from dashboard.sources.prometheus.search.search_sizes import UNLIMITED, GroupSize, Values
from dashboard.timerange import DAY

# Labels by which nearly every server can be split, in addition to those that a query keeps.
JOB, FINEST = "job", ("instance", "pod")
# Maximum number of a query's labels to try; service labels come before outcome labels.
LABELS_MAX = 6
# Maximum number of parts to request for a query, and for all queries of a search, including refused ones.
PARTS_MAX, SEARCH_PARTS_MAX = 200, 1000
# Consecutive refusals needed to get from a thousand jobs to one pod of hundreds.
REFUSALS_MAX = 20
# Remaining seconds of a search below which nothing is split any more.
LAST_S = 30.0
# Maximum number of consecutive timeouts of smaller and smaller queries, as each is waited for.
SLOW_MAX = 3
# Maximum number of label values to try that may belong to other series.
VALUES_MAX = 2000
# Seconds for which a part that is too large on its own is not requested.
REFUSED_S = 1800.0
# Maximum number of queries whose splits are remembered.
SPLITS_KEPT = 500

# Sends a query unchanged.
Put = Callable[[str], QueryResult]
# The group of series without a label; the metric name always exists.
WITHOUT: tuple[tuple[Values, ...], tuple[Values, ...]] = ((("",),), ())


@dataclass(frozen=True, slots=True)
class _Division:
    """How the series of selectors are split: groups of a label's values.

    Attributes:
        until: seconds of the clock until which it is valid.
    """

    label: str
    groups: tuple[Values, ...]
    until: float


class SearchSplit:
    """Splits the series of one server into parts that it answers.

    Args:
        client: returns values of labels. `monotonic`: returns seconds that never go back.

    Attributes:
        divisions: by selectors: queries about the same series are split in the same way.
        refusals: query → until when it is not sent, and why.
        sizes: label → number of its values per partial query, from the last query that was split by it.
        parts_left: remaining number of parts and lists of values in this search.
    """

    def __init__(self, client: PooledClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self.monotonic = monotonic
        self.divisions: dict[frozenset[str], _Division] = {}
        self.refusals: dict[str, tuple[float, Refused]] = {}
        self.sizes: dict[str, int] = {}
        self.parts_left = SEARCH_PARTS_MAX
        self._values: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        self._values_at = 0

    def begin(self) -> None:
        """Start a new search."""
        self.parts_left, self._values = SEARCH_PARTS_MAX, {}

    def ask(self, query: str, at: int, put: Put, refusal: Refused | None = None) -> PartedAnswer:
        """The result of a query, in as many parts as the server requires.

        Args:
            query: PromQL. `at`: epoch seconds. `put`: sends it, or a partial query.
            refusal: why it has just failed; None if it was not sent.

        Raises:
            LimitExceeded: the text of the query is too long.
            SourceTimeout: smaller and smaller parts timed out.
            SourceError: the server did not answer.
        """
        if at != self._values_at:
            self._values, self._values_at = {}, at
        question = _Question(self, query, put)
        question.ask(query, refusal=refusal)
        _forget_oldest(self.divisions)
        _forget_oldest(self.refusals)
        return question.answer

    def values(self, label: str, selectors: tuple[str, ...]) -> list[str]:
        """The values of a label on the series of selectors in the last day; empty without an answer."""
        if (label, selectors) not in self._values:
            self._values[label, selectors] = self._listed(label, selectors)
        return self._values[label, selectors]

    def _listed(self, label: str, selectors: tuple[str, ...]) -> list[str]:
        self.parts_left -= 1
        try:
            return self._client.label_values(label, selectors, self._values_at - DAY, self._values_at)
        except LimitExceeded:
            # VictoriaMetrics limits the series of a selector here, too, but not those of the whole server.
            values = self.values(label, ()) if selectors and label != NAME else []
            return values if len(values) <= VALUES_MAX else []
        except SourceError:
            return []


class _Question:
    """One query while it is being split."""

    def __init__(self, split: SearchSplit, query: str, put: Put) -> None:
        self._split, self._query, self._put = split, query, put
        self._parts = 0
        self._slow_in_row = self._refused_in_row = 0
        self.answer = PartedAnswer()

    def ask(self, query: str, matchers: Matchers = (), refusal: Refused | None = None) -> None:
        """Query all series.

        Args:
            query: the query, or a part of it. `matchers`: of the part. `refusal`: why it has failed.
        """
        known = self._known(query, matchers)
        if isinstance(known, _Division):
            self._ask_groups(query, matchers, known)
            return
        if known is not None:
            self.answer.refused.append((matchers, known))
            return
        error = refusal or self._refusal(query)
        if error is not None and not self._divide(query, matchers, error):
            self._split.refusals[query] = (self._split.monotonic() + REFUSED_S, error)
            self.answer.refused.append((matchers, error))

    @cached_property
    def _merges(self) -> Mapping[str, Merge]:
        """The labels by which it can be split; computed when needed, as most queries are answered whole."""
        return _merges(self._query)

    def _known(self, query: str, matchers: Matchers) -> _Division | Refused | None:
        now = self._split.monotonic()
        until, error = self._split.refusals.get(query, (0.0, None))
        if error is not None and now < until:
            return error
        if not self._split.divisions:
            return None
        division = self._split.divisions.get(frozenset(_selectors(query)))
        is_usable = division is not None and now < division.until and division.label in self._merges
        return division if is_usable else None

    @property
    def _is_enough(self) -> bool:
        is_spent = self._parts >= PARTS_MAX or self._split.parts_left <= 0 or seconds_left() < LAST_S
        return is_spent or self._refused_in_row >= REFUSALS_MAX

    def _refusal(self, query: str) -> Refused | None:
        """Send a query; returns why it has no result, or None if it has one."""
        self._count(1)
        self._refused_in_row += 1
        try:
            result = self._put(query)
        except LimitExceeded as error:
            # A part has a longer text, unless it is restricted to one of several values.
            if error.limit == Limit.TEXT and query == self._query:
                raise
            self._slow_in_row = 0
            return error
        except SourceTimeout as error:
            self._slow_in_row += 1
            if not error.by_server or self._slow_in_row > SLOW_MAX:
                raise
            return error
        self._slow_in_row = self._refused_in_row = 0
        self._count(result.ranges - 1)
        self.answer.results.append(result)
        return None

    def _count(self, parts: int) -> None:
        self._parts += parts
        self._split.parts_left -= parts

    def _ask_groups(self, query: str, matchers: Matchers, division: _Division) -> None:
        """Use the remembered groups; new values are requested together."""
        label = division.label
        values = set(self._split.values(label, _selectors(query)))
        grouped = [tuple(value for value in group if value in values) for group in division.groups if any(group)]
        new = tuple(sorted(values - {value for group in grouped for value in group}))
        self._ask_each(query, matchers, label, (*grouped, new), None, GroupSize())

    def _divide(self, query: str, matchers: Matchers, error: Refused) -> bool:
        """Query halves of its series, by the first label that distinguishes them; False if there is none."""
        used = {label for label, _ in matchers}
        for label in (label for label in self._merges if label not in used and not self._is_enough):
            values = sorted(self._split.values(label, _selectors(query)))
            if len(values) > 1:
                # All values together were just refused; start with at most twice the size of the last query split by
                # the label.
                size = min(len(values) // 2, 2 * self._split.sizes.get(label, len(values)))
                self._ask_each(query, matchers, label, [tuple(values)], error, GroupSize(size, len(values)))
                return True
        return False

    def _ask_each(
        self,
        query: str,
        matchers: Matchers,
        label: str,
        groups: Iterable[Values],
        error: Refused | None,
        size: GroupSize,
    ) -> None:
        """Query groups of a label's values, and the series without the label.

        Args:
            query: the query, or a part of it. `matchers`: of the part. `label`: its name.
            groups: of its values. `error`: why they are not queried together; None if that was known before.
            size: number of values per partial query.
        """
        self.answer.merge = self._merges[label] if self.answer.merge is Merge.APART else self.answer.merge
        pending = deque(group for group in (*groups, *WITHOUT[label == NAME]) if group)
        kept: list[Values] = []
        while pending:
            group = size.first_of(pending)
            matcher = (label, _matcher(label, group))
            part = promql.about(query, *matcher)
            if self._is_enough and error is not None:
                self.answer.refused.append(((*matchers, matcher), error))
            elif len(group) == 1:
                kept.append(group)
                self.ask(part, (*matchers, matcher))
                size.answered(1)
            elif (refusal := self._refusal(part)) is None:
                kept.append(group)
                size.answered(len(group))
            else:
                error = refusal
                size.refused(len(group))
                pending.appendleft(group)
        if size.most < UNLIMITED:
            self._split.sizes[label] = size.most
        until = self._split.monotonic() + KEPT_S
        self._split.divisions[frozenset(_selectors(query))] = _Division(label, tuple(kept), until)


def _forget_oldest(kept: dict[Any, Any]) -> None:
    while len(kept) > SPLITS_KEPT:
        del kept[next(iter(kept))]


def _merges(query: str) -> Mapping[str, Merge]:
    """The labels by which a query can be split, the best first, each with the merge of equal rows."""
    try:
        labels = (*promql.labels_to_part_by(query)[:LABELS_MAX], JOB, *FINEST)
        merges = {label: promql.merge_by(query, label) for label in labels}
    # A dialect that cannot be parsed cannot be split.
    except ValueError:
        return {}
    return {label: merge for label, merge in merges.items() if merge is not None}


def _selectors(query: str) -> tuple[str, ...]:
    return tuple(selector.text for selector in promql.selectors(query))


def _matcher(label: str, values: Values) -> str:
    if len(values) == 1:
        return f"{promql.label_name(label)}={quoted(values[0])}"
    return f"{promql.label_name(label)}=~{quoted(any_of(values))}"
