"""What spends a service's budget, worked out beside the refreshes: once for all viewers who look at the same span."""

import math
import threading
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

# Spans end at multiples of so many seconds: viewers who come within them share one.
EVERY_S = 60
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
        # When it failed, or was answered in part.
        self.doubtful_at = -math.inf


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

    def fetch(self, service: str, bad: BadEvents, spans: Spans, viewer: Viewer = NOBODY) -> ExplanationWindow:
        """What the additional bad events of a service have in common, or when to ask again.

        Args:
            service: its name. `bad`: which events are bad.
            spans: the explained one and the one it is compared with; its end is taken down to a whole minute.
            viewer: who waits for it.
        """
        spans = replace(spans, end=spans.end // EVERY_S * EVERY_S)
        slot = self._slot(service, bad, spans)
        is_whole = slot.window.explanation is not None and not slot.window.partial
        if is_whole or 0 <= self._clock() - slot.doubtful_at < FAILED_FOR:
            return slot.window
        fetch = self._queue.ask(slot, partial(self._work_out, slot), viewer)
        if fetch is not None and fetch.wait(viewer, WAIT_S):
            window = slot.window
            if window.explanation is not None or window.error is not None:
                return window
        return self._unfinished(slot, fetch)

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

    def _work_out(self, slot: _Slot) -> None:
        """Ask the source and explain what it answers, in a thread of the queue."""
        window = slot.window
        try:
            slot.window = explained(self._source, window.service, window.bad, window.spans)
        except SourceError as error:
            # Of one that its viewers gave up nothing is wrong.
            if seconds_left() > -math.inf:
                slot.doubtful_at, slot.window = self._clock(), replace(window, error=str(error))
            return
        slot.doubtful_at = self._clock() if slot.window.partial else -math.inf
        with self._lock:
            self.queries += len(slot.window.costs)

    def _unfinished(self, slot: _Slot, fetch: Fetch | None) -> ExplanationWindow:
        return replace(slot.window, error=None, retry_s=self._queue.retry_s(fetch))
