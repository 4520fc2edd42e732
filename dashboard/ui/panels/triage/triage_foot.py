"""The foot of an entry of the triage list as HTML: assignee, note, acknowledgement and links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.people import Acknowledgement
from dashboard.timerange import HOUR
from dashboard.triage.added import Added, holds
from dashboard.triage.entry import Entry, Urgency
from dashboard.ui.text import links
from dashboard.ui.text.triage import triage_entry_text

# Links begin this many seconds before the entry.
BEFORE_S = HOUR
# Links in this order come first: the runbook and its usual next steps.
LINKS_FIRST = ("runbook", "traces", "logs", "grafana")


@dataclass(frozen=True, slots=True)
class Context:
    """What is needed to draw entries.

    Attributes:
        snapshot: has their data. `added`: by people.
    """

    snapshot: Snapshot
    added: Added

    def titles(self) -> Mapping[str, str]:
        """Names of services on pages, by their ids; computed at each call."""
        return {report.name: report.title for report in self.snapshot.services}

    @property
    def zone(self) -> str:
        """The time zone of the page."""
        return self.snapshot.time_zone

    @property
    def now(self) -> float:
        """Epoch seconds of the displayed time."""
        return self.snapshot.at


def foot(entry: Entry, context: Context) -> str:
    """The assignee, and the available actions below."""
    return f"{_attention(entry, context)}{_acts(entry, context)}"


def _attention(entry: Entry, context: Context) -> str:
    """The assignee, and since when."""
    acknowledgement = context.added.acknowledged(entry)
    if acknowledgement is None:
        return ""
    is_over = not holds(acknowledgement, entry, context.snapshot.ask_again, context.now)
    said = triage_entry_text.acknowledged(acknowledgement, context.zone, context.now, is_over=is_over)
    look = "over" if is_over else ""
    return f'<p class="who {look}">{"?" if is_over else "✓"} {escape(said)}</p>'


def _acts(entry: Entry, context: Context) -> str:
    number, title = escape(entry.id), escape(context.snapshot.service_title(entry.service))
    adds = f'data-triage="note" data-entry="{number}" aria-label="Add the note on {title}"'
    note = (
        f'<span class="write"><input type="text" data-note="{number}" maxlength="2000" autocomplete="off" '
        f'placeholder="Add a note" aria-label="Note on {title}">'
        f'<button type="button" {adds}>Add</button></span>'
    )
    acts = f"{_acknowledge(entry, context, number, title)}{''.join(_links(entry, context))}"
    # Acknowledging also comes first in keyboard order.
    return f'<div class="foot"><div class="acts">{acts}</div>{note}</div>'


def _acknowledge(entry: Entry, context: Context, number: str, title: str) -> str:
    acknowledgement: Acknowledgement | None = context.added.acknowledged(entry)
    attended = holds(acknowledgement, entry, context.snapshot.ask_again, context.now)
    word, look = "Acknowledge", " main" if entry.urgency is Urgency.NOW else ""
    if acknowledgement is not None and not attended:
        word = "Still on it"
    button = (
        f'<button type="button" class="ack{look}" data-triage="acknowledge" data-entry="{number}" data-title="{title}" '
        f'aria-label="{word}: {title}">{word}</button>'
    )
    if not attended or acknowledgement is None:
        return button
    return (
        f'<button type="button" class="ack" data-triage="withdraw" data-entry="{number}" '
        f'data-row="{escape(acknowledgement.id)}" aria-label="Withdraw: {title}">Withdraw</button>'
    )


def _links(entry: Entry, context: Context) -> Iterator[str]:
    every = links_of(entry, context.snapshot)
    order = {name: place for place, name in enumerate(LINKS_FIRST)}
    for name in sorted(every, key=lambda name: order.get(name.casefold(), len(order))):
        where = f'class="go" href="{escape(every[name])}" target="_blank" rel="noopener"'
        yield f'<a {where}>{escape(name.capitalize())}<i aria-hidden="true"> ↗</i></a>'


def span(entry: Entry, now: float) -> tuple[float, float]:
    """The time span for links of an entry: from an hour before it began until now; epoch seconds."""
    since = now if entry.since is None else min(entry.since, now)
    return since - BEFORE_S, now


def links_of(entry: Entry, snapshot: Snapshot) -> dict[str, str]:
    """The configured links of an entry's service, title → address."""
    report = snapshot.by_name.get(entry.service)
    return {} if report is None else links.filled(report.info.links, report.name, *span(entry, snapshot.at))
