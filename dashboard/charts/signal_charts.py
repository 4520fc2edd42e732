"""The four signals of one service as figures; None where the source has nothing to draw: never an empty axis."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dashboard import frames
from dashboard.charts.figure import Axis, Figure, highest, labels, layout, line, newest, plain, threshold, ticks_to
from dashboard.signals import errors, saturation, traffic
from dashboard.signals import latency as quantile

Words = Callable[[float | None], str]
RESOURCE_COLOURS = ("$first", "$memory", "$cpu", "$slow", "$ghost")


@dataclass(frozen=True, slots=True)
class Ghost:
    """The compared period, drawn under the shown one: its samples, how far to move them, and its name."""

    samples: pd.DataFrame
    shift_ms: float
    name: str

    def line(self, values: pd.Series) -> Figure:
        """Its trace."""
        return line(values, self.name, "$ghost", width=1, shift=self.shift_ms)


def latency(
    samples: pd.DataFrame,
    axis: Axis,
    *,
    ghost: Ghost | None,
    limit: float | None,
    objective: float | None,
    write: Words,
) -> Figure | None:
    """p50, p95 and p99 of successful requests, p95 of failed ones dashed, the SLO's threshold in words."""
    shown = quantile.quantiles(samples)
    if shown.empty or not shown.notna().any(axis=None):
        mean = frames.series(samples, "mean")
        return _single(mean, axis, "mean", write) if mean.notna().any() else None
    failed = quantile.quantiles(samples, measure="failed_latency")
    late = failed["0.95"] if "0.95" in failed and failed["0.95"].notna().any() else None
    compared = quantile.quantiles(ghost.samples) if ghost is not None else pd.DataFrame()
    then = compared["0.99"] if "0.99" in compared and compared["0.99"].notna().any() else None
    top, ticks = ticks_to(max(highest(shown, late, then), (limit or 0) * 1.05))
    drawn = [(f"p{float(name) * 100:.0f}", shown[name]) for name in ("0.99", "0.95", "0.5") if name in shown]
    traces = [line(values, name, f"${name}", width=2 if name == "p99" else 1.5) for name, values in drawn]
    ends = [(name, values, f"${name}") for name, values in drawn]
    if late is not None:
        traces.append(line(late, "failed p95", "$server", line={"dash": "dot"}))
        ends.append(("failed p95", late, "$server"))
    if ghost is not None and then is not None:
        traces.insert(0, ghost.line(then))
        ends.append((ghost.name, then, "$ghost"))
    figure = {
        "data": traces,
        "layout": layout(axis, top=top, ticks=ticks, texts=[write(tick) for tick in ticks], kind="latency"),
    }
    if limit is not None:
        words = f"SLO: {objective:.4g} % under {write(limit)}" if objective else f"slow above {write(limit)}"
        threshold(figure, axis, limit, words)
    _label(figure, axis, ends, top, write)
    return figure


def rate(samples: pd.DataFrame, axis: Axis, *, ghost: Ghost | None, write: Words) -> Figure | None:
    """Requests per second, and the compared period as a ghost."""
    now = traffic.rate(samples)
    if not now.notna().any():
        return None
    then = traffic.rate(ghost.samples) if ghost is not None else None
    top, ticks = ticks_to(highest(now, then))
    traces = [line(now, "traffic", "$blue", fill="tozeroy", fillcolor="$area")]
    ends = [("now" if axis.mark == "now" else "traffic", now, "$blue")]
    if ghost is not None and then is not None and then.notna().any():
        traces.insert(0, ghost.line(then))
        ends.append((ghost.name, then, "$ghost"))
    figure = {
        "data": traces,
        "layout": layout(axis, top=top, ticks=ticks, texts=[write(tick) for tick in ticks], kind="rate"),
    }
    _label(figure, axis, ends, top, write)
    return figure


def failing(
    samples: pd.DataFrame, axis: Axis, *, limit: float | None, allowed: float | None, write: Words
) -> Figure | None:
    """Server errors on the baseline, too slow and client errors stacked on them, the share the SLO allows."""
    shares = errors.ratios(samples, threshold=limit)
    order = [name for name in ("server", "slow", "client") if name in shares and shares[name].notna().any()]
    if not order:
        return None
    top, ticks = ticks_to(max(highest(shares[order].sum(axis=1, min_count=1)), (allowed or 0) * 1.3))
    named = {"server": "server", "slow": "too slow", "client": "client"}
    traces = [
        line(shares[name], named[name], f"${name}", width=0.5, stackgroup="one", fillcolor=f"${name}") for name in order
    ]
    figure = {
        "data": traces,
        "layout": layout(axis, top=top, ticks=ticks, texts=[write(tick) for tick in ticks], kind="share"),
    }
    if allowed is not None:
        threshold(figure, axis, allowed, f"SLO: server ≤ {plain(write(allowed))}")
    below = 0.0
    ends = []
    for name in order:
        value = newest(shares[name])
        if value is not None:
            ends.append((named[name], below + value / 2, write(value), f"${name}"))
            below += value
    labels(figure, axis, ends, top)
    return figure


def colours(samples: pd.DataFrame) -> dict[str, str]:
    """The colour of each resource that is drawn, the most used first."""
    shares = saturation.ratios(samples).dropna(axis=1, how="all")
    columns = {str(name): column for name, column in shares.items()}
    names = sorted(columns, key=lambda name: -(newest(columns[name]) or 0.0))
    return dict(zip(names, RESOURCE_COLOURS, strict=False))


def used(samples: pd.DataFrame, axis: Axis, *, write: Words) -> Figure | None:
    """Each resource as a share of its limit, with the limit drawn."""
    shares = saturation.ratios(samples).dropna(axis=1, how="all")
    if shares.empty:
        return None
    names = list(colours(samples))
    top = max(1.1, highest(shares) * 1.05)
    traces = [line(shares[name], str(name), colour) for name, colour in zip(names, RESOURCE_COLOURS, strict=False)]
    ticks = [0, 0.25, 0.5, 0.75, 1.0]
    figure = {
        "data": traces,
        "layout": layout(axis, top=top, ticks=ticks, texts=[write(tick) for tick in ticks], kind="share"),
    }
    threshold(figure, axis, 1.0, "limit")
    _label(figure, axis, [(str(n), shares[n], c) for n, c in zip(names, RESOURCE_COLOURS, strict=False)], top, write)
    return figure


def _single(values: pd.Series, axis: Axis, name: str, write: Words) -> Figure:
    top, ticks = ticks_to(highest(values))
    figure = {
        "data": [line(values, name, "$blue")],
        "layout": layout(axis, top=top, ticks=ticks, texts=[write(tick) for tick in ticks], kind="latency"),
    }
    _label(figure, axis, [(name, values, "$blue")], top, write)
    return figure


def _label(figure: Figure, axis: Axis, columns: list[tuple[str, pd.Series, str]], top: float, write: Words) -> None:
    known = [(name, newest(values), colour) for name, values, colour in columns]
    labels(
        figure, axis, [(name, value, write(value), colour) for name, value, colour in known if value is not None], top
    )
