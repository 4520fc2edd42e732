"""For how long objectives were measured, and for how long they were not."""

import numpy as np

from dashboard.slo.event_rows import SECONDS, CountedRows, Rows
from dashboard.timerange import HOUR


def unmeasured(starts: np.ndarray, hours: Rows, fine: Rows, fine_until: np.ndarray) -> np.ndarray:
    """Seconds without any measure after each objective's start, once it had been measured.

    The hour in which it first was, and the one that the start cuts, are known by fine rows only.

    Args:
        starts: epoch seconds by objective. `hours`, `fine`: rows that are held.
        fine_until: epoch seconds by objective until which its fine rows reach.
    """
    old = hours.ends <= fine.start
    hours_s, fine_s = hours.values[old, :, SECONDS], fine.values[:, :, SECONDS]
    begun = np.maximum.accumulate(hours_s > 0, axis=0)
    begun_fine = np.maximum.accumulate(fine_s > 0, axis=0) | begun[-1:].any(axis=0)
    # Before the first measure nothing is missing: a service that is new has no gap.
    begun[1:] &= begun[:-1]
    begun[:1] = False
    begun &= hours.ends[old, None] - HOUR >= starts
    ends = fine.ends[:, None]
    begun_fine &= (ends - fine.step >= starts) & (ends <= fine_until)
    missing = ((HOUR - hours_s) * begun).sum(axis=0) + ((fine.step - fine_s) * begun_fine).sum(axis=0)
    seconds: np.ndarray = np.clip(missing, 0, None)
    return seconds


def measured_at(hours: Rows, fine: Rows, has_fine: np.ndarray) -> np.ndarray:
    """Epoch seconds of the newest row in which each objective was measured; 0 where none is held.

    Args:
        hours, fine: rows that are held. `has_fine`: of which objectives fine rows were answered.
    """
    # An hour was measured, but perhaps not at its end: where there are fine rows, these say until when.
    values = hours.values.copy()
    values[np.ix_(hours.ends > fine.start, has_fine)] = 0.0
    newest: np.ndarray = np.maximum(fine.measured_at(), Rows(hours.first, HOUR, values).measured_at())
    return newest


def limit_to_fine_rows(answer: CountedRows, fine: Rows, fine_until: np.ndarray) -> None:
    """Limit hours of an answer to the time for which their fine rows were measured, where these are all held.

    Args:
        answer: hours, changed in place. `fine`: rows that are held.
        fine_until: epoch seconds by objective until which fine rows were answered.
    """
    for place, column in enumerate(answer.columns.tolist()):
        fine_s = fine.values[:, column, SECONDS]
        # Targets may be scraped too slowly for any fine row.
        if not fine_s.any():
            continue
        total = np.concatenate([[0.0], np.cumsum(fine_s)])
        covered = (answer.ends - HOUR >= fine.start) & (answer.ends <= fine_until[column])
        last = (answer.ends[covered] - fine.start) // fine.step
        seconds = total[last] - total[last - HOUR // fine.step]
        counted = answer.counts[covered, place, SECONDS]
        answer.counts[covered, place, SECONDS] = np.where(counted > 0, seconds, 0.0)
