"""Finds how each service of a preset reports failures: labels of its requests, or separate counters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from dashboard.outcomes import OUTCOME_LABELS, Dialect, UnknownWords, Vocabulary, dialect_of
from dashboard.sources.prometheus.instrumentation.naming import Naming, ServiceKey
from dashboard.sources.prometheus.instrumentation.outcome_labels import of_kind, patterns, tells, unknown_words
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Outcome, Preset
from dashboard.sources.prometheus.search.series_search import SeriesSearch
from dashboard.sources.prometheus.search.sightings import Sighting

# Label → its values on the series of one service.
Words = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How one service reports failures.

    Attributes:
        first: the label with failures, and its patterns; None if there is none. `beside`: labels used together with it.
        error_counters: its failure counters, with the patterns of their labels.
        unknown: values of these labels with an unknown meaning.
        notes: one line each: why failures cannot be distinguished.
        on_buckets: the latency buckets have the first label, too.
        labels: used instead of those of the preset; empty if the preset's are used.
    """

    first: Outcome | None = None
    beside: tuple[Outcome, ...] = ()
    error_counters: tuple[ErrorCounter, ...] = ()
    unknown: tuple[UnknownWords, ...] = ()
    notes: tuple[str, ...] = ()
    on_buckets: bool = False
    labels: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class _Counted:
    """A failure counter, its words by service, and the patterns of its label."""

    counter: ErrorCounter
    words: Mapping[ServiceKey, Words]
    known: Mapping[Outcome, Outcome]


class OutcomeSearch:
    """Searches outcomes of all services of a preset at once: the number of queries does not depend on their number.

    Args:
        search: searches the series of a server. `vocabulary`: the words for outcomes.
    """

    def __init__(self, search: SeriesSearch, vocabulary: Vocabulary) -> None:
        self._search = search
        self._vocabulary = vocabulary

    def find(
        self,
        preset: Preset,
        naming: Naming,
        services: Collection[ServiceKey],
        sightings: Iterable[Sighting],
        at: int,
    ) -> dict[ServiceKey, Outcomes]:
        """Service → how it reports failures.

        Args:
            preset: the matching preset. `naming`: how series name the services.
            services: all of them. `sightings`: when they exist. `at`: epoch seconds.
        """
        if preset.probe:
            return {values: Outcomes() for values in services}
        outcomes_of = (self._by_counters if preset.error_counters else self._by_labels)(preset, naming, services, at)
        split = self._labels_of_buckets(preset, naming, sightings)
        return {
            values: replace(own, on_buckets=own.first is not None and own.first.label in split.get(values, ()))
            for values, own in outcomes_of.items()
        }

    def _by_labels(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> dict[ServiceKey, Outcomes]:
        words = self._words(preset, preset.requests, preset.outcomes, naming, at) if preset.outcomes else {}
        labels_of = {service: self._of_kind(preset.outcomes, words.get(service, {})) for service in services}
        known = self._patterns_of(labels_of, words)
        outcomes_of = {}
        for service, labels in labels_of.items():
            there = words.get(service, {})
            own = self._of_labels(labels, there, known)
            if own is not None and labels != preset.outcomes:
                own = replace(own, labels=labels)
            if own is not None and "" in there:
                own = replace(own, notes=(*own.notes, _told_in_part(preset)))
            outcomes_of[service] = own or _unknown_outcomes(preset)
        unlabelled = _unlabelled(words) if preset.outcomes else services
        return outcomes_of | self._by_other_labels(preset, naming, unlabelled, at)

    def _by_other_labels(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> dict[ServiceKey, Outcomes]:
        """For services without any label of their preset, those with another label whose values are outcomes."""
        if not services:
            return {}
        labels = dict.fromkeys((*OUTCOME_LABELS, *self._search.outcome_labels(at)))
        others = tuple(Outcome(label) for label in labels if dialect_of(label) is not Dialect.ERROR_TYPE)
        words = self._words(preset, preset.requests, others, naming, at)
        outcomes_of = {}
        for service in words.keys() & services:
            own = words[service]
            telling = [each for each in others if tells(each.label, own.get(each.label, ()), self._vocabulary)]
            chosen = self._of_kind(telling[:1], own)
            outcomes = self._of_labels(chosen, own, self._patterns(chosen, {service: own}))
            if outcomes is not None:
                outcomes_of[service] = replace(outcomes, labels=chosen)
        return outcomes_of

    def _of_kind(self, outcomes: Iterable[Outcome], words: Words) -> tuple[Outcome, ...]:
        """The labels of a service, each with the kind of its values; `words`: its values."""
        return tuple(of_kind(each, words.get(each.label, ()), self._vocabulary) for each in outcomes)

    def _by_counters(
        self, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
    ) -> dict[ServiceKey, Outcomes]:
        counted = []
        for counter in preset.error_counters:
            words = self._words(preset, counter.metric, counter.outcomes, naming, at)
            counted.append(_Counted(counter, words, self._patterns(counter.outcomes, words)))
        return {service: self._of_counters(counted, service) or _unknown_outcomes(preset) for service in services}

    def _of_counters(self, counted: Iterable[_Counted], service: ServiceKey) -> Outcomes | None:
        """The failure counters of a service; None if it has none of them now.

        If one exists, missing ones are included, as many only appear with their first failure.
        """
        own, there = Outcomes(), False
        for each in counted:
            counter, words = each.counter, each.words.get(service)
            outcome = each.known[counter.outcome] if counter.outcome is not None else None
            if words is not None and outcome is not None:
                of_labels = self._of_labels(counter.outcomes, words, each.known)
                # Without its label, the counter cannot be used.
                if of_labels is None:
                    continue
                outcome, unknown, notes = (
                    of_labels.first,
                    (*own.unknown, *of_labels.unknown),
                    (*own.notes, *of_labels.notes),
                )
                own = replace(own, first=own.first or outcome, unknown=unknown, notes=notes)
            there = there or words is not None
            own = replace(own, error_counters=(*own.error_counters, replace(counter, outcome=outcome)))
        return own if there else None

    def _of_labels(
        self, outcomes: tuple[Outcome, ...], words: Words, known: Mapping[Outcome, Outcome]
    ) -> Outcomes | None:
        """The first outcome label of a service, and those beside it; None without any.

        Args:
            outcomes: possible labels. `words`: existing ones, with their values.
            known: label → the same with its patterns.
        """
        there = [outcome for outcome in outcomes if words.get(outcome.label)]
        if not there:
            return None
        used = [there[0], *(outcome for outcome in there[1:] if outcome.beside)]
        each = ((outcome, unknown_words(outcome, words[outcome.label], self._vocabulary)) for outcome in used)
        unknown = {outcome: of_label for outcome, of_label in each if of_label is not None}
        undecided = Outcomes(
            unknown=tuple(unknown.values()), notes=tuple(of_label.note for of_label in unknown.values())
        )
        if all(outcome in unknown and len(unknown[outcome].words) == len(words[outcome.label]) for outcome in used):
            return undecided
        first, *beside = (known[outcome] for outcome in used)
        return replace(undecided, first=first, beside=tuple(beside))

    def _patterns(self, outcomes: Iterable[Outcome], words: Mapping[ServiceKey, Words]) -> dict[Outcome, Outcome]:
        """Patterns from the words of all services, so that those that differ only in past failures share queries."""
        return {outcome: patterns(outcome, _all_words(words, outcome.label), self._vocabulary) for outcome in outcomes}

    def _patterns_of(
        self, labels_of: Mapping[ServiceKey, tuple[Outcome, ...]], words: Mapping[ServiceKey, Words]
    ) -> dict[Outcome, Outcome]:
        """The same for services whose labels may be of different kinds; `labels_of`: service → its labels."""
        alike: dict[Outcome, dict[ServiceKey, Words]] = {}
        for service, outcomes in labels_of.items():
            for outcome in outcomes:
                alike.setdefault(outcome, {})[service] = words.get(service, {})
        return {outcome: self._patterns([outcome], of_kind)[outcome] for outcome, of_kind in alike.items()}

    def _words(
        self, preset: Preset, metric: str, outcomes: tuple[Outcome, ...], naming: Naming, at: int
    ) -> dict[ServiceKey, Words]:
        """Service → its outcome labels and their values of the last day, as services that are away have none now.

        If some series of a service have none of the labels, an empty label is included.

        Args:
            preset: provides matchers. `metric`: the counter. `outcomes`: its labels, possibly none.
            naming: how series name services. `at`: epoch seconds.
        """
        outcome_labels = [outcome.label for outcome in outcomes]
        labels = (*naming.labels, *outcome_labels)
        query = self._search.count_by(metric, ", ".join(labels), preset.matchers)
        words: dict[ServiceKey, Words] = {}
        for values in self._search.recent(query, labels, at):
            row = dict(zip(labels, values, strict=True))
            service = naming.key(row)
            if service is not None:
                of_service = words.setdefault(service, {})
                for label in [label for label in outcome_labels if row[label]] or [""]:
                    of_service.setdefault(label, set()).add(row.get(label, ""))
        return words

    def _labels_of_buckets(
        self, preset: Preset, naming: Naming, sightings: Iterable[Sighting]
    ) -> dict[ServiceKey, set[str]]:
        """Service → the outcome labels of its buckets, or of a native histogram if it has no buckets."""
        outcome_labels = [outcome.label for outcome in preset.outcome_labels]
        if not preset.latency_by_outcome or not outcome_labels:
            return {}
        by = ", ".join((*naming.labels, *outcome_labels))
        split: dict[ServiceKey, set[str]] = {}
        for sighting in sightings:
            for histogram in filter(None, (preset.native, "" if preset.counts_by_native else preset.bucket)):
                of_histogram: dict[ServiceKey, set[str]] = {}
                query = self._search.count_by(histogram, by, preset.matchers, sighting.matcher)
                for row in self._search.instant(query, sighting.at):
                    service = naming.key(row.metric)
                    if service is not None and service in sighting.services:
                        of_histogram.setdefault(service, set()).update(filter(row.metric.get, outcome_labels))
                split |= of_histogram
        return split


def _all_words(words: Mapping[ServiceKey, Words], label: str) -> set[str]:
    """The values of a label on the series of all services."""
    return {word for service in words.values() for word in service.get(label, ())}


def _unlabelled(words: Mapping[ServiceKey, Words]) -> set[ServiceKey]:
    """The services without any of the labels."""
    return {service for service, own in words.items() if not any(own)}


def _unknown_outcomes(preset: Preset) -> Outcomes:
    if preset.error_counters:
        named = " nor ".join(counter.metric for counter in preset.error_counters)
        return Outcomes(notes=(f"failed requests cannot be recognised: it has no {named}",))
    if not preset.outcomes:
        return Outcomes(notes=(f"{preset.name} does not tell which requests fail",))
    named = " or ".join(outcome.label for outcome in preset.outcomes)
    return Outcomes(notes=(f"failed requests cannot be recognised: {preset.requests} has no label {named} here",))


def _told_in_part(preset: Preset) -> str:
    named = " or ".join(outcome.label for outcome in preset.outcomes)
    return (
        f"some series of {preset.requests} have no label {named}: while they count requests, failed ones cannot be "
        "recognised; let all of its targets write it"
    )
