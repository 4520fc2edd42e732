"""An explanation is worked out once for all viewers, beside the refreshes, and never keeps anybody waiting."""

import threading
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.viewers import shared_answers as module
from dashboard.engine.viewers.explanations import NO_LABELS, Explanations, ExplanationWindow, explained
from dashboard.engine.viewers.on_demand import FAILED_FOR, WINDOWS_KEPT
from dashboard.engine.viewers.viewer_queue import ViewerQueue
from dashboard.exceptions import SourceError, SourceUnavailable
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.explanation import Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import CombinationsAnswer, UnusedLabel
from dashboard.timerange import HOUR
from tests.oncall.tables import drawn
from tests.steady import COST, START, Clock, Steady

PAIR = {"route": "/pay", "version": "42"}
UNUSED = (UnusedLabel("user", "it has 1,000,000 values"),)
HOUR_BEFORE = Spans(START, HOUR, HOUR)


class Combined(Steady):
    """A source whose events have labels; it can be held up."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.spans: list[Spans] = []
        self.threads: set[int] = set()
        self.goes_on = threading.Event()
        self.goes_on.set()

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        self.spans.append(spans)
        self.threads.add(threading.get_ident())
        self.goes_on.wait(20)
        self._maybe_fail()
        return CombinationsAnswer(drawn((PAIR, 0.05)), UNUSED, costs=(COST,), partial=self.partial)


@pytest.fixture
def source() -> Combined:
    return Combined(Clock())


@pytest.fixture
def explanations(source: Combined) -> Iterator[Explanations]:
    with closing(ViewerQueue()) as queue:
        yield Explanations(source, source.clock, queue)


def test_it_is_worked_out_in_another_thread_and_once_for_all(source: Combined, explanations: Explanations) -> None:
    window = explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE)
    assert window.explanation is not None
    assert [cause.labels for cause in window.explanation.selections] == [PAIR]
    assert (window.unused, window.costs, window.error, window.retry_s) == (UNUSED, (COST,), None, None)
    # Whoever comes in the same minute shares it.
    assert explanations.fetch("shop", BadEvents.FAILED, Spans(START + 59, HOUR, HOUR)) is window
    assert source.spans == [HOUR_BEFORE]
    assert threading.get_ident() not in source.threads
    assert explanations.queries == 1
    explanations.fetch("shop", BadEvents.SLOW, HOUR_BEFORE)
    explanations.fetch("shop", BadEvents.FAILED, Spans(START + 60, HOUR, HOUR))
    assert len(source.spans) == 3


def test_nobody_waits_for_what_takes_long(source: Combined, explanations: Explanations) -> None:
    source.goes_on.clear()
    window = explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE, wait_s=0.1)
    assert (window.explanation, window.error) == (None, None)
    assert window.retry_s is not None
    source.goes_on.set()
    assert explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE, wait_s=20).explanation is not None
    assert len(source.spans) == 1


def test_what_failed_is_told_and_tried_again_after_a_while(source: Combined, explanations: Explanations) -> None:
    source.failure = SourceUnavailable("cannot be reached")
    for _ in range(3):
        assert explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE).error == "cannot be reached"
    assert len(source.spans) == 1
    source.failure, source.clock.now = None, source.clock.now + FAILED_FOR
    window = explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE)
    assert (window.error, window.explanation is None) == (None, False)


def test_half_an_answer_is_marked_and_asked_for_again(source: Combined, explanations: Explanations) -> None:
    source.partial = True
    assert explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE).partial
    explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE)
    assert len(source.spans) == 1
    source.partial, source.clock.now = False, source.clock.now + FAILED_FOR
    assert not explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE).partial


def test_of_a_span_that_slides_the_one_before_is_shown_until_the_next_is_there(
    source: Combined, explanations: Explanations
) -> None:
    def fetched(wait_s: float = 20) -> ExplanationWindow:
        spans = Spans(int(source.clock.now), HOUR, HOUR)
        return explanations.fetch("shop", BadEvents.FAILED, spans, wait_s=wait_s, slides=True)

    first = fetched()
    assert first.explanation is not None
    source.clock.now += 3600
    source.goes_on.clear()
    assert fetched(wait_s=0.1).explanation is None, "an hour later it is another story"
    source.goes_on.set()
    second = fetched()
    assert second.spans.end == first.spans.end + 3600
    source.clock.now += 60
    source.goes_on.clear()
    shown = fetched(wait_s=0.1)
    assert (shown.explanation, shown.spans) == (second.explanation, second.spans)
    assert shown.retry_s is not None
    source.goes_on.set()
    assert fetched().spans.end == second.spans.end + 60
    # One that does not slide is what it is of, or nothing.
    source.goes_on.clear()
    spans = Spans(START + 9000, HOUR, HOUR)
    assert explanations.fetch("shop", BadEvents.FAILED, spans, wait_s=0.1).explanation is None
    source.goes_on.set()


def test_what_takes_long_is_worked_out_more_rarely(
    source: Combined, explanations: Explanations, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, combinations = [0.0], source.combinations

    def slowly(service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        seconds[0] += 30.0
        return combinations(service, bad, spans)

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    monkeypatch.setattr(source, "combinations", slowly)

    def fetched() -> ExplanationWindow:
        spans = Spans(int(source.clock.now), HOUR, HOUR)
        return explanations.fetch("shop", BadEvents.FAILED, spans, wait_s=20, slides=True)

    first = fetched()
    source.clock.now += 9 * 60
    assert fetched() is first, "half a minute of work is followed by ten minutes of rest"
    source.clock.now += 60
    assert fetched().spans.end == first.spans.end + 600


def test_only_so_many_are_kept(source: Combined, explanations: Explanations) -> None:
    for minute in range(WINDOWS_KEPT + 5):
        explanations.fetch("shop", BadEvents.FAILED, Spans(START - 60 * minute, HOUR, HOUR))
        source.clock.now += 10
    assert len(explanations._answers) == WINDOWS_KEPT


def test_a_source_without_labels_says_so() -> None:
    with pytest.raises(SourceError, match=NO_LABELS):
        explained(Steady(Clock()), "shop", BadEvents.FAILED, HOUR_BEFORE)


def test_without_events_there_is_nothing_to_explain(source: Combined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "combinations", lambda *_: CombinationsAnswer(Combinations.empty()))
    window = explained(source, "shop", BadEvents.FAILED, HOUR_BEFORE)
    assert window.explanation is not None
    assert window.explanation.verdict is Verdict.NO_EVENTS


def test_viewers_of_the_poller_share_them(source: Combined) -> None:
    poller = Poller(source, clock=source.clock)
    try:
        assert poller.viewers.explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE).explanation is not None
        before = poller.queries
        poller.viewers.explanations.forget()
        poller.viewers.explanations.fetch("shop", BadEvents.FAILED, HOUR_BEFORE)
        assert poller.queries == before + 1
    finally:
        poller.stop()
