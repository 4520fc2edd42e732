"""What the screen leaves out: never a row that a detector would flag."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import DETECTORS
from dashboard.anomaly.observations import Observations

LEVEL = 0.01
many = settings(deadline=None, max_examples=50)


def row(
    *, requests: float = 1000.0, failed: float = 0.0, latency: float = 0.2, usual: float = 1000.0,
    dispersion: float = 1.0, share: float = 0.001, of: float = 1e5, scale: float = 0.1, learned: bool = True,
) -> tuple[Observations, Expectations]:  # fmt: skip
    """One service at one moment; the longer windows hold the same rate."""
    many = np.array([1.0, 3.0, 12.0])[:, None, None]
    single = np.ones((1, 1))
    seen = Observations(
        services=("shop",), ends=np.array([300.0]), requests=requests * many, failed=failed * many,
        latency=latency * single, latency_requests=requests * single, resources=(), saturation=np.zeros((1, 0)),
    )  # fmt: skip
    expected = Expectations(
        requests=usual * single, dispersion=dispersion * single, latency=0.2 * single, latency_scale=scale * single,
        baseline_failed=share * of * single, baseline_requests=of * single, has_baseline=np.full((1, 1), learned),
    )  # fmt: skip
    return seen, expected


def may_flag(signal: Signal, detector: str, seen: Observations, expected: Expectations) -> np.ndarray:
    return DETECTORS[signal][detector].may_flag(seen, expected)


def kept(signal: Signal, detector: str, seen: Observations, expected: Expectations) -> bool:
    """A row that is flagged is far; one that is left out has no probability below the level."""
    flagged = DETECTORS[signal][detector].test(seen, expected, LEVEL).outside(LEVEL)
    return bool((may_flag(signal, detector, seen, expected) | ~flagged).all())


@many
@given(
    count=st.floats(0, 5e4), usual=st.floats(0.01, 2e4), dispersion=st.floats(1, 1e4),
    detector=st.sampled_from(["negative-binomial", "poisson"]),
)  # fmt: skip
def test_no_count_of_requests_that_is_flagged_is_left_out(
    count: float, usual: float, dispersion: float, detector: str
) -> None:
    assert kept(Signal.TRAFFIC, detector, *row(requests=count, usual=usual, dispersion=dispersion))


@many
@given(
    requests=st.integers(1, 20_000), part=st.floats(0, 1), share=st.floats(0, 1), of=st.floats(1, 1e7),
    detector=st.sampled_from(["beta-binomial", "binomial"]),
)  # fmt: skip
def test_no_count_of_failures_that_is_flagged_is_left_out(
    requests: int, part: float, share: float, of: float, detector: str
) -> None:
    assert kept(Signal.ERRORS, detector, *row(requests=requests, failed=part * requests, share=share, of=of))


@many
@given(latency=st.floats(1e-4, 100), scale=st.floats(0.01, 2))
def test_no_latency_that_is_flagged_is_left_out(latency: float, scale: float) -> None:
    assert kept(Signal.LATENCY, "student", *row(latency=latency, scale=scale))


def test_silence_of_bursty_traffic_is_looked_at() -> None:
    """Pearson's residual is below 1.5 here, and the probability is 10^-2.5: φ^(-λ/(φ-1))."""
    assert may_flag(Signal.TRAFFIC, "negative-binomial", *row(requests=0.0, usual=22.4, dispersion=10.0)).all()


def test_more_failures_where_most_requests_fail_are_looked_at() -> None:
    """Of 100 requests at a share of 0.9 all fail in one of 37,000 cases."""
    assert may_flag(Signal.ERRORS, "binomial", *row(requests=100, failed=100, share=0.9)).all()


@pytest.mark.parametrize("signal", list(DETECTORS))
def test_what_is_as_usual_or_not_yet_known_is_left_out(signal: Signal) -> None:
    detector = next(iter(DETECTORS[signal]))
    assert not may_flag(signal, detector, *row(failed=1.0)).any()
    unjudged = row(requests=5000.0, failed=900.0, latency=3.0, usual=np.nan, share=np.nan, scale=np.nan)
    assert not may_flag(signal, detector, *unjudged).any()


@pytest.mark.parametrize("signal", list(DETECTORS))
def test_what_was_not_measured_is_neither_measured_nor_far(signal: Signal) -> None:
    seen, usual = row(requests=float("nan"), failed=float("nan"), latency=float("nan"))
    assert not seen.measured(signal).any()
    assert not may_flag(signal, next(iter(DETECTORS[signal])), seen, usual).any()
