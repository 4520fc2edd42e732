"""Fuzz: damaged inputs of each reader, in a process of its own: no traceback, nothing over 2 s or 1 GB.

GS_BENCH_FUZZ=20000 python -m pytest tests/bench/test_fuzz.py -s     the full run; GS_BENCH_SEED chooses other inputs
"""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.fuzz import READERS, SOON

COUNT, SEED = int(os.environ.get("GS_BENCH_FUZZ", "60")), int(os.environ.get("GS_BENCH_SEED", "1"))
MEMORY_MAX = 1_000_000_000


@pytest.mark.parametrize("reader", READERS)
def test_whatever_is_damaged_is_read_or_refused_soon(reader: str) -> None:
    command = [sys.executable, "-m", "tests.bench.fuzz", reader, str(COUNT), str(SEED)]
    run = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(f"\n{reader}: {run['inputs']} inputs, slowest {run['slowest_s']:.2f} s, {run['memory'] / 1e6:.0f} MB")
    assert not run["failures"], "\n".join(run["failures"][:5])
    assert run["inputs"] == COUNT
    assert run["slowest_s"] <= SOON
    assert run["memory"] < MEMORY_MAX
