"""What spends the budget of an entry, as computed last: once for all viewers, without waiting."""

from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Measure
from dashboard.timerange import HOUR
from dashboard.triage.entry import Cause, Entry
from dashboard.ui import data
from dashboard.ui.panels.service.newest_answers import NewestAnswers

# Lengths of explained spans are multiples of the first number of seconds, and at most the second.
EVERY_S, LONGEST_S = 300, 6 * HOUR
BAD = {Measure.ERRORS: BadEvents.FAILED, Measure.LATENCY: BadEvents.SLOW}

newest = NewestAnswers[ExplanationWindow]()


def explained(entry: Entry, now: float, *, asks: bool) -> ExplanationWindow | None:
    """What spends the budget of an entry; None until it is known.

    Args:
        entry: of the list. `now`: epoch seconds.
        asks: start a computation if the newest is too old; else only an existing one is used.
    """
    bad = bad_events(entry)
    if bad is None or entry.since is None:
        return None
    if asks:
        window = data.explanation(entry.service, bad, _spans(entry.since, now), slides=True)
        if window.explanation is not None:
            newest.keep(entry.id, window)
    known = newest.of(entry.id)
    # An explanation of an earlier incident does not apply to this one.
    return known if known is not None and known.spans.end > entry.since else None


def bad_events(entry: Entry) -> BadEvents | None:
    """The kind of requests that spend the budget of an entry; None if not requests do, or not now."""
    slo = entry.slo
    if slo is None or slo.slo.measure is None or entry.since is None:
        return None
    return BAD.get(slo.slo.measure) if entry.cause in (Cause.BURN, Cause.ANOMALY) else None


def lasted(since: float, now: float) -> int:
    """Seconds since the start of an entry, in whole steps: each length is computed anew; arguments in epoch seconds."""
    return -(-int(max(now - since, 1.0)) // EVERY_S) * EVERY_S


def _spans(since: float, now: float) -> Spans:
    """The span since the start of an entry, or of the last hours, and an equally long span before the start."""
    seconds = lasted(since, now)
    return Spans(int(now), min(seconds, LONGEST_S), seconds)
