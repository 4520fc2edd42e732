"""The back-test beside a real Prometheus that evaluates our rules over the same past."""

import os
from pathlib import Path

import numpy as np
import pytest

from dashboard.engine.default_slos import availability
from dashboard.engine.past_rows import Wanted, read_past
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR
from tests.servers import NOW, filled
from tests.whatif.evaluated_rules import back_tested, evaluated, exposition, hours_of_trouble

pytestmark = pytest.mark.servers
# The whole month takes minutes.
DAYS = os.environ.get("GS_BENCH_BACKTEST")
END = NOW // HOUR * HOUR


@pytest.mark.parametrize(
    ("every", "phase"), [(15, 7), *([(30, 11), (60, 0), (20, 3)] if DAYS else [])], ids=lambda value: str(value)
)
def test_alerts_equal_those_of_prometheus(tmp_path: Path, every: int, phase: int) -> None:
    """At 99.9 %, by the minute, whatever the phase of the scrapes."""
    span = int(DAYS or 0) * DAY or 14 * HOUR
    start, rng = END - span, np.random.default_rng(every)
    lead = 4 * DAY if DAYS else 0
    times = np.arange(start - lead, END + 1, every) // every * every + phase
    moments = times / HOUR
    requests = np.floor(every * 40 * (1 + 0.5 * np.sin(moments / 24 * 2 * np.pi)) + rng.random(len(times)))
    troubles = 4 * (span // DAY) if DAYS else 9
    failed = rng.binomial(requests.astype(int), hours_of_trouble(rng, len(times), every, troubles))
    past = {("checkout", "200"): requests - failed, ("checkout", "500"): failed}
    server = filled("prometheus", tmp_path, "\n".join(exposition(past, times)))
    source = PrometheusSource(server.url)
    try:
        catalog = source.discover(END)
        source.adopt(catalog)
        slo = availability("checkout", 0.999)
        read = read_past(source, Wanted(slo, catalog.named("checkout"), catalog, END, float(span)))
        expected = evaluated(server, tmp_path, slo, source, start=start - lead, end=END)
    finally:
        source.close()
        server.stop()
    within = [(*row[:2], max(row[2], start), row[3]) for row in expected if row[3] is None or row[3] > start]
    assert len(within) >= 6, "a past in which nothing happens proves nothing"
    assert back_tested(read, slo) == within
