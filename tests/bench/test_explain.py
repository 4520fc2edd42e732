"""What an explanation costs, from the series of a server to the selection or from a file, and how often it is right.

CPU of this process. python -m pytest tests/bench/test_explain.py -s
GS_BENCH_EXPLAIN=300,40 (pods, routes) for what must hold; without it a tenth of the pods.
GS_BENCH_FAULTS=300 for as many faults drawn at random; without it forty of them.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from dashboard.commands.event_file import read_events
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.explanation import Explanation, explain
from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.presets.preset import Outcome
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.queries.totals import Totals
from tests.bench.timing import best
from tests.oncall.faults import drawn_fault

PODS, ROUTES = map(int, os.environ.get("GS_BENCH_EXPLAIN", "30,40").split(","))
FULL = PODS >= 300
MOST_S = 1.0
FAULTS = int(os.environ.get("GS_BENCH_FAULTS", "40"))
# Each pod is of one zone and version; methods and tiers are of every route.
LABELS = ("pod", "route", "zone", "version", "method")
GUILTY = {"route": "/r7", "version": "42"}
QUERY = SignalQuery("requests", "", LABELS, "requests", outcomes=(Outcome("code"),), classes=("server",))


def combinations() -> Iterator[tuple[str, ...]]:
    for pod in range(PODS):
        for route in range(ROUTES):
            yield f"shop-{pod}", f"/r{route}", f"z{pod % 3}", str(41 + pod % 2), ("GET", "POST")[route % 2]


def counts(seed: int, *, is_now: bool) -> tuple[np.ndarray, np.ndarray]:
    """Bad and valid events of each combination."""
    rng = np.random.default_rng(seed)
    guilty = [is_now and values[1] == GUILTY["route"] and values[3] == GUILTY["version"] for values in combinations()]
    valid = rng.poisson(300, len(guilty))
    return rng.binomial(valid, np.where(guilty, 0.1, 0.003)).astype(float), valid.astype(float)


def series(*, is_now: bool) -> list[Series]:
    """What a server answers: a series for each combination and code."""
    every = []
    for values, failed, valid in zip(combinations(), *counts(int(is_now), is_now=is_now), strict=True):
        labels = dict(zip(LABELS, values, strict=True))
        every += [
            Series(metric={**labels, "code": code}, value=(0.0, str(count)))
            for code, count in (("200", valid - failed), ("500", failed))
        ]
    return every


def from_series(before: list[Series], now: list[Series]) -> Explanation:
    sides = []
    for answer in (before, now):
        totals = Totals(LABELS, Vocabulary())
        totals.add(QUERY, answer)
        sides.append(totals)
    keys = list(dict.fromkeys(key for totals in sides for key in totals.requests))
    sums = [[each.get(key, 0.0) for key in keys] for totals in sides for each in (totals.failed, totals.requests)]
    return explain(Combinations.of(LABELS, keys, np.array(sums)))


def written(path: Path) -> str:
    """Two minutes of counts."""
    rows = [f"time,bad,valid,{','.join(LABELS)}"]
    for minute, is_now in enumerate((False, True)):
        for values, failed, valid in zip(combinations(), *counts(minute, is_now=is_now), strict=True):
            rows.append(f"{1_760_000_000 + 60 * minute},{failed:.0f},{valid:.0f},{','.join(values)}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


def test_many_pods_and_routes_are_explained_within_a_second(tmp_path: Path) -> None:
    before, now = series(is_now=False), series(is_now=True)
    path = written(tmp_path / "events.csv")
    works: dict[str, Callable[[], Explanation]] = {
        "from the series of a server": lambda: from_series(before, now),
        "from a file": lambda: explain((events := read_events(path)).combinations(events.span(1e12, None))),
    }
    for work in works.values():
        assert [cause.labels for cause in work().selections] == [GUILTY]
    spent = best(3, *works.values(), clock=time.process_time)
    times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in zip(works, spent, strict=True))
    print(f"\n{PODS} pods x {ROUTES} routes, {len(LABELS)} labels: {times} of CPU")
    if FULL:
        assert max(spent) <= MOST_S


def test_faults_drawn_at_random_are_named() -> None:
    """F1 of exact selections over all services, as the RiskLoc paper measures it."""
    right = wrong = missed = first = faulty = spread = 0
    for seed in range(FAULTS):
        table, guilty = drawn_fault(seed)
        named = [frozenset(cause.labels.items()) for cause in explain(table).selections]
        if not guilty:
            spread += not named
            continue
        faulty += 1
        first += bool(named) and named[0] in guilty
        right += len(set(named) & set(guilty))
        wrong += len(set(named) - set(guilty))
        missed += len(set(guilty) - set(named))
    f1 = 2 * right / (2 * right + wrong + missed)
    print(
        f"\n{faulty} services with faults: F1 {f1:.3f}, first selection right {first / faulty:.3f}; "
        f"{FAULTS - faulty} that are worse everywhere: said so {spread / (FAULTS - faulty):.2f}"
    )
    assert f1 >= 0.72
    assert first >= 0.72 * faulty
    assert spread >= 0.8 * (FAULTS - faulty)
