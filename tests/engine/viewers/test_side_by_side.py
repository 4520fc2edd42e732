"""Two sides of a service are fetched for viewers, off the event loop, and compared as soon as both have come."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from dashboard.comparison.comparison import Signal
from dashboard.comparison.dispersion import Side
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.verdicts import Reason, Verdict
from dashboard.engine.poller import Poller
from dashboard.engine.viewers.side_by_side import Before, Judged, SideBySide, Values, Wanted, grids, side_by_side
from dashboard.exceptions import SourceUnavailable
from dashboard.slo.indicators import Key
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid, epoch
from tests.steady import START, Clock, Steady

CHANGED = START - 1800
BY_VERSION = Values("version", "shop", "cart", 0.0)


class Turning(Steady):
    """A source whose requests fail more often since the change."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.rate, self.error_ratio, self.labels, self.gauge = 100.0, 0.01, ("version",), 0.4
        self.factor, self.since = 5.0, CHANGED
        self.is_cart_new = False
        self.goes_on = threading.Event()
        self.goes_on.set()

    def _answer(self, grid: Grid, level: float) -> Answer:
        self.goes_on.wait(20)
        answer = super()._answer(grid, level)
        since = np.array([epoch(moment) > self.since for moment in answer.frame.index])
        key: Key = ("shop", "errors", "server")
        answer.frame[key] *= np.where(since, self.factor, 1.0)
        if self.is_cart_new:
            for column in [column for column in answer.frame if column[0] == "cart"]:
                answer.frame[column] = np.where(since, answer.frame[column], np.nan)
        return answer


@pytest.fixture
def source() -> Turning:
    return Turning(Clock())


@pytest.fixture
def poller(source: Turning) -> Iterator[Poller]:
    running = Poller(source, clock=source.clock)
    running.tick()
    yield running
    running.stop()


def compared(poller: Poller, between: Before | Values, *, end: float = START) -> SideBySide:
    return side_by_side(poller.viewers, shop(poller), Wanted(between, end), wait_s=20)


def shop(poller: Poller) -> Judged:
    report = next(report for report in poller.snapshot.services if report.name == "shop")
    return Judged(report.info, [slo.slo for slo in report.slos])


def test_what_fails_more_often_since_a_change_is_worse(poller: Poller) -> None:
    pair = compared(poller, Before(CHANGED, CHANGED))
    assert pair.comparison is not None
    errors = next(signal for signal in pair.comparison.signals if signal.signal is Signal.ERRORS)
    assert (pair.comparison.verdict, errors.verdict, errors.decides) == (Verdict.WORSE, Verdict.WORSE, True)
    assert errors.ratio is not None
    assert errors.ratio.experiment.valid == pytest.approx(1800 * 100)
    assert errors.ratio.ratio == pytest.approx(5)
    # Of the objective of 99.9 %.
    assert errors.ratio.budget == pytest.approx(0.001)
    assert (pair.control, pair.experiment) == grids(Before(CHANGED, CHANGED), START, HOUR, 60)
    others = {signal.signal: signal.verdict for signal in pair.comparison.signals}
    assert others[Signal.TRAFFIC] is others[Signal.SATURATION] is others[Signal.LATENCY] is Verdict.SAME


def test_the_window_after_a_change_slides_so_that_only_its_tail_is_fetched_again(
    source: Turning, poller: Poller
) -> None:
    compared(poller, Before(CHANGED, CHANGED))
    source.asked.clear()
    source.clock.now = START + 60
    compared(poller, Before(CHANGED, CHANGED), end=START + 60)
    # Versions are read beside it, at steps of their own.
    assert sum(len(grid) for grid in source.asked if grid.step == 60) < 20


def test_steps_that_a_change_lies_in_are_of_neither_side() -> None:
    control, experiment = grids(Before(30_000_030, 30_000_090), 30_003_600, HOUR, 60)
    assert experiment is not None
    assert control.end <= 30_000_030
    assert experiment.start - experiment.step >= 30_000_090
    assert grids(Before(30_000_030, 30_000_090), 30_000_100, HOUR, 60)[1] is None


def test_no_side_is_longer_than_the_span() -> None:
    control, experiment = grids(Before(30_000_000, 30_000_000), 31_000_000, HOUR, 60)
    assert experiment is not None
    assert (control.span, experiment.span) == (HOUR, HOUR)


def test_before_a_change_are_steps_enough_to_tell_a_fault_from_a_burst_also_where_they_are_coarse() -> None:
    control, experiment = grids(Before(30_000_000, 30_000_000), 30_002_100, HOUR, 300)
    assert experiment is not None
    assert (len(control), len(experiment)) == (48, 7)
    # Hardly one in a thousand failed, and a tenth since then.
    few = Side.of(np.arange(48) % 3 == 0, np.full(48, 1000.0))
    many = Side.of(np.array([50, 100, 101, 95, 105, 94, 100.0]), np.full(7, 1000.0))
    compared = compare_ratios(few, many, Design(300.0))
    assert isinstance(compared, RatioComparison)
    assert (compared.verdict, compared.reason) == (Verdict.WORSE, None)
    # Beside an hour alone only the size of the difference tells them apart.
    short = compare_ratios(few.since(36), many, Design(300.0))
    assert isinstance(short, RatioComparison)
    assert (short.verdict, short.reason) == (Verdict.WORSE, Reason.BEYOND_BURSTS)


def test_values_of_a_label_are_compared_without_traffic_and_saturation(source: Turning, poller: Poller) -> None:
    source.since = 0
    pair = compared(poller, BY_VERSION)
    assert pair.comparison is not None
    reasons = {signal.signal: signal.reason for signal in pair.comparison.signals}
    assert (reasons[Signal.TRAFFIC], reasons[Signal.SATURATION]) == (Reason.NO_SIGNAL, None)
    assert set(pair.values) == {"shop", "cart"}
    errors = pair.comparison.signals[0].ratio
    # The canary is the better one.
    assert errors is not None
    assert (errors.verdict, errors.difference < 0) == (Verdict.BETTER, True)


def test_values_are_compared_since_both_had_requests(source: Turning, poller: Poller) -> None:
    source.is_cart_new = True
    pair = compared(poller, BY_VERSION)
    assert pair.comparison is not None
    errors = pair.comparison.signals[0].ratio
    assert errors is not None
    assert (errors.control.steps, errors.experiment.steps) == (30, 30)


def test_the_usual_value_shows_before_a_canary_how_it_scatters(source: Turning, poller: Poller) -> None:
    """Steady since the canary came, five times as many failures before: the φ of the half hour alone is 1."""
    source.is_cart_new, source.factor = True, 0.2
    pair = compared(poller, BY_VERSION)
    assert pair.comparison is not None
    errors = pair.comparison.signals[0].ratio
    assert errors is not None
    assert (errors.control.steps, errors.control.dispersion > 10) == (30, True)


def test_a_value_without_requests_is_no_data(poller: Poller) -> None:
    pair = compared(poller, Values("version", "shop", "43", 0.0))
    assert pair.comparison is not None
    assert pair.comparison.verdict is Verdict.NO_DATA
    assert pair.comparison.signals[0].reason is Reason.NO_EXPERIMENT


def test_a_source_that_fails_says_so(source: Turning, poller: Poller) -> None:
    source.failure = SourceUnavailable("it is away")
    pair = compared(poller, Before(CHANGED, CHANGED))
    assert (pair.comparison, pair.error) == (None, "it is away")


def test_whoever_does_not_wait_is_told_to_come_back(source: Turning, poller: Poller) -> None:
    source.goes_on.clear()
    pair = side_by_side(poller.viewers, shop(poller), Wanted(Before(CHANGED, CHANGED), START), wait_s=0)
    assert (pair.comparison, pair.error) == (None, None)
    assert pair.retry_s is not None
    source.goes_on.set()
    assert compared(poller, Before(CHANGED, CHANGED)).comparison is not None


def test_half_an_answer_is_never_good(source: Turning, poller: Poller) -> None:
    source.factor, source.partial = 1.0, True
    pair = compared(poller, Before(CHANGED, CHANGED))
    assert pair.comparison is not None
    assert (pair.partial, pair.comparison.verdict) == (True, Verdict.INCONCLUSIVE)


def test_a_change_of_this_minute_has_no_side_after_it(poller: Poller) -> None:
    pair = compared(poller, Before(START - 30, START - 30))
    assert (pair.comparison, pair.experiment, pair.error, pair.retry_s) == (None, None, None, None)
