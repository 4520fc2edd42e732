"""How much a restart asks a source for: samples of a cold start and of one after it, all that is learned included.

A small part always; `GS_BENCH_RESTART=1000` starts as many services.
"""

import os
import time
from pathlib import Path

import pytest

from tests.restarts import Restarts

SHARE_MAX = 0.02


@pytest.mark.parametrize(
    "services", [3, *(int(number) for number in os.environ.get("GS_BENCH_RESTART", "").split(",") if number)]
)
def test_a_restart_asks_for_two_in_a_hundred_samples_at_most(tmp_path: Path, services: int) -> None:
    restarts = Restarts(tmp_path, services)
    began = time.monotonic()
    first, cold = restarts.begun()
    cold_s, asked = time.monotonic() - began, cold.answered
    began = time.monotonic()
    first.stop()
    stop_s = time.monotonic() - began
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    restarts.clock.now += 15
    began = time.monotonic()
    again, warm = restarts.begun()
    warm_s = time.monotonic() - began
    again.stop()
    print(
        f"\n{services} services: cold {asked:,} samples in {cold_s:.1f} s, stopped in {stop_s:.1f} s, "
        f"{size / 1e6:.1f} MB kept, restarted with {warm.answered:,} samples ({warm.answered / asked:.2%}) "
        f"in {warm_s:.1f} s"
    )
    assert warm.answered <= SHARE_MAX * asked
    assert again.snapshot.incidents
