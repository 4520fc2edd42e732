"""The app of the chart bench, `python chart_app.py PORT`: an empty fragment, or one with twelve live charts."""

import gc
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.charts.figure import Axis, layout, line, ticks_to
from dashboard.ui import live_chart

CHARTS, SERIES, POINTS, STEP, REFRESH = 12, 4, 720, 5, 5.0


@lru_cache(maxsize=2)
def pictures(charts: int, tick: int) -> bytes:
    """The charts of this tick, as the dashboard makes them: from samples to what is sent, once for all viewers."""
    return live_chart.payload([card(number, tick) for number in range(charts)])


def card(number: int, tick: int) -> live_chart.Card:
    """One chart."""
    end = tick * int(REFRESH)
    index = pd.DatetimeIndex(pd.to_datetime(np.arange(end - (POINTS - 1) * STEP, end + 1, STEP), unit="s", utc=True))
    noise = np.random.default_rng(number + tick)
    columns = [pd.Series(10 + noise.normal(size=POINTS).cumsum(), index=index) for _ in range(SERIES)]
    top, ticks = ticks_to(50.0)
    axis = Axis((end - POINTS * STEP) * 1000.0, end * 1000.0)
    traces = [line(values, f"series {place}", "$blue") for place, values in enumerate(columns)]
    figure = {"data": traces, "layout": layout(axis, top=top, ticks=ticks, texts=list("012345"))}
    return live_chart.Card(f"chart_{number}", f"<h3>Chart {number}</h3>", figure)


def page() -> None:
    """The script of every viewer: `?charts=12` draws them, without it the fragment is empty."""
    charts = int(st.query_params.get("charts", "0"))

    @st.fragment(run_every=REFRESH, key="bench")
    def refreshed() -> None:
        tick = int(time.time() // REFRESH)
        if charts:
            live_chart.charts(pictures(charts, tick), key="charts")

    refreshed()


def serve(port: int) -> None:
    """The same process as the dashboard's: its options, its frozen collector."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()
        yield

    sys.argv = [str(Path(live_chart.__file__).resolve().parents[2] / "golden-signals")]
    st.App(Path(__file__), lifespan=lifespan).run(config={"server.port": port, "server.address": "127.0.0.1"})


if st.runtime.exists():
    page()
elif __name__ == "__main__":
    serve(int(sys.argv[1]))
