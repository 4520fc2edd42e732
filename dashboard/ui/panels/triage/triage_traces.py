"""Single requests of an entry with their traces, as the source remembers them: once for all, and hardly waited for.

Nothing if the source remembers none.
"""

from collections.abc import Mapping, Sequence
from html import escape

from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.oncall.exemplar import Exemplar
from dashboard.oncall.spans import BadEvents
from dashboard.timerange import HOUR
from dashboard.triage.entry import Entry
from dashboard.ui import data
from dashboard.ui.panels.service.newest_answers import NewestAnswers
from dashboard.ui.panels.triage.triage_spending import bad_events, lasted
from dashboard.ui.text import links, moments, units

# They are of this many seconds at most, and this many of them are listed.
LONGEST_S, LISTED = HOUR, 3
# This many signs of an id tell traces apart; all of them are in the title.
SIGNS = 12

newest = NewestAnswers[ExemplarWindow]()


def remembered(entry: Entry, now: float, *, asks: bool) -> ExemplarWindow | None:
    """The worst requests since an entry began; None while there are none.

    Args:
        entry: what needs somebody. `now`: epoch seconds.
        asks: ask the source where the newest are too old; else only what is there is used.
    """
    if bad_events(entry) is None or entry.since is None:
        return None
    if asks:
        seconds = min(lasted(entry.since, now), LONGEST_S)
        window = data.exemplars(entry.service, int(now) - seconds, int(now), wait_s=data.GLANCE_S)
        if window.exemplars is not None:
            newest.keep(entry.id, window)
    known = newest.of(entry.id)
    # What it had when it burned the last time says nothing of this time.
    return known if known is not None and known.end > entry.since else None


def listed(window: ExemplarWindow | None, entry: Entry, own: Mapping[str, str], zone: str) -> str:
    """The worst of them, each a row that opens its trace, as HTML; empty without any.

    Args:
        window: as it was remembered. `entry`: what needs somebody.
        own: the links of its service, title → address. `zone`: IANA name of the time zone of moments.
    """
    if window is None or not window.exemplars:
        return ""
    rows = "".join(_row(exemplar, own, zone, window.end) for exemplar in worst(window.exemplars, entry))
    return f"<h3>Example requests</h3>{rows}"


def worst(exemplars: Sequence[Exemplar], entry: Entry) -> Sequence[Exemplar]:
    """Those that tell most of what is wrong with an entry."""
    if bad_events(entry) is BadEvents.SLOW:
        exemplars = sorted(exemplars, key=lambda each: -(each.seconds or 0.0))
    return exemplars[:LISTED]


def _row(exemplar: Exemplar, own: Mapping[str, str], zone: str, now: float) -> str:
    """One request.

    Args:
        exemplar: of it. `own`: the links of its service. `zone`: of moments. `now`: epoch seconds.
    """
    outcome = "failed" if exemplar.failed else ""
    took = units.latency(exemplar.seconds) if exemplar.seconds is not None else ""
    said = escape(" · ".join(filter(None, (outcome, took))))
    labels = escape(" ".join(f"{name}={value}" for name, value in sorted(exemplar.labels.items())))
    return (
        f'<div class="fact"><span>{escape(moments.lately(exemplar.at, zone, now))}</span>'
        f"<b>{_trace(exemplar.trace, links.to_trace(own, exemplar.trace))}</b><em>{said}</em>"
        f"{f'<small>{labels}</small>' if labels else ''}</div>"
    )


def _trace(trace: str, address: str) -> str:
    """An id, as a link where the configuration says how an `address` is made."""
    short = trace if len(trace) <= SIGNS else f"{trace[:SIGNS]}…"
    if not address:
        return f'<span title="{escape(trace)}">trace {escape(short)}</span>'
    named = f'title="{escape(trace)}" target="_blank" rel="noopener"'
    return f'<a href="{escape(address)}" {named}>trace {escape(short)} ↗</a>'
