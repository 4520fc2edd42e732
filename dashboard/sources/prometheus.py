"""Prometheus and all that speak its API: the presets find the services, one `by (service)` query a signal asks."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard import frames
from dashboard.exceptions import QueryRejected, SourceError
from dashboard.signals.latency import nearest_bound
from dashboard.sources import promql
from dashboard.sources.base import (
    DEFAULT_THRESHOLD,
    Answer,
    Catalog,
    Problem,
    QueryCost,
    Resource,
    ServiceInfo,
)
from dashboard.sources.decode import Series, matrix, reply_of
from dashboard.sources.http import Api
from dashboard.sources.presets import PRESETS, Preset, Saturation
from dashboard.timerange import Grid

SEARCH = 600
# Seconds between scrapes as people configure them.
USUAL = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0)
CONCURRENT = 4
Values = dict[tuple[str, str, str], np.ndarray]


@dataclass(frozen=True, slots=True)
class Found:
    """A preset as one server has it."""

    preset: Preset
    by: tuple[str, ...]
    names: tuple[str, ...]
    scrape: float
    code: str | None = None
    bounds: tuple[tuple[str, float], ...] = ()
    split: bool = False
    labels: tuple[str, ...] = ()
    saturation: tuple[Saturation, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Failures can be told from successes."""
        return bool(self.preset.errors) or self.code is not None


@dataclass(frozen=True, slots=True)
class Question:
    """One query and where its numbers go: `detail` is fixed, or made from the `le` label."""

    purpose: str
    query: str
    by: tuple[str, ...]
    measure: str
    detail: str = ""
    scale: float = 1.0
    essential: bool = True
    names: frozenset[str] = frozenset()


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
        self._match = promql.matchers(matchers or {})
        self._found: tuple[Found, ...] = ()
        self._pool = ThreadPoolExecutor(max_workers=CONCURRENT, thread_name_prefix="prometheus")

    def discover(self, now: float) -> Catalog:
        """Which presets this server knows, their services, labels, buckets and resources."""
        at = int(now)
        markers = "|".join(sorted({preset.marker for preset in PRESETS} | {"http_request_duration_seconds_count"}))
        name = f'__name__=~"{markers}"'
        present = {series.metric.get("__name__", "") for series in self._instant(self._count("", "__name__", name), at)}
        found = [self._examine(preset, at) for preset in _candidates(present)]
        self._found = tuple(one for one in found if one is not None and one.names)
        services: dict[str, ServiceInfo] = {}
        for one in self._found:
            for service in one.names:
                if service in services:
                    known = services[service]
                    note = f"also known by {one.preset.name}; shown as {known.preset}"
                    services[service] = replace(known, notes=(*known.notes, note))
                else:
                    services[service] = self._info(one, service)
        scrape = min((one.scrape for one in self._found), default=15.0)
        notes = () if services else (f"no known metric among {len(PRESETS)} presets: {markers.replace('|', ', ')}",)
        intervals = tuple(one.scrape for one in self._found)
        every = tuple(services[name] for name in sorted(services))
        return Catalog(every, scrape=scrape, notes=notes, intervals=intervals)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """All signals on the grid; the rate window is four scrapes or the step, whichever is longer."""
        questions = [q for one in self._found for q in self._signals(one, grid.step, service)]
        return self._answered(questions, grid, only=service)

    def counts(self, grid: Grid) -> Answer:
        """Increases over each step; a step too short for two scrapes holds nothing."""
        questions = [q for one in self._found if grid.step >= 2 * one.scrape for q in self._events(one, grid.step)]
        return self._answered(questions, grid)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service by the values of a label."""
        questions = [
            replace(question, by=(label,), names=frozenset())
            for one in self._found
            if service in self._owned(one) and label in one.labels
            for question in self._signals(one, grid.step, service, label=label)
            if question.measure not in ("saturation", "usage")
        ]
        return self._answered(questions, grid)

    def close(self) -> None:
        """Close the connections; queries under way are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._api.close()

    # --- discovery -------------------------------------------------------------------------------------------------

    def _instant(self, query: str, at: int) -> list[Series]:
        body, _ = self._api.post("query", {"query": query, "time": str(at)}, query=query)
        data = reply_of(body, self.where).data
        return data.result if data else []

    def _count(self, metric: str, label: str, *parts: str) -> str:
        return f"count by ({label}) ({promql.selector(metric, self._match, *parts)})"

    def _label_values(self, metric: str, label: str, at: int, *parts: str) -> list[str]:
        rows = self._instant(self._count(metric, label, *parts), at)
        return [row.metric[label] for row in rows if row.metric.get(label)]

    def _examine(self, preset: Preset, at: int) -> Found | None:
        """How this server has a preset; None when its services cannot be named."""
        metric = preset.requests or preset.marker
        for by in preset.services:
            rows = self._instant(self._count(metric, ", ".join(by), preset.matchers), at)
            names = [joined(row.metric, by) for row in rows if all(row.metric.get(label) for label in by)]
            if names:
                break
        else:
            return None
        scrape = self._scrape(metric, preset, at)
        made = Found(preset, by, tuple(sorted(names)), scrape)
        return self._saturated(self._with_requests(made, at) if preset.requests else made, at)

    def _scrape(self, metric: str, preset: Preset, at: int) -> float:
        selected = promql.selector(metric, self._match, preset.matchers)
        rows = self._instant(f"max(count_over_time({selected}[{SEARCH}s]))", at)
        seen = float(rows[0].value[1]) if rows and rows[0].value else 0.0
        measured = SEARCH / seen if seen > 1 else 60.0
        # Ten minutes hold now 13 and now 14 scrapes of 45 s: a window that follows would never be the same twice.
        return min(USUAL, key=lambda usual: abs(np.log(measured / usual)))

    def _with_requests(self, made: Found, at: int) -> Found:
        preset = made.preset
        code = next((label for label in preset.codes if self._label_values(preset.requests, label, at)), None)
        bounds: dict[str, float] = {}
        split = False
        if preset.bucket:
            texts = self._label_values(preset.bucket, "le", at)
            bounds = {text: float(text.replace("Inf", "inf")) * preset.scale for text in texts}
            split = bool(preset.split and code and bounds and self._label_values(preset.bucket, code, at))
        labels = tuple(
            label
            for label in preset.breakdowns
            if label not in made.by and self._label_values(preset.requests, label, at)
        )
        notes = []
        if code is None and not preset.errors:
            notes.append(f"no label of {', '.join(preset.codes)} on {preset.requests}: errors cannot be told")
        if not bounds:
            notes.append("no latency buckets: quantiles and a latency objective are not available")
        ordered = tuple(sorted(bounds.items(), key=lambda item: item[1]))
        return replace(made, code=code, bounds=ordered, split=split, labels=labels, notes=tuple(notes))

    def _saturated(self, made: Found, at: int) -> Found:
        """Keep the resources whose query gives something here."""
        kept = []
        for resource in made.preset.saturation:
            try:
                if self._instant(self._resource_query(made, resource, 4 * made.scrape), at):
                    kept.append(resource)
            except QueryRejected:
                continue
        return replace(made, saturation=tuple(kept))

    def _info(self, one: Found, service: str) -> ServiceInfo:
        finite = tuple(bound for _, bound in one.bounds if np.isfinite(bound))
        return ServiceInfo(
            name=service,
            preset=one.preset.name,
            bounds=finite,
            threshold=nearest_bound(finite, self._wanted),
            split=one.split,
            errors=one.has_errors and bool(one.preset.requests),
            labels=one.labels,
            resources=tuple(Resource(res.name, res.unit, res.unverified) for res in one.saturation),
            notes=one.notes,
        )

    # --- questions -------------------------------------------------------------------------------------------------

    def _owned(self, one: Found) -> frozenset[str]:
        """The services shown by this preset and not by a more specific one."""
        taken: set[str] = set()
        for other in self._found:
            if other is one:
                break
            taken |= set(other.names)
        return frozenset(set(one.names) - taken)

    def _resource_query(self, one: Found, resource: Saturation, window: float, extra: str = "") -> str:
        match = self._match + extra
        return resource.query.format(by=", ".join(one.by), window=f"{max(1, round(window))}s", match=match)

    def _signals(self, one: Found, step: int, service: str | None, label: str | None = None) -> list[Question]:
        owned = self._owned(one)
        if service is not None and service not in owned:
            return []
        window = max(4 * one.scrape, step)
        extra = self._only(one, service)
        by = (label,) if label else one.by
        questions = self._requests(one, "rate", window, extra, by) if one.preset.requests else []
        questions += self._buckets(one, window, extra, by)
        if one.preset.requests and not one.bounds:
            questions += self._means(one, window, extra, by)
        for resource in one.saturation:
            query = self._resource_query(one, resource, window, f"{extra}," if extra else "")
            measure = "saturation" if resource.unit == "ratio" else "usage"
            questions.append(Question(resource.name, query, by, measure, resource.name, essential=False))
        return [replace(question, names=owned) for question in questions]

    def _only(self, one: Found, service: str | None) -> str:
        if service is None:
            return ""
        parts = dict(zip(one.by, service.split("/", len(one.by) - 1), strict=True))
        return promql.matchers(parts).strip(",")

    def _requests(self, one: Found, function: str, window: float, extra: str, by: Sequence[str]) -> list[Question]:
        preset = one.preset
        base = (self._match, preset.matchers, extra)
        every = promql.summed(function, promql.selector(preset.requests, *base), window, by)
        questions = [Question("requests", every, tuple(by), "requests")]
        label = preset.error_codes[0] if preset.errors else one.code
        if label is None:
            return questions
        for detail, pattern in (("server", preset.failed), ("client", preset.refused)):
            if pattern:
                metric = preset.errors or preset.requests
                selected = promql.selector(metric, *base, f"{label}=~{promql.quoted(_anchored(one, detail, pattern))}")
                failing = promql.summed(function, selected, window, by)
                questions.append(Question(f"{detail} errors", failing, tuple(by), "errors", detail))
        return questions

    def _buckets(
        self, one: Found, window: float, extra: str, by: Sequence[str], *, function: str = "rate", le: str = ""
    ) -> list[Question]:
        if not one.bounds:
            return []
        preset = one.preset
        base = [self._match, preset.matchers, extra, le]
        sides = [("latency", "")]
        if one.split:
            pattern = promql.quoted(_anchored(one, "server", preset.failed))
            sides = [("latency", f"{one.code}!~{pattern}")]
            if function == "rate":
                sides.append(("failed_latency", f"{one.code}=~{pattern}"))
        return [
            Question(
                f"{'failed ' if measure == 'failed_latency' else ''}latency buckets",
                promql.summed(function, promql.selector(preset.bucket, *base, outcome), window, (*by, "le")),
                tuple(by),
                measure,
                "le",
                scale=preset.scale,
            )
            for measure, outcome in sides
        ]

    def _means(self, one: Found, window: float, extra: str, by: Sequence[str]) -> list[Question]:
        preset = one.preset
        if preset.gauge_mean:
            query = f"avg by ({', '.join(by)}) ({promql.selector(preset.gauge_mean, self._match, extra)})"
            return [Question("mean latency", query, tuple(by), "mean", essential=False)]
        if preset.mean is None:
            return []
        total, count = (
            promql.summed("rate", promql.selector(metric, self._match, preset.matchers, extra), window, by)
            for metric in preset.mean
        )
        return [Question("mean latency", f"{total} / {count}", tuple(by), "mean", essential=False)]

    def _events(self, one: Found, step: int) -> list[Question]:
        if not one.preset.requests:
            return []
        questions = [q for q in self._requests(one, "increase", step, "", one.by) if q.detail != "client"]
        finite = [bound for _, bound in one.bounds if np.isfinite(bound)]
        threshold = nearest_bound(finite, self._wanted)
        texts = [text for text, bound in one.bounds if bound == threshold or np.isinf(bound)]
        pattern = "|".join(text.replace(".", "\\.").replace("+", "\\+") for text in texts)
        questions += self._buckets(one, step, "", one.by, function="increase", le=f"le=~{promql.quoted(pattern)}")
        return [replace(question, names=self._owned(one)) for question in questions]

    # --- answers ---------------------------------------------------------------------------------------------------

    def _answered(self, questions: Sequence[Question], grid: Grid, only: str | None = None) -> Answer:
        gathered = _Gathered()
        futures = [self._pool.submit(self._ask, question, grid) for question in questions]
        newest = self._pool.submit(self._newest, grid.end)
        for question, future in zip(questions, futures, strict=True):
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
            _collect(gathered, question, series, grid, only)
            if question.measure == "errors":
                _none_failed(gathered, question)
            _remarks(gathered, question, warnings, infos)
        gathered.newest, newest_costs = newest.result()
        frame = frames.samples(_sane(gathered.values), grid)
        return Answer(
            frame,
            (*gathered.costs, *newest_costs),
            tuple(gathered.problems),
            partial=gathered.partial,
            newest=gathered.newest,
        )

    def _ask(self, question: Question, grid: Grid) -> tuple[list[Series], QueryCost, list[str], list[str]]:
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
        query = "max(" + " or ".join(f"max(timestamp({promql.selector(name, self._match)}))" for name in metrics) + ")"
        began = time.perf_counter()
        rows = self._instant(query, at)
        cost = QueryCost(query, "newest sample", time.perf_counter() - began, 0, len(rows), len(rows))
        return (float(rows[0].value[1]) if rows and rows[0].value else None), [cost]


def _candidates(present: set[str]) -> list[Preset]:
    """The presets whose marker is there; a histogram without its request counter counts by its `_count`."""
    found = [preset for preset in PRESETS if preset.marker in present]
    histogram = "http_request_duration_seconds_count"
    if histogram in present and "http_requests_total" not in present:
        generic = next(preset for preset in PRESETS if preset.name == "generic_http")
        found.append(replace(generic, marker=histogram, requests=histogram))
    return found


def _anchored(one: Found, detail: str, pattern: str) -> str:
    # `error_type` of OpenTelemetry names any failure that has no status.
    return ".+" if one.code == "error_type" and detail == "server" else pattern


def joined(metric: Mapping[str, str], by: Sequence[str]) -> str:
    """The service's name from its labels."""
    return "/".join(metric.get(label, "") for label in by)


def _collect(gathered: _Gathered, question: Question, series: list[Series], grid: Grid, only: str | None) -> None:
    rows = matrix(series, grid)
    for one, row in zip(series, rows, strict=True):
        service = joined(one.metric, question.by)
        if not service or (question.names and service not in question.names) or (only is not None and not service):
            continue
        detail = question.detail
        if detail == "le":
            bound = float(one.metric.get("le", "nan").replace("Inf", "inf")) * question.scale
            detail = frames.bound_text(bound)
        elif question.measure == "mean":
            row = row * question.scale
        gathered.values[(service, question.measure, detail)] = row
    if any(one.histograms is not None for one in series):
        gathered.problems.append(Problem(question.purpose, "native histograms are not supported yet"))


def _none_failed(gathered: _Gathered, question: Question) -> None:
    """No series of failures beside requests means that none failed."""
    for service, measure, _ in list(gathered.values):
        if measure == "requests" and (not question.names or service in question.names):
            requests = gathered.values[(service, "requests", "")]
            key = (service, "errors", question.detail)
            failed = gathered.values.get(key, np.full(len(requests), np.nan))
            gathered.values[key] = np.where(np.isnan(failed) & ~np.isnan(requests), 0.0, failed)


def _remarks(gathered: _Gathered, question: Question, warnings: Sequence[str], infos: Sequence[str]) -> None:
    for text in [*warnings, *infos]:
        gathered.problems.append(Problem(question.purpose, text))
    gathered.partial = gathered.partial or any(not text.startswith("PromQL") for text in warnings)


def _sane(values: Values) -> Values:
    """Errors and buckets only where there are requests, so that nothing hangs over a gap."""
    made = {}
    for (service, measure, detail), row in values.items():
        requests = values.get((service, "requests", ""))
        if requests is not None and measure in ("errors", "latency", "failed_latency"):
            row = np.where(np.isnan(requests), np.nan, row)
        made[(service, measure, detail)] = row
    return made
