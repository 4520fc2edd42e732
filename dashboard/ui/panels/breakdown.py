"""Where the bad requests come from: one service by the values of one label."""

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import frames
from dashboard.charts.sparkline import sparkline
from dashboard.engine.on_demand import OnDemandWindow
from dashboard.engine.service_reports import by_service
from dashboard.signals import errors, latency
from dashboard.ui import data, problems
from dashboard.ui.panels.service_charts import Shown
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import units

ROWS = 30
_tables = SharedCache[str]()


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the label over the span: events, mean requests per second, seconds, shares of its requests."""

    value: str
    bad: float
    traffic: float
    p95: float | None
    failed: float | None
    slow: float | None
    trend: np.ndarray


def breakdown(part: Shown) -> None:
    """The choice of the label and the table; nothing where the source has no labels."""
    labels = part.report.info.labels
    if not labels:
        return
    with st.container(border=True, key="card_breakdown"):
        label = st.segmented_control("Breakdown", labels, default=labels[0], key="by", bind="query-params") or labels[0]
        view = data.breakdown(part.report.name, label, part.grid)
        if view.error:
            problems.banner(view.error)
        before = None
        if part.compare:
            moved = type(part.grid)(part.grid.start - part.compare, part.grid.end - part.compare, part.grid.step)
            before = data.breakdown(part.report.name, label, moved)
        limit, step = part.report.info.threshold, part.grid.step
        made = _tables.of(
            (*part.choice, label), (view, before), lambda: table(view, before, limit, step, part.compared, label)
        )
        st.html(made or '<div class="gs-empty">No request was counted by this label in this span.</div>')


def rows(view: OnDemandWindow, limit: float | None, step: int) -> list[Row]:
    """Every value of the label, most bad requests first."""
    made = [_row(value, one, limit, step) for value, one in by_service(view.frame).items()]
    return sorted((row for row in made if row is not None), key=lambda row: (-row.bad, -row.traffic, row.value))


def _row(value: str, samples: pd.DataFrame, limit: float | None, step: int) -> Row | None:
    requests = frames.series(samples, "requests")
    asked = float(requests.sum())
    if not asked > 0:
        return None
    server, slow = frames.series(samples, "errors", "server"), errors.too_slow(samples, limit)
    bad = server.fillna(0.0) + (slow.fillna(0.0) if slow is not None else 0.0)
    total = frames.of_measure(samples, "latency").sum().to_frame().T
    total.columns = pd.MultiIndex.from_product([["latency"], total.columns], names=["measure", "detail"])
    p95 = latency.quantiles(total)["0.95"].iloc[0] if len(total.columns) else np.nan
    return Row(
        value=value,
        bad=float(bad.sum()) * step,
        traffic=float(requests.mean()),
        p95=float(p95) if p95 == p95 else None,
        failed=float(server.sum()) / asked if server.notna().any() else None,
        slow=float(slow.sum()) / asked if slow is not None else None,
        trend=bad.where(requests.notna()).to_numpy(dtype=float),
    )


def table(
    view: OnDemandWindow, before: OnDemandWindow | None, limit: float | None, step: int, compared: str, label: str
) -> str:
    """The table as HTML; empty without a row."""
    found = rows(view, limit, step)
    if not found:
        return ""
    earlier = {row.value: row for row in rows(before, limit, step)} if before is not None else {}
    every = sum(row.bad for row in found)
    shown = found[:ROWS]
    busiest = max(row.traffic for row in found)
    told = sum(row.bad for row in shown) / every if every else 1.0
    caption = f"{len(shown)} of {len(found)}, {units.percent(told)} of bad requests · sorted by bad requests"
    heads = [label.replace("_", " ").capitalize(), "Traffic", "p95"]
    heads += [f"p95 vs {compared}"] if compared else []
    heads += ["Failed", "Too slow", "Bad requests", "Bad, over time"]
    body = "".join(_line(row, earlier.get(row.value), every, busiest, bool(compared)) for row in shown)
    return (
        f'<div class="gs-third" style="font-size:12px;text-align:right">{caption}</div>'
        f'<div class="gs-scroll"><table class="gs-table"><thead><tr>'
        f"{''.join(f'<th>{escape(head)}</th>' for head in heads)}"
        f'<th class="left">Share of all bad requests</th></tr></thead><tbody>{body}</tbody></table></div>'
    )


def _line(row: Row, earlier: Row | None, every: float, busiest: float, comparing: bool) -> str:
    share = row.bad / every if every else 0.0
    versus = ""
    if comparing:
        then = earlier.p95 if earlier is not None else None
        known = row.p95 is not None and then
        versus = f"<td>{units.change(row.p95 / then - 1) if known and row.p95 and then else units.MISSING}</td>"
    return (
        f'<tr><td title="{escape(row.value)}">{escape(row.value)}</td>'
        f"<td>{_bar(row.traffic / busiest, 60)}{units.rate(row.traffic)}</td>"
        f"<td>{units.latency(row.p95)}</td>{versus}"
        f"<td>{units.percent(row.failed)}</td><td>{units.percent(row.slow)}</td><td>{units.count(row.bad)}</td>"
        f'<td>{_trend(row.trend)}</td><td class="left"><b>{units.percent(share)}</b>{_bar(share, 120)}</td></tr>'
    )


def _bar(share: float, width: int) -> str:
    return f'<span class="b" style="width:{width * share:.0f}px"></span>'


def _trend(values: np.ndarray) -> str:
    """Bad requests over the span as a small line; nothing where there was none."""
    if not np.nanmax(values, initial=0.0) > 0:
        return ""
    line, _ = sparkline(values, top=float(np.nanmax(values)) * 1.05)
    return f'<span class="gs-trend" style="mask-image:url({line})"></span>'
