"""A service on the wall: as a tile with its four signals, or as a row if there are many."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from dashboard.engine.health import DataEnd, Health, Reason
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import SloReport, State
from dashboard.ui import attention
from dashboard.ui.panels import policy
from dashboard.ui.panels.wall.wall_minis import allowed_errors, emphasis, minis
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_text, health_text, objective_terms, objective_text, units
from dashboard.ui.text.status_text import status
from dashboard.ui.text.triage.triage_entry_text import AS_GIVEN
from dashboard.ui.theme import chip

# Up to this length of the reasons, with tags, a tile has room for two lines of small panels; beyond, for one.
WORDY = 120
# Names longer than this may be cut in the middle, before the last letters (second number).
LETTERS, TAIL = 16, 7
# Maximum number of letters of an assignee.
NAME_LETTERS = 14
# Number of services whose tile or row is cached.
KEPT = 512

_cache = SharedCache[str](KEPT)


@dataclass(frozen=True, slots=True)
class Shown:
    """A service as a tile or a row shows it.

    Attributes:
        report: the service. `state`: of the source; marked if it is stale or down.
        zone: IANA name of the displayed time zone.
        now: epoch seconds. `ended`: the data end then, so the past is shown.
        attended: assignee, as given; empty for nobody.
        policy_mark: the state of the error-budget policy as HTML; empty if everything may be released.
    """

    report: ServiceReport
    state: SourceState
    zone: str = "UTC"
    now: float = 0.0
    ended: bool = False
    attended: str = ""
    policy_mark: str = ""


def tile(shown: Shown) -> str:
    """A service as HTML: health, the budget of its worst objective, the four signals."""
    report, why = shown.report, _reasons(shown)
    wordy = " wordy" if len(why) > WORDY else ""
    return (
        f'<a class="gs-tile {_look(report, shown.state)}{wordy}" {link(report)}>{_top(shown)}'
        f"{_budget(report, shown.zone)}{why}"
        f'<div class="gs-minis">{"".join(minis(report, shown.now))}</div></a>'
    )


def row(shown: Shown) -> str:
    """A service as two lines of HTML: name, budget, latency and errors, and the reasons below."""
    report, slo = shown.report, worst(shown.report)
    left = None if slo is None or (slo.state is State.NO_DATA and not slo.has_ended) else slo.judged_remaining
    return (
        f'<a class="gs-row {_look(report, shown.state)}" {link(report)}>{_top(shown)}'
        f'<span class="left"><b>{units.percent(left)}</b> <small>left</small></span>{_most_telling(report)}'
        f"{_first_reason(shown)}</a>"
    )


def _top(shown: Shown) -> str:
    """The first line: name, assignee, policy, health."""
    chips = _chips(shown.report, shown.state, ended=shown.ended)
    return f'<div class="top">{_name(shown.report)}{_on_it(shown.attended)}{shown.policy_mark}{chips}</div>'


def _on_it(person: str) -> str:
    """The assignee as HTML."""
    title = f"Acknowledged by {escape(person)} ({AS_GIVEN})"
    return f'<span class="gs-onit" title="{title}">✓ {escape(person[:NAME_LETTERS])}</span>' if person else ""


def _most_telling(report: ServiceReport) -> str:
    """The errors, or the latency if that exceeds its limit."""
    p95, server = report.current.latency.get("0.95"), report.current.errors.get("server")
    slow, failing = emphasis(report, p95, report.info.threshold), emphasis(report, server, allowed_errors(report))
    if slow and not failing:
        return f'<span class="n {slow}"><small>p95</small> {units.latency(p95)}</span>'
    return f'<span class="n {failing}"><small>errors</small> {units.percent(server)}</span>'


def cached_tile(snapshot: Snapshot, report: ServiceReport, *, as_row: bool = False) -> str:
    """The tile or the row of a service in a snapshot, built once for all walls."""
    source, zone = snapshot.source, snapshot.time_zone
    shown = Shown(
        report, source.state, zone, snapshot.at, source.data_end is not None,
        attention.people(snapshot).get(report.name, ""), policy.mark(snapshot, report),
    )  # fmt: skip
    # The time of the snapshot alone does not change what is shown.
    parts = (report, shown.state, shown.ended, shown.attended, shown.policy_mark)
    return _cache.of((report.name, as_row, zone), parts, lambda: row(shown) if as_row else tile(shown))


def link(report: ServiceReport) -> str:
    """The attribute of a link to the page of a service."""
    return f'href="service?service={quote(report.name, safe="")}"'


def _look(report: ServiceReport, state: SourceState) -> str:
    stale = " gs-stale" if state in (SourceState.STALE, SourceState.DOWN) else ""
    return f"gs-{status(report.health).colour}{stale}"


def _name(report: ServiceReport) -> str:
    info = report.info
    tier, team = f"tier {info.tier}" if info.tier else "", escape(info.team)
    # Each is shown completely, or not at all.
    owner = "".join(f"<span>{text}</span>" for text in (tier, f" · {team}" if tier and team else team) if text)
    mark = f'<span class="mark">{status(report.health).mark}</span>'
    return f'{mark}{_title(report.title)}<span class="of">{owner}</span>'


def _title(title: str) -> str:
    """A name; the style sheet cuts the middle of a long one if there is no room, as its ends distinguish it."""
    look, head, tail = (" m", title[:-TAIL], title[-TAIL:]) if len(title) > LETTERS else ("", title, "")
    name = f"<em>{escape(head)}</em>{escape(tail)}"
    return f'<span class="name{look}" title="{escape(title)}">{name}</span>'


def _chips(report: ServiceReport, state: SourceState, *, ended: bool) -> str:
    """The health, preceded by the age of the data if they are old."""
    stale = state in (SourceState.STALE, SourceState.DOWN)
    # On each tile: on a large screen the banner may be out of sight.
    age = f'<span class="gs-chip gs-grey">{"past" if ended else status(SourceState.STALE).word}</span>' if stale else ""
    # The first chip already says that the present is unknown; for the past there are data.
    return age if stale and report.health is Health.UNKNOWN else age + chip(report.health)


def _reasons(shown: Shown) -> str:
    """The reasons for the health, and anomalies, never truncated."""
    report, zone, now = shown.report, shown.zone, shown.now
    reasons = [
        escape(sentence) for sentence in health_text.sentences(shown_reasons(report, ended=shown.ended), zone, now)
    ]
    unusual = [escape(anomaly_text.brief(anomaly, zone, now)) for anomaly in report.anomalies if anomaly.lasts]
    # With long reasons, anomalies are only counted.
    if len(unusual) > 1 and sum(map(len, reasons)) > WORDY:
        unusual = [f"{unusual[0]} · +{len(unusual) - 1} more"]
    amber = [f'<span class="gs-amber-text">▲ {" · ".join(unusual)}</span>'] if unusual else []
    if not reasons:
        return f'<div class="gs-why">{amber[0]}</div>' if amber else ""
    # With many services each shows its first reason, and the number of the others.
    more = f"{''.join(f' · {reason}' for reason in reasons[1:])}{''.join(f' {text}' for text in amber)}"
    number = len(reasons) - 1 + sum(anomaly.lasts for anomaly in report.anomalies)
    rest = f'<span class="more">{more}</span><span class="rest"> · +{number} more</span>' if number else ""
    return f'<div class="gs-why">{reasons[0]}{rest}</div>'


def shown_reasons(report: ServiceReport, *, ended: bool) -> list[Reason]:
    """The reasons to show for the service; `ended`: that the data end is said above all services."""
    return [reason for reason in report.reasons if not (ended and isinstance(reason, DataEnd))]


def _first_reason(shown: Shown) -> str:
    """The most urgent reason, else the anomaly, and the number of the others."""
    report, zone, now = shown.report, shown.zone, shown.now
    lasting = [anomaly for anomaly in report.anomalies if anomaly.lasts]
    briefs = [health_text.brief(reason, zone, now) for reason in shown_reasons(report, ended=shown.ended)]
    briefs += [f"▲ {anomaly_text.brief(anomaly, zone, now)}" for anomaly in lasting]
    more = f" · +{len(briefs) - 1} more" if len(briefs) > 1 else ""
    return f'<div class="gs-why">{escape(briefs[0])}{more}</div>' if briefs else ""


def worst(report: ServiceReport) -> SloReport | None:
    """The objective in the worst state, lowest budget first; one without data only if there is no other."""
    known = [slo for slo in report.slos if slo.remaining is not None]
    ranked = min(known, key=lambda slo: slo.urgency, default=None)
    return ranked or next(iter(report.slos), None)


def _budget(report: ServiceReport, zone: str) -> str:
    """Remaining budget, burn rate of the last hour and the bar of the worst objective."""
    slo = worst(report)
    if slo is None:
        return '<div class="budget"><span class="what">no SLO: requests are not counted here</span></div>'
    # The colour of the service: a ticket only puts it at risk, and a red number would say more than the tile.
    colour = status(report.health).colour
    words = _budget_words(slo)
    # A narrow tile has no room for everything: the style sheet hides parts, and the tooltip has all.
    title = f"{''.join(text for _, text in words)}. {escape(objective_text.lasts(slo, zone=zone))}."
    what = "".join(f'<span class="{name}">{text}</span>' if name else text for name, text in words)
    return (
        f'<div class="gs-{colour}"><div class="budget"><b>{units.percent(slo.judged_remaining)}</b>'
        f'<span class="what" title="{title}">{what}</span>'
        f'<span class="burn"><em>{units.burn(slo.burn_1h)}</em> burn 1{units.NBSP}h</span></div>'
        f"{bar(None if slo.state is State.NO_DATA and not slo.has_ended else slo.judged_remaining)}</div>"
    )


def _budget_words(slo: SloReport) -> list[tuple[str, str]]:
    """The description of a budget, in parts: CSS class, which tells where a part is hidden, and text, escaped."""
    part = objective_terms.measured(slo.known_share, slo.at - slo.start) if slo.valid else ""
    kind, target = escape(slo.slo.kind), f", SLO {units.objective(slo.slo.objective)}"
    if slo.judged_remaining is None and part:
        return [("", f"{kind} · {part}"), ("none", target)]
    if part:
        # In a narrow tile the coverage needs the room.
        return [("", f"of {kind} budget · {part}"), ("none", target)]
    window = f" · {objective_terms.window_length(slo.slo.window)}"
    return [("", "of "), ("kind", f"{kind} "), ("", "budget left"), ("long", window), ("slo", target)]


def bar(left: float | None) -> str:
    """A budget as a bar from 0 to the whole; dashed if unknown."""
    if left is None:
        return '<div class="gs-bar none"></div>'
    return f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, left)):.1%}"></i></div>'
