"""What spends the budget of an entry, in a few lines; worked out beside the pages, once for all who look."""

from collections import OrderedDict
from html import escape
from threading import Lock

from dashboard.engine.explanations import ExplanationWindow
from dashboard.oncall.explanation import Selection, Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.slo.indicators import Measure
from dashboard.timerange import HOUR
from dashboard.triage.entry import Cause, Entry
from dashboard.ui import data
from dashboard.ui.text import explanation_text, units

# Spans end at multiples of so many seconds, so that not every refresh asks the source; none is longer than so many.
EVERY_S, LONGEST_S = 300, int(6 * HOUR)
BAD = {Measure.ERRORS: BadEvents.FAILED, Measure.LATENCY: BadEvents.SLOW}
KEPT, SELECTIONS = 64, 3

_newest: OrderedDict[str, ExplanationWindow] = OrderedDict()
_lock = Lock()


def spending(entry: Entry, now: float, *, asks: bool) -> ExplanationWindow | None:
    """What spends the budget of an entry, as it was last worked out; None while there is nothing.

    Args:
        entry: what needs somebody. `now`: epoch seconds.
        asks: have it worked out where the newest is too old; else only what is there is used.
    """
    slo = entry.slo
    bad = None if slo is None or slo.slo.measure is None else BAD.get(slo.slo.measure)
    if bad is None or entry.since is None or entry.cause not in (Cause.BURN, Cause.ANOMALY):
        return None
    if asks:
        window = data.explanation(entry.service, bad, _spans(entry.since, now))
        if window.explanation is not None:
            _keep(entry.id, window)
    with _lock:
        return _newest.get(entry.id)


def _spans(since: float, now: float) -> Spans:
    """From the begin of an entry, or the last hours, and as long before it began."""
    end = max(int(now) // EVERY_S * EVERY_S, int(since) + EVERY_S)
    lasted = max((end - int(since)) // EVERY_S * EVERY_S, EVERY_S)
    return Spans(end, min(lasted, LONGEST_S), lasted)


def _keep(number: str, window: ExplanationWindow) -> None:
    with _lock:
        _newest[number] = window
        _newest.move_to_end(number)
        while len(_newest) > KEPT:
            _newest.popitem(last=False)


def rows(window: ExplanationWindow | None) -> str:
    """The selections with their share of the additional bad events, or why there is none, as HTML."""
    if window is None or window.explanation is None:
        return ""
    explanation = window.explanation
    if explanation.verdict is not Verdict.CAUSES:
        return f'<p class="say">{escape(explanation_text.sentence(explanation, window.bad))}</p>'
    return "".join(map(_row, explanation.selections[:SELECTIONS]))


def _row(selection: Selection) -> str:
    names, values = (" · ".join(part) for part in (selection.labels, map(_value, selection.labels.values())))
    share, traffic = selection.share_of_additional, selection.traffic_share
    width = max(0.0, min(1.0, share or 0.0))
    tick = "" if traffic is None else f'<s style="left:{min(traffic, 1.0):.1%}"></s>'
    title = f"{units.percent(share)} of the additional bad events, {units.percent(traffic)} of all traffic"
    return (
        f'<div class="spend" title="{title}"><span>{escape(names)}</span><b>{escape(values)}</b>'
        f'<span class="bar"><i style="width:{width:.1%}"></i>{tick}</span><em>{units.percent(share)}</em></div>'
    )


def _value(value: str) -> str:
    return value or '""'
