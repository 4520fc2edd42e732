"""Prometheus and all that speak its API: the presets find the services, one `by (service)` query a signal asks."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from dashboard import buckets, frames
from dashboard.exceptions import QueryRejected, SourceError
from dashboard.slo.indicators import Column, Query
from dashboard.slo.objective import Slo
from dashboard.sources.prometheus import operator_queries, selectors, signal_queries
from dashboard.sources.prometheus.candidates import markers
from dashboard.sources.prometheus.concurrency import Crew
from dashboard.sources.prometheus.decode import Series, cumulative, half, matrix, reply_of
from dashboard.sources.prometheus.discovery import KNOWN_FOR, Discovery, Found
from dashboard.sources.prometheus.expressions import expression
from dashboard.sources.prometheus.http import Api, one_line
from dashboard.sources.prometheus.presets import PRESETS
from dashboard.sources.prometheus.recording_rules import question as recorded_question
from dashboard.sources.prometheus.recording_rules import recorded
from dashboard.sources.prometheus.signal_queries import Question
from dashboard.sources.protocol import DEFAULT_THRESHOLD, Answer, Catalog, Problem, QueryCost, ServiceInfo
from dashboard.sources.spec import DeclaredService
from dashboard.timerange import HOUR, Grid

CONCURRENT = 4
# A federation may warn once for each store that is gone: so many warnings of one question are shown.
REMARKS = 5
# Steps that hold enough scrapes to be counted well: (longest interval between scrapes, step), in seconds.
COUNT_STEPS = ((30.0, 60), (150.0, 300))
SHOWN = 80
# So many of the operator's queries wait for their answers at a time.
TOGETHER = 50
Values = dict[tuple[str, str, str], np.ndarray]
Asked = tuple[list[Series], QueryCost, list[str], list[str]]


@dataclass(slots=True)
class _Gathered:
    values: Values = field(default_factory=dict)
    costs: list[QueryCost] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    partial: bool = False
    newest: float | None = None


class PrometheusSource:
    """A server behind the Prometheus HTTP API.

    Args:
        url: its address; a path prefix is kept. `matchers`: exact matchers added to every selector.
        threshold: the latency wanted as the limit of "too slow", in seconds; the nearest bucket bound is used.
        declared: services that the operator named, picked out by labels or bound to a preset.
        limits: latencies in seconds that requests are counted at, too: at the bucket bound, else the next stricter one.
    """

    kind = "prometheus"

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        bearer_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout_s: float = 20.0,
        threshold: float = DEFAULT_THRESHOLD,
        matchers: Mapping[str, str] | None = None,
        verify: bool | str = True,
        declared: Sequence[DeclaredService] = (),
        limits: Sequence[float] = (),
    ) -> None:
        self._api = Api(
            url,
            headers=headers,
            bearer_token=bearer_token,
            username=username,
            password=password,
            timeout_s=timeout_s,
            verify=verify,
        )
        self.where = self._api.where
        self._wanted = threshold
        self._limits = tuple(limits)
        self._match = selectors.matchers(matchers or {})
        self._discovery = Discovery(self._api, self._match, declared)
        self._intervals = operator_queries.Intervals(self._discovery.instant)
        self._found: tuple[Found, ...] = ()
        self._looked: int | None = None
        self._kept: dict[str, tuple[int, Slo]] = {}
        self._tiles = True
        self._crew = Crew(CONCURRENT)

    def discover(self, now: float) -> Catalog:
        """Which presets this server knows, their services, labels, buckets and resources."""
        self._looked = int(now)
        self._found = self._discovery.find(self._looked)
        self._tiles = not self._discovery.metricsql(self._looked)
        services: dict[str, ServiceInfo] = {}
        for one in self._found:
            services |= {name: one.info(name, self._wanted) for name in one.owned}
        for one in self._found:
            for name in set(one.services) - one.owned:
                known = services[name]
                note = f"also known by {one.preset.name}; shown as {known.preset}"
                services[name] = replace(known, notes=(*known.notes, note))
        scrape = min((one.scrape for one in self._found), default=15.0)
        looked = markers().replace("|", ", ")
        notes = self._discovery.notes
        if not services:
            notes = (*notes, f"no known metric among {len(PRESETS)} presets: {looked}")
        kept, unread = self._recorded(self._looked)
        return Catalog(
            tuple(services[name] for name in sorted(services)),
            scrape_interval=scrape,
            notes=(*notes, *unread),
            intervals=tuple(one.scrape for one in self._found),
            count_step=count_step(self._found),
            recorded=kept,
        )

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """All signals on the grid; the rate window is four scrapes or the step, whichever is longer."""
        return self._answered([q for one in self._found for q in signal_queries.signals(one, grid.step, service)], grid)

    def counts(self, grid: Grid) -> Answer:
        """Increases over each step; a step too short for two scrapes holds nothing."""
        asked = [
            question
            for one in self._found
            for question in signal_queries.events(one, grid.step, self._wanted, self._limits, tiles=self._tiles)
        ]
        return self._answered(asked, grid)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """The operator's queries: of a counter its increase over each step, else the value at its end."""
        gathered = _Gathered()
        texts = iter(self._texts(queries, grid, gathered.problems).items())
        while some := list(islice(texts, TOGETHER)):
            self._put(some, grid, gathered)
        frame = frames.samples(gathered.values, grid)
        return Answer(frame, tuple(gathered.costs), tuple(gathered.problems), partial=gathered.partial)

    def expression(self, column: Column) -> str:
        """A column of a service as PromQL, a counter without a range."""
        return expression(self._found, column)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service by the values of a label."""
        asked = [
            question
            for one in self._found
            if label in one.labels
            for question in signal_queries.signals(one, grid.step, service, label)
        ]
        return self._answered(asked, grid)

    def close(self) -> None:
        """Close the connections; queries under way are not waited for."""
        self._crew.close()
        self._api.close()

    def _recorded(self, at: int) -> tuple[tuple[Slo, ...], tuple[str, ...]]:
        """Objectives that recording rules keep, and what is to be said of them; they stay known as services do."""
        try:
            found, notes = recorded(self._discovery.instant(recorded_question(self._match), at))
        except QueryRejected as error:
            return (), (f"objectives of recording rules were not looked for: {error}",)
        self._kept |= {slo.name: (at, slo) for slo in found}
        self._kept = {name: (when, slo) for name, (when, slo) in self._kept.items() if at - when <= KNOWN_FOR}
        return tuple(slo for _, slo in self._kept.values()), notes

    # --- answers ---------------------------------------------------------------------------------------------------

    def _put(self, asked: Sequence[tuple[Query, str]], grid: Grid, gathered: _Gathered) -> None:
        """Put some queries and gather what comes; each waits in a thread of its own."""
        questions = [Question("objective", text, (), "value") for _, text in asked]
        futures = [self._crew.submit(self._ask, question, grid) for question in questions]
        for (query, _), future in zip(asked, futures, strict=True):
            where = query.text
            try:
                series, cost, warnings, infos = _result(future, futures)
                gathered.values[query.key] = operator_queries.row(query, series, grid)
            except (QueryRejected, ValueError) as error:
                gathered.problems.append(Problem(where, str(error)))
                continue
            gathered.costs.append(cost)
            _remarks(gathered, where, warnings, (*infos, *operator_queries.traps(query)))

    def _texts(self, queries: Sequence[Query], grid: Grid, problems: list[Problem]) -> dict[Query, str]:
        """What to ask for each query, once; what cannot be asked is a problem."""
        if self._tiles:
            at = grid.end if self._looked is None else self._looked
            self._intervals.measure([query.text for query in queries if query.counter], at)
        made: dict[Query, str] = {}
        for query in dict.fromkeys(queries):
            try:
                made[query] = operator_queries.text(query, grid.step, self._interval(query))
            except ValueError as error:
                problems.append(Problem(query.text, str(error)))
        return made

    def _interval(self, query: Query) -> float | None:
        """Seconds between two samples of a query's counters; None where the server counts without gaps by itself."""
        if not self._tiles:
            return None
        return self._intervals.slowest(query.text) or max((one.scrape for one in self._found), default=60.0)

    def _answered(self, asked: Sequence[Question], grid: Grid) -> Answer:
        gathered = _Gathered()
        futures = [self._crew.submit(self._ask, question, grid) for question in asked]
        newest = self._crew.submit(self._newest, grid.end)
        for question, future in zip(asked, futures, strict=True):
            try:
                series, cost, warnings, infos = future.result()
            except SourceError as error:
                if question.essential or not isinstance(error, QueryRejected):
                    for other in futures:
                        other.cancel()
                    raise
                gathered.problems.append(Problem(question.purpose, str(error)))
                continue
            gathered.costs.append(cost)
            _collect(gathered, question, series, grid)
            # Who is not in half an answer may well have failed.
            if question.measure == "errors" and not any(map(half, warnings)):
                _none_failed(gathered, question)
            _remarks(gathered, question.purpose, warnings, infos)
        gathered.newest, newest_costs = newest.result()
        frame = frames.samples(_sane(gathered.values), grid)
        return Answer(
            frame,
            (*gathered.costs, *newest_costs),
            tuple(gathered.problems),
            partial=gathered.partial,
            newest=gathered.newest,
        )

    def _ask(self, question: Question, grid: Grid) -> Asked:
        form = {
            "query": question.query,
            "start": str(grid.start),
            "end": str(grid.end),
            "step": str(grid.step),
            "nocache": "1",
        }
        body, seconds = self._api.post("query_range", form, query=question.query)
        reply = reply_of(body, self.where)
        series = reply.data.result if reply.data else []
        points = len(series) * len(grid)
        cost = QueryCost(question.query, question.purpose, seconds, len(body), len(series), points)
        return series, cost, reply.warnings, reply.infos

    def _newest(self, at: int) -> tuple[float | None, list[QueryCost]]:
        """When the newest raw sample of any preset was taken, within the server's lookback."""
        metrics = sorted({one.preset.requests or one.preset.marker for one in self._found})
        if not metrics:
            return None, []
        query = (
            "max(" + " or ".join(f"max(timestamp({selectors.selector(name, self._match)}))" for name in metrics) + ")"
        )
        began = time.perf_counter()
        body, _ = self._api.post("query", {"query": query, "time": str(at)}, query=query)
        data = reply_of(body, self.where).data
        rows = data.result if data else []
        cost = QueryCost(query, "newest sample", time.perf_counter() - began, 0, len(rows), len(rows))
        return (float(rows[0].value[1]) if rows and rows[0].value else None), [cost]


def count_step(found: Sequence[Found]) -> int:
    """The shortest step over which the events of all services can be counted well."""
    slowest = max((one.scrape for one in found if one.preset.requests), default=0.0)
    return next((step for longest, step in COUNT_STEPS if slowest <= longest), HOUR)


def _result(future: Future[Asked], others: Sequence[Future[Asked]]) -> Asked:
    """What was answered; a fault that is not the query's own ends the others, too."""
    try:
        return future.result()
    except QueryRejected:
        raise
    except SourceError:
        for other in others:
            other.cancel()
        raise


def _collect(gathered: _Gathered, question: Question, series: list[Series], grid: Grid) -> None:
    if question.bounds:
        gathered.values |= _native(question, series, grid)
        return
    rows = matrix(series, grid)
    found: Values = {}
    for one, row in zip(series, rows, strict=True):
        service = question.name(one.metric)
        if not service:
            continue
        detail = question.detail
        if detail == "le":
            bound = float(one.metric.get("le", "nan").replace("Inf", "inf")) * question.scale
            detail = buckets.bound_text(bound)
        elif question.measure == "mean":
            row = row * question.scale
        key = (service, question.measure, detail)
        # After an upgrade there is le="1" beside le="1.0" for a while.
        found[key] = row if key not in found else np.where(np.isnan(row), found[key], np.nan_to_num(found[key]) + row)
    gathered.values |= found
    if any(bytes(one.histograms) for one in series):
        gathered.problems.append(Problem(question.purpose, "a native histogram came where a number was asked for"))


def _native(question: Question, series: list[Series], grid: Grid) -> Values:
    """Native histograms as cumulative buckets."""
    named = {service: one for one in series if (service := question.name(one.metric))}
    return {
        (service, question.measure, buckets.bound_text(bound)): row * question.scale
        for service, one in named.items()
        for bound, row in zip(question.bounds, cumulative(one, question.bounds, grid), strict=True)
    }


def _none_failed(gathered: _Gathered, question: Question) -> None:
    """No series of failures beside requests means that none failed."""
    mine = None if question.called is None else set(question.called.values())
    for service, measure, _ in list(gathered.values):
        if measure == "requests" and (mine is None or service in mine):
            requests = gathered.values[(service, "requests", "")]
            key = (service, "errors", question.detail)
            failed = gathered.values.get(key, np.full(len(requests), np.nan))
            gathered.values[key] = np.where(np.isnan(failed) & ~np.isnan(requests), 0.0, failed)


def _remarks(gathered: _Gathered, where: str, warnings: Sequence[str], infos: Sequence[str]) -> None:
    gathered.problems += [Problem(where, one_line(text)) for text in [*warnings, *infos][:REMARKS]]
    gathered.partial = gathered.partial or any(map(half, warnings))


def _sane(values: Values) -> Values:
    """Errors and buckets only where there are requests, so that nothing hangs over a gap."""
    made = {}
    for (service, measure, detail), row in values.items():
        requests = values.get((service, "requests", ""))
        if requests is not None and measure in ("errors", "latency", "failed_latency"):
            row = np.where(np.isnan(requests), np.nan, row)
        made[(service, measure, detail)] = row
    return made
