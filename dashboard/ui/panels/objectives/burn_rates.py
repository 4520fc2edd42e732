"""Burn rate by window: the threshold of each alert, its two windows, and their history."""

from html import escape
from urllib.parse import quote

import numpy as np

from dashboard.charts.sparkline import sparkline
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import Alert, Burn, SloReport
from dashboard.slo.timeline import BurnHistory, Timeline, burn_history
from dashboard.ui.text import moments, objective_terms, objective_text, slo_text, source_text, units
from dashboard.ui.text.status_text import of_alert
from dashboard.ui.theme import take_link

# Lines with fewer points, in both windows together, are not drawn.
DRAWN = 4
KEY = (
    '<span class="gs-line"><i></i>long window</span><span class="gs-line short"><i></i>short window</span>'
    '<span class="gs-line limit"><i></i>threshold</span>'
)
NO_LINE = '<span class="while"><span class="gs-nothing">too little data to draw</span></span>'


def table(snapshot: Snapshot, report: SloReport) -> str:
    """A row for each alert: threshold, both windows, their meaning, and the history of hours or days."""
    title = '<div class="gs-cardhead"><h3>Burn rate by window</h3><span class="m end">'
    csv = take_link(
        f"slo?slo={quote(report.slo.name, safe='')}&table=burn&tz={quote(snapshot.time_zone)}", "burn rates"
    )
    if not report.alerts:
        return f'{title}</span></div><div class="gs-empty">No burn rate alert can work for this objective.</div>'
    timeline = Timeline.of(snapshot.ledger, report.slo) if report.slo in snapshot.ledger.slos else None
    mark = source_text.newest_mark(snapshot.source, old=snapshot.source.state is not SourceState.OK)
    lines = "".join(_alert(report, alert, timeline, snapshot.time_zone, mark) for alert in report.alerts)
    return (
        f"{title}an alert fires while both of its windows are over the threshold · {csv}</span></div>"
        '<div class="gs-rules"><div class="gs-rule head"><span>Severity</span><span class="n">Threshold</span>'
        '<span class="bars"><i class="t0">0</i><i class="t1">threshold</i><i class="t2">twice</i></span>'
        f'<span class="n">Burn</span><span>State</span><span class="while">Over time{KEY}</span></div>{lines}</div>'
    )


def _alert(report: SloReport, alert: Alert, timeline: Timeline | None, zone: str, mark: str = "now") -> str:
    """The row of one alert.

    Args:
        report: its objective.
        alert: the alert.
        timeline: of the events that the alert is evaluated by; None if they are not stored.
        zone: the time zone of the page.
        mark: the label of the newest time.
    """
    threshold, shown = alert.rule.threshold, of_alert(alert)
    bars = "".join(_bar(burn, threshold) for burn in (alert.long, alert.short))
    rates = "".join(
        f'<b class="{"over" if _over(burn, threshold) else ""}">{units.burn(burn.rate)}</b>'
        for burn in (alert.long, alert.short)
    )
    # The windows' reading first, then the status of the alert, which may be over or suppressed.
    lines = (objective_text.READINGS[alert.reading], slo_text.alert_status(alert, report.slo))
    meaning = "".join(f"<small>{escape(line)}</small>" for line in lines if line)
    history = ""
    if timeline is not None:
        history = _history(alert, burn_history(report, alert, timeline), zone, report.at, mark=mark)
    return (
        f'<div class="gs-rule gs-{shown.colour}"><span class="sev">{escape(alert.rule.row.severity)}</span>'
        f'<span class="n">{units.burn(threshold)}</span><span class="bars">{bars}<s></s></span>'
        f'<span class="n rates">{rates}</span><span class="state"><span><i>{shown.mark}</i> {shown.word}</span>'
        f"{meaning}</span>{history}</div>"
    )


def _over(burn: Burn, threshold: float) -> bool:
    return burn.rate is not None and burn.rate > threshold


def _bar(burn: Burn, threshold: float) -> str:
    """A rate on a scale from 0 to twice the threshold; rates beyond are cut with an arrow."""
    rate = burn.rate or 0.0
    # All thresholds are aligned: each scale ends at twice its threshold.
    share = min(max(rate / threshold / 2, 0.0), 1.0)
    kind = ("over" if _over(burn, threshold) else "") + (" cut" if rate > 2 * threshold else "")
    none = " none" if burn.rate is None else ""
    return (
        f'<span class="one"><em>{objective_terms.burn_window(burn.window_s)}</em><span class="track{none}">'
        f'<i class="{kind}" style="width:{share:.1%}"></i></span></span>'
    )


def _history(alert: Alert, history: BurnHistory, zone: str, now: float, *, mark: str = "now") -> str:
    """Both windows as small lines with the threshold, and their peak in words.

    Args:
        alert: whose windows these are.
        history: their burn rates.
        zone: the time zone of the page.
        now: epoch seconds of the evaluation. `mark`: the label of that time.
    """
    threshold, known = alert.rule.threshold, np.concatenate([history.long, history.short])
    if np.isfinite(known).sum() < DRAWN:
        return NO_LINE
    # The threshold stays visible above a calm line.
    top = max(float(np.nanmax(known)) * 1.08, threshold * 1.3)
    (long, _), (short, _) = (sparkline(rates, top=top, to_scale=True) for rates in (history.long, history.short))
    windows = " and ".join(objective_terms.burn_window(burn.window_s) for burn in (alert.long, alert.short))
    ago = units.duration(history.step * (len(history.short) - 1))
    return (
        f'<span class="while"><span class="gs-trail" role="img" aria-label="burn rate over {windows}, last {ago}">'
        f'<s style="bottom:{threshold / top:.1%}"></s><u style="mask-image:url({short})"></u>'
        f'<i style="mask-image:url({long})"></i></span>'
        f"<small><span>−{ago}</span><span>{_peak(history, zone, now)}</span><span>{mark}</span></small></span>"
    )


def _peak(history: BurnHistory, zone: str, now: float) -> str:
    """The highest rate of the short window, else of the long one, and its time."""
    # The short window shows the peak that the long one flattens.
    values = history.short if np.isfinite(history.short).any() else history.long
    place = int(np.nanargmax(values))
    when = moments.near(history.start + place * history.step, zone, now)
    return f"peak {units.burn(float(values[place]))}, {when}"
