"""Capacity over many series: how often time to full and load at full are right, and that nothing flat is announced.

GS_BENCH_CAPACITY=400 python -m pytest tests/bench/test_capacity.py -s
for what docs/capacity.md reports; without it a few series of each kind.
"""

import os
import time

import numpy as np
import pytest

from dashboard.anomaly.saturation.time_to_full import times_to_full
from dashboard.capacity.hours import HOURS, ResourceHours
from dashboard.capacity.judgement import Past, capacity_of
from dashboard.capacity.load import load_of
from dashboard.capacity.outlook import outlooks
from dashboard.timerange import HOUR
from tests.anomaly.saturation.sawteeth import LIVE, PER_DAY, STEP, known, sawtooth
from tests.capacity.queues import busy_servers, scalable
from tests.capacity.series import FLAT, flat, ramps
from tests.capacity.test_outlook import errors, seconds

COUNT = int(os.environ.get("GS_BENCH_CAPACITY", "6"))
BACK = (0, 7, 31, 77, 200, 400)
SERVICES = 1000 if COUNT > 100 else 20


@pytest.mark.parametrize("kind", FLAT)
def test_nothing_flat_is_announced(kind: str) -> None:
    use = flat(kind, 21, COUNT)
    announced = 0
    for back in BACK:
        shown = np.vstack([np.full((back, COUNT), np.nan), use[: HOURS - back]])
        announced += int(np.isfinite(seconds(outlooks(shown))).sum())
    print(f"\n{kind}: announced {announced} of {len(BACK) * COUNT}")
    assert announced <= len(BACK) * COUNT / 1000


@pytest.mark.parametrize("shaped", [False, True], ids=["linear", "daily shaped"])
@pytest.mark.parametrize("lead", [12.0, 24.0, 72.0])
def test_time_to_full_ahead(shaped: bool, lead: float) -> None:
    made = ramps(22, COUNT, lead=lead, shaped=shaped)
    futures = outlooks(made.use)
    off = errors(made, futures)
    is_told = np.isfinite(off)
    clear = off[is_told & made.is_clear]
    holds = [
        future.early is not None and future.early <= lead * HOUR <= (np.inf if future.late is None else future.late)
        for future in futures
        if future.seconds is not None
    ]
    print(
        f"\n{lead:g} h ahead, {'daily shaped' if shaped else 'linear'}: told {is_told.mean():.1%}, within a fifth "
        f"{(off[is_told] <= 0.2).mean():.1%} of those, {(clear <= 0.2).mean():.1%} of the clear ones, interval holds "
        f"{np.mean(holds):.1%}"
    )
    assert np.mean(holds) >= 0.9
    if lead == 12.0:
        assert is_told.mean() >= 0.9
        assert (clear <= 0.2).mean() >= 0.99


@pytest.mark.parametrize("period_h", [3, 12, 36, 120])
def test_what_falls_back_again_and_again_is_not_announced_as_sure(period_h: int) -> None:
    rng = np.random.default_rng(period_h)
    looks = rises = sure = 0
    for _ in range(COUNT):
        values = sawtooth(rng, 30, period_h)
        for now in rng.integers(20 * PER_DAY, 30 * PER_DAY, 10).tolist():
            (future,) = times_to_full(values[now - LIVE : now, None])
            looks += 1
            if future.seconds:
                rises += 1
                sure += not known(values, now).hold(float(future.path[0]), now * STEP)
    print(f"\nfalls back every {period_h} h: {rises} of {looks} looks have it full ahead, {sure} are sure of it")
    # By chance alone some rise goes beyond all before it.
    assert sure <= 1 + rises / 200


def test_what_falls_back_no_more_is_announced_once_it_has_passed() -> None:
    rng = np.random.default_rng(24)
    left, late = [], 0
    for _ in range(COUNT):
        values = sawtooth(rng, 20, 24.0)
        top, slope = known(values).highest, rng.uniform(0.01, 0.04) / 12
        last = values[:50].min() + slope * np.arange(100 * 12)
        last = last[last < 1.0]
        passed = np.flatnonzero(last > top)
        both = np.concatenate([values, last + rng.normal(0, 0.004, len(last))])
        first = None
        for row in range(int(passed[0]), len(last), 3):
            now = len(values) + row
            (future,) = times_to_full(both[now - LIVE : now, None])
            if future.seconds and not known(both, now).hold(float(future.path[0]), now * STEP):
                first = row
                break
        late += first is None
        left.append(0.0 if first is None else (len(last) - first) / max(len(last) - int(passed[0]), 1))
    print(f"\nfalls back no more: {late} of {COUNT} never announced, half of them with {np.median(left):.0%} of "
          "what is above the highest fall to go")  # fmt: skip
    assert late <= COUNT / 50
    assert np.median(left) >= 0.5


@pytest.mark.parametrize("law", ["M/M/c", "USL"])
def test_load_at_full(law: str) -> None:
    rng = np.random.default_rng(23)
    ratios = []
    for _ in range(COUNT):
        queue = busy_servers(rng, rng.uniform(1.6, 6)) if law == "M/M/c" else scalable(rng, 0.03)
        load = load_of(queue[0], queue[1], is_growing=False)
        if load.full is not None:
            ratios.append(load.full / queue[2])
    right = np.abs(np.array(ratios) - 1) <= 0.15
    print(f"\n{law}: told {len(ratios)} of {COUNT}, within 15 % {right.mean():.1%}")
    assert right.mean() >= 0.98


def test_a_thousand_services_are_worked_out_in_seconds_of_cpu() -> None:
    rng = np.random.default_rng(1)
    hours = np.arange(HOURS)
    day = 1 + 0.5 * np.cos(hours * 2 * np.pi / 24)[:, None]
    traffic = 100 * day * rng.uniform(0.5, 2, SERVICES) * (1 + 0.05 * rng.normal(size=(HOURS, SERVICES)))
    names = tuple(f"service-{number:04}" for number in range(SERVICES))
    use = np.empty((HOURS, 3 * SERVICES), dtype=np.float32)
    use[:, 0::3], use[:, 2::3] = 0.1 + 0.002 * traffic, 0.05 + 0.0015 * traffic
    use[:, 1::3] = 0.5 + 0.02 * rng.normal(size=(HOURS, SERVICES))
    resources = tuple((name, resource) for name in names for resource in ("cpu", "memory", "pool"))
    known = ResourceHours(
        1_790_000_000 // HOUR * HOUR, resources, use, names, traffic.astype(np.float32),
        np.full(traffic.shape, np.nan, dtype=np.float32),
    )  # fmt: skip
    began = time.process_time()
    past = Past.of(known)
    hourly = time.process_time() - began
    report = capacity_of(past, {}, float(known.end), titles={}, units={})
    total = time.process_time() - began
    print(f"\n{SERVICES} services: {hourly:.1f} s an hour, {total - hourly:.2f} s each time, {use.nbytes / 1e6:.0f} MB")
    assert len(report.resources) == 3 * SERVICES
    assert total < 0.02 * SERVICES
