"""The time that is judged: now, or the end of the data if they have ended."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dashboard.engine.settings import LIVE_SPAN
from dashboard.sources.protocol import Answer


class JudgedMoment:
    """Tracks whether the data of a source have ended.

    A file that ended last month is shown as of its end, and so is a load test that ended ten minutes before the start.
    If the source was seen alive, the live window has to run empty first.

    Args:
        is_fixed: the clock stands still at a requested time; later data are ignored.

    Attributes:
        data_end: epoch seconds of the newest sample if the data have ended; else None.
    """

    def __init__(self, *, is_fixed: bool = False) -> None:
        self._is_fixed = is_fixed
        self._was_alive = False
        self._end = 0.0
        self.data_end: float | None = None

    def at(self, now: float) -> float:
        """The time to judge at `now`, in epoch seconds."""
        return now if self.data_end is None else self._end

    def learn(self, live: Answer, now: float, *, stale_after_s: float, step: int) -> bool:
        """Update where the data end; returns whether another time has to be judged than before.

        Args:
            live: what the source answered.
            now: epoch seconds. `stale_after_s`: seconds after which samples are old.
            step: seconds of the rows of events: the last row is judged as a whole.
        """
        before, data_end = self.data_end, live.newest if live.may_end else None
        self.data_end = data_end if self._has_ended(data_end, now, stale_after_s) else None
        self._was_alive = self.data_end is None
        if self.data_end is not None:
            self._end = min(math.ceil(self.data_end / step) * step, now)
        return self.data_end != before

    def as_then(self, answers: Sequence[Answer], live: pd.DataFrame, now: float) -> list[Answer]:
        """Remove what a source knows about the time after a requested one.

        Args:
            answers: of this refresh. `live`: the samples of the live window, which ends at that moment.
            now: epoch seconds of it.
        """
        if not self._is_fixed:
            return list(answers)
        measured = live.index[live.notna().any(axis=1)]
        newest = float(measured[-1].timestamp()) if len(measured) else None
        return [
            replace(answer, newest=newest) if answer.newest is not None and answer.newest > now else answer
            for answer in answers
        ]

    def _has_ended(self, data_end: float | None, now: float, stale_after_s: float) -> bool:
        if self._is_fixed or data_end is None:
            return False
        return now - data_end > (max(stale_after_s, LIVE_SPAN) if self._was_alive else stale_after_s)
