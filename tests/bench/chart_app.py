"""The app of the chart bench, `python -m tests.bench.chart_app PORT`: an empty fragment, or one with live charts."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.routing import Route

from dashboard.bundle import ROOT
from dashboard.ui import live_chart
from dashboard.web.routes import KEYFRAME, keyframe
from tests.bench import chart_pictures


def page() -> None:
    """The script of every viewer: `?tick=7` draws the charts of a step, without it the fragment is empty."""

    @st.fragment(run_every=5.0, key="bench")
    def refreshed() -> None:
        if tick := st.query_params.get("tick"):
            live_chart.charts(chart_pictures.shared(int(tick)), key="charts")

    refreshed()


def serve(port: int) -> None:
    """The same process as the dashboard's: its options, its frozen collector, its way to keyframes."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()
        yield

    sys.argv = [str(ROOT / "golden-signals")]
    app = st.App(Path(__file__), routes=[Route(KEYFRAME, keyframe)], lifespan=lifespan)
    app.run(config={"server.port": port, "server.address": "127.0.0.1"})


if st.runtime.exists():
    page()
elif __name__ == "__main__":
    serve(int(sys.argv[1]))
