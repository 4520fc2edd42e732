"""Windows beyond the live one: what a viewer asked for, fetched once for all, its tail fetched again."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.engine.sample_window import SampleWindow
from dashboard.engine.viewers.viewer_queue import NOBODY, Fetch, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.ranking import FETCHED, LISTED, Ranking
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import Answer, QueryCost, RankedSource, Source
from dashboard.timerange import HOUR, Grid, utc

# So many windows are kept, the least recently used goes first.
WINDOWS_KEPT = 64
# After a failed window nobody asks the source for the same again for so many seconds, however many viewers wait.
FAILED_FOR = 5.0
# A viewer waits so many seconds for a window: most come sooner. For the others it is told to come back.
WAIT_S = 2.0
# So often it is asked which values of a label are the worst, in seconds of the window's end.
RANKED_EVERY_S = 60
# So long are the names of values that a query names, each a few times; VictoriaMetrics takes 16 KiB in all.
NAMES_BYTES = 4000

# (service, label, values …); without a label the service's signals; without values all of them, or the worst.
Content = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OnDemandWindow:
    """Samples for viewers; equal only to itself, so that pages can keep what they made of it.

    Attributes:
        frame: (measure, detail) columns, or (value, measure, detail) where it is broken down by a label.
        grid: of the frame's rows.
        partial: the source answered in part.
        error: why the frame is old or empty, in one line; None where it is neither.
        retry_s: seconds after which to ask again, as it is still being fetched; None where it is complete or failed.
        costs: the queries that fetched it.
        names: the values of the label that were asked for, where it has too many; empty: all of them.
        others: the other values.
    """

    frame: pd.DataFrame
    grid: Grid
    partial: bool = False
    error: str | None = None
    retry_s: float | None = None
    costs: tuple[QueryCost, ...] = ()
    names: tuple[str, ...] = ()
    others: Ranking = field(default_factory=Ranking.empty)


class _Slot:
    """One sliding window that viewers share; its fetches run one after the other."""

    def __init__(self, content: Content) -> None:
        self.samples = SampleWindow()
        self.newest: OnDemandWindow | None = None
        self.failed_at = self.fetched_at = self.ranked_at = float("-inf")
        # Of a label with too many values: all of them, and those that are fetched.
        self.ranking, self.names = Ranking.empty(), content[2:]

    def rank(self, ranking: Ranking | None, at: float) -> None:
        """Fetch the worst values from now on; those that were fetched before suffice while they hold what is listed.

        Args:
            ranking: of all values; None: all of them are fetched. `at`: epoch seconds, the end of the window.
        """
        self.ranked_at, self.ranking = at, ranking or Ranking.empty()
        names = _askable(self.ranking.values[:FETCHED]) if ranking is not None else ()
        if names and set(names[:LISTED]) <= set(self.names):
            return
        if names != self.names:
            # Values that join would have no past.
            self.samples.forget()
        self.names = names

    def holds(self, grid: Grid) -> bool:
        """All of a grid came without an error, and none of it lay ahead of the moment at which it was asked for."""
        newest = self.newest
        whole = newest is not None and newest.grid == grid and newest.error is None
        return whole and grid.end <= self.fetched_at


class OnDemandWindows:
    """Windows that viewers asked for, bounded in number; each is fetched once for all who look at it.

    Args:
        source: is asked from a few threads beside those of viewers and refreshes.
        clock: returns epoch seconds.
        queue: of all that viewers wait for; None: one of its own.

    Attributes:
        queries: sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue | None = None) -> None:
        self._source = source
        self._clock = clock
        self._slots: OrderedDict[tuple[Content, int, int, int], _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self._queue = queue or ViewerQueue()
        self.queries = 0

    def fetch(
        self, content: Content, grid: Grid, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> OnDemandWindow:  # fmt: skip
        """A window's content on a grid; one that cannot be fetched is the last one, or empty, with its error.

        One that takes longer than a viewer waits is the last one, or empty, with when to ask again.

        Args:
            content: (service, label); without a label the service's signals, else these by the values of the label:
                those that follow it, else the worst where there are many.
            grid: the points, in epoch seconds.
            viewer: who waits for it, `wait_s` seconds.
        """
        slot = self._slot(content, grid)
        newest = slot.newest
        if newest is not None and (0 <= self._clock() - slot.failed_at < FAILED_FOR or slot.holds(grid)):
            return newest
        fetch = self._queue.ask(slot, partial(self._refresh, slot, content, grid), viewer)
        if fetch is not None and fetch.wait(viewer, wait_s) and slot.newest not in (None, newest):
            return slot.newest
        return self._unfinished(slot, content, grid, fetch)

    def close(self) -> None:
        """Let all viewers go who wait."""
        self._queue.close()

    def forget(self) -> None:
        """Drop all: the next viewer's window is fetched whole."""
        with self._lock:
            self._slots.clear()

    def _slot(self, content: Content, grid: Grid) -> _Slot:
        # Windows that trail the present by the same number of hours are one sliding window.
        hours_behind = int((self._clock() - grid.end) // HOUR)
        key = (content, grid.step, len(grid), hours_behind)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot(content))
            self._slots.move_to_end(key)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _refresh(self, slot: _Slot, content: Content, grid: Grid) -> None:
        """Fetch a slot's window up to a grid, in a thread of the queue."""
        # It came between the look of this viewer and its place in the queue.
        if slot.holds(grid):
            return
        # A tail that continues what lay ahead would leave it empty.
        if slot.newest is not None and slot.newest.grid.end > slot.fetched_at:
            slot.samples.forget()
        now = self._clock()
        try:
            self._rank(slot, content, grid)
            answer = slot.samples.advance(grid, lambda part: self._answer(content, slot.names, part))
        except SourceError as error:
            # What came while the source was away is in no tail: the next answer is fetched whole.
            slot.samples.forget()
            # Of one that its viewers gave up nothing is wrong.
            if seconds_left() > -math.inf:
                slot.newest = self._failed(slot, content, grid, error)
            return
        frame = slot.samples.frame
        assert frame is not None, "a window that was advanced holds a frame"
        service, label = content[:2]
        shown = frame if label else frames.of_service(frame, service)
        slot.fetched_at = now
        # A server goes on with its last values for minutes, and a simulation for ever.
        shown = shown if grid.end <= now else shown[shown.index <= utc(now)].reindex(shown.index)
        others = slot.ranking.beyond(set(slot.names))
        slot.newest = OnDemandWindow(
            shown, grid, partial=not answer.in_full, costs=answer.costs, names=slot.names, others=others
        )

    def _rank(self, slot: _Slot, content: Content, grid: Grid) -> None:
        """Find out which values of a label are worth fetching, now and then, where nobody named them."""
        service, label, *names = content
        if not label or names or not isinstance(self._source, RankedSource):
            return
        if not 0 <= grid.end - slot.ranked_at < max(RANKED_EVERY_S, grid.step):
            ranking = self._source.ranking(grid, service, label)
            with self._lock:
                self.queries += ranking.queries if ranking is not None else 0
            slot.rank(ranking, grid.end)

    def _unfinished(self, slot: _Slot, content: Content, grid: Grid, fetch: Fetch | None) -> OnDemandWindow:
        """The window as it was before, or an empty one, with when to ask again."""
        before, retry_s = slot.newest, self._queue.retry_s(fetch)
        if before is None:
            return OnDemandWindow(_empty(content, grid), grid, retry_s=retry_s)
        return replace(before, error=None, retry_s=retry_s, costs=())

    def _failed(self, slot: _Slot, content: Content, grid: Grid, error: SourceError) -> OnDemandWindow:
        """The window as it was before, or an empty one, with its error."""
        slot.failed_at = self._clock()
        if slot.newest is None:
            return OnDemandWindow(_empty(content, grid), grid, error=str(error))
        return replace(slot.newest, partial=False, error=str(error), costs=())

    def _answer(self, content: Content, names: Sequence[str], grid: Grid) -> Answer:
        (service, label), source = content[:2], self._source
        if names and isinstance(source, RankedSource):
            answer = source.breakdown_of(names, grid, service, label)
        else:
            answer = source.breakdown(grid, service, label) if label else source.samples(grid, service)
        with self._lock:
            self.queries += len(answer.costs)
        return answer


def _askable(values: Sequence[str]) -> tuple[str, ...]:
    """As many of the first values as a query can name: servers take none that is endless."""
    lengths = np.cumsum([len(value.encode()) for value in values])
    # Where none had requests, what lacks the label is asked for: it had none either.
    return tuple(values[: max(int(np.searchsorted(lengths, NAMES_BYTES)), 1)]) or ("",)


def _empty(content: Content, grid: Grid) -> pd.DataFrame:
    service, label = content[:2]
    frame = frames.samples({}, grid)
    return frame if label else frames.of_service(frame, service)
