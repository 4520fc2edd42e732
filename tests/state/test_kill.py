"""Killed while it writes, a store has lost nothing that was acknowledged, and is whole."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.bundle import ROOT
from dashboard.state import changes
from dashboard.state.changes import Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec

WRITES, KILLS = 34, 3


def killed_while_it_writes(where: str, first: int) -> list[int]:
    """The numbers that a writer had acknowledged when it was killed in its next write."""
    command = [sys.executable, "-m", "tests.state.writer", where, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(WRITES)]
        process.send_signal(signal.SIGKILL)
        # What it had said and nobody had read yet was acknowledged, too.
        acknowledged += [int(line) for line in process.stdout.read().split()]
    assert process.returncode == -signal.SIGKILL
    return acknowledged


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_process_has_lost_no_acknowledged_write(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path)
    if kind == "postgresql":
        new_schema: Callable[[], str] = request.getfixturevalue("new_schema")
        where = new_schema()
    acknowledged: list[int] = []
    for _ in range(KILLS):
        acknowledged += killed_while_it_writes(where, first=len(acknowledged) + 1000 * len(acknowledged))
        store = open_store(StateSpec(where))
        stored = {stored.change.key for stored in changes.find(store, Wanted(limit=100_000))}
        assert {f"change {number}" for number in acknowledged} <= stored
        # At most the write that it died in is there without having been acknowledged, for each kill.
        assert len(stored) - len(acknowledged) <= KILLS
        if kind == "sqlite":
            with store.reading() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        store.close()
    assert len(acknowledged) >= 100
