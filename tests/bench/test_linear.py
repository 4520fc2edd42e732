"""A refresh costs as much for each service and each SLO, however many there are: ratios within one run.

GS_BENCH_SERVICES=1000 GS_BENCH_SLOS=2000 python -m pytest tests/bench/test_linear.py -s     from a tenth of each to all
"""

import os
import time
from collections.abc import Sequence

import numpy as np
import pytest

from dashboard import frames
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Answer, Problem
from dashboard.timerange import Grid
from tests.steady import Clock, Steady

SERVICES = int(os.environ.get("GS_BENCH_SERVICES", "300"))
SLOS = int(os.environ.get("GS_BENCH_SLOS", "600"))
TIMES = 10
# What caches and the collector of garbage add on the way from a tenth to all; a square would be ten.
SLACK = 1.8
REFRESHES = 7


class Queried(Steady):
    """Answers every query, or refuses it."""

    refuses = False

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        if self.refuses:
            problems = tuple(Problem(query.text, f"{query.text} is refused") for query in queries)
            return Answer(frames.samples({}, grid), problems=problems, newest=float(grid.end))
        columns = {query.key: np.full(len(grid), float(len(query.text))) for query in queries}
        return Answer(frames.samples(columns, grid), newest=float(grid.end))


def refresh_s(services: int, slos: int = 0, *, refuses: bool = False) -> float:
    """Seconds of CPU of the least disturbed refresh after a minute, with default SLOs, or with so many own ones."""
    clock = Clock()
    source = Queried(clock, tuple(f"service-{number:05d}" for number in range(services)))
    source.gauge, source.refuses = 0.4, refuses
    own = tuple(
        Slo(
            f"service-{number % services:05d}",
            f"own-{number}",
            Ratio(Query(f"valid_{number}", counter=True), bad=Query(f"b_{number}", counter=True)),
            0.5,
        )
        for number in range(slos)
    )
    poller = Poller(source, Settings(slos=own), clock=clock)
    poller.tick()
    poller.tick()
    spent = []
    for _ in range(REFRESHES):
        clock.now += 60
        began = time.process_time()
        poller.tick()
        poller.read()
        spent.append(time.process_time() - began)
    assert len(poller.snapshot.services) == services
    assert len(poller.snapshot.slos) >= slos
    return min(spent)


def report(what: str, few: float, many: float) -> None:
    print(f"\n{what}: {few * 1000:.0f} ms, ten times as many {many * 1000:.0f} ms, {many / few:.1f} times")
    assert many <= few * TIMES * SLACK


def test_a_refresh_is_linear_in_services() -> None:
    report(f"{SERVICES // TIMES} services", refresh_s(SERVICES // TIMES), refresh_s(SERVICES))


@pytest.mark.parametrize("refuses", [False, True], ids=["answered", "refused"])
def test_a_refresh_is_linear_in_slos(refuses: bool) -> None:
    few, many = (refresh_s(1, slos, refuses=refuses) for slos in (SLOS // TIMES, SLOS))
    report(f"{SLOS // TIMES} SLOs of one service", few, many)
