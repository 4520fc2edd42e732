"""What spends a service's budget, worked out beside the refreshes: once for all viewers who look at the same span."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine.on_demand import FAILED_FOR, WAIT_S, WINDOWS_KEPT
from dashboard.engine.viewer_queue import NOBODY, Fetch, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.oncall.explanation import Explanation, explain
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import CombinationsAnswer, CombinedSource, UnusedLabel
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import QueryCost, Source

# Spans end at multiples of so many seconds: viewers who come within them share one. One that slides with the present
# ends at multiples of so many parts of its length, if that is longer.
EVERY_S, SLIDING_PARTS = 60, 100
# One that slides is worked out again when so many times as long has passed as it took, and shown for so many of its
# steps while the next is worked out.
REST, SHOWN_FOR = 20.0, 10
NO_LABELS = "this source does not count events by labels"


@dataclass(frozen=True, slots=True)
class ExplanationWindow:
    """What viewers get.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the explained one and the one it is compared with.
        explanation: None while there is none yet.
        unused: labels of the service that are not combined with others.
        partial: the source answered in part. `costs`: the queries.
        error: why there is none, in one line; None where there is one, or will be.
        retry_s: seconds after which to ask again, as it is still being worked out; None where it is there or failed.
    """

    service: str
    bad: BadEvents
    spans: Spans
    explanation: Explanation | None = None
    unused: tuple[UnusedLabel, ...] = ()
    partial: bool = False
    costs: tuple[QueryCost, ...] = ()
    error: str | None = None
    retry_s: float | None = None


def explained(source: Source, service: str, bad: BadEvents, spans: Spans) -> ExplanationWindow:
    """Ask a source and explain what it answers; takes as long as that takes.

    Args:
        source: that knows the service. `service`: its name. `bad`: which events are bad.
        spans: the explained one and the one it is compared with.

    Raises:
        SourceError: the source did not answer, or does not count events by labels.
    """
    if not isinstance(source, CombinedSource):
        raise SourceError(NO_LABELS)
    answer: CombinationsAnswer = source.combinations(service, bad, spans)
    explanation = explain(answer.combinations, answer.alone)
    return ExplanationWindow(
        service, bad, spans, explanation, answer.unused, partial=answer.partial, costs=answer.costs
    )


class _Slot:
    """One explanation that viewers share."""

    def __init__(self, window: ExplanationWindow) -> None:
        self.window = window
        # When it failed, or was answered in part; when it was there, and the seconds that it took.
        self.doubtful_at = self.done_at = -math.inf
        self.took_s = 0.0


class Explanations:
    """Explanations that viewers asked for, bounded in number.

    Args:
        source: is asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: of all that viewers wait for.

    Attributes:
        queries: sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source, self._clock, self._queue = source, clock, queue
        self._slots: OrderedDict[tuple[str, BadEvents, Spans], _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def fetch(
        self, service: str, bad: BadEvents, spans: Spans, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S,
        slides: bool = False,
    ) -> ExplanationWindow:  # fmt: skip
        """What the additional bad events of a service have in common, or when to ask again.

        Args:
            service: its name. `bad`: which events are bad.
            spans: the explained one and the one it is compared with; its end is taken down to a whole minute.
            viewer: who waits for it, `wait_s` seconds.
            slides: the span ends now: the one before it is shown until this one is there.
        """
        every = max(EVERY_S, spans.seconds // SLIDING_PARTS) if slides else EVERY_S
        spans = replace(spans, end=spans.end // every * every)
        slot, before = self._slot(service, bad, spans), self._before(service, bad, spans, every) if slides else None
        now, is_whole = self._clock(), slot.window.explanation is not None and not slot.window.partial
        if is_whole or 0 <= now - slot.doubtful_at < FAILED_FOR:
            return slot.window
        if before is not None and 0 <= now - before.done_at < REST * before.took_s:
            return before.window
        fetch = self._queue.ask(slot, partial(self._work_out, slot), viewer)
        if fetch is not None and fetch.wait(viewer, wait_s):
            window = slot.window
            if window.explanation is not None or window.error is not None:
                return window
        return self._unfinished(slot if before is None else before, fetch)

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        with self._lock:
            self._slots.clear()

    def _slot(self, service: str, bad: BadEvents, spans: Spans) -> _Slot:
        key = (service, bad, spans)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot(ExplanationWindow(*key)))
            self._slots.move_to_end(key)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _before(self, service: str, bad: BadEvents, spans: Spans, every: int) -> _Slot | None:
        """The newest explanation of a span as long that ends shortly before; None without one.

        Args:
            service: its name. `bad`: which events are bad.
            spans: the explained one and the one it is compared with. `every`: seconds between two ends.
        """
        with self._lock:
            slots = [
                slot
                for (name, events, other), slot in self._slots.items()
                if (name, events, other.seconds) == (service, bad, spans.seconds)
                and 0 < spans.end - other.end <= SHOWN_FOR * every
                and slot.window.explanation is not None
            ]
        return max(slots, key=lambda slot: slot.window.spans.end, default=None)

    def _work_out(self, slot: _Slot) -> None:
        """Ask the source and explain what it answers, in a thread of the queue."""
        window, began = slot.window, time.monotonic()
        try:
            slot.window = explained(self._source, window.service, window.bad, window.spans)
        except SourceError as error:
            # Of one that its viewers gave up nothing is wrong.
            if seconds_left() > -math.inf:
                slot.doubtful_at, slot.window = self._clock(), replace(window, error=str(error))
            return
        slot.took_s, slot.done_at = time.monotonic() - began, self._clock()
        slot.doubtful_at = slot.done_at if slot.window.partial else -math.inf
        with self._lock:
            self.queries += len(slot.window.costs)

    def _unfinished(self, slot: _Slot, fetch: Fetch | None) -> ExplanationWindow:
        return replace(slot.window, error=None, retry_s=self._queue.retry_s(fetch))
