"""Hourly peaks read beside the refreshes: bounded, whole or not at all, and worked out once an hour."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.capacity.hours import HOURS, SPAN, ResourceHours
from dashboard.capacity.prices import PriceOrigin, Prices
from dashboard.engine.capacity import price_reading
from dashboard.engine.capacity.capacity_reader import PAUSE_S, Progress, read
from dashboard.engine.capacity.price_reading import PriceReading
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import LimitExceeded, SourceUnavailable
from dashboard.sources.catalog import Catalog, Resource
from dashboard.sources.peaked import peaks_of
from dashboard.sources.priced import PriceAnswer
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from dashboard.web.service import capacity_json
from tests.steady import START, Clock, Steady

END = START // HOUR * HOUR


class Gauged(Steady):
    """Has a level that rises for half of each hour; may refuse long spans, or answer in part."""

    longest = SPAN

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        if grid.span > self.longest:
            raise LimitExceeded("too many samples")
        answer = super().samples(grid, service)
        moments = np.arange(grid.start, grid.end + 1, grid.step)
        frame = answer.frame.copy()
        for name in self.names:
            frame[(name, "saturation", "memory")] = 0.2 + 0.1 * ((moments % HOUR) <= HOUR / 2)
        return replace(answer, frame=frame)


class Priced(Steady):
    """Has prices, unless it is away or knows half of them."""

    answer = PriceAnswer(Prices(by_unit={"core": 30.0}, origin=PriceOrigin("OpenCost", START, 3)))
    is_away, questions = False, 0

    def prices(self, at: int) -> PriceAnswer:
        self.questions += 1
        if self.is_away:
            raise SourceUnavailable("gone")
        return self.answer


class PricedGauge(Priced):
    """Has a level of cores, of which it has eight."""

    def discover(self, now: float) -> Catalog:
        catalog = super().discover(now)
        resources = (Resource("cpu", limit_unit="cores"),)
        return replace(catalog, services=tuple(replace(info, resources=resources) for info in catalog.services))

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        answer = super().samples(grid, service)
        frame = answer.frame.copy()
        frame[("shop", "saturation", "cpu")], frame[("shop", "limit", "cpu")] = 0.1, 8.0
        return replace(answer, frame=frame)


@pytest.fixture
def source() -> Gauged:
    return Gauged(Clock(), ("shop",))


def read_all(source: Gauged, progress: Progress, at: float = START) -> Progress:
    return read(source, progress, ["shop"], at, oldest=None, columns=2, monotonic=lambda: 0.0)


def test_a_source_without_peaks_is_asked_every_five_minutes(source: Gauged) -> None:
    grid = Grid.between(END - 3 * HOUR, END, step=HOUR)
    frame = peaks_of(source, grid).frame
    assert frame[("shop", "saturation", "memory")].tolist() == pytest.approx([0.3] * 3)
    assert source.asked[-1].step == 300
    assert len(frame.columns) == 2, "what is no peak is left out"


def test_thirty_days_are_read_once_and_then_an_hour_at_a_time(source: Gauged) -> None:
    progress = read_all(source, Progress(ResourceHours()))
    assert progress.is_complete(START, None)
    assert (progress.since, progress.until) == (END - SPAN, END)
    assert np.isfinite(progress.hours.use).all()
    assert sum(grid.span for grid in source.asked) <= SPAN + len(source.asked) * HOUR
    source.asked.clear()
    assert read_all(source, progress).hours is progress.hours
    assert source.asked == []
    later = read_all(source, progress, START + HOUR)
    assert [grid.span for grid in source.asked] == [2 * HOUR]
    assert later.hours.end == END + HOUR
    assert later.hours.use.shape == (HOURS, 1)


def test_what_is_refused_is_asked_for_in_shorter_parts_and_left_alone_in_the_end(source: Gauged) -> None:
    source.longest = 8 * HOUR
    progress = read_all(source, Progress(ResourceHours()))
    assert progress.is_complete(START, None)
    assert progress.part_s <= 8 * HOUR
    source.longest = 0
    refused = read_all(source, Progress(ResourceHours()))
    assert "too many samples" in refused.problem
    assert refused.rests_until == START + PAUSE_S
    source.asked.clear()
    read_all(source, refused, START + 60)
    assert source.asked == []


def test_a_part_is_no_larger_than_memory_likes(source: Gauged) -> None:
    read(source, Progress(ResourceHours()), ["shop"], START, oldest=None, columns=4000, monotonic=lambda: 0.0)
    assert max(len(grid) for grid in source.asked) * 4000 <= 500_000


def test_half_an_answer_is_no_peak_and_a_source_that_is_away_is_said(source: Gauged) -> None:
    source.partial = True
    half = read_all(source, Progress(ResourceHours()))
    assert half.until is None
    assert "in part" in half.problem
    source.partial, source.failure = False, SourceUnavailable("nobody answers")
    assert "nobody answers" in read_all(source, Progress(ResourceHours())).problem


def test_the_past_of_a_service_that_has_come_is_read_again_once_an_hour(source: Gauged) -> None:
    progress = read_all(source, Progress(ResourceHours()))
    source.names = ("shop", "cart")
    both = read(source, progress, ["shop", "cart"], START, oldest=None, columns=4, monotonic=lambda: 0.0)
    assert np.isfinite(both.hours.use).all()
    assert both.hours.resources == (("cart", "memory"), ("shop", "memory"))
    source.names, asked = ("shop", "cart", "pod-1"), len(source.asked)
    again = read(source, both, source.names, START + 60, oldest=None, columns=6, monotonic=lambda: 0.0)
    assert len(source.asked) == asked
    gone = again.hours.extended(source.samples(Grid(END, END, HOUR)).frame, ["cart"])
    assert gone.resources == (("cart", "memory"),)


def test_prices_are_asked_for_once_an_hour_and_again_after_a_pause_where_nobody_answered() -> None:
    source = Priced(Clock(), ("shop",))
    source.is_away = True
    known = price_reading.read(source, Prices(), PriceReading(), START)
    assert (known.prices, source.questions) == (Prices(), 1)
    known = price_reading.read(source, Prices(), known, START + price_reading.PAUSE_S - 1)
    assert source.questions == 1
    source.is_away = False
    at = START + price_reading.PAUSE_S
    known = price_reading.read(source, Prices(), known, at)
    assert (known.prices.by_unit, known.prices.currency) == ({"core": 30.0}, "USD")
    assert price_reading.read(source, Prices(), known, at + HOUR - 1).prices is known.prices
    assert source.questions == 2
    source.answer = PriceAnswer(Prices(by_unit={"core": 60.0}), partial=True)
    known = price_reading.read(source, Prices(), known, at + HOUR)
    assert known.prices.by_unit == {"core": 30.0}, "half of the nodes are no mean of all"
    source.answer = PriceAnswer()
    known = price_reading.read(source, Prices("€"), known, at + HOUR + price_reading.PAUSE_S)
    assert known.prices == Prices("€"), "where OpenCost is gone nothing is said of money"


def test_prices_of_the_configuration_win_and_its_currency_is_that_of_all() -> None:
    source = Priced(Clock(), ("shop",))
    configured = Prices("€", {"memory_gib": 3.0})
    assert price_reading.read(source, configured, PriceReading(), START).prices == configured
    assert source.questions == 0
    named = price_reading.read(source, Prices("kr"), PriceReading(), START).prices
    assert (named.currency, named.by_unit) == ("kr", {"core": 30.0})
    plain = Steady(Clock(), ("shop",))
    assert price_reading.read(plain, Prices(), PriceReading(), START).prices == Prices()


def test_prices_are_read_beside_the_refreshes_and_tell_what_is_held() -> None:
    source = PricedGauge(Clock(), ("shop",))
    poller = Poller(source, Settings(), clock=Clock())
    poller.tick()
    report = poller.capacity.read_all(poller.snapshot, None)
    assert source.questions == 1
    (cpu,) = report.resources
    assert (cpu.limit, cpu.unit, cpu.month_price) == (8.0, "cores", 240.0)
    assert cpu.surplus is not None
    # Of 0.8 cores 1.5 × that are enough, rounded up to a quarter.
    assert cpu.surplus.saves == pytest.approx(30.0 * (8 - 1.25))
    assert capacity_json.as_json(replace(poller.snapshot, capacity=report))["prices"]["origin"]["nodes"] == 3
