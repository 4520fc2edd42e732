"""Triage in sentences: how much needs somebody and how soon, what is unknown, and what needs nobody."""

from collections.abc import Iterator
from typing import Final

from dashboard.anomaly.anomalies import Layer
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.timerange import DAY, HOUR
from dashboard.triage.entry import MINOR_KINDS, Minor, Triage, Urgency
from dashboard.ui.text import anomaly_text, objective_text, units
from dashboard.ui.text.status_text import SLO_STATE
from dashboard.ui.text.triage.triage_entry_text import COLOURS, NEEDS, Part

NOTHING: Final = "Nothing needs you."
# A cost below this share of a budget counts as none.
COSTS_MIN: Final = 1e-4


def headline(triage: Triage, unattended: int) -> tuple[Part, ...]:
    """How much needs somebody and how soon, and how many services are fine.

    Args:
        triage: all entries. `unattended`: the number of urgent ones that nobody has acknowledged.
    """
    if triage.is_empty:
        return (Part(NOTHING, "b"),)
    needs = list(_needs(triage, unattended))
    if not triage.services:
        return (Part("Not known yet what needs you.", "b"),)
    if not triage.is_known:
        when = "At the end of the data" if triage.has_ended else "When the data were last current"
        nothing = [Part("nothing needed you")]
        return Part("Not known", "b"), Part(f". {when}: "), *(needs or nothing), Part(".")
    if not needs:
        needs = [Part(f"{'No budget' if triage.paging else 'Nothing that is known'} needs you", "b")]
    if triage.paging:
        needs += [Part(", but " if not triage.entries else ", and "), Part(_paging(triage.paging), "red")]
    return *needs, Part(". "), *_rest(triage)


def _needs(triage: Triage, unattended: int) -> Iterator[Part]:
    attended = len(triage.of(Urgency.NOW)) - unattended
    counts = {urgency: len(triage.of(urgency)) for urgency in Urgency} | {Urgency.NOW: unattended}
    is_first = True
    for urgency, count in counts.items():
        if count:
            verb = "" if not is_first else " needs you" if count == 1 else " need you"
            yield Part("" if is_first else ", ")
            # No line break between a number and its word.
            counted = f"{count}{verb} {NEEDS[urgency]}"
            yield Part(counted if verb else counted.replace(" ", units.NBSP), COLOURS[urgency])
            is_first = False
        if urgency is Urgency.NOW and attended:
            yield Part("" if is_first else ", ")
            yield Part(f"{attended}{units.NBSP}acknowledged")
            is_first = False


def _paging(number: int) -> str:
    page = "alert of another tool pages" if number == 1 else "alerts of other tools page"
    return f"{number}{units.NBSP}{page}"


def alerts(triage: Triage) -> tuple[str, str]:
    """What other tools report about no entry: the number of alerts, and how many of them page."""
    number = len(triage.alerts)
    head = f"{number} {'alert' if number == 1 else 'alerts'} from other tools about no entry"
    return head, f"{triage.paging} {'pages' if triage.paging == 1 else 'page'}" if triage.paging else "none pages"


def _rest(triage: Triage) -> Iterator[Part]:
    parts = []
    if triage.fine:
        parts.append(f"{_services(triage.fine)} fine")
    if triage.watched:
        parts.append(f"{_services(triage.watched)} at risk without an alert")
    if triage.unknown:
        count = len(triage.unknown)
        parts.append(f"nothing is known of {count} {'service' if count == 1 else 'services'}")
    if parts:
        text = ", ".join(parts)
        yield Part(f"{text[0].upper()}{text[1:]}.")


def _services(count: int) -> str:
    return f"{count}{units.NBSP}service is" if count == 1 else f"{count}{units.NBSP}services are"


def last_incident(triage: Triage, now: float) -> str:
    """When the last incident ended, a sentence; `now` in epoch seconds."""
    if triage.last_end is None:
        return "No incident in the last 30 days is known."
    return f"Last incident {units.duration(_coarse(max(now - triage.last_end, 0.0)))} ago."


def _coarse(seconds: float) -> float:
    unit = DAY if seconds >= 2 * DAY else HOUR if seconds >= 2 * HOUR else 60
    return seconds // unit * unit


def unknown(triage: Triage, snapshot: Snapshot) -> str:
    """A sentence on services without known state; empty if there are none, or the source is the reason."""
    if not triage.unknown or snapshot.source.state is not SourceState.OK:
        return ""
    titles = [snapshot.service_title(name) for name in triage.unknown]
    named = ", ".join(titles[:5]) + (f" and {len(titles) - 5} more" if titles[5:] else "")
    return f"No current data, so nobody knows whether these need you: {named}."


def minor(triage: Triage) -> tuple[str, str]:
    """What needs nobody: the number and cost of the signals, and how many of each kind."""
    counts = {kind: sum(signal.kind == kind for signal in triage.minor) for kind in MINOR_KINDS}
    number, cost = len(triage.minor), max((signal.cost for signal in triage.minor), default=0.0)
    nothing = "costs no budget" if number == 1 else "none costs budget"
    costs = f"the most expensive has cost {units.percent(cost)} of a budget" if cost >= COSTS_MIN else nothing
    head = f"{number} minor {'signal' if number == 1 else 'signals'}, {costs}"
    return head, " · ".join(f"{kind} {count}" for kind, count in counts.items() if count)


def of_minor(signal: Minor, zone: str, now: float) -> str:
    """One minor signal in words, without the name of its service.

    Args:
        signal: to describe. `zone`: the time zone of the page. `now`: epoch seconds.
    """
    if signal.anomaly is not None:
        hint = " (a hint, not tested)" if signal.anomaly.layer is Layer.NOVELTY else ""
        return f"{anomaly_text.brief(signal.anomaly, zone, now)}{hint}"
    assert signal.slo is not None, "it is one of both"
    state = SLO_STATE[signal.slo.state].word
    lasts = objective_text.lasts(signal.slo, zone=zone)
    return f"{signal.slo.slo.kind} budget {state}: {lasts[0].lower()}{lasts[1:]}"
