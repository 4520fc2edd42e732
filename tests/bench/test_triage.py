"""Triage with forty entries of a thousand services against the wall of the same: what a refresh weighs and costs.

python -m pytest tests/bench/test_triage.py -s         GS_BENCH_ROUNDS=20 for what docs/triage.md reports
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.ui import attention
from dashboard.ui.panels.triage import triage
from dashboard.ui.panels.wall import wall
from tests.bench.test_wall import as_refreshed, twelve
from tests.ui.panels.triage.test_triage import crowd

__all__ = ["twelve"]
NOW = 1_760_000_000.0
ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "5"))
FULL = ROUNDS >= 15
SERVICES, ENTRIES = 1000, 40
HEAVIEST = 150 * 1024


@pytest.fixture(scope="module")
def thousand(twelve: Snapshot) -> Snapshot:
    return crowd(twelve, SERVICES, ENTRIES)


def spent(draw: Callable[[], object]) -> float:
    """CPU milliseconds."""
    began = time.process_time()
    draw()
    return (time.process_time() - began) * 1000


def test_a_refresh_of_forty_entries_costs_no_more_than_the_wall(thousand: Snapshot) -> None:
    def pair() -> tuple[float, float, float]:
        of_wall, of_triage = as_refreshed(thousand), as_refreshed(thousand)
        # The wall, too, knows what needs somebody: that is its own part.
        walls = spent(lambda: wall.wall(of_wall, NOW, kiosk=False))
        pages = spent(lambda: triage.page(of_triage, NOW, asks=False))
        again = spent(lambda: [triage.page(of_triage, NOW, asks=False) for _ in range(20)]) / 20
        return walls, pages, again

    size = len(triage.page(thousand, NOW, asks=False).encode())
    assert len(attention.triage_of(thousand).entries) == ENTRIES
    # Alternating, so that whatever else runs slows both.
    walls, pages, again = np.median(np.array([pair() for _ in range(ROUNDS)]), axis=0)
    judged = spent(lambda: attention.triage_of(replace(thousand)))
    print(
        f"\n{SERVICES} services, {ENTRIES} entries: {size / 1024:.0f} KiB; a new page {pages:.1f} ms of CPU, of which "
        f"{judged:.1f} ms to judge, the wall {walls:.1f} ms, {pages / walls:.2f} ×; each further viewer {again:.2f} ms"
    )
    assert size <= HEAVIEST
    # Of a few rounds beside other tests the median is not exact.
    assert pages <= (walls if FULL else 2 * walls)
    assert again <= 1.0
