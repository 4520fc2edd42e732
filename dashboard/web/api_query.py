"""Parses parameters of the JSON API; invalid ones are rejected with a sentence."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import JSONResponse, Response

from dashboard.durations import parse_duration
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.service_span import SPANS
from dashboard.oncall.spans import Spans
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui.text import address

# Maximum number of points of a chart.
POINTS_MAX = 480


class Refusal(Exception):
    """A rejected request.

    Attributes:
        status: HTTP status. `nearest`: similar names. `retry_s`: seconds until the next request.
    """

    def __init__(self, status: int, what: str, *, nearest: tuple[str, ...] = (), retry_s: float | None = None) -> None:
        super().__init__(what)
        self.status, self.nearest, self.retry_s = status, nearest, retry_s

    def response(self) -> Response:
        """The sentence as JSON."""
        headers = {} if self.retry_s is None else {"Retry-After": str(math.ceil(self.retry_s))}
        content = {"error": str(self)} | ({"nearest": list(self.nearest)} if self.status == 404 else {})
        return JSONResponse(content, self.status, headers=headers)


def check_names(asked: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Reject unknown parameters."""
    if problem := unknown_name(asked, known):
        raise Refusal(400, problem)


def unknown_name(asked: Mapping[str, Any], known: Sequence[str]) -> str | None:
    """A sentence about the first name that is not among the known ones; None if all are."""
    unknown = next((name for name in asked if name not in known), None)
    if unknown is None:
        return None
    there_are = f"there are {', '.join(known)}" if known else "leave it out"
    return f"nothing reads {address.shortened(unknown)}: {there_are}"


def option(asked: Mapping[str, str], name: str, options: tuple[str, ...]) -> str:
    """One of a few options; empty if none was given.

    Args:
        asked: parameters and their values. `name`: of the parameter.
        options: allowed values.

    Raises:
        Refusal: the value is not one of the options.
    """
    wanted = asked.get(name, "")
    if wanted and wanted not in options:
        raise Refusal(400, f"{name} is {address.shortened(wanted)}: it may be {', '.join(options)}")
    return wanted


def service_of(snapshot: Snapshot, wanted: str) -> ServiceReport:
    """The service with this id, or with this name on pages if it is unique."""
    if not wanted:
        raise Refusal(400, "say which service: service=NAME")
    by_title = {report.title: report for report in snapshot.services}
    report = snapshot.by_name.get(wanted) or by_title.get(wanted)
    if report is None:
        names = {*snapshot.by_name, *by_title}
        raise Refusal(404, f"no service is called {address.shortened(wanted)}", nearest=address.nearest(wanted, names))
    return report


def slo_of(snapshot: Snapshot, asked: Mapping[str, str]) -> SloReport:
    """The objective with this name, and of this service if one is given."""
    wanted, service = asked.get("slo", ""), asked.get("service", "")
    if not wanted:
        raise Refusal(400, "say which objective: slo=NAME")
    among = service_of(snapshot, service).slos if service else snapshot.slos
    report = next((report for report in among if report.slo.name == wanted), None)
    if report is None:
        whose = f"no objective of {address.shortened(service)}" if service else "no objective"
        nearest = address.nearest(wanted, [report.slo.name for report in among])
        raise Refusal(404, f"{whose} is called {address.shortened(wanted)}", nearest=nearest)
    return report


def grid_of(snapshot: Snapshot, report: ServiceReport, asked: Mapping[str, str], now: float) -> tuple[Grid, bool]:
    """The requested times, and whether they end now.

    Args:
        snapshot: the newest one. `report`: of the service.
        asked: parameters and their values.
        now: epoch seconds.

    Raises:
        Refusal: they are invalid, or there would be too many points.
    """
    moment, ended = snapshot.shown_at(now), snapshot.source.data_end is not None
    between = address.between(asked.get("from"), asked.get("to"), now=moment, ended=ended)
    # A range that ends in the future is cut at now, as on the page.
    if between.problem is not None and between.span is None:
        raise Refusal(400, between.problem)
    span = between.span or SPANS[option(asked, "span", tuple(SPANS)) or service_span.opening_span(snapshot.source)]
    live = between.end is None and not between.behind
    end = between.end if between.end is not None else moment - between.behind
    step = _step(asked.get("step", ""), span, snapshot.step)
    return service_span.grid(snapshot, report, span=span, end=end, live=live, step=step), live


def spans_of(asked: Mapping[str, str], now: float) -> Spans:
    """The span to explain, and the one to compare with.

    Args:
        asked: parameters and their values: `at`, `span`, `compare`. `now`: epoch seconds of the moment that is shown.

    Raises:
        Refusal: they are invalid.
    """
    if problem := address.unread({"at": asked.get("at")}):
        raise Refusal(400, problem)
    end = min(address.moment(asked.get("at") or "now", now=now).at, now)
    if end < address.EARLIEST:
        raise Refusal(400, "at must lie after the year 1970")
    span = _seconds(asked, "span", HOUR)
    shift = _seconds(asked, "compare", span)
    if shift < span:
        raise Refusal(400, "compare must be at least as long as the span: what is compared with lies before it")
    return Spans(int(end), span, shift)


def _seconds(asked: Mapping[str, str], name: str, usual: int) -> int:
    """A duration of a minute to 31 days; `usual`: the default in seconds."""
    text = asked.get(name, "")
    if not text:
        return usual
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0.0
    if not 60 <= seconds <= 31 * DAY:
        raise Refusal(400, f"{name} is {address.shortened(text)}: it may be a minute to 31 days, such as 90m")
    return int(seconds)


def _step(text: str, span: int, finest: int) -> int | None:
    """Seconds between two points; None if not given."""
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


def zone_of(text: str, configured: str) -> str:
    """The time zone of a CSV."""
    if not text:
        return configured
    try:
        return ZoneInfo("UTC" if text == "utc" else text).key
    except (ValueError, OSError, RecursionError, ZoneInfoNotFoundError):
        raise Refusal(400, f"tz is {address.shortened(text)}: write utc or a name such as Europe/Berlin") from None
