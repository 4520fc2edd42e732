"""One service on the wall: as a tile with its four signals, or as a row where many want to be seen."""

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

# So many letters of reasons, tags included, leave a tile room for two lines of small panels; beyond, all stand in one.
WORDY = 120
# A name of more letters than this may be cut in its middle, before this many of them.
LETTERS, TAIL = 16, 7
# This many letters of the name of who is on it.
NAME_LETTERS = 14
# Services whose tile or row is kept, one of each.
KEPT = 512

_kept = SharedCache[str](KEPT)


def tile(
    report: ServiceReport, state: SourceState, *, zone: str = "UTC", now: float = 0.0, ended: bool = False,
    attended: str = "", policy_mark: str = "",
) -> str:  # fmt: skip
    """One service as HTML: health, the budget of its worst objective, the four signals.

    Args:
        report: the service.
        state: of the source; its tiles are marked when it is stale or down.
        zone: the time zone of the page.
        now: epoch seconds. `ended`: the data end then: the tile is of the past.
        attended: who is on it, the name as given; empty for nobody.
        policy_mark: the state of the error-budget policy as HTML; empty if everything may be released.
    """
    why = _reasons(report, zone, now, ended=ended)
    wordy = len(why) > WORDY
    return (
        f'<a class="gs-tile {_look(report, state)}{" wordy" if wordy else ""}" {link(report)}>'
        f'<div class="top">{_name(report)}{_on_it(attended)}{policy_mark}{_chips(report, state, ended=ended)}</div>'
        f"{_budget(report, zone)}{why}"
        f'<div class="gs-minis">{"".join(minis(report, now))}</div></a>'
    )


def row(
    report: ServiceReport, state: SourceState, *, zone: str = "UTC", now: float = 0.0, ended: bool = False,
    attended: str = "", policy_mark: str = "",
) -> str:  # fmt: skip
    """One service as two lines of HTML: name, budget, latency and errors, and below them why.

    Args:
        report: the service.
        state: of the source; its rows are marked when it is stale or down.
        zone: the time zone of the page.
        now: epoch seconds. `ended`: the data end then: the row is of the past.
        attended: who is on it, the name as given; empty for nobody.
        policy_mark: the state of the error-budget policy as HTML; empty if everything may be released.
    """
    slo = worst(report)
    left = None if slo is None or (slo.state is State.NO_DATA and not slo.has_ended) else slo.judged_remaining
    return (
        f'<a class="gs-row {_look(report, state)}" {link(report)}><div class="top">{_name(report)}'
        f"{_on_it(attended)}{policy_mark}{_chips(report, state, ended=ended)}</div>"
        f'<span class="left"><b>{units.percent(left)}</b> <small>left</small></span>{_most_telling(report)}'
        f"{_first_reason(report, zone, now, ended=ended)}</a>"
    )


def _on_it(person: str) -> str:
    """That somebody is on it, as HTML."""
    title = f"Acknowledged by {escape(person)} ({AS_GIVEN})"
    return f'<span class="gs-onit" title="{title}">✓ {escape(person[:NAME_LETTERS])}</span>' if person else ""


def _most_telling(report: ServiceReport) -> str:
    """The errors, or the latency where that is what is over its limit."""
    p95, server = report.current.latency.get("0.95"), report.current.errors.get("server")
    slow, failing = emphasis(report, p95, report.info.threshold), emphasis(report, server, allowed_errors(report))
    if slow and not failing:
        return f'<span class="n {slow}"><small>p95</small> {units.latency(p95)}</span>'
    return f'<span class="n {failing}"><small>errors</small> {units.percent(server)}</span>'


def kept(snapshot: Snapshot, report: ServiceReport, *, as_row: bool = False) -> str:
    """The tile or the row of a service in a snapshot, built once for every wall that shows it."""
    source = snapshot.source
    ended, zone, now = source.data_end is not None, snapshot.time_zone, snapshot.at
    attended, policy_mark = attention.people(snapshot).get(report.name, ""), policy.mark(snapshot, report)

    def build() -> str:
        draw = row if as_row else tile
        return draw(
            report, source.state, zone=zone, now=now, ended=ended, attended=attended, policy_mark=policy_mark
        )  # fmt: skip

    return _kept.of((report.name, as_row, zone), (report, source.state, ended, attended, policy_mark), build)


def link(report: ServiceReport) -> str:
    """The attribute of a link to the page of a service."""
    return f'href="service?service={quote(report.name, safe="")}"'


def _look(report: ServiceReport, state: SourceState) -> str:
    stale = " gs-stale" if state in (SourceState.STALE, SourceState.DOWN) else ""
    return f"gs-{status(report.health).colour}{stale}"


def _name(report: ServiceReport) -> str:
    info = report.info
    tier, team = f"tier {info.tier}" if info.tier else "", escape(info.team)
    # Each is there as a whole, or not at all.
    owner = "".join(f"<span>{text}</span>" for text in (tier, f" · {team}" if tier and team else team) if text)
    mark = f'<span class="mark">{status(report.health).mark}</span>'
    return f'{mark}{_title(report.title)}<span class="of">{owner}</span>'


def _title(title: str) -> str:
    """A name; of a long one the style sheet cuts the middle where there is no room: its ends tell it apart."""
    look, head, tail = (" m", title[:-TAIL], title[-TAIL:]) if len(title) > LETTERS else ("", title, "")
    name = f"<em>{escape(head)}</em>{escape(tail)}"
    return f'<span class="name{look}" title="{escape(title)}">{name}</span>'


def _chips(report: ServiceReport, state: SourceState, *, ended: bool) -> str:
    """The health, and before it the age of what is shown where that is old."""
    stale = state in (SourceState.STALE, SourceState.DOWN)
    # Each tile says it by itself: on a large screen the banner may be out of sight.
    age = f'<span class="gs-chip gs-grey">{"past" if ended else status(SourceState.STALE).word}</span>' if stale else ""
    # Nothing is known of now, which the first chip says; of the past there are data.
    return age if stale and report.health is Health.UNKNOWN else age + chip(report.health)


def _reasons(report: ServiceReport, zone: str, now: float, *, ended: bool) -> str:
    """Why the health is what it is, and what is unusual, never cut.

    Args:
        report: the service. `zone`: the time zone of the page. `now`: epoch seconds.
        ended: the data end then, which the page says above all services.
    """
    reasons = [escape(sentence) for sentence in health_text.sentences(shown_reasons(report, ended=ended), zone, now)]
    unusual = [escape(anomaly_text.brief(anomaly, zone, now)) for anomaly in report.anomalies if anomaly.lasts]
    # Beside much that is known to be wrong, what is merely unusual is counted.
    if len(unusual) > 1 and sum(map(len, reasons)) > WORDY:
        unusual = [f"{unusual[0]} · +{len(unusual) - 1} more"]
    amber = [f'<span class="gs-amber-text">▲ {" · ".join(unusual)}</span>'] if unusual else []
    if not reasons:
        return f'<div class="gs-why">{amber[0]}</div>' if amber else ""
    # Where many services want to be seen each says its first reason, and how many more there are.
    more = f"{''.join(f' · {reason}' for reason in reasons[1:])}{''.join(f' {text}' for text in amber)}"
    number = len(reasons) - 1 + sum(anomaly.lasts for anomaly in report.anomalies)
    rest = f'<span class="more">{more}</span><span class="rest"> · +{number} more</span>' if number else ""
    return f'<div class="gs-why">{reasons[0]}{rest}</div>'


def shown_reasons(report: ServiceReport, *, ended: bool) -> list[Reason]:
    """Reasons that are told of the service; `ended`: that the data end is said above all services."""
    return [reason for reason in report.reasons if not (ended and isinstance(reason, DataEnd))]


def _first_reason(report: ServiceReport, zone: str, now: float, *, ended: bool) -> str:
    """The most urgent reason, or else what is unusual, and how many more there are.

    Args:
        report: the service. `zone`: the time zone of the page. `now`: epoch seconds.
        ended: the data end then, which the page says above all services.
    """
    lasting = [anomaly for anomaly in report.anomalies if anomaly.lasts]
    briefs = [health_text.brief(reason, zone, now) for reason in shown_reasons(report, ended=ended)]
    briefs += [f"▲ {anomaly_text.brief(anomaly, zone, now)}" for anomaly in lasting]
    more = f" · +{len(briefs) - 1} more" if len(briefs) > 1 else ""
    return f'<div class="gs-why">{escape(briefs[0])}{more}</div>' if briefs else ""


def worst(report: ServiceReport) -> SloReport | None:
    """The objective in the worst state, the least budget left first; one without data only where there is no other."""
    known = [slo for slo in report.slos if slo.remaining is not None]
    ranked = min(known, key=lambda slo: slo.urgency, default=None)
    return ranked or next(iter(report.slos), None)


def _budget(report: ServiceReport, zone: str) -> str:
    """Budget left, burn rate of the last hour and the bar of the worst objective."""
    slo = worst(report)
    if slo is None:
        return '<div class="budget"><span class="what">no SLO: requests are not counted here</span></div>'
    # That of the service: beside a ticket, which puts a service at risk, a red number would say more than the tile.
    colour = status(report.health).colour
    words = _budget_words(slo)
    # A narrow tile has no room for all: the style sheet leaves parts out, and the text under the pointer has them.
    title = f"{''.join(text for _, text in words)}. {escape(objective_text.lasts(slo, zone=zone))}."
    what = "".join(f'<span class="{name}">{text}</span>' if name else text for name, text in words)
    return (
        f'<div class="gs-{colour}"><div class="budget"><b>{units.percent(slo.judged_remaining)}</b>'
        f'<span class="what" title="{title}">{what}</span>'
        f'<span class="burn"><em>{units.burn(slo.burn_1h)}</em> burn 1{units.NBSP}h</span></div>'
        f"{bar(None if slo.state is State.NO_DATA and not slo.has_ended else slo.judged_remaining)}</div>"
    )


def _budget_words(slo: SloReport) -> list[tuple[str, str]]:
    """What a budget is of, in parts: the name of each, which tells where it may be left out, and its words, escaped."""
    part = objective_terms.measured(slo.known_share, slo.at - slo.start) if slo.valid else ""
    kind, target = escape(slo.slo.kind), f", SLO {units.objective(slo.slo.objective)}"
    if slo.judged_remaining is None and part:
        return [("", f"{kind} · {part}"), ("none", target)]
    if part:
        # In a narrow tile how much was measured needs the room.
        return [("", f"of {kind} budget · {part}"), ("none", target)]
    window = f" · {objective_terms.window_length(slo.slo.window)}"
    return [("", "of "), ("kind", f"{kind} "), ("", "budget left"), ("long", window), ("slo", target)]


def bar(left: float | None) -> str:
    """A budget as a bar from 0 to all of it; dashed if nothing is known."""
    if left is None:
        return '<div class="gs-bar none"></div>'
    return f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, left)):.1%}"></i></div>'
