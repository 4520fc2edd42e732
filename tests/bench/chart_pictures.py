"""Twelve charts of four series of 720 points that move on by a point, as the bench shows them; once for all viewers."""

import numpy as np
import pandas as pd

from dashboard.charts.figure import Axis, labels, layout, line, ticks_to
from dashboard.ui import live_chart
from dashboard.ui.live_chart import Broadcast, Card
from dashboard.ui.shared_cache import SharedCache

CHARTS, SERIES, POINTS, STEP = 12, 4, 720, 5
# Epoch seconds of the first point, and how many there are: what was once measured stays as it is.
START, LENGTH = 1_760_000_000, 20_000
WALKS = 500 + np.random.default_rng(14).normal(size=(CHARTS, SERIES, LENGTH)).cumsum(axis=2)
NAMES = tuple(f"series {place}" for place in range(SERIES))

_broadcasts = SharedCache[Broadcast]()


def shared(tick: int) -> Broadcast:
    """All charts so many steps after the first, built once for all viewers."""
    return _broadcasts.following("charts", tick, lambda before: broadcast(tick, before))


def broadcast(tick: int, before: Broadcast | None) -> Broadcast:
    """All charts so many steps after the first, as the dashboard makes them: from samples to what is sent.

    Args:
        tick: how many steps. `before`: what was sent last; None without it.
    """
    return live_chart.broadcast([card(number, tick) for number in range(CHARTS)], before)


def card(number: int, tick: int) -> Card:
    """One chart, with what a chart of the service page has: a head, a mark, and a label at the end of each series."""
    begin = START + tick * STEP
    index = pd.to_datetime(begin + np.arange(POINTS) * STEP, unit="s", utc=True)
    columns = [pd.Series(walk[tick : tick + POINTS], index=index) for walk in WALKS[number]]
    newest = [float(values.iloc[-1]) for values in columns]
    top, ticks = ticks_to(float(WALKS[number].max()))
    axis = Axis(begin * 1000.0, (begin + (POINTS - 1) * STEP) * 1000.0)
    traces = [line(values, name, "$blue") for values, name in zip(columns, NAMES, strict=True)]
    figure = {"data": traces, "layout": layout(axis, top=top, ticks=ticks, texts=[f"{tick:.0f}" for tick in ticks])}
    labels(figure, axis, [(name, y, f"{y:.1f}/s", "$blue") for name, y in zip(NAMES, newest, strict=True)], top)
    head = f'<h3>Chart {number}</h3><span class="m">per second</span><span class="v"><b>{newest[0]:.1f}/s</b></span>'
    return Card(f"chart_{number}", head, figure, name=f"Chart {number} {newest[0]:.1f}/s")
