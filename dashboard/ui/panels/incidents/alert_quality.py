"""Alert quality: rules that paged, which of their alerts came with a burning budget, and burning without an alert."""

from collections.abc import Sequence
from html import escape

from dashboard.alerts.alert_snapshot import AlertSnapshot
from dashboard.alerts.burning import Burning
from dashboard.alerts.quality import RuleQuality
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import alert_text, moments, units
from dashboard.ui.theme import take_table

# Number of visible rows; the others open on demand.
FIRST = 12
HEADS = ("Rule", "Fired", "Flapped", "Time firing", "Touched a budget", "Pages", "Last")
UNPAGED_HEADS = ("Objective", "Began", "Burned for", "Bad events", "Of the budget")

_panels = SharedCache[str]()


def quality(snapshot: Snapshot) -> str:
    """The quality of alerting rules as HTML; empty if the source has no alerts and nothing is wrong with it."""
    alerts = snapshot.alerts
    if alerts.at is None and alerts.error is None and not alerts.is_reading:
        return ""
    # The judgement changes once a minute; the passing of time alone does not change it.
    data = alerts.quality, alerts.is_reading, alerts.error, alerts.resolution, snapshot.time_zone
    return _panels.of("alert quality", data, lambda: _panel(snapshot))


def _panel(snapshot: Snapshot) -> str:
    alerts, judged = snapshot.alerts, snapshot.alerts.quality
    rows = [_row(snapshot, rule) for rule in judged.rules]
    table = (
        _table(HEADS, rows, "alert-quality", "rules") if rows else f'<p class="gs-second">{escape(_absent(alerts))}</p>'
    )
    said = "".join(f"<p>{escape(line)}</p>" for line in alert_text.summary(alerts))
    return (
        f'<section class="gs-card gs-alertquality"><div class="gs-cardhead"><h2>Alert quality</h2>'
        f'<span class="m">{escape(alert_text.period(alerts, snapshot.time_zone))}</span></div>'
        f"{said}{table}{_unpaged(snapshot, judged.unpaged)}{_notes(snapshot)}</section>"
    )


def _absent(alerts: AlertSnapshot) -> str:
    return alert_text.absent(alerts) if alerts.at is None else "No alert has fired in this time."


def _notes(snapshot: Snapshot) -> str:
    """What the numbers mean, and what is missing from them."""
    alerts = snapshot.alerts
    remarks = alert_text.remarks(alerts, snapshot.time_zone, snapshot.at)
    if not alerts.quality.rules:
        # If there are no numbers the reason is shown above, and nothing needs to be explained.
        lines = [line for line in remarks if units.sentence(line) != units.sentence(_absent(alerts))]
        return f'<ul class="gs-notes">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>' if lines else ""
    lines = [*remarks, *alert_text.DEFINITIONS]
    return f'<ul class="gs-notes">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def _row(snapshot: Snapshot, quality: RuleQuality) -> str:
    rule, share = quality.rule, quality.impact_share
    services = alert_text.listed(tuple(map(snapshot.service_title, quality.services)))
    about = " · ".join(filter(None, (rule.severity, services, str(rule.tool) if rule.tool else "")))
    never = ' class="gs-amber-text"' if quality.never_had_impact and quality.pages else ""
    bar = "" if not share else f'<i class="b" style="width:{share * 60:.0f}px"></i>'
    pages = units.count(quality.times_paged) if quality.pages else units.MISSING
    firing = f'<em class="gs-red-text">{quality.firing} now</em> ' if quality.firing else ""
    last = moments.near(quality.last, snapshot.time_zone, snapshot.at)
    return (
        f'<tr><td class="l"><b>{escape(alert_text.rule_name(rule))}</b>'
        f'<span class="of">{escape(about)}</span></td>'
        f"<td>{firing}{units.count(quality.fired)}</td><td>{_number(quality.flapped)}</td>"
        f"<td>{units.duration(quality.firing_s)}</td>"
        f"<td{never}>{bar}{alert_text.impact(quality)}</td><td>{pages}</td><td>{escape(last)}</td></tr>"
    )


def _number(value: int) -> str:
    return units.count(value) if value else units.MISSING


def _unpaged(snapshot: Snapshot, unpaged: Sequence[Burning]) -> str:
    """Burning budgets for which nobody was paged; empty if there are none."""
    if not unpaged:
        return ""
    rows = []
    for stretch in unpaged:
        began = moments.exact(stretch.start, snapshot.time_zone, snapshot.at)
        ongoing = '<em class="gs-red-text">burns now</em> ' if stretch.is_open else ""
        rows.append(
            f'<tr><td class="l"><b>{escape(stretch.slo)}</b>'
            f'<span class="of">{escape(snapshot.service_title(stretch.service))}</span></td>'
            f"<td>{ongoing}{escape(began)}</td><td>{units.duration(stretch.end - stretch.start)}</td>"
            f"<td>{units.count(stretch.bad)}</td><td>{units.percent(stretch.share)}</td></tr>"
        )
    return f"<h3>Budget spent, nobody paged</h3>{_table(UNPAGED_HEADS, rows, 'unpaged', 'unpaged')}"


def _table(heads: Sequence[str], rows: Sequence[str], name: str, kind: str = "") -> str:
    head = "".join(f"<th>{title}</th>" for title in heads)
    # Folded rows belong to the same table, so that columns stay aligned and the CSV is complete.
    more = len(rows) - FIRST
    fold = f"<details><summary>Show {more} more</summary></details>" if more > 0 else ""
    return (
        f'<div class="gs-folded {kind}">{fold}<div class="gs-scroll"><table class="gs-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></div>{take_table(name)}"
    )
