"""Incidents of a thousand services, derived anew when a step of five minutes is complete.

python -m pytest tests/bench/test_incidents.py -s; GS_BENCH_SERVICES for another number of services. In CPU time of this
process: all of it lies beside the refreshes, which only hand over the counts and take the result.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from dashboard.engine.default_slos import availability, latency
from dashboard.engine.incidents import incident_detail
from dashboard.engine.incidents.incident_hours import Moment
from dashboard.engine.incidents.incident_tracker import IncidentTracker
from dashboard.slo.event_rows import Rows
from dashboard.slo.ledger_view import LedgerView
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR
from tests.incidents.series import NOW

SERVICES = int(os.environ.get("GS_BENCH_SERVICES", "1000"))
HOURS, MINUTES, AT = 721, 420, NOW + 1_500
# A tenth of all objectives had incidents, three each.
BURSTS = 3


def rows(counts: np.ndarray, ratios: np.ndarray, end: int, step: int, rng: np.random.Generator) -> Rows:
    """Rows that end at a moment (epoch seconds), of so many events each, shape (rows, objectives)."""
    valid = rng.poisson(counts).astype(float)
    bad = rng.binomial(valid.astype(int), ratios).astype(float)
    values = np.stack([bad, valid, np.full(valid.shape, float(step))], axis=2)
    return Rows(end - (len(valid) - 1) * step, step, values)


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def test_a_step_of_a_thousand_services_costs_little_beside_the_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    slos = [slo for place in range(SERVICES) for slo in (availability(f"s{place}"), latency(f"s{place}", 0.5))]
    # From one request in two minutes to three hundred a second.
    rates = 10 ** rng.uniform(-2, 2.5, len(slos))
    usual = np.where(np.arange(len(slos)) % 2 == 0, 0.0002, 0.004)
    ratios = np.broadcast_to(usual, (HOURS, len(slos))).copy()
    for place in rng.choice(len(slos), len(slos) // 10, replace=False):
        ratios[rng.choice(HOURS - 10, BURSTS), place] += 0.05
    hours = rows(np.broadcast_to(rates * HOUR, ratios.shape), ratios, NOW, HOUR, rng)
    fine = rows(np.broadcast_to(rates * 60, (MINUTES, len(slos))), usual, AT, 60, rng)
    view = LedgerView(tuple(slos), hours, fine)

    def spread(_: object, wanted: Mapping[int, Any], start: int, end: int, *__: Sequence[object]) -> Any:
        ends = range(start + HOUR, end + 1, HOUR)
        values = {(place, at): hours.values[[(at - hours.first) // HOUR], place] for place in wanted for at in ends}
        return {key: np.repeat(value / 12, 12, axis=0) for key, value in values.items()}

    monkeypatch.setattr(incident_detail, "fetch", spread)
    tracker = IncidentTracker(DemoSource(start=float(NOW)))
    moment = Moment(view, {}, (60,) * len(slos), AT)
    first = spent(lambda: tracker.advance(moment, None))
    again = spent(lambda: tracker.advance(Moment(view, {}, (60,) * len(slos), AT + 300), None))
    handed = spent(lambda: tracker.advance(Moment(view, {}, (60,) * len(slos), AT + 300), 0.0))
    print(
        f"\n{SERVICES} services, {len(tracker.derived)} incidents: at first {first:.0f} ms, each step {again:.0f} ms, "
        f"a refresh without a step {handed:.2f} ms"
    )
    assert len(tracker.derived) > 10
    assert again < 3_000
    assert handed < 5
