"""Serialises a ledger, so that another process can continue with it; hours are stored in the archive.

Only this module and the ledger itself know the ledger's internals.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.slo.event_requests import FINE_SPAN, Level, RequestPlan
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.slo.ledger import Ledger
from dashboard.slo.newest_plan import NEWEST_SPAN, NEWEST_STEP
from dashboard.slo.retries import taken
from dashboard.timerange import HOUR

Arrays = Mapping[str, np.ndarray]
_OPEN = (Level.FINE, Level.HOURS)
_REACHES = (Level.FINE, Level.HOURS, Level.EDGE)


def saved(ledger: Ledger) -> dict[str, np.ndarray]:
    """Everything except the hours, by name, in the order of the ledger's objectives.

    Includes the number of measured hours: if there are fewer when it is restored, they are requested again.
    """
    plan = ledger._plan
    arrays = {f"reach {level}": plan.reach(level).copy() for level in _REACHES}
    for level in _OPEN:
        rows = plan.retries.open[level]
        arrays |= {f"open {level} start": rows.start.copy(), f"open {level} end": rows.end.copy()}
    arrays |= _rows("fine", ledger.fine) | _rows("newest", ledger.newest)
    for end, rows_of_hour in ledger._cut_hours.rows.items():
        arrays |= _rows(f"cut {end}", rows_of_hour)
    return arrays | {
        "hours until": plan.hours_until.copy(),
        "hours first": np.array([ledger.hours.first]),
        "hours measured": _measured(ledger.hours, plan.hours_until),
        "reach newest": plan.newest.reach.copy(),
        "steps": np.array(plan.steps, dtype=np.int64),
        "fine until": ledger._fine_until.copy(),
        "newest until": ledger._newest_until.copy(),
        "backwards": ledger._backwards.copy(),
    }


def restore(ledger: Ledger, arrays: Arrays, places: Sequence[int], hours: Rows) -> None:
    """Continue with a saved ledger, and only request newer data.

    Args:
        ledger: its objectives have no answers yet.
        arrays: the saved data. `places`: position of each of the ledger's objectives in it; -1 if it is missing.
        hours: hours of the ledger's objectives, from the archive.
    """
    plan = ledger._plan
    until, first = taken(arrays["hours until"], places), int(arrays["hours first"][0])
    # The source may still have hours that the archive has lost since.
    since = Rows(hours.first, HOUR, np.where((hours.ends >= first)[:, None, None], hours.values, 0.0))
    is_whole = _measured(since, until) >= taken(arrays["hours measured"], places)
    ledger.hours = hours.rearranged(len(ledger.hours.values), range(len(places)))
    ledger.fine = _restored("fine", arrays, ledger.fine, FINE_SPAN // ledger.base, places)
    ledger.newest = _restored("newest", arrays, ledger.newest, NEWEST_SPAN // NEWEST_STEP, places)
    for name in arrays:
        if name.startswith("cut ") and name.endswith(" grid"):
            end = int(name.split()[1])
            empty = Rows.nothing(end, ledger.base, HOUR // ledger.base, len(places))
            ledger._cut_hours.rows[end] = _restored(f"cut {end}", arrays, empty, HOUR // ledger.base, places)
    ledger._fine_until, ledger._newest_until, ledger._backwards = (
        taken(arrays[name], places) for name in ("fine until", "newest until", "backwards")
    )
    _restore_plan(plan, arrays, places, np.where(is_whole, until, 0))


def _restore_plan(plan: RequestPlan, arrays: Arrays, places: Sequence[int], hours_until: np.ndarray) -> None:
    """Request nothing that was answered before; fine rows of another length are requested again."""
    same = taken(arrays["steps"], places) == np.asarray(plan.steps, dtype=np.int64)
    plan.hours_until = hours_until
    for level in _REACHES:
        reach = taken(arrays[f"reach {level}"], places)
        keeps = hours_until > 0 if level is Level.HOURS else same
        plan.reach(level)[:] = np.where(keeps, reach, 0)
    for level in _OPEN:
        rows = plan.retries.open[level]
        rows.start, rows.end = (taken(arrays[f"open {level} {side}"], places) for side in ("start", "end"))
    plan.newest.reach = np.where(plan.newest.wanted, taken(arrays["reach newest"], places), 0)


def _rows(name: str, rows: Rows) -> dict[str, np.ndarray]:
    marks = np.zeros(rows.values.shape[:2], dtype=bool) if rows.partial is None else rows.partial
    return {name: rows.values, f"{name} partial": marks, f"{name} grid": np.array([rows.first, rows.step])}


def _restored(name: str, arrays: Arrays, rows: Rows, count: int, places: Sequence[int]) -> Rows:
    """`count` rows saved under a name; the current rows if the saved ones have another step."""
    first, step = arrays[f"{name} grid"].tolist()
    if step != rows.step:
        return rows
    marks = arrays[f"{name} partial"]
    return Rows(first, step, arrays[name], marks if marks.any() else None).rearranged(count, places)


def _measured(hours: Rows, until: np.ndarray) -> np.ndarray:
    """Number of measured hours of each objective up to a time of its own (epoch seconds)."""
    counts: np.ndarray = ((hours.values[:, :, SECONDS] > 0) & (hours.ends[:, None] <= until)).sum(axis=0)
    return counts
