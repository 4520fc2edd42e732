"""A month of alerts beside a real Prometheus and a real vmalert, minute by minute, at every usual scrape interval.

GS_BENCH_BACKTEST=30 looks at so many days; each interval takes some minutes, beside vmalert most of all.
"""

import os
from pathlib import Path

import pytest

from dashboard.timerange import DAY
from tests.whatif.evaluated_rules import compared

DAYS = int(os.environ.get("GS_BENCH_BACKTEST", "0"))
pytestmark = [pytest.mark.servers, pytest.mark.skipif(not DAYS, reason="GS_BENCH_BACKTEST says how many days")]


@pytest.mark.parametrize("kind", ["prometheus", "victoria"])
@pytest.mark.parametrize(("every", "phase"), [(15, 7), (20, 3), (30, 11), (60, 0), (60, 41)])
def test_a_month_of_alerts_equals_that_of_real_servers(tmp_path: Path, every: int, phase: int, kind: str) -> None:
    expected, back_tested = compared(
        tmp_path, every=every, phase=phase, span=DAYS * DAY, lead=4 * DAY, troubles=4 * DAYS, kind=kind
    )
    both = set(expected) & set(back_tested)
    print(f"\n{kind}, every {every} s: {len(expected)} alerts, {len(back_tested)} back-tested, {len(both)} equal")
    assert len(expected) >= 3 * DAYS
    assert back_tested == expected
