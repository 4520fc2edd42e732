"""From the series of many queries to one answer: rows of a frame, costs, problems."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard import buckets, frames
from dashboard.slo.indicators import Key
from dashboard.sources.prometheus.decode import Series, cumulative, matrix
from dashboard.sources.prometheus.faults import one_line
from dashboard.sources.prometheus.query_client import QueryResult
from dashboard.sources.prometheus.signal_queries import SignalQuery
from dashboard.sources.protocol import Answer, Problem, QueryCost
from dashboard.timerange import Grid

# A federation may warn once for each store that is gone: so many warnings of one query are shown.
WARNINGS_SHOWN = 5

Values = dict[Key, np.ndarray]


@dataclass(slots=True)
class AnswerBuilder:
    """An answer in the making.

    Attributes:
        grid: of all its queries.
        values: (service, measure, detail) → one value for each point of the grid.
        newest: epoch seconds of the newest raw sample.
    """

    grid: Grid
    values: Values = field(default_factory=dict)
    costs: list[QueryCost] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warned: bool = False
    partial: bool = False
    newest: float | None = None

    def add_problem(self, where: str, what: object) -> None:
        """Say what was left out; `where`: the query or its purpose."""
        self.problems.append(Problem(where, str(what)))

    def add_result(self, where: str, result: QueryResult, hints: Sequence[str] = ()) -> None:
        """Take in the cost of a query and what its server says.

        Args:
            where: the query or its purpose. `result`: what it gave. `hints`: what is to be said of it besides.
        """
        self.costs.append(result.cost)
        lines = [*result.warnings, *result.infos, *hints][:WARNINGS_SHOWN]
        self.problems += [Problem(where, one_line(line)) for line in lines]
        self.warned = self.warned or result.warned
        self.partial = self.partial or result.partial

    def add_signal(self, query: SignalQuery, result: QueryResult) -> None:
        """Take in the series of a signal."""
        if query.native_bounds:
            self.values |= _native_rows(query, result.series, self.grid)
        else:
            self.values |= _rows(query, result.series, self.grid)
            if any(series.has_histograms for series in result.series):
                self.add_problem(query.purpose, "a native histogram came where a number was asked for")
        # Who is not in half an answer may well have failed.
        if query.measure == "errors" and not result.partial:
            self._add_zero_errors(query)
        self.add_result(query.purpose, result)

    def answer(self) -> Answer:
        """The whole answer."""
        # The gate of the frame contract checks what servers sent.
        frame = frames.samples(self.values, self.grid)
        return Answer(
            frame,
            tuple(self.costs),
            tuple(self.problems),
            warned=self.warned,
            partial=self.partial,
            newest=self.newest,
        )

    def add_open_buckets(self) -> None:
        """Where no bucket holds all requests, all requests are what the request counter says."""
        for service in {service for service, measure, _ in self.values if measure == "latency"}:
            requests = self.values.get((service, "requests", ""))
            if (service, "latency", "inf") in self.values or requests is None:
                continue
            failed = self.values.get((service, "errors", "server"), np.zeros(len(self.grid)))
            apart = any(key[:2] == (service, "failed_latency") for key in self.values)
            self.values[(service, "latency", "inf")] = requests - np.nan_to_num(failed) if apart else requests
            if apart:
                self.values[(service, "failed_latency", "inf")] = failed

    def drop_where_no_requests(self) -> None:
        """Keep errors and buckets only where there are requests, so that nothing hangs over a gap."""
        for (service, measure, detail), row in list(self.values.items()):
            requests = self.values.get((service, "requests", ""))
            if requests is not None and measure in ("errors", "latency", "failed_latency"):
                self.values[(service, measure, detail)] = np.where(np.isnan(requests), np.nan, row)

    def _add_zero_errors(self, query: SignalQuery) -> None:
        """No series of failures beside requests means that none failed."""
        services = None if query.services is None else set(query.services.values())
        for service, measure, _ in list(self.values):
            if measure == "requests" and (services is None or service in services):
                requests = self.values[(service, "requests", "")]
                key = (service, "errors", query.detail)
                # A counter appears with its first event: one that is not there has counted none.
                failed = self.values.get(key, np.full(len(requests), np.nan))
                self.values[key] = np.where(np.isnan(failed) & ~np.isnan(requests), 0.0, failed)


def _rows(query: SignalQuery, series: list[Series], grid: Grid) -> Values:
    rows: Values = {}
    for each, row in zip(series, matrix(series, grid), strict=True):
        service = query.service_of(each.metric)
        # Another instrumentation shows these services.
        if not service:
            continue
        if query.measure == "mean":
            row = row * query.scale
        key = (service, query.measure, _detail(query, each))
        # After an upgrade there is le="1" beside le="1.0" for a while.
        rows[key] = row if key not in rows else np.where(np.isnan(row), rows[key], np.nan_to_num(rows[key]) + row)
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
