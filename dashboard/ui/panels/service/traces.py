"""Single requests of a service with their traces: failed ones and the slowest."""

from collections.abc import Iterator, Mapping
from html import escape

import streamlit as st

from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.oncall.exemplar import Exemplar
from dashboard.ui import data, problems
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import links, moments, units

HEAD = (
    '<div class="gs-cardhead"><b>Example requests</b><span class="gs-third">with their traces; those that failed '
    "first, then the slowest</span></div>"
)
NO_LINK = (
    '<div class="gs-third">To open a trace from here, name its address: '
    '<code>links.trace = "https://…/{trace_id}"</code> at the service in the configuration.</div>'
)
LEFT = ' class="left"'
COLUMNS = {"Time": LEFT, "Outcome": LEFT, "Duration": "", "Labels": LEFT, "Trace": LEFT}
_tables = SharedCache[str]()


def traces(view: ServiceView) -> float | None:
    """Draw the card; nothing if the source has no such request in the span.

    Returns:
        Seconds until the next request while they are being fetched; None if they are ready, or there will be none.
    """
    window = data.exemplars(view.report.name, view.grid.start - view.grid.step, view.grid.end)
    if not window.exemplars and not window.error:
        return window.retry_s
    with st.container(border=True, key="card_traces"):
        if window.error:
            problems.banner(window.error)
        else:
            own = view.report.info.links
            st.html(_tables.of((*view.choice, "traces"), window, lambda: table(window, own, view.zone)))
    return None


def table(window: ExemplarWindow, own: Mapping[str, str], zone: str) -> str:
    """The requests as HTML.

    Args:
        window: with exemplars. `own`: the links of the service. `zone`: IANA name of the time zone of moments.
    """
    exemplars = window.exemplars or ()
    rows = "".join(_row(exemplar, links.to_trace(own, exemplar.trace), zone, window.end) for exemplar in exemplars)
    note = "" if exemplars and links.to_trace(own, exemplars[0].trace) else NO_LINK
    heads = "".join(f"<th{look}>{name}</th>" for name, look in COLUMNS.items())
    return (
        f'{HEAD}<div class="gs-scroll"><table class="gs-table gs-traces"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _row(exemplar: Exemplar, address: str, zone: str, now: float) -> str:
    cells = (
        moments.exact(exemplar.at, zone, now),
        "failed" if exemplar.failed else "–",
        units.latency(exemplar.seconds) if exemplar.seconds is not None else "–",
        " ".join(_labels(exemplar)),
    )
    trace = escape(exemplar.trace)
    if address:
        trace = f'<a href="{escape(address)}" target="_blank" rel="noopener">{trace} ↗</a>'
    texts = (*map(escape, cells), f"<code>{trace}</code>")
    drawn = (f"<td{look}>{text}</td>" for text, look in zip(texts, COLUMNS.values(), strict=True))
    return f"<tr>{''.join(drawn)}</tr>"


def _labels(exemplar: Exemplar) -> Iterator[str]:
    for name in sorted(exemplar.labels):
        yield f"{name}={exemplar.labels[name]}"
