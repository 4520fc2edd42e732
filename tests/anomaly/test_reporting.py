"""Anomalies are reported with their service, signal and direction, and with the band as far as it has ends."""

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.intervals import BandRow, Interval
from dashboard.anomaly.novelty_monitor import SHOWN_FOR, NovelPoint
from dashboard.anomaly.reporting import of_novelty, of_resource, of_test

TESTS = ((Signal.LATENCY, Direction.HIGH), (Signal.TRAFFIC, Direction.LOW))
NAN = np.nan


def interval(series: int, newest: BandRow, peak: BandRow) -> Interval:
    return Interval(series, 100.0, 400.0, newest, 200.0, peak, 1e-9)


def test_the_series_of_a_test_is_its_signal_and_its_service() -> None:
    """Services of the first test come first, so the fourth of two services is the second one's drop of traffic."""
    drop = interval(3, BandRow(5.0, 8.0, NAN), BandRow(2.0, 8.0, NAN))
    assert of_test(drop, TESTS, ("cart", "shop")) == Anomaly(
        "shop", Signal.TRAFFIC, Direction.LOW, 100.0, None, 200.0, 2.0, 5.0, (8.0, None), 1e-9
    )


def test_a_resource_is_named_with_its_limit_and_has_no_probability() -> None:
    nearly_full = interval(1, BandRow(0.97, NAN, 0.9), BandRow(0.95, NAN, 0.9))
    assert of_resource(nearly_full, (("shop", "cpu"), ("shop", "memory"))) == Anomaly(
        "shop", Signal.SATURATION, Direction.HIGH, 100.0, None, 200.0, 0.97, 0.97, (None, 0.9), None, detail="memory"
    )


def test_a_hint_lasts_for_half_an_hour() -> None:
    point = NovelPoint(("shop", Signal.LATENCY), 1000.0, 0.4)
    hint = of_novelty(point, 1000.0 + SHOWN_FOR - 1)
    assert (hint.layer, hint.since, hint.until, hint.expected) == (Layer.NOVELTY, 700.0, None, (None, None))
    assert not hint.lasts, "a hint is no anomaly that was tested"
    assert of_novelty(point, 1000.0 + SHOWN_FOR).until == 1000.0 + SHOWN_FOR
