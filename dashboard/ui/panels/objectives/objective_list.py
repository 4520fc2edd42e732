"""All objectives, most urgent first: state, remaining budget, burn rates, and their meaning."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import quote, urlencode

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.burndown import overspent_since
from dashboard.slo.objective import Slo
from dashboard.slo.report import Alert, Reading, SloReport, State
from dashboard.ui.panels.objectives.objective_filter import FEW, FIRST, PER_PAGE, ObjectiveFilter, ObjectiveRows
from dashboard.ui.panels.wall.wall import banner
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import moments, objective_terms, objective_text, source_text, tab_text, units, what_if_text
from dashboard.ui.text.status_text import SLO_SHOWN, of_objective, status
from dashboard.ui.theme import PAST, alive, count, take_link
from dashboard.whatif.standing import Standing, standings

# The scale of all budget bars: overspent budgets extend to the left of 0.
LOWEST, HIGHEST = -0.5, 1.0
NO_MATCH = (
    '<div class="gs-empty">No objective matches what you look for. Empty the field above, or choose all services.</div>'
)

_tables = SharedCache[str]()
# Hourly data change once an hour.
_findings = SharedCache[Mapping[object, Standing]]()


def head(snapshot: Snapshot, now: float, report: SloReport | None = None) -> str:
    """Title, number of objectives by state, data age, clock, and problems of the source.

    Args:
        snapshot: the newest one. `now`: epoch seconds.
        report: the objective shown in detail; None without one.
    """
    tab = None if report is None else tab_text.of_objective(report, snapshot)
    chosen = "" if report is None else f"objectives?slo={quote(report.slo.name, safe='')}"
    states = Counter(map(of_objective, snapshot.slos))
    counts = "".join(count(shown, states[shown]) for shown in SLO_SHOWN)
    source, past = snapshot.source, PAST if snapshot.source.data_end is not None else ""
    return (
        f'<div class="gs-title"><h1>Objectives</h1>{past}{counts}<span class="right">'
        f'<i class="gs-dot gs-{status(source.state).colour}"></i><b>{units.age(source.age(now))}</b> · '
        f"{escape(moments.clock(now, snapshot.time_zone))}</span></div>"
        f"{banner(snapshot, now)}{alive(snapshot, now, tab=tab, address=chosen)}"
    )


def absent(snapshot: Snapshot) -> str:
    """Why there is no objective to list, and what to do about it."""
    return source_text.no_objective(snapshot.source)


def table(snapshot: Snapshot, choice: ObjectiveFilter, rows: ObjectiveRows, report: SloReport | None) -> str:
    """The list as HTML, built once for all viewers with the same choice.

    Args:
        snapshot: the newest one.
        choice: from the address.
        rows: to show.
        report: the objective shown in detail; None without one.
    """
    name = report.slo.name if report is not None else ""
    return _tables.of((choice, name), snapshot, lambda: _table(snapshot, choice, rows, name))


def _table(snapshot: Snapshot, choice: ObjectiveFilter, rows: ObjectiveRows, name: str) -> str:
    shown = [*rows.shown, *_chosen_elsewhere(rows, name)]
    if not shown:
        return NO_MATCH
    windows = long_windows(shown)
    lines = "".join(_row(snapshot, choice, report, windows, on=report.slo.name == name) for report in shown)
    asked = {"service": choice.service, "find": choice.find, "tz": snapshot.time_zone}
    what = urlencode({name: value for name, value in asked.items() if value})
    csv = f'<div class="gs-taken">{take_link(f"slos?{what}", "objectives")}</div>'
    return (
        f'<div class="gs-slos" style="--burns:{len(windows)}">{_heads(windows)}{lines}</div>{csv}{_foot(choice, rows)}'
    )


def _chosen_elsewhere(rows: ObjectiveRows, name: str) -> Sequence[SloReport]:
    """The objective shown in detail, if it matches but is not among the rows of the page."""
    if any(report.slo.name == name for report in rows.shown):
        return ()
    return [report for report in rows.matching if report.slo.name == name][:1]


def _heads(windows: Sequence[float]) -> str:
    names = [objective_terms.burn_window(window) for window in windows]
    burns = "".join(
        f'<span class="n">{name}</span>' if place else f'<span class="n burn">Burn, {name}</span>'
        for place, name in enumerate(names)
    )
    scale = f'<span class="scale"><i>−50{units.NBSP}%</i><i>0</i><i>100{units.NBSP}%</i></span>'
    return (
        '<div class="gs-slo head"><span>SLO, most urgent first</span><span>Service</span>'
        '<span class="n">Objective</span><span></span><span class="n">Achieved</span>'
        f'<span class="n">Budget left</span>{scale}{burns}<span>State</span><span>What that means</span></div>'
    )


def long_windows(reports: Sequence[SloReport]) -> tuple[float, ...]:
    """The most common long windows: those of the fastest rule, the next one, and the slowest one."""
    # Columns for the windows that most rows have: others show a dash.
    sets = Counter(tuple(sorted({alert.rule.row.long_s for alert in report.alerts})) for report in reports)
    sets.pop((), None)
    if not sets:
        return ()
    common = sets.most_common(1)[0][0]
    return tuple(dict.fromkeys((*common[:2], common[-1])))


def _row(
    snapshot: Snapshot, choice: ObjectiveFilter, report: SloReport, windows: Sequence[float], *, on: bool
) -> str:  # fmt: skip
    """The row of one objective, a link to its detail.

    Args:
        snapshot: the newest one.
        choice: from the address.
        report: the objective.
        windows: of the burn rates, in seconds.
        on: it is shown in detail.
    """
    slo, shown = report.slo, of_objective(report)
    name, service = escape(slo.name), escape(snapshot.service_title(slo.service))
    meaning = escape(_meaning(snapshot, report))
    finding = _finding(snapshot, slo)
    link = escape(replace(choice, slo=slo.name).address)
    mark = ' on" aria-current="true' if on else ""
    return (
        f'<a class="gs-slo gs-{shown.colour}{mark}" target="_self" href="{link}" data-soft="{name}" '
        f'data-shows=".gs-objective">'
        f'<span class="name" title="{name}">{name}</span><span class="of" title="{service}">{service}</span>'
        f'<span class="n objective">{units.objective(slo.objective)}</span>'
        f'<span class="limit">{objective_terms.limit(slo)}</span>{_numbers(report)}'
        f"{''.join(_burn(report, window) for window in windows)}"
        f'<span class="state"><i>{shown.mark}</i> {shown.word}</span>'
        f'<span class="means" title="{meaning}">{finding}{meaning}</span></a>'
    )


def _finding(snapshot: Snapshot, slo: Slo) -> str:
    """A word about an objective that cannot be judged, as HTML; empty for all others."""
    findings = _findings.of("", snapshot.ledger.hours, lambda: _found_by_objective(snapshot))
    standing = findings.get(slo.counting_key)
    if standing is None:
        return ""
    return f'<em title="{escape(what_if_text.standing(standing))}">{what_if_text.SHORT[standing.finding]}</em> '


def _found_by_objective(snapshot: Snapshot) -> Mapping[object, Standing]:
    """Objectives that cannot be judged, by their counting keys."""
    ledger = snapshot.ledger
    every = zip(ledger.slos, standings(ledger.slos, ledger.hours), strict=True)
    return {slo.counting_key: standing for slo, standing in every if standing is not None}


def _meaning(snapshot: Snapshot, report: SloReport) -> str:
    since = overspent_since(report, snapshot.ledger) if report.state is State.EXHAUSTED else None
    return objective_text.lasts(report, zone=snapshot.time_zone, since=since)


def _numbers(report: SloReport) -> str:
    """SLI and remaining budget, in numbers and as a bar; empty unless current."""
    # Old numbers would look current.
    current = report.state is not State.NO_DATA or report.has_ended
    achieved = units.sli(report.sli if current else None, report.slo.objective)
    left = report.judged_remaining if current else None
    return f'<span class="n achieved">{achieved}</span><span class="n left">{units.percent(left)}</span>{bar(left)}'


def bar(left: float | None) -> str:
    """A budget on the common scale; overspent to the left of 0, cut with a mark if it continues."""
    if left is None:
        return '<span class="gs-budget none"><i></i></span>'
    # Both ends by position: an overspent bar extends to the left of zero.
    ends = sorted((0.0, min(max(left, LOWEST), HIGHEST)))
    begin, end = ((share - LOWEST) / (HIGHEST - LOWEST) for share in ends)
    cut = " cut" if left < LOWEST else ""
    return f'<span class="gs-budget{cut}"><i style="left:{begin:.2%};width:{end - begin:.2%}"></i></span>'


def _burn(report: SloReport, window: float) -> str:
    """The burn rate of a window; hot if it belongs to an alert whose windows both exceed the threshold."""
    # A rate measured before data stopped is not current.
    is_past = report.state is State.NO_DATA and report.stale and not report.has_ended
    rate = None if is_past else _rate(report, window)
    hot = rate is not None and any(_hot(alert, window) for alert in report.alerts)
    return f'<span class="n burn{" hot" if hot else ""}"><b>{units.burn(rate)}</b></span>'


def _rate(report: SloReport, window: float) -> float | None:
    return next((burn.rate for burn in report.burn if burn.window_s == window), None)


def _hot(alert: Alert, window: float) -> bool:
    row = alert.rule.row
    return alert.reading is Reading.CRITICAL and window in (row.long_s, row.short_s)


def _foot(choice: ObjectiveFilter, rows: ObjectiveRows) -> str:
    """The number of objectives, and links to the others; empty if all are shown."""
    matching, total = len(rows.matching), rows.total
    of = f"{matching:,}" + (f" matching of {total:,}" if matching != total else "")
    if matching <= FEW:
        return f'<div class="gs-foot">{of} objectives</div>' if matching != total else ""
    if not choice.every:
        more = _link(replace(choice, every=True, page=1), f"Show all {matching:,}", "all")
        return f'<div class="gs-foot">The {FIRST} most urgent of {of} objectives {more}</div>'
    last = rows.first + len(rows.shown) - 1
    links = " ".join(_turn(choice, rows))
    return f'<div class="gs-foot">{units.between(f"{rows.first:,}", f"{last:,}", "–")} of {of} objectives {links}</div>'


def _turn(choice: ObjectiveFilter, rows: ObjectiveRows) -> Iterator[str]:
    """Links to the previous and next page, and back to the first rows."""
    page = (rows.first - 1) // PER_PAGE + 1
    if page > 1:
        yield _link(replace(choice, page=page - 1), "‹ Previous", "previous")
    if page < rows.pages:
        yield _link(replace(choice, page=page + 1), "Next ›", "next")
    yield _link(replace(choice, every=False, page=1), f"Show the first {FIRST}", "few")


def _link(choice: ObjectiveFilter, text: str, mark: str) -> str:
    return f'<a href="{escape(choice.address)}" target="_self" data-soft="go {mark}">{text}</a>'
