"""`GET /api/v1/service`, `…/slo`, `…/slos` and `…/explain`: what the pages of services and objectives show.

They run off the loop. Data outside the live window are fetched by the queue of the viewers, in which all these requests
count as one viewer with limited fetches at once and per second.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock, Semaphore
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import ServiceReport
from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.engine.viewers.on_demand import FAILED_FOR, OnDemandWindow
from dashboard.engine.viewers.service_span import COMPARISONS
from dashboard.engine.viewers.viewer_queue import Budget, Viewer
from dashboard.oncall.spans import BadEvents
from dashboard.timerange import Grid
from dashboard.ui.text import query_text
from dashboard.web import csv_text, status_json
from dashboard.web.api_query import Refusal, check_names, grid_of, option, service_of, slo_of, spans_of, zone_of
from dashboard.web.service import service_csv, service_json, slo_csv, slo_openslo
from dashboard.web.service.explanation_json import explanation_json
from dashboard.web.service.service_json import Breakdown, Compared, ServiceRange

SERVICE = ("service", "from", "to", "span", "step", "compare", "by", "format", "chart", "tz")
EXPLAIN = ("service", "at", "span", "compare", "bad")
SLO = ("service", "slo", "table", "format", "tz", "objective", "threshold", "window", "policy")
SLOS = ("service", "find", "format", "tz")
CHARTS = ("latency", "traffic", "errors", "saturation", "heatmap")
FORMATS, TABLES = ("json", "csv"), ("budget", "burn")
# Maximum number of requests waiting for the source, and of windows of the past: at once and per second.
WAITING, WINDOWS, WINDOWS_PER_S = 4, 20.0, 4.0
# Maximum number of cached answers, and seconds that one waits to be written.
KEPT, TURN_S = 32, 2.0
BUSY = "busy, try again"
# All requests of programs are one viewer of the queue.
PROGRAMS = Viewer("api")
T = TypeVar("T")


class ServiceApi:
    """Answers requests about one service, one objective or all.

    Args:
        poller: is read.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self._windows = Budget(WINDOWS, WINDOWS_PER_S, poller.clock())
        self._waiting = Semaphore(WAITING)
        self._lock, self._turn = Lock(), Lock()
        self._cached: OrderedDict[Hashable, tuple[tuple[object, ...], bytes]] = OrderedDict()

    def service(self, request: Request) -> Response:
        """The charts, numbers and objectives of one service over a range, as JSON or CSV."""
        try:
            return self._service(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def slo(self, request: Request) -> Response:
        """One objective with its burndown and burn rates, as JSON, or one of the two as CSV."""
        try:
            return self._slo(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def explain(self, request: Request) -> Response:
        """What the additional bad events of a service have in common, as JSON."""
        try:
            return self._explain(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def slos(self, request: Request) -> Response:
        """All objectives, or those of one service or with a text in their name, as JSON or CSV."""
        try:
            return self._slos(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def _service(self, asked: Mapping[str, str]) -> Response:
        check_names(asked, SERVICE)
        snapshot = self._poller.read()
        report = service_of(snapshot, asked.get("service", ""))
        kind, chart = option(asked, "format", FORMATS), option(asked, "chart", CHARTS)
        label, zone = option(asked, "by", report.info.labels), zone_of(asked.get("tz", ""), snapshot.time_zone)
        grid, live = grid_of(snapshot, report, asked, self._poller.clock())
        parts = self._breakdown(report, label, grid) if label else None
        if kind == "csv" and parts is not None:
            written = self._written(
                (report.name, grid, label, zone), (report, parts.window), lambda: service_csv.breakdown(parts, zone)
            )
            return _csv(written, csv_text.file_name(report.title, f"by-{label}", grid.end))
        window = None if service_span.is_held(report, grid) else self._past(report, grid)
        within = grid if window is None else window.grid
        compared, before = self._compared(report, within, option(asked, "compare", tuple(COMPARISONS)))
        shown = ServiceRange(snapshot, report, within, window, live=live, compared=compared)
        choice = report.name, within, kind, chart, label, zone, compared and compared.name
        data = report, window, before, snapshot.detection_history, parts and parts.window, snapshot.changes
        if kind == "csv":
            written = self._written(choice, data, lambda: service_csv.charts(shown, chart, zone))
            return _csv(written, csv_text.file_name(report.title, chart or "signals", within.end))
        return _json(self._written(choice, data, lambda: _text(service_json.service(shown, parts))))

    def _slo(self, asked: Mapping[str, str]) -> Response:
        check_names(asked, SLO)
        snapshot = self._poller.read()
        report = slo_of(snapshot, asked)
        if asked.get("format") == "openslo":
            return slo_openslo.response(snapshot, report, asked)
        kind, zone = option(asked, "format", (*FORMATS, "openslo")), zone_of(asked.get("tz", ""), snapshot.time_zone)
        table = option(asked, "table", TABLES) or TABLES[0]
        choice = "slo", report.slo.name, report.slo.service, kind, table, zone
        queries = list(query_text.queries_of(report.slo.indicator, self._poller.source.expression))
        if kind == "csv":
            write = slo_csv.burn if table == "burn" else slo_csv.budget
            written = self._written(choice, (snapshot,), lambda: write(snapshot, report, zone, queries))
            return _csv(written, csv_text.file_name(report.slo.name, table, report.at))
        return _json(
            self._written(choice, (snapshot,), lambda: _text(service_json.objective(snapshot, report, queries)))
        )

    def _explain(self, asked: Mapping[str, str]) -> Response:
        return _json(_text(self.explanation(asked)[0]).encode())

    def explanation(self, asked: Mapping[str, str]) -> tuple[dict[str, Any], ExplanationWindow]:
        """What the additional bad events of a service have in common: as plain values, and as computed.

        Args:
            asked: parameters and their values.

        Raises:
            Refusal: they are invalid, it is still being computed, or there are too many requests.
        """
        check_names(asked, EXPLAIN)
        snapshot = self._poller.read()
        report = service_of(snapshot, asked.get("service", ""))
        bad = BadEvents(option(asked, "bad", tuple(BadEvents)) or BadEvents.FAILED)
        spans = spans_of(asked, snapshot.shown_at(self._poller.clock()))
        explanations = self._poller.viewers.explanations
        window = self.in_turn(lambda: explanations.fetch(report.name, bad, spans, PROGRAMS))
        if window.explanation is None:
            raise Refusal(503, window.error or BUSY, retry_s=window.retry_s or FAILED_FOR)
        unused = [(label.name, label.why) for label in window.unused]
        content = {
            "service": report.name,
            "at": status_json.time(window.spans.end),
            "span_s": window.spans.seconds,
            "compare_s": window.spans.shift,
            "partial": window.partial,
            **explanation_json(window.explanation, window.bad, unused),
        }
        return status_json.finite(content), window

    def _slos(self, asked: Mapping[str, str]) -> Response:
        check_names(asked, SLOS)
        snapshot, service, find = self._poller.read(), asked.get("service", ""), asked.get("find", "")
        kind, zone = option(asked, "format", FORMATS), zone_of(asked.get("tz", ""), snapshot.time_zone)
        # An objective may belong to a service that the source does not know.
        owned = not service or any(report.slo.service == service for report in snapshot.slos)
        named = service if owned else service_of(snapshot, service).name
        # The cache key is the matching objectives, not the typed text: many texts match the same.
        reports = snapshot.objectives(named, find)
        choice = "slos", named, tuple(report.slo.name for report in reports) if find else None, kind, zone
        if kind == "csv":
            written = self._written(choice, (snapshot,), lambda: slo_csv.listed(snapshot, reports, zone))
            return _csv(written, csv_text.file_name(named or snapshot.title, "objectives", snapshot.at))
        slos = [status_json.slo(report, snapshot.service_title(report.slo.service)) for report in reports]
        content = {"at": status_json.time(snapshot.at), "slos": slos}
        return _json(self._written(choice, (snapshot,), lambda: _text(status_json.finite(content))))

    def _compared(self, report: ServiceReport, grid: Grid, name: str) -> tuple[Compared | None, OnDemandWindow | None]:
        """The period to compare a range with, and its window of the history.

        Args:
            report: of the service. `grid`: the times of the range.
            name: of the comparison; empty without one.
        """
        seconds = COMPARISONS.get(name, 0)
        if not seconds:
            return None, None
        window = self._past(report, service_span.earlier(grid, seconds))
        return Compared(name, seconds, window.grid, window.frame, report.info.threshold), window

    def _past(self, report: ServiceReport, grid: Grid) -> OnDemandWindow:
        return self._window(lambda: self._poller.viewers.window(report.name, grid, PROGRAMS))

    def _breakdown(self, report: ServiceReport, label: str, grid: Grid) -> Breakdown:
        window = self._window(lambda: self._poller.viewers.breakdown(report.name, label, grid, PROGRAMS))
        return Breakdown(report, label, window)

    def _window(self, fetch: Callable[[], OnDemandWindow]) -> OnDemandWindow:
        """Data outside the live window.

        Raises:
            Refusal: they are being fetched, there are too many requests, or the source has none.
        """
        window = self.in_turn(fetch)
        if window.retry_s is not None:
            raise Refusal(503, BUSY, retry_s=window.retry_s)
        if window.error is not None and window.frame.empty:
            raise Refusal(503, window.error, retry_s=FAILED_FOR)
        return window

    def in_turn(self, fetch: Callable[[], T]) -> T:
        """Run a fetch, within the rate limit.

        Raises:
            Refusal: the limit is exceeded.
        """
        with self._lock:
            if not self._windows.spend(self._poller.clock()):
                raise Refusal(503, BUSY, retry_s=1 / WINDOWS_PER_S)
        # Only a few threads may wait for the source: the others answer the status.
        if not self._waiting.acquire(blocking=False):
            raise Refusal(503, BUSY, retry_s=1)
        try:
            return fetch()
        finally:
            self._waiting.release()

    def _written(self, choice: Hashable, data: tuple[object, ...], write: Callable[[], str]) -> bytes:
        """A response, written once for all requests while its data stay the same.

        Args:
            choice: the request. `data`: what the response is written from. `write`: writes it.

        Raises:
            Refusal: too many others are being written.
        """
        # One at a time: each takes the interpreter lock from the viewers.
        if not self._turn.acquire(timeout=TURN_S):
            raise Refusal(503, BUSY, retry_s=TURN_S)
        try:
            cached = self._cached.pop(choice, None)
            if cached is None or any(before is not part for before, part in zip(cached[0], data, strict=True)):
                cached = data, write().encode()
            self._cached[choice] = cached
            if len(self._cached) > KEPT:
                self._cached.popitem(last=False)
            return cached[1]
        finally:
            self._turn.release()


def _csv(body: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _text(content: object) -> str:
    return json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
