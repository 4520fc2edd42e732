"""Fuzz: damaged inputs of each reader, in a process of its own: no traceback, nothing over 2 s or 1 GB.

GS_BENCH_FUZZ=20000 python -m pytest tests/bench/test_fuzz.py -s     the full run; GS_BENCH_SEED chooses other inputs
"""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.fuzz import READERS, SOON

COUNT, SEED = int(os.environ.get("GS_BENCH_FUZZ", "120")), int(os.environ.get("GS_BENCH_SEED", "1"))
MEMORY_MAX = 1_000_000_000


@pytest.mark.parametrize("reader", READERS)
def test_whatever_is_damaged_is_read_or_refused_soon(reader: str) -> None:
    command = [sys.executable, "-m", "tests.bench.fuzz", reader, str(COUNT), str(SEED)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(f"\n{reader}: {found['inputs']} inputs, slowest {found['slowest_s']:.2f} s, {found['memory'] / 1e6:.0f} MB")
    assert not found["failures"], "\n".join(found["failures"][:5])
    assert found["inputs"] == COUNT
    assert found["slowest_s"] <= SOON
    assert found["memory"] < MEMORY_MAX
