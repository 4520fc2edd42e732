"""Windows beyond the live one: fetched for viewers once for all, then only their tail again."""

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

# How many windows are kept; the least recently used is dropped first.
WINDOWS_KEPT = 64
# Seconds after a failure during which the source is not asked for the same window again.
FAILED_FOR = 5.0
# Seconds that a viewer waits for a window, enough for most; otherwise it is told to come back.
WAIT_S = 2.0
# Seconds, of the window's end, between two rankings of a label's values.
RANKED_EVERY_S = 60
# Total length of the value names in a query, which contains each a few times; VictoriaMetrics accepts 16 KiB in all.
NAMES_BYTES = 4000

# (service, label, values …); without a label, the service's signals; without values, all of them or the worst.
Content = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OnDemandWindow:
    """Samples for viewers; only equal to itself, so that pages can cache what they derive from it.

    Attributes:
        frame: (measure, detail) columns, or (value, measure, detail) for a breakdown by label.
        grid: of the frame's rows.
        partial: the source's answer was partial.
        error: why the frame is old or empty, in one line; None if it is neither.
        retry_s: seconds until the next request while it is still being fetched; None if it is complete or failed.
        costs: the queries that fetched it.
        names: the requested values of the label, if it has too many; empty: all of them.
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
    """One sliding window, shared by viewers; its fetches run one after the other."""

    def __init__(self, content: Content) -> None:
        self.samples = SampleWindow()
        self.newest: OnDemandWindow | None = None
        self.failed_at = self.fetched_at = self.ranked_at = float("-inf")
        # If a label has too many values: all of them, and those that are fetched.
        self.ranking, self.names = Ranking.empty(), content[2:]

    def rank(self, ranking: Ranking | None, at: float) -> None:
        """Fetch the worst values from now on; the current values suffice while they include those that are listed.

        Args:
            ranking: of all values; None: fetch all of them. `at`: epoch seconds of the end of the window.
        """
        self.ranked_at, self.ranking = at, ranking or Ranking.empty()
        names = _askable(self.ranking.values[:FETCHED]) if ranking is not None else ()
        if names and set(names[:LISTED]) <= set(self.names):
            return
        if names != self.names:
            # New values would have no past.
            self.samples.forget()
        self.names = names

    def holds(self, grid: Grid) -> bool:
        """Whether the whole grid arrived without an error, and none of it was in the future when it was requested."""
        newest = self.newest
        whole = newest is not None and newest.grid == grid and newest.error is None
        return whole and grid.end <= self.fetched_at


class OnDemandWindows:
    """Windows that viewers requested, limited in number; each is fetched once for all of its viewers.

    Args:
        source: asked from a few threads, separate from those of viewers and refreshes.
        clock: returns epoch seconds.
        queue: shared by everything that viewers wait for; None: one of its own.

    Attributes:
        queries: number of queries sent to the source since the start.
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
        """The content of a window on a grid; if it cannot be fetched, the previous one or an empty one, with its error.

        If it takes longer than a viewer waits: the previous one or an empty one, with the time of the next request.

        Args:
            content: (service, label), and optionally values; without a label, the service's signals; without values,
                all of them, or the worst if there are many.
            grid: the points, in epoch seconds.
            viewer: who waits for it, up to `wait_s` seconds.
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
        """Release all waiting viewers."""
        self._queue.close()

    def forget(self) -> None:
        """Drop everything: windows are fetched as a whole next time."""
        with self._lock:
            self._slots.clear()

    def _slot(self, content: Content, grid: Grid) -> _Slot:
        # Windows that lag behind the present by the same number of hours are one sliding window.
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
        # Another viewer's request may have fetched it in the meantime.
        if slot.holds(grid):
            return
        # A tail cannot continue data from the future.
        if slot.newest is not None and slot.newest.grid.end > slot.fetched_at:
            slot.samples.forget()
        now = self._clock()
        try:
            self._rank(slot, content, grid)
            answer = slot.samples.advance(grid, lambda part: self._answer(content, slot.names, part))
        except SourceError as error:
            # Samples that arrived during the failure may lie before the tail: fetch the whole window next time.
            slot.samples.forget()
            # If its viewers have gone, nothing is wrong.
            if seconds_left() > -math.inf:
                slot.newest = self._failed(slot, content, grid, error)
            return
        frame = slot.samples.frame
        assert frame is not None, "a window that was advanced holds a frame"
        service, label = content[:2]
        shown = frame if label else frames.of_service(frame, service)
        slot.fetched_at = now
        # A server repeats its last values for minutes, and a simulation has no end.
        shown = shown if grid.end <= now else shown[shown.index <= utc(now)].reindex(shown.index)
        others = slot.ranking.beyond(set(slot.names))
        slot.newest = OnDemandWindow(
            shown, grid, partial=not answer.in_full, costs=answer.costs, names=slot.names, others=others
        )

    def _rank(self, slot: _Slot, content: Content, grid: Grid) -> None:
        """Find out occasionally which values of a label are worth fetching, if nobody named them."""
        service, label, *names = content
        if not label or names or not isinstance(self._source, RankedSource):
            return
        if not 0 <= grid.end - slot.ranked_at < max(RANKED_EVERY_S, grid.step):
            ranking = self._source.ranking(grid, service, label)
            with self._lock:
                self.queries += ranking.queries if ranking is not None else 0
            slot.rank(ranking, grid.end)

    def _unfinished(self, slot: _Slot, content: Content, grid: Grid, fetch: Fetch | None) -> OnDemandWindow:
        """The previous window, or an empty one, with the time of the next request."""
        before, retry_s = slot.newest, self._queue.retry_s(fetch)
        if before is None:
            return OnDemandWindow(_empty(content, grid), grid, retry_s=retry_s)
        return replace(before, error=None, retry_s=retry_s, costs=())

    def _failed(self, slot: _Slot, content: Content, grid: Grid, error: SourceError) -> OnDemandWindow:
        """The previous window, or an empty one, with its error."""
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
    """As many of the first values as fit into a query, whose length servers limit."""
    lengths = np.cumsum([len(value.encode()) for value in values])
    # If no value had requests, ask for series without the label, which has none either.
    return tuple(values[: max(int(np.searchsorted(lengths, NAMES_BYTES)), 1)]) or ("",)


def _empty(content: Content, grid: Grid) -> pd.DataFrame:
    service, label = content[:2]
    frame = frames.samples({}, grid)
    return frame if label else frames.of_service(frame, service)
