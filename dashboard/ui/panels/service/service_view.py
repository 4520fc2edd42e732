"""The data of a service page: one service over the chosen span, and what it is compared with."""

from dataclasses import dataclass, field
from urllib.parse import quote

import pandas as pd

from dashboard.anomaly.detectors import DEFAULTS, DetectorSettings
from dashboard.anomaly.history import EMPTY_HISTORY, DetectionHistory
from dashboard.anomaly.traffic_forecast import TrafficForecast
from dashboard.changes.known import KnownChange, of_service
from dashboard.charts.figure import Axis
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.timerange import HOUR, Grid, utc
from dashboard.ui import data
from dashboard.ui.selection import Selection
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, units
from dashboard.ui.text.source_text import PARTIAL, newest_mark

# A value over more seconds than this is not current.
NOW_STEP = 60
# From this span on, a quarter of it is shown beyond now, for the expected values.
AHEAD_FROM, AHEAD = 6 * HOUR, 0.25

_changes = SharedCache[tuple[KnownChange, ...]]()


@dataclass(frozen=True, slots=True)
class ServiceView:
    """The data of one refresh of the page, shared by all viewers with the same choice.

    Attributes:
        report: the service.
        grid: moments of the span.
        view: the displayed window of the history; None if the live window covers the span.
        before: the compared window; None without a comparison.
        compare: how many seconds earlier it lies.
        compared: its name, such as "last week".
        live: the span ends now and not at a chosen time. `ended`: the data have ended, and it ends there.
        mark: label of the end of the axis.
        zone: the time zone of the page.
        at: epoch seconds, rounded to the minute, so that viewers of one refresh share what is built from equal views.
        detection_history: rows of the tests of the last hours.
        detectors: their tests.
        traffic_forecast: usual traffic of the next day; None if unknown.
        changes: of the service, that overlap the span.
    """

    report: ServiceReport
    grid: Grid
    view: OnDemandWindow | None = None
    before: OnDemandWindow | None = None
    compare: int = 0
    compared: str = ""
    live: bool = True
    ended: bool = False
    mark: str = "now"
    zone: str = "UTC"
    at: float = 0.0
    detection_history: DetectionHistory = EMPTY_HISTORY
    detectors: DetectorSettings = field(default_factory=lambda: DEFAULTS)
    traffic_forecast: TrafficForecast | None = None
    changes: tuple[KnownChange, ...] = ()

    @property
    def samples(self) -> pd.DataFrame:
        """(measure, detail) columns over the span."""
        if self.view is not None:
            return self.view.frame
        return self.report.samples.loc[utc(self.grid.start) : utc(self.grid.end)]

    @property
    def message(self) -> str | None:
        """Why the displayed data are old or incomplete, if they are."""
        if self.view is None:
            return None
        return self.view.error or (PARTIAL if self.view.partial else None)

    @property
    def retry_s(self) -> float | None:
        """Seconds until the next request while data are being fetched; None if nothing is."""
        waits = [window.retry_s for window in (self.view, self.before) if window is not None and window.retry_s]
        return min(waits, default=None)

    @property
    def is_awaited(self) -> bool:
        """Whether nothing of the span has been fetched yet."""
        return self.view is not None and self.view.retry_s is not None and self.view.frame.empty

    @property
    def choice(self) -> tuple[str, int, int, int, int | None]:
        """What the viewer chose; stays equal from one refresh to the next."""
        # The end of a live span moves. It is not a choice, and would split the cache by refreshes.
        end = None if self.live else self.grid.end
        return self.report.name, self.grid.step, len(self.grid), self.compare, end

    @property
    def address(self) -> str:
        """The URL of this page with the chosen span, without other parameters."""
        begin, end = self.grid.start - self.grid.step, self.grid.end
        name = next((name for name, seconds in service_span.SPANS.items() if seconds == self.grid.span), "")
        span = f"from={begin}&to={end}" if not self.live else f"span={name}" if name else f"from=now-{self.grid.span}s"
        compared = f"&compare={quote(self.compared)}" if self.compared else ""
        return f"service?service={quote(self.report.name, safe='')}&{span}{compared}"

    @property
    def csv(self) -> str:
        """The URL of a chart's data as CSV, without the name of the chart; relative to the base path."""
        return f"/api/v1/{self.asked}&format=csv&chart="

    @property
    def asked(self) -> str:
        """The URL of these data below `/api/v1/`."""
        begin, end = self.grid.start - self.grid.step, self.grid.end
        span = f"from=now-{self.grid.span}s" if self.live else f"from={begin}&to={end}"
        name, zone = quote(self.report.name, safe=""), quote(self.zone)
        compared = f"&compare={quote(self.compared)}" if self.compared else ""
        return f"service?service={name}&{span}{compared}&tz={zone}"

    @property
    def axis(self) -> Axis:
        """The time axis of all charts of the page."""
        goes_on = self.live and not self.ended
        ahead = self.grid.span * 1000.0 * AHEAD if goes_on and self.grid.span >= AHEAD_FROM else 0.0
        return Axis((self.grid.start - self.grid.step) * 1000.0, self.grid.end * 1000.0, mark=self.mark, ahead=ahead)

    @property
    def offset(self) -> int:
        """Minutes to add to UTC for the time zone of the page, at the end of the span."""
        return moments.offset(self.grid.end, self.zone)


def service_view(snapshot: Snapshot, selected: Selection, now: float) -> ServiceView:
    """The live window if it covers the span, otherwise a window of the history, and the compared period.

    Args:
        snapshot: of the selected service, which it must hold.
        selected: what the viewer chose.
        now: epoch seconds.
    """
    report, moment = snapshot.by_name[selected.service], snapshot.shown_at(now)
    grid, view = _span(snapshot, report, selected, moment)
    # Shortly after a failed refresh, the newest time is no longer labelled now.
    old = moment - grid.end > 3 * snapshot.refresh + grid.step
    ended = snapshot.source.data_end is not None
    mark = newest_mark(snapshot.source, old=old) if ended or old else _end(grid)
    return ServiceView(
        report,
        grid,
        view,
        _compared(selected, grid),
        compare=selected.compare,
        compared=selected.compared,
        live=selected.live,
        ended=ended,
        mark=mark if selected.live else "",
        zone=snapshot.time_zone,
        at=moment // NOW_STEP * NOW_STEP,
        detection_history=snapshot.detection_history,
        detectors=snapshot.detectors,
        traffic_forecast=None if ended else snapshot.traffic_forecast,
        changes=_changes_of(snapshot, report, grid),
    )


def _changes_of(snapshot: Snapshot, report: ServiceReport, grid: Grid) -> tuple[KnownChange, ...]:
    """Changes of a service within a span, looked up once for all viewers."""
    begin, end = grid.start - grid.step, grid.end
    choice = report.name, grid.step, len(grid)
    return _changes.of(
        choice, (snapshot.changes, begin, end), lambda: of_service(snapshot.changes, report.name, begin, end)
    )


def _end(grid: Grid) -> str:
    """The label of the end of the axis: whether the last values are current, or those of a longer step."""
    return "now" if grid.step <= NOW_STEP else f"last {units.duration(grid.step)}"


def _span(
    snapshot: Snapshot, report: ServiceReport, selected: Selection, now: float
) -> tuple[Grid, OnDemandWindow | None]:
    grid = service_span.grid(snapshot, report, span=selected.span, end=selected.ending(now), live=selected.live)
    return grid, None if service_span.is_held(report, grid) else data.window(selected.service, grid)


def _compared(selected: Selection, grid: Grid) -> OnDemandWindow | None:
    if not selected.compare:
        return None
    return data.window(selected.service, service_span.earlier(grid, selected.compare))
