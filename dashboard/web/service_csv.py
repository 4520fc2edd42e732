"""The charts of a service as CSV: the numbers that they draw, below what was asked, of whom and when."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.web.service_json import UNITS, ServiceRange

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


def file_name(shown: ServiceRange, chart: str) -> str:
    """The name under which a browser keeps it."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", shown.report.title)[:60].strip("-.") or "service"
    moment = datetime.fromtimestamp(shown.grid.end, ZoneInfo("UTC"))
    return f"{safe}-{chart or 'signals'}-{moment:%Y%m%dT%H%MZ}.csv"


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
            yield f"'{name}" if name.startswith(FORMULA) else name


def _rows(frame: pd.DataFrame, zone: str) -> Iterator[list[str]]:
    moments = pd.DatetimeIndex(frame.index).as_unit("s").asi8.tolist()
    for moment, values in zip(moments, frame.to_numpy(dtype=float).tolist(), strict=True):
        yield [_moment(moment, zone), *(f"{value:.7g}" if np.isfinite(value) else "" for value in values)]


def _moment(seconds: float, zone: str) -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat(timespec="seconds")
