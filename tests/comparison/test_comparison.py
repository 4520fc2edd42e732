"""All four signals of two sides: what decides, what is only shown, and what whole histograms add."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.comparison.comparison import Comparison, Sides, Signal, SignalComparison, compare
from dashboard.comparison.verdicts import Reason, Verdict, together

LATENCY = Signal.LATENCY
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0)
STEPS = 60


def frame(**columns: float | np.ndarray) -> pd.DataFrame:
    """Samples of a minute each; `requests`, `errors`, `p95`, `memory` and the like."""
    names = {
        "requests": ("requests", ""),
        "errors": ("errors", "server"),
        "p95": ("quantile", "0.95"),
        "memory": ("saturation", "memory"),
    }
    data = {names[name]: np.broadcast_to(values, STEPS) for name, values in columns.items()}
    index = pd.date_range("2026-11-29", periods=STEPS, freq="min", tz="UTC")
    return pd.DataFrame(data, index=index).rename_axis(columns=["measure", "detail"])


def histogram(*shares: float | np.ndarray, requests: float = 100.0) -> pd.DataFrame:
    """Samples with a share of the requests in each bucket, the last one without a bound."""
    under = np.cumsum(shares, axis=0) * requests
    samples = frame(requests=requests, errors=0.0)
    for bound, count in zip((*map(str, BOUNDS[:-1]), "1", "inf"), under, strict=True):
        samples[("latency", bound)] = count
    return samples


def sides(control: pd.DataFrame, experiment: pd.DataFrame, *, threshold: float | None = 0.5, **others: bool) -> Sides:
    return Sides(
        control,
        experiment,
        step_s=60.0,
        grows_together=others.get("grows_together", False),
        tells_errors=others.get("tells_errors", True),
        threshold=threshold,
        budgets={Signal.ERRORS: 0.001, Signal.LATENCY: 0.01},
    )


def signal(comparison: Comparison, name: Signal) -> SignalComparison:
    return next(signal for signal in comparison.signals if signal.signal is name)


USUAL = (0.5, 0.3, 0.15, 0.04, 0.008, 0.002)


def test_the_share_beyond_the_threshold_makes_the_verdict_of_latency() -> None:
    slower = (0.45, 0.3, 0.15, 0.04, 0.04, 0.02)
    comparison = compare(sides(histogram(*USUAL), histogram(*slower)))
    latency = signal(comparison, LATENCY)
    assert latency.ratio is not None
    assert (latency.verdict, latency.ratio.ratio) == (Verdict.WORSE, pytest.approx(6))
    assert comparison.verdict is Verdict.WORSE


def test_the_same_median_with_another_spread_differs() -> None:
    """https://github.com/spinnaker/kayenta/issues/780: a second mode passed."""
    narrow, wider = (0.2, 0.3, 0.3, 0.19, 0.008, 0.002), (0.4, 0.1, 0.05, 0.44, 0.008, 0.002)
    comparison = compare(sides(histogram(*narrow), histogram(*wider)))
    latency = signal(comparison, LATENCY)
    assert latency.histogram is not None
    assert (latency.histogram.faster_at, latency.histogram.slower_at) == ((0.05,), (0.25,))
    # Nothing more is too slow; that it differs is said.
    assert (latency.verdict, latency.reason) == (Verdict.SAME, Reason.DISTRIBUTION)
    without = compare(sides(histogram(*narrow), histogram(*wider), threshold=None))
    assert signal(without, LATENCY).verdict is Verdict.INCONCLUSIVE


def test_quantiles_have_intervals_between_bounds() -> None:
    latency = signal(compare(sides(histogram(*USUAL), histogram(*USUAL))), LATENCY)
    assert latency.histogram is not None
    for quantile in latency.histogram.control:
        assert quantile.high is not None
        assert quantile.low <= quantile.value <= quantile.high
    # Exactly 95 % lie at or under 250 ms, which a sample cannot prove.
    p95 = latency.histogram.control[1]
    assert (p95.q, p95.low, p95.value, p95.high) == (0.95, 0.1, pytest.approx(0.25), 0.5)


def test_equal_histograms_differ_nowhere() -> None:
    latency = signal(compare(sides(histogram(*USUAL), histogram(*USUAL))), LATENCY)
    assert latency.histogram is not None
    assert latency.histogram.slower_at == latency.histogram.faster_at == ()


def test_without_a_threshold_slower_at_every_bound_is_worse() -> None:
    slower = (0.3, 0.3, 0.2, 0.1, 0.05, 0.05)
    latency = signal(compare(sides(histogram(*USUAL), histogram(*slower), threshold=None)), LATENCY)
    assert latency.verdict is Verdict.WORSE


def test_a_source_of_quantiles_alone_is_compared_by_the_95th() -> None:
    random = np.random.default_rng(2)
    control = frame(requests=100.0, errors=0.0, p95=0.2 * np.exp(random.normal(size=STEPS) / 10))
    experiment = frame(requests=100.0, errors=0.0, p95=0.4 * np.exp(random.normal(size=STEPS) / 10))
    latency = signal(compare(sides(control, experiment)), LATENCY)
    assert latency.level is not None
    assert (latency.verdict, latency.detail) == (Verdict.WORSE, "p95")
    assert latency.level.ratio == pytest.approx(2, rel=0.1)


# Half an hour high and half an hour low.
SWINGING = np.repeat([1.0, 5.0], STEPS // 2)


@pytest.mark.parametrize("threshold", [0.5, None])
@pytest.mark.parametrize(
    "samples",
    [
        lambda times: frame(requests=100.0, errors=0.0, p95=0.1 * times),
        lambda times: histogram(
            *np.broadcast_arrays(0.5, 0.3, 0.1, 0.08 - 0.012 * times, 0.01 * times, 0.002 * times + 0.02)
        ),
    ],
    ids=["quantiles", "buckets"],
)
def test_latency_that_swung_before_a_canary_may_swing_beside_it(
    samples: Callable[[np.ndarray], pd.DataFrame], threshold: float | None
) -> None:
    usual, slower = (samples(np.full(STEPS, times)).iloc[:12] for times in (1.0, 5.0))
    alone = sides(usual, slower, threshold=threshold, grows_together=True)
    verdicts = [
        signal(compare(each), LATENCY).verdict
        for each in (alone, replace(alone, earlier=samples(np.ones(STEPS))), replace(alone, earlier=samples(SWINGING)))
    ]
    assert verdicts == [Verdict.WORSE, Verdict.WORSE, Verdict.INCONCLUSIVE]


def test_an_absent_series_of_errors_with_traffic_is_none_of_them() -> None:
    control, experiment = frame(requests=1000.0), frame(requests=1000.0, errors=5.0)
    errors = signal(compare(sides(control, experiment)), Signal.ERRORS)
    assert errors.ratio is not None
    assert (errors.verdict, errors.ratio.control.bad) == (Verdict.WORSE, 0)


def test_errors_that_a_source_cannot_tell_are_never_good() -> None:
    comparison = compare(sides(histogram(*USUAL), histogram(*USUAL), tells_errors=False))
    errors = signal(comparison, Signal.ERRORS)
    assert (errors.verdict, errors.reason) == (Verdict.NO_DATA, Reason.NO_SIGNAL)
    assert (comparison.verdict, signal(comparison, LATENCY).verdict) == (Verdict.INCONCLUSIVE, Verdict.SAME)


def test_without_any_latency_errors_decide() -> None:
    busy = frame(requests=100_000.0, errors=10.0)
    comparison = compare(sides(busy, busy))
    assert (comparison.verdict, signal(comparison, LATENCY).decides) == (Verdict.SAME, False)


def test_fewer_requests_are_worse_more_are_neither() -> None:
    many, few = frame(requests=100.0, errors=0.0), frame(requests=40.0, errors=0.0)
    fewer, more = compare(sides(many, few)), compare(sides(few, many))
    assert signal(fewer, Signal.TRAFFIC).verdict is Verdict.WORSE
    traffic = signal(more, Signal.TRAFFIC)
    assert (traffic.verdict, traffic.reason) == (Verdict.INCONCLUSIVE, Reason.MORE_TRAFFIC)
    assert traffic.level is not None
    assert traffic.level.ratio == pytest.approx(2.5)
    assert not traffic.decides


def test_how_many_requests_a_canary_gets_is_a_setting() -> None:
    comparison = compare(sides(frame(requests=900.0), frame(requests=100.0), grows_together=True))
    assert signal(comparison, Signal.TRAFFIC).verdict is Verdict.NO_DATA


def test_a_resource_that_is_used_more_is_worse_and_decides_where_that_is_asked_for() -> None:
    control, experiment = frame(requests=100.0, errors=0.0, memory=0.4), frame(requests=100.0, errors=0.0, memory=0.7)
    shown = signal(compare(sides(control, experiment)), Signal.SATURATION)
    assert (shown.verdict, shown.decides, shown.detail) == (Verdict.WORSE, False, "memory")
    assert compare(sides(control, experiment), {Signal.SATURATION}).verdict is Verdict.WORSE


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ("worse no_data", "worse"),
        ("worse better", "worse"),
        ("same inconclusive", "inconclusive"),
        ("better no_data", "inconclusive"),
        ("no_data no_data", "no_data"),
        ("same better", "better"),
        ("same same", "same"),
        ("", "no_data"),
    ],
)
def test_what_is_not_known_is_never_good(verdicts: str, verdict: str) -> None:
    assert together(map(Verdict, verdicts.split())) is Verdict(verdict)
