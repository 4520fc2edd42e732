"""Reads services without a preset from counters with an outcome label and latency histograms.

It is only used for services that no preset knows.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from dashboard.exceptions import QueryRejected
from dashboard.outcomes import Vocabulary
from dashboard.promql import quoted
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.outcome_labels import tells
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search import counter_pairs
from dashboard.sources.prometheus.search.fallback_names import (
    ASIDE,
    COUNTERS,
    HISTOGRAMS,
    IS_OWN,
    OUTCOME_LABELS,
    OWN,
    VAGUE,
    WITHOUT_UNIT,
    alike,
    distance,
)
from dashboard.sources.prometheus.search.fallback_presets import DOUBTFUL, UNIT, Find, Unit, metrics_of, preset_of
from dashboard.sources.prometheus.search.fallback_units import Seen, is_known, unit_of, without_doubtful
from dashboard.sources.prometheus.search.search_answers import label_of
from dashboard.sources.prometheus.search.series_search import REMEMBERED_S, SeriesSearch
from dashboard.timerange import DAY, HOUR

# Spans in seconds before the first search that are searched one by one: (end, length).
EARLIER = ((6 * HOUR, DAY - 6 * HOUR), (HOUR, 5 * HOUR), (0, HOUR))
# Labels of a target; a collector passes on several jobs.
TARGET = "job, instance, exported_job"

# Maps queries to the series of each.
Look = Callable[[Sequence[str]], list[list[Series]]]


class Fallback:
    """Searches one server for scraped series that no preset knows.

    Args:
        search: searches its series.
        matchers: for every selector, each followed by a comma.
        vocabulary: the words for outcomes.
    """

    def __init__(self, search: SeriesSearch, matchers: str, vocabulary: Vocabulary) -> None:
        self._search = search
        self._matchers = matchers
        self._vocabulary = vocabulary
        # Unit → when it was last seen, and its counter then, as a service that disappeared must be reported as such.
        self._last: dict[Unit, tuple[int, Find]] = {}

    def presets(self, known: Iterable[str], at: int) -> list[Preset]:
        """A preset for each counter of services that do not have the known metrics.

        Args:
            known: metrics of presets. `at`: epoch seconds.
        """
        names = sorted(set(known))
        try:
            with self._search.best_effort("not everything was looked for beyond the presets") as refusals:
                others = self._units_of(names, at)
                # After a refusal, services that presets know would be found twice.
                if refusals.errors:
                    raise refusals.errors[0]
                for moment, look in self._looks(at):
                    for unit, find in self._finds(names, others, look, at).items():
                        self._last[unit] = moment, find
        except QueryRejected as error:
            note = f"nothing was looked for beyond the presets: {error}"
            self._search.notes = (*self._search.notes, note)
            return []
        current = {
            unit: find
            for unit, (when, find) in self._last.items()
            if not is_known(unit, others) and at - when <= REMEMBERED_S
        }
        presets = []
        for find in sorted(set(current.values())):
            own = sorted(unit for unit, other in current.items() if other == find)
            presets.append(preset_of(find, own, sorted(current.keys() - set(own))))
        return presets

    def offers(self, presets: Iterable[Preset], at: int) -> Iterator[str]:
        """Further counters on targets of known services, one line each.

        Args:
            presets: all presets with services. `at`: epoch seconds.
        """
        read = sorted({metric for preset in presets for metric in metrics_of(preset)})
        beyond = f"__name__!~{quoted(any_of(read))}" if read else ""
        try:
            with self._search.best_effort("not everything that is counted besides was looked for"):
                yield from self._without_unit(read, at)
                seen = self._seen(beyond, "", lambda queries: self._search.together(queries, at), at)
        except QueryRejected:
            return
        jobs: dict[str, set[str]] = {}
        for what, job in self._not_read(seen, read):
            jobs.setdefault(what, set()).add(job)
        for what, named in sorted(jobs.items()):
            yield f"{what}, of {', '.join(sorted(named))}"

    def _without_unit(self, read: Collection[str], at: int) -> Iterator[str]:
        """Histograms that probably contain latency in an unknown unit, one line each."""
        query = f"group by (__name__, job) ({self._selector(_name(WITHOUT_UNIT))})"
        jobs: dict[str, set[str]] = {}
        for row in self._search.instant(query, at):
            if (name := label_of(row, "__name__")) not in read and not ASIDE.search(name):
                jobs.setdefault(name, set()).add(row.metric.get("job", ""))
        for name, named in sorted(jobs.items()):
            yield f"{name}, of {', '.join(sorted(named))}: its name says no unit, so `scale` has to"

    def _not_read(self, seen: Seen, read: Collection[str]) -> Iterator[tuple[str, str]]:
        """Counters with an outcome label and latency histograms that are not used, each with its job."""
        for (job, *_), counters in seen.words.items():
            yield from (
                (f"{counter} by {label}", job)
                for (counter, label), words in counters.items()
                if self._tells(label, words)
            )
        for (job, *_), histograms in seen.buckets.items():
            yield from ((name, job) for name in histograms if name not in read and not ASIDE.search(name))

    def _looks(self, at: int) -> Iterator[tuple[int, Look]]:
        """The spans to search, oldest first, each with the time at which its series were last seen.

        The first search covers a whole day, so that services that came and went in it are known.
        """
        if self._last:
            yield at, lambda queries: self._search.together(queries, at)
            return
        for ago, span in EARLIER:
            yield at - ago, partial(self._search.lately, at=at - ago, span=span)

    def _units_of(self, metrics: Sequence[str], at: int) -> set[Unit]:
        """The units that have any of these metrics."""
        if not metrics:
            return set()
        query = f"group by ({', '.join(UNIT)}) ({self._selector(_any(metrics))})"
        return {unit_of(row) for row in self._search.instant(query, at)}

    def _finds(self, known: Sequence[str], others: set[Unit], look: Look, at: int) -> dict[Unit, Find]:
        """Unit → the counter of its requests, for units that are not among the others."""
        unless = f" unless on ({TARGET}) {self._selector(_any(known))}" if known else ""
        beyond = f"__name__!~{quoted(any_of(known))}" if known else ""
        seen = self._seen(beyond, unless, look, at, with_named=True)
        doubtful = {label: self._not_of_targets(label, seen.units, unless, look) for label in DOUBTFUL}
        seen = seen.renamed({unit: without_doubtful(unit, doubtful) for unit in seen.units})
        # Several jobs may scrape one service: do not count it twice by another name or label.
        units = {unit: _by_name(unit) for unit in seen.units if not is_known(unit, others)}
        together = seen.renamed({unit: units.get(unit, unit) for unit in seen.units})
        chosen = {name: self._chosen(together, name) for name in set(units.values())}
        finds = {unit: find for unit, name in units.items() if (find := chosen[name]) is not None}
        without_outcome = self._without_outcome(finds, unless, look)
        return finds | {unit: find for unit, find in without_outcome.items() if not is_known(unit, others)}

    def _without_outcome(self, finds: Mapping[Unit, Find], unless: str, look: Look) -> dict[Unit, Find]:
        """Further jobs that scrape a service of the same name, whose counter there has no outcome.

        Args:
            finds: unit → its counter. `unless`: excludes targets. `look`: sends queries.
        """
        by_name = {unit[1:]: find for unit, find in finds.items() if find.label and any(unit[1:])}
        if not by_name:
            return {}
        counters = _any(sorted({find.counter for find in by_name.values()}))
        (rows,) = look([f"group by (__name__, {', '.join(UNIT)}) ({self._selector(counters)}{unless})"])
        without_outcome = {
            unit: find
            for row in rows
            if (unit := unit_of(row)) not in finds
            and (find := by_name.get(unit[1:])) is not None
            and find.counter == label_of(row, "__name__")
        }
        doubtful = {label: self._not_of_targets(label, without_outcome, unless, look) for label in DOUBTFUL}
        return {unit: find for unit, find in without_outcome.items() if without_doubtful(unit, doubtful) == unit}

    def _not_of_targets(self, label: str, units: Iterable[Unit], unless: str, look: Look) -> set[str]:
        """The jobs with targets that have several values of a label, which therefore does not name the target.

        Args:
            label: one of DOUBTFUL. `units`: the units seen. `unless`: excludes targets. `look`: sends queries.
        """
        jobs = {unit[0] for unit in units if unit[UNIT.index(label)]}
        if not jobs:
            return set()
        selector = self._selector(_name(f"{COUNTERS}|{HISTOGRAMS}"), f"job=~{quoted(any_of(sorted(jobs)))}")
        values = f"group by ({TARGET}, {label}) ({selector}{unless})"
        query = f"group by (job) (count by ({TARGET}) ({values}) > 1)"
        return {row.metric.get("job", "") for row in look([query])[0]}

    def _seen(self, beyond: str, unless: str, look: Look, at: int, *, with_named: bool = False) -> Seen:
        """Existing counters and histograms.

        Args:
            beyond: the matcher that excludes metrics. `unless`: excludes targets. `look`: sends queries.
            at: epoch seconds. `with_named`: include counters whose names suggest what they count.
        """
        seen, by = Seen(), ", ".join(("__name__", *UNIT))
        # Excluding them in all queries would make the longest query by far.
        counter = f'__name__=~"{COUNTERS}"'
        labels = tuple(dict.fromkeys((*OUTCOME_LABELS, *self._search.outcome_labels(at))))
        counters = " or ".join(self._selector(counter, beyond, _present(label)) for label in labels)
        counted = f"group by ({by}, {', '.join(labels)}) (({counters}){unless})"
        histograms = f"group by ({by}) ({self._selector(_name(HISTOGRAMS))}{unless})"
        failures = [self._named_query(counter_pairs.FAILURES, unless)] if with_named else []
        counter_rows, histogram_rows, *failure_rows = look([counted, histograms, *failures])
        for row in counter_rows:
            if IS_OWN.fullmatch(label_of(row, "__name__")):
                continue
            of_unit = seen.words.setdefault(unit_of(row), {})
            for label in labels:
                if row.metric.get(label):
                    of_unit.setdefault((label_of(row, "__name__"), label), set()).add(row.metric[label])
        for row in histogram_rows:
            seen.buckets.setdefault(unit_of(row), set()).add(label_of(row, "__name__"))
        for rows in failure_rows:
            seen.named = self._named(rows, unless, look)
        return seen

    def _named(self, failures: Iterable[Series], unless: str, look: Look) -> dict[Unit, set[str]]:
        """Unit → counters whose names suggest what they count: failures, and possible partners.

        Args:
            failures: rows of failure counters. `unless`: excludes targets. `look`: sends queries.
        """
        named: dict[Unit, set[str]] = {}
        _add_names(named, failures)
        pattern = counter_pairs.partners({name for names in named.values() for name in names})
        if pattern:
            _add_names(named, look([self._named_query(pattern, unless)])[0])
        return named

    def _named_query(self, pattern: str, unless: str) -> str:
        return f"group by (__name__, {', '.join(UNIT)}) ({self._selector(_name(pattern))}{unless})"

    def _selector(self, *parts: str) -> str:
        return selectors.selector("", self._matchers, *parts)

    def _chosen(self, seen: Seen, unit: Unit) -> Find | None:
        """The counter that is most similar to the requests of a unit, with a matching histogram."""
        buckets = sorted((name for name in seen.buckets.get(unit, ()) if not ASIDE.search(name)), key=distance)
        # In a counter of failures only, every request failed.
        candidates = [
            (counter, label)
            for (counter, label), words in seen.words.get(unit, {}).items()
            if not ASIDE.search(counter) and self._tells(label, words)
        ]
        if candidates:
            counter, label = min(candidates, key=lambda each: (distance(each[0]), _clearness(each[1])))
            return Find(counter, label, alike(counter, buckets))
        named = seen.named.get(unit, ())
        pairs = counter_pairs.counters_of_codes(named) or counter_pairs.counter_pairs(named)
        if pairs:
            pair = min(pairs, key=lambda each: distance(each.requests))
            return Find(pair.requests, "", alike(pair.requests, buckets), pair.failures, pair.apart, pair.refused)
        # A histogram counts its measurements, although their outcome is unknown.
        return Find(f"{buckets[0].removesuffix('_bucket')}_count", "", buckets[0]) if buckets else None

    def _tells(self, label: str, words: set[str]) -> bool:
        return tells(label, words, self._vocabulary, every=label in VAGUE)


def _clearness(label: str) -> tuple[int, str]:
    """The place of a label among those with outcomes; those of no list come last."""
    return OUTCOME_LABELS.index(label) if label in OUTCOME_LABELS else len(OUTCOME_LABELS), label


def _add_names(named: dict[Unit, set[str]], rows: Iterable[Series]) -> None:
    for row in rows:
        named.setdefault(unit_of(row), set()).add(label_of(row, "__name__"))


def _by_name(unit: Unit) -> Unit:
    """A unit without its job, if another label names it."""
    return ("", *unit[1:]) if any(unit[1:]) else unit


def _name(pattern: str) -> str:
    return f'__name__=~"{pattern}",__name__!~"{OWN}"'


def _any(metrics: Sequence[str]) -> str:
    return f"__name__=~{quoted(any_of(metrics))}"


def _present(label: str) -> str:
    return f'{label}!=""'
