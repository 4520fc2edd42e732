"""Every detector that the configuration can name: what it flags, and that it says nothing where nothing can be said."""

import numpy as np
import pytest

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expectations
from dashboard.anomaly.detectors import DEFAULTS, DETECTORS
from dashboard.anomaly.observations import WINDOWS, Observations

ALL = [(signal, name) for signal, known in DETECTORS.items() for name in known]


def seen(*, requests: float = 3000, failed: float = 3, latency: float = 0.2) -> Observations:
    """One service at one moment; longer windows hold more of the same."""
    times = np.array([window / WINDOWS[0] for window in WINDOWS]).reshape(-1, 1, 1)
    single = np.ones((1, 1))
    return Observations(
        ("shop",), np.zeros(1), requests * times, failed * times, latency * single, requests * single, (), single[:, :0]
    )


def expected(*, requests: float = 3000, dispersion: float = 4.0, failed: float = 100, of: float = 1e5) -> Expectations:
    single = np.ones((1, 1))
    return Expectations(
        requests * single, dispersion * single, 0.2 * single, 0.05 * single, failed * single, of * single, single == 1
    )


@pytest.mark.parametrize(("signal", "name"), ALL)
def test_what_is_as_usual_is_not_flagged(signal: Signal, name: str) -> None:
    test = DETECTORS[signal][name].test(seen(), expected(), DEFAULTS[signal].level)
    assert not test.outside(DEFAULTS[signal].level).any()


@pytest.mark.parametrize(("signal", "name"), [(signal, name) for signal, name in ALL if name != "off"])
def test_what_is_not_is(signal: Signal, name: str) -> None:
    strange = {Signal.LATENCY: {"latency": 1.0}, Signal.TRAFFIC: {"requests": 300}, Signal.ERRORS: {"failed": 300}}
    test = DETECTORS[signal][name].test(seen(**strange[signal]), expected(), DEFAULTS[signal].level)
    assert test.outside(DEFAULTS[signal].level).all()
    assert ((test.value < test.low) | (test.value > test.high)).all()


def test_too_many_requests_are_another_test_than_too_few() -> None:
    detector = DETECTORS[Signal.TRAFFIC]["negative-binomial"].test
    few, many = (detector(seen(requests=count), expected(), 1e-5) for count in (2000, 4000))
    assert few.p_low < 1e-5 < few.p_high
    assert many.p_high < 1e-5 < many.p_low


@pytest.mark.parametrize(
    ("signal", "alone", "usual"),
    [(Signal.TRAFFIC, "poisson", "negative-binomial"), (Signal.ERRORS, "binomial", "beta-binomial")],
)
def test_what_knows_less_is_less_sure(signal: Signal, alone: str, usual: str) -> None:
    row = seen(requests=3300, failed=12)
    sure, unsure = (
        DETECTORS[signal][name].test(row, expected(failed=10, of=1e4), 1e-5).p_high for name in (alone, usual)
    )
    assert sure < unsure


@pytest.mark.parametrize(("signal", "name"), ALL)
@pytest.mark.parametrize(
    "row",
    [
        seen(requests=np.nan, failed=np.nan, latency=np.nan),
        seen(requests=0, failed=0, latency=np.nan),
        seen(requests=3, failed=0, latency=0.2),
    ],
    ids=["not measured", "no request", "three requests"],
)
def test_nothing_is_said_where_nothing_can_be(signal: Signal, name: str, row: Observations) -> None:
    usual = expected(requests=3, failed=0.01, of=3000)
    test = DETECTORS[signal][name].test(row, usual, DEFAULTS[signal].level)
    assert not test.outside(DEFAULTS[signal].level).any()


@pytest.mark.parametrize(("signal", "name"), ALL)
def test_without_a_past_nothing_is_flagged(signal: Signal, name: str) -> None:
    blank = expected(requests=np.nan, dispersion=np.nan, failed=np.nan, of=np.nan)
    strange = seen(requests=10, failed=10, latency=9.0)
    if signal is Signal.LATENCY:
        blank = Expectations(*(np.full((1, 1), np.nan) for _ in range(6)), has_baseline=np.zeros((1, 1), dtype=bool))
    test = DETECTORS[signal][name].test(strange, blank, DEFAULTS[signal].level)
    assert not test.outside(DEFAULTS[signal].level).any()
