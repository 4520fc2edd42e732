"""Windows beyond the live one: what a viewer asked for, fetched once for all, its tail asked again."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dashboard import frames
from dashboard.engine.sample_window import Window
from dashboard.exceptions import SourceError
from dashboard.sources.protocol import Answer, QueryCost, Source
from dashboard.timerange import HOUR, Grid

# So many windows are kept, the least recently used goes first.
WINDOWS_KEPT = 64
# After a failed window nobody asks the source for the same again for so long, however many viewers wait.
FAILED_FOR = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A samples frame for viewers; `message` says in one line why it is old or empty, if it is.

    Two views are equal only when they are the same one: pages keep what they made of a view by it.
    """

    frame: pd.DataFrame
    grid: Grid
    partial: bool = False
    message: str | None = None
    costs: tuple[QueryCost, ...] = ()


class _Kept:
    """One sliding window that viewers share, and the lock that makes its refresh single-flight."""

    def __init__(self) -> None:
        self.window = Window()
        self.view: View | None = None
        self.failed_at = float("-inf")
        self.lock = threading.Lock()


class Views:
    """Windows that viewers asked for, bounded in number; each is fetched once for all who look at it.

    Args:
        clock: epoch seconds.
    """

    def __init__(self, source: Source, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, int, int, int], _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self.queries = 0

    def ask(self, what: tuple[str, str], grid: Grid) -> View:
        """The view of (service, label) on a grid; without a label the service's signals, else broken down by it."""
        kept = self._slot(what, grid)
        with kept.lock:
            if kept.view is None or kept.view.grid != grid or kept.view.message:
                kept.view = self._refresh(kept, what, grid)
            return kept.view

    def forget(self) -> None:
        """Drop all: the next viewer asks anew."""
        with self._lock:
            self._kept.clear()

    def _slot(self, what: tuple[str, str], grid: Grid) -> _Kept:
        # Windows that trail the present by the same number of hours are one sliding window.
        behind = int((self._clock() - grid.end) // HOUR)
        key = (*what, grid.step, len(grid), behind)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > WINDOWS_KEPT:
                self._kept.popitem(last=False)
            return kept

    def _refresh(self, kept: _Kept, what: tuple[str, str], grid: Grid) -> View:
        if self._clock() - kept.failed_at < FAILED_FOR and kept.view is not None:
            return kept.view
        try:
            answer = kept.window.follow(grid, lambda asked: self._answer(what, asked))
        except SourceError as error:
            kept.failed_at = self._clock()
            kept.window.forget()
            held = kept.view.frame if kept.view is not None else _nothing(what, grid)
            return View(held, kept.view.grid if kept.view is not None else grid, message=str(error))
        frame = kept.window.frame
        assert frame is not None, "a window that was accepted holds a frame"
        service, label = what
        return View(
            frame if label else frames.of_service(frame, service), grid, partial=answer.partial, costs=answer.costs
        )

    def _answer(self, what: tuple[str, str], grid: Grid) -> Answer:
        service, label = what
        answer = self._source.breakdown(grid, service, label) if label else self._source.samples(grid, service)
        with self._lock:
            self.queries += len(answer.costs)
        return answer


def _nothing(what: tuple[str, str], grid: Grid) -> pd.DataFrame:
    empty = frames.samples({}, grid)
    return empty if what[1] else frames.of_service(empty, what[0])
