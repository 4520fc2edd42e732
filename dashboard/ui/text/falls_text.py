"""What the past says about a rise, in words: how often it fell back before the limit, and from which level."""

from dashboard.anomaly.saturation.falls import Falls
from dashboard.timerange import DAY
from dashboard.ui.text import units


def often(falls: Falls, now: float) -> str:
    """In the last 14 days it fell back 11 times, at 91–96 %; empty if it never did.

    Args:
        falls: of a resource. `now`: epoch seconds.
    """
    if not falls.count:
        return ""
    days = max(round((now - falls.begin) / DAY), 1)
    known = f"in the last {days} days" if days > 1 else "in the last day"
    times = "once" if falls.count == 1 else "twice" if falls.count == 2 else f"{falls.count} times"
    return f"{known} it fell back {times}, {levels(falls)}"


def levels(falls: Falls) -> str:
    """The levels from which it fell back: at 91–96 %; of some of the falls only."""
    low, high = units.percent(falls.lowest), units.percent(falls.highest)
    if low == high:
        return f"at {high}"
    return f"at {low.removesuffix(f'{units.NBSP}%')}–{high}"


def sentence(rise: float | None, falls: Falls, full_in: str, now: float) -> str:
    """A rise that has always fallen back: rises 4 %/h; in the last 14 days it fell back 11 times, at 91–96 %; full
    in 9 h only if it does not this time.

    Args:
        rise: share of the limit per hour; None if unknown. `falls`: of the resource.
        full_in: the time until it is full, in words. `now`: epoch seconds.
    """
    rises = "rises" if not rise else f"rises {units.percent(rise)}/h"
    return f"{rises}; {often(falls, now)}; full in {full_in} only if it does not this time"
