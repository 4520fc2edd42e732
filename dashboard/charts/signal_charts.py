"""The four signals of a service as figures; None instead of an empty axis if there is nothing to draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from dashboard import frames
from dashboard.charts.figure import (
    Axis,
    Figure,
    highest,
    labels,
    latest,
    layout,
    line,
    newest,
    plain,
    threshold,
    tick_texts,
    ticks_to,
)
from dashboard.charts.resource_looks import resource_looks
from dashboard.signals import charted, errors, latency, saturation, traffic

# Formats a value with its unit; a dash for None.
Writer = Callable[[float | None], str]
# Maximum number of drawn resources: those that came nearest to their limit.
RESOURCES_DRAWN = 8
# Failed requests may raise the top of the axis by this factor; higher values are cut there.
RAISED = 1.5
# The share of the height below 0 for client errors, which have their own scale.
LANE = 0.16
# Name and token → detail of the column; the slowest first.
QUANTILES = {name: detail for detail, name in charted.QUANTILES.items()}
ERROR_NAMES = charted.ERRORS


@dataclass(frozen=True, slots=True)
class Comparison:
    """The period to compare with, drawn below the displayed one.

    Attributes:
        samples: (measure, detail) columns of that period.
        shift_ms: milliseconds to move them to the right.
        name: such as "last week".
    """

    samples: pd.DataFrame
    shift_ms: float
    name: str


@dataclass(frozen=True, slots=True)
class _Curve:
    """A line with its name and newest value at its end.

    `style`: further properties of its trace. `judged`: the axis includes all its values, whatever else is drawn.
    """

    name: str
    values: pd.Series
    colour: str
    width: float = 1.5
    style: Mapping[str, Any] = field(default_factory=dict)
    shift_ms: float = 0.0
    judged: bool = True

    @property
    def known(self) -> bool:
        return bool(self.values.notna().any())

    def trace(self) -> Figure:
        return line(self.values, self.name, self.colour, width=self.width, shift=self.shift_ms, **self.style)


def latency_figure(
    samples: pd.DataFrame,
    axis: Axis,
    *,
    compared: Comparison | None,
    limit: float | None,
    objective: float | None,
    write: Writer,
) -> Figure | None:
    """p50, p95 and p99 of successful requests, p95 of failed ones dotted; only the mean without quantiles.

    Args:
        samples: (measure, detail) columns, latencies in seconds.
        axis: the time axis of the page.
        compared: the period whose p99 is drawn below them; None without a comparison.
        limit: seconds beyond which a request is too slow, drawn as a line. None without one.
        objective: the share of requests, 0–1, that an SLO requires to be faster; None without an SLO.
        write: formats a latency.
    """
    quantiles = latency.quantiles(samples)
    if quantiles.empty or not quantiles.notna().any(axis=None):
        mean = _Curve("mean", frames.series(samples, "mean"), "$blue")
        return _figure([mean], axis, kind="latency", write=write) if mean.known else None
    curves = [
        _Curve(name, quantiles[detail], f"${name}", width=2 if name == "p99" else 1.5)
        for name, detail in QUANTILES.items()
        if detail in quantiles
    ]
    # Failed requests are separate: fast failures would improve the latency of the others.
    failed = latency.failed_p95(samples)
    if failed.notna().any():
        curves.append(_Curve("failed p95", failed, "$server", style={"line": {"dash": "dot"}}, judged=False))
    then = _known(latency.quantiles(compared.samples), "0.99") if compared is not None else None
    figure = _figure(curves, axis, kind="latency", write=write, under=_under(compared, then), room=(limit or 0) * 1.05)
    if limit is not None:
        threshold(figure, axis, limit, _limit_text(limit, objective, write))
    return figure


def _limit_text(limit: float, objective: float | None, write: Writer) -> str:
    return f"SLO: {objective * 100:.4g} % under {write(limit)}" if objective else f"slow above {write(limit)}"


def traffic_figure(
    samples: pd.DataFrame, axis: Axis, *, compared: Comparison | None, write: Writer, ahead: float = 0.0
) -> Figure | None:  # fmt: skip
    """Requests per second.

    Args:
        samples: (measure, detail) columns, requests per second.
        axis: the time axis of the page.
        compared: the period drawn below it; None without a comparison.
        write: formats a rate.
        ahead: the highest expected rate ahead; visible unless it would flatten the measured line.
    """
    area = {"fill": "tozeroy", "fillcolor": "$area"}
    curve = _Curve("traffic", traffic.rate(samples), "$blue", style=area)
    if not curve.known:
        return None
    then = traffic.rate(compared.samples) if compared is not None else None
    under = _under(compared, then if then is not None and then.notna().any() else None)
    room = min(ahead, RAISED * highest(curve.values))
    return _figure([curve], axis, kind="rate", write=write, under=under, room=room)


def errors_figure(
    samples: pd.DataFrame, axis: Axis, *, limit: float | None, allowed: float | None, write: Writer
) -> Figure | None:
    """Server errors, with too slow requests stacked on them, and the ratio that the SLO allows; client errors below 0.

    Client errors spend no budget: stacked on the others they would cross a limit that does not apply to them.

    Args:
        samples: (measure, detail) columns, requests per second.
        axis: the time axis of the page.
        limit: seconds beyond which a request is too slow; None without one.
        allowed: the ratio of server errors, 0–1, that an SLO allows; None without an SLO.
        write: formats a share.
    """
    ratios = errors.ratios(samples, threshold=limit)
    names = [name for name in ERROR_NAMES if _known(ratios, name) is not None]
    counted = [name for name in names if name != "client"]
    if not names:
        return None
    stacked = counted or names
    # The allowed ratio stays visible, with room for its label.
    top, ticks = ticks_to(max(highest(ratios[stacked].sum(axis=1, min_count=1)), (allowed or 0) * 1.3))
    traces = [
        line(ratios[name], ERROR_NAMES[name], f"${name}", width=0.5, stackgroup="one", fillcolor=f"${name}")
        for name in stacked
    ]
    frame = layout(axis, top=top, ticks=ticks, texts=tick_texts(ticks, write), kind="share")
    figure = {"data": traces, "layout": frame}
    if allowed is not None:
        threshold(figure, axis, allowed, f"SLO: server ≤ {plain(write(allowed))}")
    ends = _stacked(ratios, stacked, write)
    if stacked != names:
        ends += _client_lane(figure, axis, ratios["client"], write)
    labels(figure, axis, ends, top)
    return figure


def _client_lane(figure: Figure, axis: Axis, client: pd.Series, write: Writer) -> list[tuple[str, float, str, str]]:
    """Draw client errors downwards from 0, on a scale that ends at the lower edge.

    Args:
        figure: of errors; modified in place.
        axis: the time axis of the page.
        client: shares of requests.
        write: formats a share.

    Returns:
        The label of its end.
    """
    vertical, shapes = figure["layout"]["yaxis"], figure["layout"]["shapes"]
    most, ticks = ticks_to(highest(client))
    # Without client errors no room is needed.
    depth = -LANE * vertical["range"][1] if highest(client) > 0 else 0.0
    scale = depth / most if depth else 1.0
    meta = {"scale": scale}
    figure["data"].append(
        line(client * scale, "client", "$client", width=0.5, fill="tozeroy", fillcolor="$client", meta=meta)
    )
    if depth:
        vertical |= {"range": [depth, vertical["range"][1]], "tickvals": [depth, *vertical["tickvals"]]}
        vertical["ticktext"] = [f"↓ {tick_texts(ticks, write)[-1]}", *vertical["ticktext"]]
        zero = {"type": "line", "x0": axis.start, "x1": axis.end, "y0": 0, "y1": 0}
        shapes.append({**zero, "line": {"color": "$strong", "width": 1}})
    value = newest(client)
    return [] if value is None else [("client", depth / 2, write(latest(client)), "$client")]


def _stacked(ratios: pd.DataFrame, names: Sequence[str], write: Writer) -> list[tuple[str, float, str, str]]:
    """The label of each layer of a stack, in the middle of its end."""
    below, ends = 0.0, []
    for name in names:
        value = newest(ratios[name])
        if value is not None:
            ends.append((ERROR_NAMES[name], below + value / 2, write(latest(ratios[name])), f"${name}"))
            below += value
    return ends


def saturation_figure(samples: pd.DataFrame, axis: Axis, *, names: Sequence[str] = (), write: Writer) -> Figure | None:
    """Each resource as a share of its limit, with the limit drawn.

    Args:
        samples: (measure, detail) columns, shares of the limit.
        axis: the time axis of the page.
        names: of all resources of the service, so that each keeps its colour for every span.
        write: formats a share.
    """
    ratios = saturation.ratios(samples).dropna(axis=1, how="all")
    looks = resource_looks([*names, *map(str, ratios.columns)])
    # Fullest first; equal ones by name.
    drawn = sorted(map(str, ratios.columns), key=lambda name: (-highest(ratios[name]), name))[:RESOURCES_DRAWN]
    curves = [_Curve(name, ratios[name], looks[name][0], style={"line": {"dash": looks[name][1]}}) for name in drawn]
    if not curves:
        return None
    ticks = [0, 0.25, 0.5, 0.75, 1.0]
    figure = _figure(curves, axis, kind="share", write=write, scale=(max(1.1, highest(ratios) * 1.05), ticks))
    threshold(figure, axis, 1.0, "limit")
    return figure


def _known(frame: pd.DataFrame, name: str) -> pd.Series | None:
    """A column if it has any value."""
    return frame[name] if name in frame and frame[name].notna().any() else None


def _under(compared: Comparison | None, values: pd.Series | None) -> _Curve | None:
    """The line of the compared period."""
    if compared is None or values is None:
        return None
    return _Curve(compared.name, values, "$ghost", width=1, shift_ms=compared.shift_ms)


def _figure(
    curves: Sequence[_Curve],
    axis: Axis,
    *,
    kind: str,
    write: Writer,
    under: _Curve | None = None,
    room: float = 0.0,
    scale: tuple[float, Sequence[float]] | None = None,
) -> Figure:
    """Lines with their names and newest values at their ends.

    Args:
        curves: in the order of their labels.
        axis: the time axis.
        kind: how the crosshair formats values.
        write: formats a value.
        under: the line of another period, drawn first and labelled last.
        room: a value that must be visible.
        scale: top and ticks of the y axis; None: from the values.
    """
    every = [*curves, *([under] if under is not None else [])]
    top, ticks = scale or ticks_to(_needed(every, room))
    frame = layout(axis, top=top, ticks=ticks, texts=tick_texts(ticks, write), kind=kind)
    # The compared period is drawn first, so that it lies below the others.
    figure: Figure = {"data": [curve.trace() for curve in (*every[len(curves) :], *curves)], "layout": frame}
    # A series that has stopped keeps its name at its last position, but without its old value.
    places = [(curve, newest(curve.values)) for curve in every]
    ends = [
        (curve.name, place, write(latest(curve.values)), curve.colour) for curve, place in places if place is not None
    ]
    labels(figure, axis, ends, top)
    return figure


def _needed(curves: Sequence[_Curve], room: float) -> float:
    """The value that the axis must include: ten failed requests must not flatten a thousand others."""
    judged = max(highest(*(curve.values for curve in curves if curve.judged)), room)
    others = highest(*(curve.values for curve in curves if not curve.judged))
    return max(judged, min(others, RAISED * judged)) if judged > 0 else others
