"""`GET /api/v1/service` and `GET /api/v1/slo`: what the pages of a service and of an objective show.

They run off the loop. What is beyond the live window is fetched by the queue of the viewers, which these requests share
as one viewer: so many fetches at once and a second, however many ask.
"""

import json
import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock, Semaphore
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.durations import parse_duration
from dashboard.engine import service_span
from dashboard.engine.on_demand import FAILED_FOR, OnDemandWindow
from dashboard.engine.poller import Poller
from dashboard.engine.service_span import SPANS
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.viewer_queue import Budget, Viewer
from dashboard.slo.report import SloReport
from dashboard.timerange import Grid
from dashboard.ui.text import address, query_text
from dashboard.web import service_csv, service_json
from dashboard.web.service_json import Breakdown, ServiceRange

SERVICE = ("service", "from", "to", "span", "step", "by", "format", "chart", "tz")
SLO = ("service", "slo", "format", "tz")
CHARTS = ("latency", "traffic", "errors", "saturation", "heatmap")
FORMATS = ("json", "csv")
# No chart has more points.
POINTS_MAX = 480
# Requests that wait for the source at once, and windows of the past that may be asked for: at once and a second.
WAITING, WINDOWS, WINDOWS_PER_S = 4, 20.0, 4.0
# Answers that are kept, and seconds that one waits for its turn to be written.
KEPT, TURN_S = 32, 2.0
BUSY = "busy, try again"
# All that ask here are one viewer for the queue.
PROGRAMS = Viewer("api")


class Refusal(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP. `nearest`: names that may be meant. `retry_s`: seconds after which to ask again.
    """

    def __init__(self, status: int, what: str, *, nearest: tuple[str, ...] = (), retry_s: float | None = None) -> None:
        super().__init__(what)
        self.status, self.nearest, self.retry_s = status, nearest, retry_s

    def response(self) -> Response:
        """The sentence as JSON."""
        headers = {} if self.retry_s is None else {"Retry-After": str(math.ceil(self.retry_s))}
        content = {"error": str(self)} | ({"nearest": list(self.nearest)} if self.status == 404 else {})
        return JSONResponse(content, self.status, headers=headers)


class ServiceApi:
    """Answers about one service or objective.

    Args:
        poller: is read.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self._windows = Budget(WINDOWS, WINDOWS_PER_S, poller.clock())
        self._waiting = Semaphore(WAITING)
        self._lock, self._turn = Lock(), Lock()
        self._kept: OrderedDict[Hashable, tuple[tuple[object, ...], bytes]] = OrderedDict()

    def service(self, request: Request) -> Response:
        """The charts, numbers and objectives of one service over a range, as JSON or CSV."""
        try:
            return self._service(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def slo(self, request: Request) -> Response:
        """One objective with its burndown, as JSON."""
        try:
            return self._slo(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def _service(self, asked: Mapping[str, str]) -> Response:
        _check_names(asked, SERVICE)
        snapshot = self._poller.read()
        report = _service_of(snapshot, asked.get("service", ""))
        kind, chart = _choice(asked, "format", FORMATS), _choice(asked, "chart", CHARTS)
        label, zone = _choice(asked, "by", report.info.labels), _zone(asked.get("tz", ""), snapshot.time_zone)
        grid, live = _grid(snapshot, report, asked, self._poller.clock())
        parts = self._breakdown(report, label, grid) if label else None
        if kind == "csv" and parts is not None:
            written = self._written(
                (report.name, grid, label, zone), (report, parts.window), lambda: service_csv.breakdown(parts, zone)
            )
            return _csv(written, service_csv.file_name(report.title, f"by-{label}", grid.end))
        window = None if service_span.is_held(report, grid) else self._past(report, grid)
        shown = ServiceRange(snapshot, report, grid if window is None else window.grid, window, live=live)
        choice = report.name, shown.grid, kind, chart, label, zone
        if kind == "csv":
            written = self._written(choice, (report, window), lambda: service_csv.charts(shown, chart, zone))
            return _csv(written, service_csv.file_name(report.title, chart or "signals", shown.grid.end))
        data = report, window, parts and parts.window
        return _json(self._written(choice, data, lambda: _text(service_json.service(shown, parts))))

    def _slo(self, asked: Mapping[str, str]) -> Response:
        _check_names(asked, SLO)
        snapshot = self._poller.read()
        report = _slo_of(snapshot, asked)
        kind, zone = _choice(asked, "format", FORMATS), _zone(asked.get("tz", ""), snapshot.time_zone)
        choice = "slo", report.slo.name, report.slo.service, kind, zone
        queries = list(query_text.queries_of(report.slo.indicator, self._poller.source.expression))
        if kind == "csv":
            written = self._written(choice, (snapshot,), lambda: service_csv.objective(snapshot, report, zone, queries))
            return _csv(written, service_csv.file_name(report.slo.name, "budget", report.at))
        return _json(
            self._written(choice, (snapshot,), lambda: _text(service_json.objective(snapshot, report, queries)))
        )

    def _past(self, report: ServiceReport, grid: Grid) -> OnDemandWindow:
        return self._window(lambda: self._poller.window(report.name, grid, PROGRAMS))

    def _breakdown(self, report: ServiceReport, label: str, grid: Grid) -> Breakdown:
        window = self._window(lambda: self._poller.breakdown(report.name, label, grid, PROGRAMS))
        return Breakdown(report, label, window)

    def _window(self, fetch: Callable[[], OnDemandWindow]) -> OnDemandWindow:
        """What the live window does not hold.

        Raises:
            Refusal: it is on its way, too many are asked for, or the source has none of it.
        """
        with self._lock:
            if not self._windows.spend(self._poller.clock()):
                raise Refusal(503, BUSY, retry_s=1 / WINDOWS_PER_S)
        # A few threads wait for the source: the others answer the status.
        if not self._waiting.acquire(blocking=False):
            raise Refusal(503, BUSY, retry_s=1)
        try:
            window = fetch()
        finally:
            self._waiting.release()
        if window.retry_s is not None:
            raise Refusal(503, BUSY, retry_s=window.retry_s)
        if window.error is not None and window.frame.empty:
            raise Refusal(503, window.error, retry_s=FAILED_FOR)
        return window

    def _written(self, choice: Hashable, data: tuple[object, ...], write: Callable[[], str]) -> bytes:
        """An answer, written once for all who ask for it while its data stay.

        Args:
            choice: what was asked for. `data`: what it is written of. `write`: writes it.

        Raises:
            Refusal: too many others are written.
        """
        # One at a time: each takes the server's only thread of Python from its viewers.
        if not self._turn.acquire(timeout=TURN_S):
            raise Refusal(503, BUSY, retry_s=TURN_S)
        try:
            kept = self._kept.pop(choice, None)
            if kept is None or any(before is not part for before, part in zip(kept[0], data, strict=True)):
                kept = data, write().encode()
            self._kept[choice] = kept
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept[1]
        finally:
            self._turn.release()


def _csv(body: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _text(content: object) -> str:
    return json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _check_names(asked: Mapping[str, str], known: tuple[str, ...]) -> None:
    unknown = next((name for name in asked if name not in known), None)
    if unknown is not None:
        raise Refusal(400, f"nothing reads {address.shortened(unknown)}: there are {', '.join(known)}")


def _choice(asked: Mapping[str, str], name: str, options: tuple[str, ...]) -> str:
    wanted = asked.get(name, "")
    if wanted and wanted not in options:
        raise Refusal(400, f"{name} is {address.shortened(wanted)}: it may be {', '.join(options)}")
    return wanted


def _service_of(snapshot: Snapshot, wanted: str) -> ServiceReport:
    """The service of an id, or of the name on pages where that is unique."""
    if not wanted:
        raise Refusal(400, "say which service: service=NAME")
    by_title = {report.title: report for report in snapshot.services}
    report = snapshot.by_name.get(wanted) or by_title.get(wanted)
    if report is None:
        names = {*snapshot.by_name, *by_title}
        raise Refusal(404, f"no service is called {address.shortened(wanted)}", nearest=address.nearest(wanted, names))
    return report


def _slo_of(snapshot: Snapshot, asked: Mapping[str, str]) -> SloReport:
    """The objective of a name, and of a service where one is named."""
    wanted, service = asked.get("slo", ""), asked.get("service", "")
    if not wanted:
        raise Refusal(400, "say which objective: slo=NAME")
    among = _service_of(snapshot, service).slos if service else snapshot.slos
    report = next((report for report in among if report.slo.name == wanted), None)
    if report is None:
        whose = f"no objective of {address.shortened(service)}" if service else "no objective"
        nearest = address.nearest(wanted, [report.slo.name for report in among])
        raise Refusal(404, f"{whose} is called {address.shortened(wanted)}", nearest=nearest)
    return report


def _grid(snapshot: Snapshot, report: ServiceReport, asked: Mapping[str, str], now: float) -> tuple[Grid, bool]:
    """The moments that are asked for, and whether they end now."""
    moment, ended = snapshot.shown_at(now), snapshot.source.data_end is not None
    between = address.between(asked.get("from"), asked.get("to"), now=moment, ended=ended)
    # A range that ends ahead is cut there, as on the page.
    if between.problem is not None and between.span is None:
        raise Refusal(400, between.problem)
    span = between.span or SPANS[_choice(asked, "span", tuple(SPANS)) or service_span.opening_span(snapshot.source)]
    live = between.end is None and not between.behind
    end = between.end if between.end is not None else moment - between.behind
    step = _step(asked.get("step", ""), span, snapshot.step)
    return service_span.grid(snapshot, report, span=span, end=end, live=live, step=step), live


def _step(text: str, span: int, finest: int) -> int | None:
    """Seconds between two points; None where none were asked for."""
    if not text:
        return None
    try:
        step = float(text) if text.isdecimal() else parse_duration(text)
    except ValueError:
        step = 0.0
    if not step.is_integer() or not finest <= step <= span:
        raise Refusal(
            400, f"step is {address.shortened(text)}: write whole seconds from {finest} to the span, as 60 or 5m"
        )
    if span / step > POINTS_MAX:
        raise Refusal(400, f"a step of {step:g} s makes more than {POINTS_MAX} points of this range")
    return int(step)


def _zone(text: str, configured: str) -> str:
    """The time zone that a CSV is written in."""
    if not text:
        return configured
    try:
        return ZoneInfo("UTC" if text == "utc" else text).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise Refusal(400, f"tz is {address.shortened(text)}: write utc or a name such as Europe/Berlin") from None
