"""The charts of a service as CSV: their numbers, below comments with the request, the service and the time."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from dashboard.anomaly.anomalies import Signal
from dashboard.ui.text import anomaly_text
from dashboard.web.csv_text import cell, moment, number, table
from dashboard.web.service.service_json import UNITS, Breakdown, ServiceRange


def charts(shown: ServiceRange, chart: str, zone: str) -> str:
    """Comment lines, a header, and a row for each time, with the columns of the compared period.

    Args:
        shown: the service over a range. `chart`: one of its charts; empty: all but the heat map, whose rows differ.
        zone: IANA name of the time zone of the times.
    """
    frames = shown.charts()
    names = [chart] if chart else [name for name in frames if name != "heatmap"]
    drawn = {name: _beside(frames[name], name, shown) for name in names if name in frames}
    rows = _rows(pd.concat(list(drawn.values()), axis=1), zone) if drawn else ()
    return table(_head(shown, names, zone), ["time", *_columns(drawn, one=bool(chart))], rows)


def _beside(frame: pd.DataFrame, chart: str, shown: ServiceRange) -> pd.DataFrame:
    """The columns of a chart, then expected values, then those of the compared period at the same times of day."""
    parts, expected = [frame], shown.expected().get(chart)
    if expected is not None:
        name, step = anomaly_text.EXPECTED[Signal(chart)], expected.index[1] - expected.index[0]
        # A test covers the interval that ends at its time: it applies to each row within.
        within = expected.reindex(frame.index, method="bfill", tolerance=step - pd.Timedelta(seconds=1))
        parts.append(within.set_axis([f"{name}, low", f"{name}, high"], axis=1))
    if shown.compared is not None and (before := shown.compared.moved().get(chart)) is not None:
        parts.append(before.reindex(frame.index))
    return pd.concat(parts, axis=1)


BREAKDOWN = ("traffic (1/s)", "latency p95 (s)", "failed (ratio)", "too slow (ratio)", "bad requests")


def breakdown(parts: Breakdown, zone: str) -> str:
    """Comment lines, and a row for each value of a label that the page lists.

    Args:
        parts: a service by the values of a label. `zone`: IANA name of the time zone of the times.
    """
    ranked, listed = parts.ranked()
    window, beyond = parts.window, ranked.beyond({row.value for row in listed})
    begin, end = window.grid.start - window.grid.step, window.grid.end
    head = [
        f"golden-signals: {parts.report.title} by {parts.label}, most bad requests first",
        f"from {moment(begin, zone)} to {moment(end, zone)}, time zone {zone}; empty: not measured",
        *([f"and {len(beyond.values)} more with {beyond.bad.sum():.7g} bad requests"] if beyond.values else []),
        *(f"query, {cost.purpose}: {cost.query}" for cost in window.costs),
    ]
    numbers = ((row.value, (row.traffic, row.p95, row.failed, row.slow, row.bad)) for row in listed)
    return table(head, (parts.label, *BREAKDOWN), ([cell(value), *map(number, values)] for value, values in numbers))


def _head(shown: ServiceRange, names: Sequence[str], zone: str) -> Iterator[str]:
    grid, title, compared = shown.grid, shown.report.title, shown.compared
    yield f"golden-signals: {title}, {', '.join(names)}"
    yield f"from {moment(grid.start - grid.step, zone)} to {moment(grid.end, zone)}, a row each {grid.step} s"
    yield f"time zone {zone}; a row is of the interval that ends at its time; empty: not measured"
    if compared is not None:
        begin, end = compared.grid.start - compared.grid.step, compared.grid.end
        yield f"compared with {compared.name}: from {moment(begin, zone)} to {moment(end, zone)}"
    if shown.window is not None and shown.window.error:
        yield f"incomplete: {shown.window.error}"
    for cost in shown.queries:
        yield f"query, {cost.purpose}: {cost.query}"


def _columns(drawn: Mapping[str, pd.DataFrame], *, one: bool) -> Iterator[str]:
    for chart, frame in drawn.items():
        for series in frame:
            yield f"{series} ({UNITS[chart]})" if one else f"{chart} {series} ({UNITS[chart]})"


def _rows(frame: pd.DataFrame, zone: str) -> Iterator[list[str]]:
    moments = pd.DatetimeIndex(frame.index).as_unit("s").asi8.tolist()
    for at, values in zip(moments, frame.to_numpy(dtype=float).tolist(), strict=True):
        yield [moment(at, zone), *map(number, values)]
