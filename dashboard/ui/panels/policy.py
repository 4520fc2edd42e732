"""The error-budget policy as HTML: a word on the wall, and the standing of an objective on its page."""

from collections.abc import Iterator
from html import escape

from dashboard.engine.gate.gate_standings import standing_of
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.gate.decision import worst
from dashboard.gate.policy import PolicyState
from dashboard.gate.standing import Reason, Standing
from dashboard.gate.turning import turn
from dashboard.slo.report import SloReport
from dashboard.ui.panels import exception_forms
from dashboard.ui.text import policy_text, units


def mark(snapshot: Snapshot, service: ServiceReport) -> str:
    """The state of a service in a word; empty if everything may be released, or nothing is known.

    Args:
        snapshot: the newest one. `service`: one of its services.
    """
    standing = worst([standing_of(snapshot, report, snapshot.at) for report in service.slos])
    # The health already says, more prominently, that nothing is known.
    if standing is None or standing.state in (None, PolicyState.SHIP):
        return ""
    word, brief = policy_text.mark(standing)
    name, because = standing.report.slo.name, policy_text.why(standing, snapshot.time_zone)
    title = escape(f"Error-budget policy, {name}: {because}")
    return f'<span class="gs-policy" title="{title}"><b>{word}</b><i>{brief}</i></span>'


def stands(snapshot: Snapshot, report: SloReport) -> str:
    """The standing of an objective: state, meaning, what may be released, when that changes, exceptions."""
    standing = standing_of(snapshot, report, snapshot.at)
    shown = policy_text.STATES[standing.state]
    sentences = " ".join(escape(units.sentence(text)) for text in _sentences(snapshot, standing))
    exceptions = "".join(
        f"<li>Exception: {escape(units.sentence(policy_text.exception(each, snapshot.time_zone, standing.at)))}</li>"
        for each in standing.exceptions
    )
    link = f'<a href="{escape(exception_forms.address(report))}" target="_self" data-soft="exception">Exceptions ›</a>'
    way = link if snapshot.policy.takes_added else ""
    word = f"<b><i>{shown.mark}</i> Policy: {shown.word}</b>"
    return (
        f'<div class="gs-stands gs-{shown.colour}"><p>{word} {sentences} {way}</p>'
        f"{f'<ul>{exceptions}</ul>' if exceptions else ''}</div>"
    )


def _sentences(snapshot: Snapshot, standing: Standing) -> Iterator[str]:
    yield policy_text.because(standing)
    if standing.state is not None:
        yield policy_text.meaning(standing.state, standing.limits)
    by = "By the exception " if standing.exception is not None else ""
    yield f"{by}{policy_text.lets_go(standing)}"
    turns = policy_text.turns(turn(standing, Reason.FEATURE, snapshot.ledger), snapshot.time_zone, standing.at)
    if turns:
        yield f"For features this turns {turns}"
