"""Objectives as CSV: the list, the budget of one over its window, and its burn rates against their thresholds."""

from collections.abc import Iterator, Sequence

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import burndown
from dashboard.slo.report import Alert, SloReport
from dashboard.ui.text import objective_text, status_text, units
from dashboard.web.csv_text import cell, moment, number, table
from dashboard.web.status_json import window_text

LISTED = ("slo", "service", "objective (ratio)", "achieved (ratio)", "bad", "valid", "budget left (ratio)")
BURN = (
    "severity", "threshold", "long window", "long burn rate", "short window", "short burn rate", "reading", "firing",
    "suppressed by",
)  # fmt: skip


def listed(snapshot: Snapshot, reports: Sequence[SloReport], zone: str) -> str:
    """A row for each objective with the columns of the list on the page, and the burn rates of all windows.

    Args:
        snapshot: the newest one. `reports`: in the order of the rows.
        zone: IANA name of the time zone of the times.
    """
    windows = sorted({burn.window_s for report in reports for burn in report.burn})
    head = (
        f"golden-signals: {len(reports)} objectives, the most urgent first",
        f"at {moment(snapshot.at, zone)}, time zone {zone}; empty: not measured",
    )
    burns = (f"burn {window_text(window)}" for window in windows)
    rows = (_objective(snapshot, report, windows, zone) for report in reports)
    return table(head, (*LISTED, *burns, "state", "what that means"), rows)


def _objective(snapshot: Snapshot, report: SloReport, windows: Sequence[float], zone: str) -> list[str]:
    """One row of the list.

    Args:
        snapshot: the newest one. `report`: the objective.
        windows: of the burn rates, in seconds. `zone`: of the times.
    """
    rates = {burn.window_s: burn.rate for burn in report.burn}
    numbers = (report.slo.objective, report.sli, report.bad, report.valid, report.judged_remaining)
    return [
        cell(report.slo.name),
        cell(snapshot.service_title(report.slo.service)),
        *map(number, numbers),
        *(number(rates.get(window)) for window in windows),
        status_text.of_objective(report).word,
        cell(units.plain(objective_text.lasts(report, zone=zone))),
    ]


def budget(snapshot: Snapshot, report: SloReport, zone: str, queries: Sequence[str]) -> str:
    """The remaining budget at each point of the burndown; points with unknown values are left out.

    Args:
        snapshot: the newest one. `report`: the objective.
        zone: IANA name of the time zone of the times.
        queries: that count its events, line by line.
    """
    drawn = burndown(report, snapshot.ledger)
    points = () if drawn is None else zip(drawn.left.moments.tolist(), drawn.left.values.tolist(), strict=True)
    head = _head(snapshot, report, zone, "the share of the budget that was left", queries)
    return table(head, ("time", "left (ratio)"), ([moment(at, zone), number(value)] for at, value in points))


def burn(snapshot: Snapshot, report: SloReport, zone: str, queries: Sequence[str]) -> str:
    """Each burn rate alert with both of its windows; a burn rate is a multiple of the allowed rate.

    Args:
        snapshot: the newest one. `report`: the objective.
        zone: IANA name of the time zone of the times.
        queries: that count its events, line by line.
    """
    head = _head(snapshot, report, zone, f"burn rates at {moment(report.at, zone)}", queries)
    return table(head, BURN, map(_alert, report.alerts))


def _alert(alert: Alert) -> list[str]:
    rule = alert.rule
    return [
        rule.row.severity,
        number(rule.threshold),
        window_text(rule.row.long_s),
        number(alert.long.rate),
        window_text(rule.row.short_s),
        number(alert.short.rate),
        str(alert.reading or ""),
        "yes" if alert.firing else "no",
        str(alert.suppressed or ""),
    ]


def _head(snapshot: Snapshot, report: SloReport, zone: str, what: str, queries: Sequence[str]) -> Iterator[str]:
    """The comments of one objective.

    Args:
        snapshot: the newest one. `report`: the objective. `zone`: of the times.
        what: describes the rows. `queries`: that count its events.
    """
    yield f"golden-signals: objective {report.slo.name} of {snapshot.service_title(report.slo.service)}"
    begin, end = moment(report.start, zone), moment(report.end, zone)
    yield f"window from {begin} to {end}, objective {report.slo.objective:g}"
    yield f"time zone {zone}; {what}; empty: not measured"
    yield from (f"query: {line}" for line in queries)
