"""Requests of a service that belong to a trace, asked for when somebody looks: once for all who look at a span."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine.on_demand import FAILED_FOR, WAIT_S, WINDOWS_KEPT
from dashboard.engine.viewer_queue import NOBODY, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.deadline import seconds_left
from dashboard.sources.exemplars import ExemplarSource
from dashboard.sources.protocol import Source

# Spans end at multiples of so many seconds: viewers who come within them share one.
EVERY_S = 60
# So long the answer of a moment before is shown, in seconds.
SHOWN_FOR_S = 600
# So many are kept of a span: the worst, among them so many of the slowest however many failed.
KEPT, SLOWEST = 20, 5


@dataclass(frozen=True, slots=True)
class ExemplarWindow:
    """What viewers get.

    Attributes:
        service: its name. `start`, `end`: epoch seconds.
        exemplars: failed ones first, then the slowest; None while there is no answer yet.
        error: why there is none, in one line; None where there is one, or will be.
        retry_s: seconds after which to ask again, as it is still asked for; None where it is there or failed.
    """

    service: str
    start: int
    end: int
    exemplars: tuple[Exemplar, ...] | None = None
    error: str | None = None
    retry_s: float | None = None


class ExemplarWindows:
    """Exemplars that viewers asked for, bounded in number.

    Args:
        source: is asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: of all that viewers wait for.

    Attributes:
        queries: sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source, self._clock, self._queue = source, clock, queue
        self._windows: OrderedDict[tuple[str, int, int], ExemplarWindow] = OrderedDict()
        self._failed_at: dict[tuple[str, int, int], float] = {}
        self._lock = threading.Lock()
        self.queries = 0

    def fetch(
        self, service: str, start: int, end: int, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> ExemplarWindow:  # fmt: skip
        """The worst requests of a span that belong to a trace, or when to ask again.

        Args:
            service: its name. `start`, `end`: epoch seconds, taken down to whole minutes.
            viewer: who waits for it, `wait_s` seconds. Until it is there the one of a moment before is shown.
        """
        key = (service, start // EVERY_S * EVERY_S, end // EVERY_S * EVERY_S)
        with self._lock:
            window = self._windows.setdefault(key, ExemplarWindow(*key))
            self._windows.move_to_end(key)
            while len(self._windows) > WINDOWS_KEPT:
                self._failed_at.pop(self._windows.popitem(last=False)[0], None)
        if not isinstance(self._source, ExemplarSource):
            return replace(window, exemplars=())
        has_failed = 0 <= self._clock() - self._failed_at.get(key, -math.inf) < FAILED_FOR
        if window.exemplars is not None or has_failed:
            return window
        fetch = self._queue.ask(("exemplars", key), partial(self._ask, self._source, key), viewer)
        if fetch is not None and fetch.wait(viewer, wait_s):
            window = self._windows.get(key, window)
            if window.exemplars is not None or window.error is not None:
                return window
        return replace(self._before(window), error=None, retry_s=self._queue.retry_s(fetch))

    def _before(self, window: ExemplarWindow) -> ExemplarWindow:
        """What was answered for a span as long that ended shortly before; the window itself without that."""
        with self._lock:
            answered = [
                other
                for other in self._windows.values()
                if (other.service, other.end - other.start) == (window.service, window.end - window.start)
                and 0 < window.end - other.end <= SHOWN_FOR_S
                and other.exemplars is not None
            ]
        return max(answered, key=lambda other: other.end, default=window)

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        with self._lock:
            self._windows.clear()
            self._failed_at.clear()

    def _ask(self, source: ExemplarSource, key: tuple[str, int, int]) -> None:
        """Ask the source, in a thread of the queue."""
        try:
            answer = source.exemplars(*key)
        except SourceError as error:
            # Of one that its viewers gave up nothing is wrong.
            if seconds_left() > -math.inf:
                self._keep(ExemplarWindow(*key, error=str(error)))
            return
        self._keep(ExemplarWindow(*key, exemplars=worst(answer.exemplars)))
        with self._lock:
            self.queries += len(answer.costs)

    def _keep(self, window: ExemplarWindow) -> None:
        key = (window.service, window.start, window.end)
        with self._lock:
            if window.error is not None:
                self._failed_at[key] = self._clock()
            if key in self._windows:
                self._windows[key] = window


def worst(exemplars: tuple[Exemplar, ...]) -> tuple[Exemplar, ...]:
    """Those that tell most: failed ones first, then the slowest, then the newest; `KEPT` at most.

    Where many failed the slowest of all are among them, too: what they tell is another story.
    """
    ranked = sorted(exemplars, key=lambda each: (each.failed is not True, -(each.seconds or 0.0), -each.at, each.trace))
    slowest = sorted(ranked, key=lambda each: -(each.seconds or 0.0))[:SLOWEST]
    missing = [each for each in slowest if each not in ranked[:KEPT]]
    kept = [*ranked[: KEPT - len(missing)], *missing]
    return tuple(each for each in ranked if each in kept)
