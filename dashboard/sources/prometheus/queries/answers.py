"""Combines the series of many queries into one answer: a frame, costs, problems."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard import buckets, frames
from dashboard.exceptions import SourceError
from dashboard.outcomes import Outcome as Meaning
from dashboard.outcomes import UnknownWords, Vocabulary
from dashboard.slo.indicators import Key
from dashboard.sources.prometheus.client.decode import Series, cumulative, matrix
from dashboard.sources.prometheus.client.faults import one_line
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.instrumentation.outcome_labels import meaning_of
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.protocol import Answer, Problem, QueryCost, Refusal
from dashboard.timerange import Grid

# Maximum number of shown warnings per query, as a federation may warn for each missing store.
WARNINGS_SHOWN = 5

# The outcome for each class of errors.
CLASSES = {"server": Meaning.FAILED, "client": Meaning.CLIENT}

Values = dict[Key, np.ndarray]


@dataclass(slots=True)
class AnswerBuilder:
    """Builds an answer.

    Attributes:
        grid: of all its queries.
        vocabulary: the words for outcomes.
        values: (service, measure, detail) → one value for each point of the grid.
        newest: epoch seconds of the newest raw sample. `age_unknown_why`: why the server does not report it.
        dates: text of a query → epoch seconds of the newest raw sample that it selects.
    """

    grid: Grid
    vocabulary: Vocabulary
    values: Values = field(default_factory=dict)
    costs: list[QueryCost] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warned: bool = False
    partial: bool = False
    newest: float | None = None
    age_unknown_why: str = ""
    dates: dict[str, float] = field(default_factory=dict)
    # Queries of errors with complete answers: services missing in partial ones may well have failed.
    _telling_errors: list[SignalQuery] = field(default_factory=list)
    # Services whose latency buckets were requested without failed requests.
    _without_failed: set[str] = field(default_factory=set)
    # Services with separate failure counters.
    _failures_apart: set[str] = field(default_factory=set)
    # Service → requests with an unknown outcome, and their words by label.
    _unknown: dict[str, np.ndarray] = field(default_factory=dict)
    _unknown_words: dict[str, set[str]] = field(default_factory=dict)

    def add_problem(self, where: str, what: object) -> None:
        """Add a problem; `where`: the query or its purpose."""
        self.problems.append(Problem(where, str(what)))

    def add_refused_query(self, text: str, error: SourceError) -> None:
        """Add why an operator's query has no result."""
        self.add_problem(text, error)
        self.refused.append(Refusal("", "", text, str(error), is_limit=error.kind != "query"))

    def add_refused_signal(self, query: SignalQuery, service: str, error: SourceError) -> None:
        """Add why a signal of a service is missing."""
        if Problem(query.purpose, str(error)) not in self.problems:
            self.add_problem(query.purpose, error)
        # The labels of requests contain failures.
        measures = ("requests", "errors") if query.measure == "requests" else (query.measure,)
        for measure in measures if query.essential else ():
            self.refused.append(Refusal(service, measure, "", str(error)))

    def add_result(self, where: str, result: QueryResult, hints: Sequence[str] = ()) -> None:
        """Add the cost of a query and the server's remarks.

        Args:
            where: the query or its purpose. `result`: its result. `hints`: further remarks.
        """
        self.costs.append(result.cost)
        lines = [*result.warnings, *result.infos, *hints][:WARNINGS_SHOWN]
        self.problems += [Problem(where, one_line(line)) for line in lines]
        self.warned = self.warned or result.warned
        self.partial = self.partial or result.partial

    def add_signal(self, query: SignalQuery, result: QueryResult) -> None:
        """Add the series of a signal."""
        if query.native_bounds:
            self._add_rows(_native_rows(query, result.series, self.grid))
        elif query.classes:
            self._add_outcomes(query, result.series)
        else:
            rows = _rows(query, result.series, self.grid)
            self._add_rows(rows)
            self._without_failed |= {service for service, _, _ in rows if query.without_failed}
        if not query.native_bounds and any(series.has_histograms for series in result.series):
            self.add_problem(query.purpose, "a native histogram came where a number was asked for")
        if query.classes and not result.partial:
            self._telling_errors.append(query)
        self.add_result(query.purpose, result)

    def answer(self) -> Answer:
        """The complete answer."""
        # Validates the servers' data against the frame contract.
        frame = frames.samples(self.values, self.grid)
        return Answer(
            frame,
            tuple(self.costs),
            tuple(self.problems),
            refused=tuple(self.refused),
            warned=self.warned,
            partial=self.partial,
            newest=self.newest,
            age_unknown_why=self.age_unknown_why,
            dates=self.dates,
        )

    def add_open_buckets(self) -> None:
        """If no bucket contains all requests, use the request counter for all requests."""
        for service in {service for service, measure, _ in self.values if measure == "latency"}:
            requests = self.values.get((service, "requests", ""))
            if (service, "latency", "inf") in self.values or requests is None:
                continue
            failed = self.values.get((service, "errors", "server"), np.zeros(len(self.grid)))
            apart = service in self._without_failed
            self._add_last_bucket(service, "latency", requests - failed if apart else requests)
            if any(key[:2] == (service, "failed_latency") for key in self.values):
                self._add_last_bucket(service, "failed_latency", failed)

    def _add_last_bucket(self, service: str, measure: str, everything: np.ndarray) -> None:
        """Add the bucket of all requests, at least as large as the others: both counters are estimated separately."""
        below = [row for key, row in self.values.items() if key[:2] == (service, measure)]
        largest = np.fmax.reduce(below)
        self.values[(service, measure, "inf")] = np.where(largest > everything, largest, everything)

    def hold_failures(self) -> None:
        """Raise requests to at least the separately counted failures: two counters are estimated differently."""
        for service in self._failures_apart:
            requests = self.values.get((service, "requests", ""))
            rows = [row for key, row in self.values.items() if key[:2] == (service, "errors")]
            if requests is not None and rows:
                failed = np.nansum(rows, axis=0)
                self.values[(service, "requests", "")] = np.where(failed > requests, failed, requests)

    def drop_where_no_requests(self) -> None:
        """Keep errors and buckets only at points with requests."""
        for (service, measure, detail), row in list(self.values.items()):
            requests = self.values.get((service, "requests", ""))
            if requests is not None and measure in ("errors", "latency", "failed_latency"):
                self.values[(service, measure, detail)] = np.where(np.isnan(requests), np.nan, row)

    def complete_errors(self) -> None:
        """Set missing errors to 0 if nothing failed, but leave them unknown if the vocabulary lacks an outcome."""
        for query in self._telling_errors:
            services = None if query.services is None else set(query.services.values())
            for service in [service for service, measure, _ in self.values if measure == "requests"]:
                if services is None or service in services:
                    self._add_zero_errors(service, query.classes)
        for service, unknown in self._unknown.items():
            for each in CLASSES:
                failed = self.values.get((service, "errors", each))
                if failed is not None:
                    self.values[(service, "errors", each)] = np.where(unknown > 0, np.nan, failed)
        for label, words in self._unknown_words.items():
            self.add_problem("requests", UnknownWords(label, tuple(sorted(words))).note)

    def _add_outcomes(self, query: SignalQuery, series: list[Series]) -> None:
        """Add requests, or separately counted failures, by the outcome in their labels."""
        for each, row in zip(series, matrix(series, self.grid), strict=True):
            service = query.service_of(each.metric)
            if not service:
                continue
            if query.measure == "requests":
                self._add_row((service, "requests", ""), row)
            words = [each.metric.get(outcome.label, "") for outcome in query.outcomes]
            meaning = meaning_of(words, query.outcomes, self.vocabulary) if words else CLASSES[query.detail]
            if query.measure == "errors":
                self._failures_apart.add(service)
            for name in query.classes:
                if meaning is CLASSES[name]:
                    self._add_row((service, "errors", name), row)
            if meaning is Meaning.UNKNOWN:
                self._add_unknown(query, service, words, row)

    def _add_unknown(self, query: SignalQuery, service: str, words: Sequence[str], row: np.ndarray) -> None:
        counted = np.nan_to_num(row)
        self._unknown[service] = self._unknown.get(service, 0.0) + counted
        # Counters often exist for outcomes that never occurred.
        if counted.any():
            for outcome, word in zip(query.outcomes, words, strict=True):
                if word and meaning_of([word], [outcome], self.vocabulary) is Meaning.UNKNOWN:
                    self._unknown_words.setdefault(outcome.label, set()).add(word)

    def _add_rows(self, rows: Values) -> None:
        """Add the result of one query: some targets of a service may have classic buckets, others native histograms."""
        for key, row in rows.items():
            self._add_row(key, row)

    def _add_row(self, key: Key, row: np.ndarray) -> None:
        """Add a series to a row that may contain others: a point is NaN if all of them are."""
        before = self.values.get(key)
        self.values[key] = row if before is None else _added(before, row)

    def _add_zero_errors(self, service: str, classes: Sequence[str]) -> None:
        """Set failures without a series to 0 where there are requests."""
        requests = self.values[(service, "requests", "")]
        for name in classes:
            # A counter appears with its first event, so a missing one has counted none.
            failed = self.values.get((service, "errors", name), np.full(len(requests), np.nan))
            filled = np.where(np.isnan(failed) & ~np.isnan(requests), 0.0, failed)
            self.values[(service, "errors", name)] = filled


def _added(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The sum of two rows; NaN only where both are."""
    summed: np.ndarray = np.where(np.isnan(second), first, np.nan_to_num(first) + second)
    return summed


def _rows(query: SignalQuery, series: list[Series], grid: Grid) -> Values:
    rows: Values = {}
    for each, row in zip(series, matrix(series, grid), strict=True):
        service = query.service_of(each.metric)
        # Another instrumentation shows this service.
        if not service:
            continue
        if query.measure == "mean":
            row = row * query.scale
        key = (service, query.measure, _detail(query, each))
        # After an upgrade, le="1" and le="1.0" exist for a while.
        rows[key] = row if key not in rows else _added(rows[key], row)
    return rows


def _detail(query: SignalQuery, series: Series) -> str:
    if query.detail != "le":
        return query.detail
    bound = float(series.metric.get("le", "nan").replace("Inf", "inf"))
    return buckets.bound_text(bound * query.scale)


def _native_rows(query: SignalQuery, series: list[Series], grid: Grid) -> Values:
    """Native histograms as cumulative buckets."""
    by_service = {service: each for each in series if (service := query.service_of(each.metric))}
    return {
        (service, query.measure, buckets.bound_text(bound)): row * query.scale
        for service, histograms in by_service.items()
        for bound, row in zip(query.native_bounds, cumulative(histograms, query.native_bounds, grid), strict=True)
    }
