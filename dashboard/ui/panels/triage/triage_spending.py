"""What spends the budget of an entry, as it was last computed: once for all who look, and never waited for."""

from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Measure
from dashboard.timerange import HOUR
from dashboard.triage.entry import Cause, Entry
from dashboard.ui import data
from dashboard.ui.panels.service.newest_answers import NewestAnswers

# Lengths of explained spans are multiples of this many seconds, up to this many.
EVERY_S, LONGEST_S = 300, 6 * HOUR
BAD = {Measure.ERRORS: BadEvents.FAILED, Measure.LATENCY: BadEvents.SLOW}

newest = NewestAnswers[ExplanationWindow]()


def explained(entry: Entry, now: float, *, asks: bool) -> ExplanationWindow | None:
    """What spends the budget of an entry; None while there is nothing.

    Args:
        entry: what needs somebody. `now`: epoch seconds.
        asks: have it computed where the newest is too old; else only what is there is used.
    """
    bad = bad_events(entry)
    if bad is None or entry.since is None:
        return None
    if asks:
        window = data.explanation(entry.service, bad, _spans(entry.since, now), slides=True)
        if window.explanation is not None:
            newest.keep(entry.id, window)
    known = newest.of(entry.id)
    # What spent it when it burned the last time says nothing of this time.
    return known if known is not None and known.spans.end > entry.since else None


def bad_events(entry: Entry) -> BadEvents | None:
    """Which requests spend the budget of an entry; None if it is not requests that do, or not now."""
    slo = entry.slo
    if slo is None or slo.slo.measure is None or entry.since is None:
        return None
    return BAD.get(slo.slo.measure) if entry.cause in (Cause.BURN, Cause.ANOMALY) else None


def lasted(since: float, now: float) -> int:
    """Seconds since an entry began, in whole steps: each length is requested again; `since`, `now`: epoch seconds."""
    return -(-int(max(now - since, 1.0)) // EVERY_S) * EVERY_S


def _spans(since: float, now: float) -> Spans:
    """From the start of an entry, or the last hours, and as long a span before it began."""
    seconds = lasted(since, now)
    return Spans(int(now), min(seconds, LONGEST_S), seconds)
