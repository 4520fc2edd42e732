"""How long objectives were measured, and how long they were not."""

import numpy as np

from dashboard.slo.event_rows import SECONDS, CountedRows, Rows
from dashboard.timerange import HOUR


def unmeasured(starts: np.ndarray, hours: Rows, fine: Rows, fine_until: np.ndarray) -> np.ndarray:
    """Unmeasured seconds since each objective's start, not before its first measurement.

    The hours of the first measurement and of the start are only known from fine rows.

    Args:
        starts: epoch seconds by objective. `hours`, `fine`: existing rows.
        fine_until: epoch seconds by objective up to which its fine rows reach.
    """
    old = hours.ends <= fine.start
    hours_s, fine_s = hours.values[old, :, SECONDS], fine.values[:, :, SECONDS]
    begun = np.maximum.accumulate(hours_s > 0, axis=0)
    begun_fine = np.maximum.accumulate(fine_s > 0, axis=0) | begun[-1:].any(axis=0)
    # Nothing is missing before the first measurement: a new service has no gap.
    begun[1:] &= begun[:-1]
    begun[:1] = False
    begun &= hours.ends[old, None] - HOUR >= starts
    ends = fine.ends[:, None]
    begun_fine &= (ends - fine.step >= starts) & (ends <= fine_until)
    missing = ((HOUR - hours_s) * begun).sum(axis=0) + ((fine.step - fine_s) * begun_fine).sum(axis=0)
    seconds: np.ndarray = np.clip(missing, 0, None)
    return seconds


def measured_at(hours: Rows, fine: Rows, has_fine: np.ndarray) -> np.ndarray:
    """Epoch seconds of the newest row in which each objective was measured; 0 if there is none.

    Args:
        hours, fine: existing rows. `has_fine`: objectives with fine rows.
    """
    # An hour may not have been measured up to its end; fine rows show until when.
    values = hours.values.copy()
    values[np.ix_(hours.ends > fine.start, has_fine)] = 0.0
    newest: np.ndarray = np.maximum(fine.measured_at(), Rows(hours.first, HOUR, values).measured_at())
    return newest


def limit_to_fine_rows(answer: CountedRows, fine: Rows, fine_until: np.ndarray) -> None:
    """Limit hours of an answer to the time for which their fine rows were measured, if all of these exist.

    Args:
        answer: hours, modified in place. `fine`: existing rows.
        fine_until: epoch seconds by objective up to which fine rows were answered.
    """
    for place, column in enumerate(answer.columns.tolist()):
        fine_s = fine.values[:, column, SECONDS]
        # Targets may be scraped too slowly for fine rows.
        if not fine_s.any():
            continue
        total = np.concatenate([[0.0], np.cumsum(fine_s)])
        covered = (answer.ends - HOUR >= fine.start) & (answer.ends <= fine_until[column])
        last = (answer.ends[covered] - fine.start) // fine.step
        seconds = total[last] - total[last - HOUR // fine.step]
        counted = answer.counts[covered, place, SECONDS]
        answer.counts[covered, place, SECONDS] = np.where(counted > 0, seconds, 0.0)
