"""Where the bad requests come from: one service broken down by a label."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import numpy as np
import streamlit as st

from dashboard.charts.sparkline import sparkline
from dashboard.engine.viewers import service_span
from dashboard.engine.viewers.breakdown_rows import Row, rows
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.ranking import LISTED, Ranking, ranking
from dashboard.ui import address_bar, data, problems, waiting
from dashboard.ui.panels.service import comparison
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import units
from dashboard.ui.text.explanation_text import EMPTY
from dashboard.ui.theme import take_link

NOTHING = (
    '<div class="gs-empty">No request was counted by this label in this span. '
    "Choose another label, or a longer span.</div>"
)
# Tables of a choice, built once for all viewers.
_tables = SharedCache[str]()


def breakdown(view: ServiceView, refresh: float) -> float | None:
    """Draw the choice of the label and the table; nothing if the source has no labels.

    Args:
        view: of the service. `refresh`: seconds between two refreshes.

    Returns:
        Seconds until the next request if there is no table yet; None if there is, or there will be none.
    """
    labels = view.report.info.labels
    if not labels:
        return None
    with st.container(border=True, key="card_breakdown"):
        label, unknown = address_bar.choice("by", labels, labels[0])
        st.segmented_control("Breakdown", labels, key="by", on_change=address_bar.write, args=("by", labels[0]))
        if unknown:
            problems.banner(unknown)
        now = data.breakdown(view.report.name, label, view.grid)
        if now.error:
            problems.banner(now.error)
        waiting.announce(now.retry_s, refresh)
        if now.retry_s is not None and now.frame.empty:
            return now.retry_s
        before = None
        if view.compare:
            earlier = service_span.earlier(view.grid, view.compare)
            before = data.breakdown(view.report.name, label, earlier, now.names)
        # Viewers with the same choice share the table.
        html = _tables.of((*view.choice, label), (now, before), lambda: table(now, before, view, label))
        # The part that could not be requested may have requests.
        if html or not now.error:
            st.html(html or NOTHING)
    return None


def table(now: OnDemandWindow, before: OnDemandWindow | None, view: ServiceView, label: str) -> str:
    """The table as HTML; empty without rows.

    Args:
        now: the span by the label.
        before: the compared period by the label; None without a comparison.
        view: of the service.
        label: its name.
    """
    limit, step = view.report.info.threshold, view.grid.step
    fetched = ranking(now.frame, limit, step)
    if not fetched.values:
        return ""
    ranked = fetched.followed_by(now.others)
    # A label may have thousands of values: those not listed are only counted.
    listed = rows(now.frame, limit, step, fetched.values[:LISTED])
    earlier = None
    if before is not None:
        names = [row.value for row in listed]
        earlier = {row.value: row for row in rows(before.frame, limit, step, names)}
    bad, busiest, count = float(ranked.bad.sum()), max(row.traffic for row in listed), len(ranked.values)
    # If all are listed their share is exactly 1, whatever the order of summation gives.
    share = sum(row.bad for row in listed) / bad if bad and len(listed) < count else 1.0
    caption = f"{len(listed)} of {units.count(count)}{_shown_of(listed, bad, share)}"
    # Shares refer to all values, so the listed ones need not add up to 100 %.
    lines = "".join(_line(row, bad, busiest, earlier, _beside(row, listed, view, label)) for row in listed)
    csv = take_link(f"{view.asked}&by={quote(label, safe='')}", "breakdown")
    return (
        f'<div class="gs-third" style="font-size:12px;text-align:right">{caption} · {csv}</div>'
        f'<div class="gs-scroll"><table class="gs-table"><thead><tr>{_heads(view, label)}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{_beyond(ranked.beyond({row.value for row in listed}), bad)}"
    )


def _shown_of(listed: Sequence[Row], bad: float, share: float) -> str:
    """How many of the bad requests are listed, or why there are none.

    Args:
        listed: rows of the table. `bad`: bad requests of all values. `share`: the listed share of them.
    """
    if not any(map(_is_counted, listed)):
        return " · it is unknown which requests are bad"
    return f", {units.share(share)} of bad requests · sorted by bad requests" if bad else " · no bad requests"


def _is_counted(row: Row) -> bool:
    """Whether it is known which of its requests are bad."""
    return row.failed is not None or row.slow is not None


def _beyond(others: Ranking, bad: float) -> str:
    """A sentence about values that are not listed; `bad`: bad requests of all values."""
    if not others.values:
        return ""
    share = float(others.bad.sum()) / bad if bad else 0.0
    more = f"and {units.count(len(others.values))} more, {units.share(share)} of bad requests"
    return f'<div class="gs-third" style="font-size:12px;margin-top:6px">{more}</div>'


def _heads(view: ServiceView, label: str) -> str:
    heads = [label.replace("_", " ").capitalize(), "Traffic", "p95"]
    heads += [f"p95 vs {view.compared}"] if view.compared else []
    heads += ["Failed", "Too slow", "Bad requests", "Bad, over time"]
    cells = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f'{cells}<th class="left">Share of all bad requests</th><th>Compare</th>'


def _beside(row: Row, listed: Sequence[Row], view: ServiceView, label: str) -> str:
    """A link that compares a value with the busiest other one, as HTML; empty if it is the only one.

    Args:
        row: the value. `listed`: rows of the table. `view`: of the service. `label`: its name.
    """
    others = [other for other in listed if other.value != row.value]
    if not others:
        return ""
    usual = max(others, key=lambda other: other.traffic).value
    address = comparison.address_of_values(view, label, usual, row.value)
    shown = escape(usual or EMPTY)
    shows = 'target="_self" data-shows=".st-key-card_comparison" data-comes'
    return f'<a href="{escape(address)}" {shows}>with {shown}</a>'


def _line(row: Row, bad: float, busiest: float, earlier: dict[str, Row] | None, beside: str) -> str:
    """One value as a row of the table.

    Args:
        row: the value.
        bad: bad requests of all values.
        busiest: the most requests per second of a value.
        earlier: rows of the compared period by value; None without a comparison.
        beside: a link to its comparison with another value, as HTML.
    """
    share = row.bad / bad if bad else 0.0
    count, part = (units.count(row.bad), units.share(share)) if _is_counted(row) else (units.MISSING, units.MISSING)
    versus = "" if earlier is None else f"<td>{_versus(row, earlier.get(row.value))}</td>"
    return (
        f'<tr><td title="{escape(row.value)}">{escape(row.value)}</td>'
        f"<td>{_bar(row.traffic / busiest, 60)}{units.rate(row.traffic)}</td>"
        f"<td>{units.latency(row.p95)}</td>{versus}"
        f"<td>{units.percent(row.failed)}</td><td>{units.percent(row.slow)}</td><td>{count}</td>"
        f'<td>{_trend(row.trend)}</td><td class="left"><b>{part}</b>{_bar(share, 120)}</td>'
        f'<td class="beside">{beside}</td></tr>'
    )


def _versus(row: Row, earlier: Row | None) -> str:
    """The change of p95."""
    if earlier is None or not earlier.p95 or row.p95 is None:
        return units.MISSING
    return units.change(row.p95 / earlier.p95 - 1)


def _bar(share: float, width: int) -> str:
    return f'<span class="b" style="width:{width * share:.0f}px"></span>'


def _trend(values: np.ndarray) -> str:
    """Bad requests over the span as a small line; nothing if there was none."""
    if not np.nanmax(values, initial=0.0) > 0:
        return ""
    line, _ = sparkline(values, top=float(np.nanmax(values)) * 1.05)
    return f'<span class="gs-trend" style="mask-image:url({line})"></span>'
