"""A thousand objectives over 30 days, judged again when a minute has closed.

python -m pytest tests/bench/test_objectives.py -s; GS_BENCH_SLOS for another number of objectives. The judgement is
measured in CPU time of this process, beside a plain loop of the same machine that tells how fast it is.
"""

import os
import time
from collections.abc import Callable

import numpy as np

from dashboard.engine.default_slos import availability
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.events import Values
from dashboard.slo.indicators import Ratio
from dashboard.slo.ledger import Ledger

SLOS = int(os.environ.get("GS_BENCH_SLOS", "200"))
NOW = 1_760_000_000.0
FULL = SLOS >= 1000


def answered(request: EventRequest, rng: np.random.Generator) -> Values:
    """Counts of every objective; some burn, most do not."""
    values = {}
    for number, slo in enumerate(request.slos):
        assert isinstance(slo.indicator, Ratio)
        assert slo.indicator.bad is not None
        valid = rng.poisson(10.0 * request.grid.step, len(request.grid)).astype(float)
        values[slo.indicator.valid.key] = valid
        values[slo.indicator.bad.key] = rng.binomial(valid.astype(int), 0.0004 * (number % 7)).astype(float)
    return values


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def test_a_thousand_objectives_are_judged_in_a_third_of_a_second() -> None:
    rng = np.random.default_rng(7)
    ledger, evaluator = Ledger(), Evaluator()
    ledger.follow([availability(f"service-{number}") for number in range(SLOS)], 60, scrapes=[15.0] * SLOS)
    for request in ledger.due(NOW):
        ledger.add(request, answered(request, rng))
    evaluator.reports(ledger)
    planning, adding, judging, between = [], [], [], []
    for refresh in range(1, 21):
        requests: list[EventRequest] = []
        planned = spent(lambda due=requests, now=NOW + 15 * refresh: due.extend(ledger.due(now)))
        answers = [(request, answered(request, rng)) for request in requests]
        added = sum(spent(lambda answer=answer: ledger.add(*answer)) for answer in answers)
        judged = spent(lambda: evaluator.reports(ledger))
        if len(requests) == 1:
            assert requests[0].level is Level.NEWEST
            between.append(planned + added + judged)
            continue
        assert [len(request.grid) for request in requests if request.level is Level.FINE] == [11]
        planning.append(planned)
        adding.append(added)
        judging.append(judged)
    loop = spent(lambda: sum(range(10_000_000)))
    reports = evaluator.reports(ledger)
    states = {report.state for report in reports}
    total = float(np.median(np.sum([planning, adding, judging], axis=0)))
    print(
        f"\n{SLOS} objectives over 30 days: {np.median(planning):.0f} ms to plan a minute, {np.median(adding):.0f} ms "
        f"to store it, {np.median(judging):.0f} ms to judge all, {total:.0f} ms in all (summing ten million numbers: "
        f"{loop:.0f} ms); a refresh within the minute {np.median(between):.0f} ms"
    )
    assert len(reports) == SLOS
    assert len(states) >= 2
    assert all(len(report.burn) == 7 and len(report.alerts) == 4 for report in reports)
    if FULL:
        assert total <= 300
