"""The charts of a service as CSV: the numbers that they draw, below what was asked, of whom and when."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import burndown
from dashboard.slo.report import SloReport
from dashboard.web.service_json import UNITS, Breakdown, ServiceRange

# What begins with one of these is a formula to a spreadsheet.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def charts(shown: ServiceRange, chart: str, zone: str) -> str:
    """Comment lines, a line of heads, and a row for each moment.

    Args:
        shown: the service over a range. `chart`: one of its charts; empty: all but the heat map, whose rows are others.
        zone: IANA name of the time zone of the moments.
    """
    frames = shown.charts()
    names = [chart] if chart else [name for name in frames if name != "heatmap"]
    drawn = {name: frames[name] for name in names if name in frames}
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in _head(shown, names, zone))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", *_columns(drawn, one=bool(chart))])
    if drawn:
        writer.writerows(_rows(pd.concat(list(drawn.values()), axis=1), zone))
    return out.getvalue()


BREAKDOWN = ("traffic (1/s)", "latency p95 (s)", "failed (ratio)", "too slow (ratio)", "bad requests")


def breakdown(parts: Breakdown, zone: str) -> str:
    """Comment lines, and a row for each value of a label that the page lists.

    Args:
        parts: a service by the values of a label. `zone`: IANA name of the time zone of the moments.
    """
    ranked, listed = parts.ranked()
    out, window, beyond = io.StringIO(), parts.window, ranked.beyond({row.value for row in listed})
    begin, end = window.grid.start - window.grid.step, window.grid.end
    head = [
        f"golden-signals: {parts.report.title} by {parts.label}, most bad requests first",
        f"from {_moment(begin, zone)} to {_moment(end, zone)}, time zone {zone}; empty: not measured",
        *([f"and {len(beyond.values)} more with {beyond.bad.sum():.7g} bad requests"] if beyond.values else []),
        *(f"query, {cost.purpose}: {cost.query}" for cost in window.costs),
    ]
    out.writelines(f"# {_one_line(line)}\n" for line in head)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(parts.label), *BREAKDOWN])
    for row in listed:
        numbers = (row.traffic, row.p95, row.failed, row.slow, row.bad)
        writer.writerow([_cell(row.value), *("" if number is None else _number(number) for number in numbers)])
    return out.getvalue()


def objective(snapshot: Snapshot, report: SloReport, zone: str, queries: Sequence[str]) -> str:
    """Comment lines, and what was left of the budget at each point of the burndown; no point where nothing is known.

    Args:
        snapshot: the newest one. `report`: the objective.
        zone: IANA name of the time zone of the moments.
        queries: what its events are counted by, line by line.
    """
    out, drawn = io.StringIO(), burndown(report, snapshot.ledger)
    head = [
        f"golden-signals: objective {report.slo.name} of {snapshot.service_title(report.slo.service)}",
        f"window from {_moment(report.start, zone)} to {_moment(report.end, zone)}, objective {report.slo.objective:g}",
        f"time zone {zone}; the share of the budget that was left; empty: not measured",
        *(f"query: {line}" for line in queries),
    ]
    out.writelines(f"# {_one_line(line)}\n" for line in head)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", "left (ratio)"])
    if drawn is not None:
        moments, values = drawn.left.moments.tolist(), drawn.left.values.tolist()
        writer.writerows([_moment(at, zone), _number(value)] for at, value in zip(moments, values, strict=True))
    return out.getvalue()


def file_name(title: str, kind: str, end: float) -> str:
    """The name under which a browser keeps it.

    Args:
        title: of the service or objective. `kind`: what of it. `end`: epoch seconds.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", title)[:60].strip("-.") or "service"
    return f"{safe}-{kind}-{datetime.fromtimestamp(end, UTC):%Y%m%dT%H%MZ}.csv"


def _head(shown: ServiceRange, names: list[str], zone: str) -> Iterator[str]:
    grid, title = shown.grid, shown.report.title
    yield _one_line(f"golden-signals: {title}, {', '.join(names)}")
    yield f"from {_moment(grid.start - grid.step, zone)} to {_moment(grid.end, zone)}, a row each {grid.step} s"
    yield f"time zone {zone}; a row is of the interval that ends at its time; empty: not measured"
    if shown.window is not None and shown.window.error:
        yield _one_line(f"incomplete: {shown.window.error}")
    for cost in shown.queries:
        yield _one_line(f"query, {cost.purpose}: {cost.query}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _columns(drawn: dict[str, pd.DataFrame], *, one: bool) -> Iterator[str]:
    for chart, frame in drawn.items():
        for series in frame:
            name = f"{series} ({UNITS[chart]})" if one else f"{chart} {series} ({UNITS[chart]})"
            yield _cell(name)


def _cell(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _rows(frame: pd.DataFrame, zone: str) -> Iterator[list[str]]:
    moments = pd.DatetimeIndex(frame.index).as_unit("s").asi8.tolist()
    for moment, values in zip(moments, frame.to_numpy(dtype=float).tolist(), strict=True):
        yield [_moment(moment, zone), *map(_number, values)]


def _number(value: float) -> str:
    return f"{value:.7g}" if np.isfinite(value) else ""


def _moment(seconds: float, zone: str) -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(timespec="seconds")
