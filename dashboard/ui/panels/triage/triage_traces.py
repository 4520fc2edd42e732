"""Requests of an entry with their traces (exemplars of the source): once for all viewers, almost without waiting.

Empty if the source has none.
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

# The maximum length of the span in seconds, and the maximum number of listed requests.
LONGEST_S, LISTED = HOUR, 3
# Characters of an id that distinguish traces; the title has the whole id.
SIGNS = 12

newest = NewestAnswers[ExemplarWindow]()


def remembered(entry: Entry, now: float, *, asks: bool) -> ExemplarWindow | None:
    """The worst requests since the start of an entry; None until they are known.

    Args:
        entry: of the list. `now`: epoch seconds.
        asks: ask the source if the newest are too old; else only existing ones are used.
    """
    if bad_events(entry) is None or entry.since is None:
        return None
    if asks:
        seconds = min(lasted(entry.since, now), LONGEST_S)
        window = data.exemplars(entry.service, int(now) - seconds, int(now), wait_s=data.GLANCE_S)
        if window.exemplars is not None:
            newest.keep(entry.id, window)
    known = newest.of(entry.id)
    # Requests of an earlier incident do not belong to this one.
    return known if known is not None and known.end > entry.since else None


def listed(window: ExemplarWindow | None, entry: Entry, own: Mapping[str, str], zone: str) -> str:
    """The worst requests, each a row that links to its trace, as HTML; empty without any.

    Args:
        window: from the source. `entry`: of the list.
        own: the links of its service, title → address. `zone`: IANA name of the time zone of times.
    """
    if window is None or not window.exemplars:
        return ""
    rows = "".join(_row(exemplar, own, zone, window.end) for exemplar in worst(window.exemplars, entry))
    return f"<h3>Example requests</h3>{rows}"


def worst(exemplars: Sequence[Exemplar], entry: Entry) -> Sequence[Exemplar]:
    """The requests that show best what is wrong with an entry."""
    if bad_events(entry) is BadEvents.SLOW:
        exemplars = sorted(exemplars, key=lambda each: -(each.seconds or 0.0))
    return exemplars[:LISTED]


def _row(exemplar: Exemplar, own: Mapping[str, str], zone: str, now: float) -> str:
    """The row of one request.

    Args:
        exemplar: of the request. `own`: the links of its service. `zone`: of times. `now`: epoch seconds.
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
    """A trace id, as a link if an `address` is configured."""
    short = trace if len(trace) <= SIGNS else f"{trace[:SIGNS]}…"
    if not address:
        return f'<span title="{escape(trace)}">trace {escape(short)}</span>'
    named = f'title="{escape(trace)}" target="_blank" rel="noopener"'
    return f'<a href="{escape(address)}" {named}>trace {escape(short)} ↗</a>'
