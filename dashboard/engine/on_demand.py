"""Windows beyond the live one: what a viewer asked for, fetched once for all, its tail fetched again."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dashboard import frames
from dashboard.engine.sample_window import SampleWindow
from dashboard.exceptions import SourceError
from dashboard.sources.protocol import Answer, QueryCost, Source
from dashboard.timerange import HOUR, Grid

# So many windows are kept, the least recently used goes first.
WINDOWS_KEPT = 64
# After a failed window nobody asks the source for the same again for so many seconds, however many viewers wait.
FAILED_FOR = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class OnDemandWindow:
    """Samples for viewers; equal only to itself, so that pages can keep what they made of it.

    Attributes:
        frame: (measure, detail) columns, or (value, measure, detail) where it is broken down by a label.
        grid: of the frame's rows.
        partial: the source answered in part.
        error: why the frame is old or empty, in one line; None where it is neither.
        costs: the queries that fetched it.
    """

    frame: pd.DataFrame
    grid: Grid
    partial: bool = False
    error: str | None = None
    costs: tuple[QueryCost, ...] = ()


class _Slot:
    """One sliding window that viewers share, and the lock that lets one of them fetch it while the others wait."""

    def __init__(self) -> None:
        self.samples = SampleWindow()
        self.newest: OnDemandWindow | None = None
        self.failed_at = float("-inf")
        self.lock = threading.Lock()


class OnDemandWindows:
    """Windows that viewers asked for, bounded in number; each is fetched once for all who look at it.

    Args:
        source: is asked from the viewers' threads.
        clock: returns epoch seconds.

    Attributes:
        queries: sent to the source since the start.
    """

    def __init__(self, source: Source, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._slots: OrderedDict[tuple[str, str, int, int, int], _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def fetch(self, content: tuple[str, str], grid: Grid) -> OnDemandWindow:
        """A window's content on a grid; one that cannot be fetched is the last one, or empty, with its error.

        Args:
            content: (service, label); without a label the service's signals, else these by the values of the label.
            grid: the points, in epoch seconds.
        """
        slot = self._slot(content, grid)
        # Viewers of this window wait for the first of them; the lock of all windows is free meanwhile.
        with slot.lock:
            if slot.newest is None or slot.newest.grid != grid or slot.newest.error is not None:
                slot.newest = self._refreshed(slot, content, grid)
            return slot.newest

    def forget(self) -> None:
        """Drop all: the next viewer's window is fetched whole."""
        with self._lock:
            self._slots.clear()

    def _slot(self, content: tuple[str, str], grid: Grid) -> _Slot:
        # Windows that trail the present by the same number of hours are one sliding window.
        hours_behind = int((self._clock() - grid.end) // HOUR)
        key = (*content, grid.step, len(grid), hours_behind)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > WINDOWS_KEPT:
                self._slots.popitem(last=False)
            return slot

    def _refreshed(self, slot: _Slot, content: tuple[str, str], grid: Grid) -> OnDemandWindow:
        if self._clock() - slot.failed_at < FAILED_FOR and slot.newest is not None:
            return slot.newest
        try:
            answer = slot.samples.advance(grid, lambda part: self._answer(content, part))
        except SourceError as error:
            return self._failed(slot, content, grid, error)
        frame = slot.samples.frame
        assert frame is not None, "a window that was advanced holds a frame"
        service, label = content
        shown = frame if label else frames.of_service(frame, service)
        return OnDemandWindow(shown, grid, partial=answer.partial, costs=answer.costs)

    def _failed(self, slot: _Slot, content: tuple[str, str], grid: Grid, error: SourceError) -> OnDemandWindow:
        """The window as it was before, or an empty one, with its error."""
        slot.failed_at = self._clock()
        # What came while the source was away is in no tail: the next answer is fetched whole.
        slot.samples.forget()
        if slot.newest is None:
            return OnDemandWindow(_empty(content, grid), grid, error=str(error))
        return OnDemandWindow(slot.newest.frame, slot.newest.grid, error=str(error))

    def _answer(self, content: tuple[str, str], grid: Grid) -> Answer:
        service, label = content
        answer = self._source.breakdown(grid, service, label) if label else self._source.samples(grid, service)
        with self._lock:
            self.queries += len(answer.costs)
        return answer


def _empty(content: tuple[str, str], grid: Grid) -> pd.DataFrame:
    service, label = content
    frame = frames.samples({}, grid)
    return frame if label else frames.of_service(frame, service)
