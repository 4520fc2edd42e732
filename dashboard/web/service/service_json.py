"""One service and one objective as JSON: the numbers of their pages, computed by the same modules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.changes.known import KnownChange, of_service
from dashboard.charts import heatmap
from dashboard.engine.gate.gate_standings import standing_of
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.viewers.breakdown_rows import Row, rows
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.ranking import LISTED, Ranking, ranking
from dashboard.signals.charted import charted
from dashboard.slo.burndown import Burndown, Episode, burndown
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Line, Stretch, Timeline, burn_history
from dashboard.sources.protocol import QueryCost
from dashboard.timerange import Grid, utc
from dashboard.ui.text import anomaly_text
from dashboard.web import change_json, gate_json, status_json
from dashboard.web.status_json import finite, time, window_text

UNITS = {"latency": "s", "traffic": "1/s", "errors": "ratio", "saturation": "ratio", "heatmap": "ratio"}


@dataclass(frozen=True, slots=True)
class ServiceRange:
    """The samples of one service over a range.

    Attributes:
        snapshot: the newest one. `report`: of the service.
        grid: the times.
        window: of the history; None if the live window covers the range.
        live: whether the range ends at the moment that is shown.
        compared: the period to compare with; None without a comparison.
    """

    snapshot: Snapshot
    report: ServiceReport
    grid: Grid
    window: OnDemandWindow | None = None
    live: bool = True
    compared: "Compared | None" = None

    @property
    def samples(self) -> pd.DataFrame:
        """(measure, detail) columns over the range."""
        if self.window is not None:
            return self.window.frame
        return self.report.samples.loc[utc(self.grid.start) : utc(self.grid.end)]

    @property
    def queries(self) -> Sequence[QueryCost]:
        """The queries that fetched them."""
        return self.window.costs if self.window is not None else self.snapshot.source.costs

    def charts(self) -> dict[str, pd.DataFrame]:
        """Chart → a column for each of its series; the time of a row is the end of its interval."""
        return _charts(self.samples, self.grid, self.report.info.threshold)

    def changes(self) -> tuple[KnownChange, ...]:
        """Changes of the service that began, or were in progress, within the range."""
        return of_service(self.snapshot.changes, self.report.name, self.grid.start - self.grid.step, self.grid.end)

    def expected(self) -> dict[str, pd.DataFrame]:
        """Chart → columns `low` and `high`, the expected range; a row for each test, by the end of its interval."""
        history, detectors = self.snapshot.detection_history, self.snapshot.detectors
        since, until = self.grid.start - self.grid.step, self.grid.end
        ranges = {}
        for signal in anomaly_text.EXPECTED:
            rows = history.band(self.report.name, signal, detectors, since=since, until=until)
            if rows is not None:
                ends, tested = rows
                index = pd.DatetimeIndex(pd.to_datetime(ends, unit="s", utc=True), name="time")
                ranges[str(signal)] = pd.DataFrame({"low": tested.low[:, 0], "high": tested.high[:, 0]}, index=index)
        return ranges


@dataclass(frozen=True, slots=True)
class Compared:
    """The samples of the same service over the period to compare a range with.

    Attributes:
        name: of the comparison, such as "yesterday". `seconds`: by which it is earlier.
        grid: its times. `samples`: (measure, detail) columns. `threshold`: seconds beyond which a request is slow.
    """

    name: str
    seconds: int
    grid: Grid
    samples: pd.DataFrame
    threshold: float | None

    def charts(self) -> dict[str, pd.DataFrame]:
        """Chart → columns, as for the range."""
        return _charts(self.samples, self.grid, self.threshold)

    def moved(self) -> dict[str, pd.DataFrame]:
        """The charts shifted to the times of the range, with distinct column names."""
        later = pd.Timedelta(seconds=self.seconds)
        return {
            chart: frame.set_axis(frame.index + later).add_suffix(f", {self.name}")
            for chart, frame in self.charts().items()
        }


def _charts(samples: pd.DataFrame, grid: Grid, threshold: float | None) -> dict[str, pd.DataFrame]:
    every = charted(samples, threshold=threshold)
    counted = heatmap.distribution(samples, grid.step)
    if counted is not None:
        ends = [utc(counted.start + (number + 1) * counted.width) for number in range(counted.counts.shape[1])]
        bounds = [f"{bound:g}" for bound in counted.bounds]
        index = pd.DatetimeIndex(ends, name="time")
        every["heatmap"] = pd.DataFrame(counted.shares.T, index=index, columns=pd.Index(bounds))
    return every


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A service by the values of one of its labels.

    Attributes:
        report: of the service. `label`: its name.
        window: (value, measure, detail) columns.
    """

    report: ServiceReport
    label: str
    window: OnDemandWindow

    def ranked(self) -> tuple[Ranking, list[Row]]:
        """All values ranked by their bad requests, and the rows of those that the page lists."""
        limit, step = self.report.info.threshold, self.window.grid.step
        fetched = ranking(self.window.frame, limit, step)
        listed = rows(self.window.frame, limit, step, fetched.values[:LISTED]) if fetched.values else []
        return fetched.followed_by(self.window.others), listed


def service(shown: ServiceRange, parts: Breakdown | None = None) -> dict[str, Any]:
    """Health, signals and forecasts as in the status, the series of each chart, the objectives, and a breakdown."""
    report, window, grid, compared = shown.report, shown.window, shown.grid, shown.compared
    content = {
        **status_json.service(report, shown.snapshot),
        "at": time(shown.snapshot.at),
        "from": time(grid.start - grid.step),
        "to": time(grid.end),
        "step_s": grid.step,
        "live": shown.live,
        "threshold_s": report.info.threshold,
        "partial": window.partial if window is not None else shown.snapshot.source.partial,
        "message": window.error if window is not None else None,
        # For each chart by the times at which intervals end.
        "charts": _series(shown.charts()),
        "expected": _series(shown.expected()),
        "compared": None
        if compared is None
        else {
            "name": compared.name,
            "from": time(compared.grid.start - compared.grid.step),
            "to": time(compared.grid.end),
            "charts": _series(compared.charts()),
        },
        "changes": [change_json.change(known) for known in shown.changes()],
        "slos": [status_json.slo(slo, report.title) for slo in report.slos],
        "breakdown": None if parts is None else _breakdown(parts),
        "queries": [{"purpose": cost.purpose, "query": cost.query} for cost in shown.queries],
    }
    strict: dict[str, Any] = finite(content)
    return strict


def _series(charts: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {name: _chart(frame, name) for name, frame in charts.items() if len(frame.columns)}


def _chart(frame: pd.DataFrame, name: str) -> dict[str, Any]:
    moments = pd.DatetimeIndex(frame.index).as_unit("s").asi8
    return {
        "unit": UNITS[name],
        "times": [time(moment) for moment in moments.tolist()],
        "series": {str(series): _numbers(frame[series].to_numpy(dtype=float)) for series in frame},
    }


def _breakdown(parts: Breakdown) -> dict[str, Any]:
    ranked, listed = parts.ranked()
    values = [
        {
            "value": row.value,
            "traffic_per_s": row.traffic,
            "latency_p95_s": row.p95,
            "error_ratio": row.failed,
            "slow_ratio": row.slow,
            "bad": row.bad,
        }
        for row in listed
    ]
    beyond = ranked.beyond({row.value for row in listed})
    return {"by": parts.label, "values": values, "more": {"values": len(beyond.values), "bad": float(beyond.bad.sum())}}


def _numbers(values: np.ndarray) -> list[float | None]:
    # Rounded to the precision of single floats: further digits were never measured.
    return [None if not np.isfinite(value) else float(f"{value:.7g}") for value in values.tolist()]


def objective(snapshot: Snapshot, report: SloReport, queries: Sequence[str]) -> dict[str, Any]:
    """One objective as in the status, its burndown, and the burn rates of each alert over time.

    Args:
        snapshot: the newest one. `report`: the objective.
        queries: that count its events, line by line.
    """
    drawn = burndown(report, snapshot.ledger)
    content = {
        **status_json.slo(report, snapshot.service_title(report.slo.service)),
        "at": time(report.at),
        "policy": gate_json.policy_json(standing_of(snapshot, report, snapshot.at), snapshot),
        "burndown": None if drawn is None else _burndown(drawn),
        "burn_history": _burn_history(snapshot, report),
        "queries": list(queries),
    }
    strict: dict[str, Any] = finite(content)
    return strict


def _burn_history(snapshot: Snapshot, report: SloReport) -> list[dict[str, Any]]:
    """Both windows of each alert over the last hours or days; empty if the events are not stored."""
    if report.slo not in snapshot.ledger.slos:
        return []
    timeline = Timeline.of(snapshot.ledger, report.slo)
    histories = [(alert, burn_history(report, alert, timeline)) for alert in report.alerts]
    return [
        {
            "severity": alert.rule.row.severity,
            "threshold": alert.rule.threshold,
            "long": window_text(alert.rule.row.long_s),
            "short": window_text(alert.rule.row.short_s),
            "long_rates": _line(Line(history.start, history.step, history.long)),
            "short_rates": _line(Line(history.start, history.step, history.short)),
        }
        for alert, history in histories
    ]


def _burndown(drawn: Burndown) -> dict[str, Any]:
    ahead = drawn.projection
    return {
        "left": _line(drawn.left),
        "episodes": [{**_stretch(part), "share": part.share} for part in drawn.episodes],
        "gaps": list(map(_stretch, drawn.gaps)),
        "maintenance": [{**_stretch(part), "reason": part.reason} for part in drawn.maintenance],
        "projection": None
        if ahead is None
        else {
            "middle": _line(ahead.middle),
            "slow": None if ahead.slow is None else _line(ahead.slow),
            "fast": None if ahead.fast is None else _line(ahead.fast),
        },
    }


def _line(line: Line) -> dict[str, Any]:
    return {"times": [time(moment) for moment in line.moments.tolist()], "values": _numbers(line.values)}


def _stretch(part: Stretch | Episode) -> dict[str, Any]:
    return {"from": time(part.start), "to": time(part.end)}
