"""What is kept between ticks: a sliding window of samples, and the ledger of closed hours. Both stay bounded."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.sources.base import Answer
from dashboard.timerange import DAY, HOUR, Grid

# Grafana's overlap: wide enough for late scrapes and for a remote write that is half a minute behind.
OVERLAP = 600
# Whatever drifts in ways nobody foresaw is put right this often, in seconds.
FULL_EVERY = 1800


def merge_tail(old: pd.DataFrame, new: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The samples on `grid` when `new` holds everything from its first row on and `old` what came before.

    The overlap is replaced, not updated: a point or a series that the new answer no longer has is gone. A series
    that the new answer brings is NaN before it. Columns without any value are dropped.
    """
    first = new.index[0]
    start = pd.Timestamp(grid.start, unit="s", tz="UTC")
    head = old[(old.index >= start) & (old.index < first)]
    columns = old.columns.union(new.columns, sort=False)
    merged = pd.concat([head.reindex(columns=columns), new.reindex(columns=columns)])
    merged.index.name = "time"
    filled: pd.DataFrame = merged.dropna(axis=1, how="all")
    return filled


class Window:
    """Samples on a grid that slides with time, of which only the tail is asked for again."""

    def __init__(self) -> None:
        self.frame: pd.DataFrame | None = None
        self.grid: Grid | None = None
        self._full_at = -np.inf

    def plan(self, grid: Grid) -> Grid:
        """The part of `grid` to ask the source for: all of it, unless what is held can be continued."""
        held = self.grid
        if held is None or held.step != grid.step or len(held) != len(grid):
            return grid
        moved_on = held.end <= grid.end and held.start <= grid.start < held.end
        if not moved_on or grid.end - self._full_at >= max(FULL_EVERY, 4 * grid.step):
            return grid
        return grid.tail(max(held.end - OVERLAP - grid.step, held.start))

    def accept(self, answer: pd.DataFrame, asked: Grid, grid: Grid) -> bool:
        """Merge an answer; False when a hole has just closed, after which the whole grid must be asked again."""
        if asked == grid:
            self.frame, self._full_at = answer.dropna(axis=1, how="all"), grid.end
        else:
            assert self.frame is not None, "only a held window plans a tail"
            if _hole_closed(self.frame, answer):
                return False
            self.frame = merge_tail(self.frame, answer, grid)
        self.grid = grid
        return True

    def follow(self, grid: Grid, ask: Callable[[Grid], Answer]) -> Answer:
        """Slide to `grid` by asking for its tail, or for all of it where a tail cannot be trusted."""
        asked = self.plan(grid)
        answer = ask(asked)
        if asked != grid and (not answer.fresh or not self.accept(answer.frame, asked, grid)):
            asked, answer = grid, ask(grid)
        if asked == grid:
            self.accept(answer.frame, grid, grid)
        if answer.partial:
            self.forget()
        return answer

    def forget(self) -> None:
        """Drop everything: the next plan asks for the whole grid."""
        self.grid = None


def _hole_closed(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    # VictoriaMetrics answers differently near a gap for a short and for a long range; only a full fetch settles it.
    both = old.columns.intersection(new.columns)
    ended = old[both].iloc[-1].isna()
    back = new[both].iloc[-1].notna()
    return bool((ended & back).any())


class Ledger:
    """Event counts of closed hours, the newest `days` of them.

    A row at `t` covers `(t - 1 h, t]`. The newest closed hour is asked for once more when the next one closes, so
    that late samples are counted.
    """

    def __init__(self, days: int = 30) -> None:
        self.hours = days * DAY // HOUR
        self.frame: pd.DataFrame | None = None

    def due(self, now: float) -> Grid | None:
        """The hours to ask the source for; None while no new hour has closed."""
        grid = Grid.ending(now, span=self.hours * HOUR, step=HOUR)
        if self.frame is None:
            return grid
        last = int(self.frame.index[-1].timestamp())
        if last == grid.end:
            return None
        if last > grid.end or last < grid.start:
            return grid
        return grid.tail(last - HOUR)

    def add(self, answer: pd.DataFrame, now: float) -> None:
        """Store closed hours; what the answer covers is replaced."""
        grid = Grid.ending(now, span=self.hours * HOUR, step=HOUR)
        whole = self.frame is None or answer.index[0].timestamp() <= grid.start
        self.frame = answer if self.frame is None or whole else merge_tail(self.frame, answer, grid)

    def forget(self) -> None:
        """Drop everything: what was counted was counted by other rules."""
        self.frame = None


def events(counts: pd.DataFrame, indicator: str, threshold: float | None) -> pd.DataFrame:
    """Good and valid events from one service's counts; NaN in both where either is unknown."""
    if indicator == "latency":
        within = frames.bound_text(threshold) if threshold is not None else ""
        valid, good = frames.series(counts, "latency", "inf"), frames.series(counts, "latency", within)
    else:
        valid = frames.series(counts, "requests")
        good = valid - frames.series(counts, "errors", "server")
    known = valid.notna() & good.notna()
    valid, good = valid.where(known), good.where(known)
    # Counts that were extrapolated may cross by a hair: good never exceeds valid, nor falls below nothing.
    return pd.DataFrame({"good": good.clip(lower=0).where(good <= valid, valid), "valid": valid})
