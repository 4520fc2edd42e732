"""What spends the budget of an entry, as it was last worked out: once for all who look, and never waited for."""

from collections import OrderedDict
from threading import Lock

from dashboard.engine.explanations import ExplanationWindow
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Measure
from dashboard.timerange import HOUR
from dashboard.triage.entry import Cause, Entry
from dashboard.ui import data

# Lengths of explained spans are multiples of so many seconds, up to so many.
EVERY_S, LONGEST_S = 300, 6 * HOUR
BAD = {Measure.ERRORS: BadEvents.FAILED, Measure.LATENCY: BadEvents.SLOW}
KEPT = 64

_newest: OrderedDict[str, ExplanationWindow] = OrderedDict()
_lock = Lock()


def explained(entry: Entry, now: float, *, asks: bool) -> ExplanationWindow | None:
    """What spends the budget of an entry; None while there is nothing.

    Args:
        entry: what needs somebody. `now`: epoch seconds.
        asks: have it worked out where the newest is too old; else only what is there is used.
    """
    slo = entry.slo
    bad = None if slo is None or slo.slo.measure is None else BAD.get(slo.slo.measure)
    if bad is None or entry.since is None or entry.cause not in (Cause.BURN, Cause.ANOMALY):
        return None
    if asks:
        window = data.explanation(entry.service, bad, _spans(entry.since, now), slides=True)
        if window.explanation is not None:
            _keep(entry.id, window)
    with _lock:
        return _newest.get(entry.id)


def _spans(since: float, now: float) -> Spans:
    """From the begin of an entry, or the last hours, and as long a span before it began."""
    # In whole steps: each length is asked for anew.
    lasted = -(-int(max(now - since, 1.0)) // EVERY_S) * EVERY_S
    return Spans(int(now), min(lasted, LONGEST_S), lasted)


def _keep(number: str, window: ExplanationWindow) -> None:
    with _lock:
        _newest[number] = window
        _newest.move_to_end(number)
        while len(_newest) > KEPT:
            _newest.popitem(last=False)
