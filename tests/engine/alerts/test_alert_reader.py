"""What is read of alerts, and when: the present each time, the past once, part by part, and nothing twice."""

import itertools

import numpy as np
import pytest

from dashboard.alerts.alertmanager import Routing
from dashboard.alerts.interval_history import AlertSamples
from dashboard.engine.alerts.alert_reader import FIRST, IDLE_S, LONG_OVERLAP, OVERLAP, PAUSE_S, SPAN, AlertReader, Read
from dashboard.exceptions import LimitExceeded, SourceUnavailable
from dashboard.sources.alerted import AlertAnswer
from dashboard.timerange import DAY, HOUR
from tests.steady import START, Clock, Steady

LABELS = (("alertname", "Errors"),)


class Alerted(Steady):
    """A source with an alert that always fires; it refuses spans that are too long, and can fail."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked: list[tuple[float, float, bool]] = []
        self.longest = float("inf")
        self.error: Exception | None = None

    def alerts(self, start: float, end: float, *, is_present: bool) -> AlertAnswer:
        self.asked.append((start, end, is_present))
        if self.error is not None:
            raise self.error
        if end - start > self.longest:
            raise LimitExceeded("too long")
        return AlertAnswer(start, end, (AlertSamples(LABELS, np.array([end])),))


@pytest.fixture
def source() -> Alerted:
    return Alerted(Clock())


def reader_of(source: Alerted, step: float = 0.0) -> AlertReader:
    """A reader whose clock moves on by so many seconds whenever it is looked at."""
    return AlertReader(source, None, itertools.count(0, step).__next__ if step else lambda: 0.0)


def read(reader: AlertReader, at: float, *, is_idle: bool = False) -> Read | None:
    return reader.take(None) if reader.begin(at, is_idle=is_idle) else None


def test_the_past_is_read_once_and_without_a_hole(source: Alerted) -> None:
    reader = reader_of(source)
    assert reader.is_reading
    read(reader, START)
    assert not reader.is_reading
    present, *past = source.asked
    assert present == (START - FIRST, START, True)
    assert past[0][1] == START - FIRST
    assert past[-1][0] == START - SPAN == reader.since
    assert all(later[0] == earlier[1] for later, earlier in itertools.pairwise(past))
    assert {start - end for start, end, _ in past[:-1]} == {-DAY}
    # From then on only what is new, and from time to time a little more, for samples that come late.
    source.asked.clear()
    for at in (START + 15, START + 30, START + 400):
        read(reader, at)
    assert [(end - start, is_present) for start, end, is_present in source.asked] == [
        (15 + OVERLAP, True),
        (15 + OVERLAP, True),
        (370 + LONG_OVERLAP, True),
    ]
    assert reader.since == START + 400 - SPAN


def test_the_past_comes_in_turns_of_a_few_seconds(source: Alerted) -> None:
    reader = reader_of(source, step=1.0)
    read(reader, START)
    assert len(source.asked) == 3
    assert reader.is_reading
    assert reader.since == START - FIRST - 2 * DAY
    for _ in range(20):
        read(reader, START + 15)
    assert not reader.is_reading


def test_what_is_refused_is_asked_for_in_shorter_parts_and_rests_where_even_these_are(source: Alerted) -> None:
    reader = reader_of(source)
    source.longest = 7 * HOUR
    assert read(reader, START) is not None
    assert not reader.is_reading
    answered = [end - start for start, end, is_present in source.asked if not is_present and end - start <= 7 * HOUR]
    assert set(answered[:-1]) == {6 * HOUR}
    refusing = Alerted(Clock())
    reader, refusing.longest = reader_of(refusing), FIRST
    reading = read(reader, START)
    assert reading is not None
    assert (reading.error, reading.refused) == ("too long", True)
    refusing.asked.clear()
    read(reader, START + 15)
    assert [is_present for _, _, is_present in refusing.asked] == [True]
    refusing.longest = DAY
    read(reader, START + PAUSE_S)
    assert not reader.is_reading


def test_after_an_outage_what_was_missed_is_read_as_the_past_is(source: Alerted) -> None:
    reader = reader_of(source)
    read(reader, START)
    source.error = SourceUnavailable("down")
    reading = read(reader, START + 15)
    assert reading is not None
    assert (reading.error, reading.answers, reader.until) == ("down", [], START)
    source.error = None
    source.asked.clear()
    later = START + 5 * HOUR
    read(reader, later)
    assert source.asked == [(later - FIRST, later, True), (START - OVERLAP, later - FIRST, False)]
    assert not reader.is_reading


def test_a_fault_of_ours_is_told_and_breaks_nothing(source: Alerted, caplog: pytest.LogCaptureFixture) -> None:
    reader = reader_of(source)
    source.error = RuntimeError("a bug")
    reading = read(reader, START)
    assert reading is not None
    assert reading.error == "internal error in the reading of alerts: a bug"
    assert "The reading of alerts failed" in caplog.text
    source.error = None
    assert read(reader, START + 15) is not None
    assert not reader.is_reading


def test_where_nothing_ever_fired_it_is_looked_for_seldom(source: Alerted) -> None:
    reader = reader_of(source)
    read(reader, START, is_idle=True)
    source.asked.clear()
    for seconds in (15, 30, IDLE_S - 1):
        assert read(reader, START + seconds, is_idle=True) is None
    assert source.asked == []
    assert read(reader, START + IDLE_S, is_idle=True) is not None


def test_an_alertmanager_that_does_not_answer_keeps_no_alert_away(source: Alerted) -> None:
    def route(at: float) -> Routing:
        if at > START:
            raise SourceUnavailable("no Alertmanager")
        return Routing(at)

    reader = AlertReader(source, route, lambda: 0.0)
    reading = read(reader, START)
    assert reading is not None
    assert (reading.routing, reading.routing_error) == (Routing(START), None)
    reading = read(reader, START + 15)
    assert reading is not None
    assert (reading.routing, reading.routing_error, reading.error) == (None, "no Alertmanager", None)
    assert len(reading.answers) == 1
    alone = AlertReader(None, route)
    reading = read(alone, START)
    assert reading is not None
    assert (reading.answers, reading.routing, alone.until, alone.is_reading) == ([], Routing(START), None, False)
