"""A thousand services monitored: what a tick costs, how much memory is held, and what importing the detectors costs.

GS_BENCH_SERVICES=1000 GS_BENCH_ROUNDS=10 python -m pytest tests/bench/test_anomalies.py -s     for the README's figures
"""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest

from dashboard import frames
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.timerange import HOUR, Grid
from tests.bench.timing import best

SERVICES = int(os.environ.get("GS_BENCH_SERVICES", "100"))
ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "2"))
NOW = 1_760_000_000 // 900 * 900
BOUNDS = ("0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "inf")
# Of a thousand services; a smaller run must stay in proportion, and a part that does not shrink with it.
CPU_MAX, FIXED = 0.25, 0.1
IMPORTS = ("import numpy, pandas", "import dashboard.anomaly.monitor, dashboard.anomaly.layers")


def samples(grid: Grid, random: np.random.Generator) -> pd.DataFrame:
    """Requests, failures, latency buckets and a resource of each service, with the noise of counts."""
    values: dict[tuple[str, str, str], np.ndarray] = {}
    rows = len(grid)
    for number in range(SERVICES):
        name = f"service-{number}"
        requests = random.poisson(3000, rows) / 300
        values[name, "requests", ""] = requests
        values[name, "errors", "server"] = random.poisson(3, rows) / 300
        for place, bound in enumerate(BOUNDS):
            within = min(1.0, (place + 1) / len(BOUNDS)) * random.uniform(0.98, 1.0, rows)
            values[name, "latency", bound] = requests * (1.0 if bound == "inf" else within)
        values[name, "saturation", "memory"] = random.uniform(0.4, 0.45, rows)
    return frames.samples(values, grid)


@pytest.fixture(scope="module")
def monitor() -> AnomalyMonitor:
    """A monitor that has learned the past: one part of it, again and again, which is as much work as the real one."""
    learned = AnomalyMonitor()
    learned.set_services([f"service-{number}" for number in range(SERVICES)])
    random = np.random.default_rng(1)
    part: pd.DataFrame | None = None
    while (grid := learned.next_backfill(NOW, columns=14 * SERVICES)) is not None:
        if part is None or len(part) < len(grid):
            part = samples(grid, random)
        learned.backfill(part.iloc[: len(grid)].set_index(grid.index()), grid)
    return learned


def test_a_tick_of_a_thousand_services_costs_little(monitor: AnomalyMonitor) -> None:
    random = np.random.default_rng(2)
    spent = []
    before = psutil.Process().memory_info().rss
    for number in range(ROUNDS + 1):
        now = NOW + 60 * number
        frame = samples(Grid.ending(now, span=HOUR, step=15), random)
        began = time.process_time()
        monitor.update(frame, 15, now)
        monitor.novelty.score_waiting()
        monitor.anomalies()
        monitor.forecasts()
        spent.append(time.process_time() - began)
        del frame
    # The first look tests a whole hour of minutes.
    usual = float(np.median(spent[1:]))
    grown = (psutil.Process().memory_info().rss - before) / 1e6
    print(f"\n{SERVICES} services x 4 signals: {usual * 1e3:.0f} ms CPU a minute, the hour at the start "
          f"{spent[0] * 1e3:.0f} ms; resident memory {grown:+.0f} MB over {ROUNDS} minutes")  # fmt: skip
    assert usual <= CPU_MAX * SERVICES / 1000 + FIXED * (SERVICES < 1000)


def children_cpu() -> float:
    """Seconds that ended child processes have computed."""
    times = os.times()
    return times.children_user + times.children_system


def test_importing_the_detectors_costs_no_more_than_numpy_and_pandas() -> None:
    works = (lambda code=code: subprocess.run([sys.executable, "-c", code], check=True) for code in IMPORTS)
    plain, detectors = best(ROUNDS + 1, *works, clock=children_cpu)
    print(f"\nimport of numpy and pandas {plain:.2f} s CPU, of the detectors {detectors:.2f} s")
    assert detectors <= 2 * plain
    loaded = "import sys, dashboard.anomaly.monitor; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout.split()
    assert not {"scipy", "sklearn", "statsmodels", "streamlit", "httpx", "plotly"} & set(modules)
