"""Changes as JSON in our own vocabulary, and derived ones in the form of stored ones, for Grafana's clients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.changes.change import Change
from dashboard.changes.joining import joined
from dashboard.changes.known import KnownChange
from dashboard.state.changes import StoredChange
from dashboard.web.status_json import time


def change(known: KnownChange, token: str = "") -> dict[str, Any]:
    """One change.

    Args:
        known: the change. `token`: the name of the token it was sent with; empty for derived changes.
    """
    content = known.change
    return {
        "id": content.id,
        "at": time(content.start),
        "end": None if content.end is None else time(content.end),
        # A deploy of an earlier version is a rollback, whatever its sender calls it.
        "kind": str(content.kind),
        "outcome": str(content.outcome),
        "services": list(known.services),
        "service": content.service,
        "version": content.version,
        "environment": content.environment,
        "text": content.text,
        "tags": list(content.tags),
        "links": list(content.links),
        "sender": content.sender,
        "sources": list(known.sources),
        "ids": list(known.ids),
        "token": token,
    }


def only_derived(
    announced: Iterable[Change], derived: Sequence[Change], names: Mapping[str, str]
) -> list[StoredChange]:
    """Derived changes that no sender announced, in the form of stored ones, newest first.

    Args:
        announced: by senders. `derived`: from the data. `names`: service ids by all their names, in lower case.
    """
    rows = [known.change for known in joined(announced, derived, names) if known.is_derived]
    return [StoredChange(each.id, _tagged(each), each.sender, each.at) for each in reversed(rows)]


def _tagged(change: Change) -> Change:
    """A derived change with the tags that a sender would have added."""
    labels = {"service": change.service, "version": change.version, "status": str(change.outcome)}
    tags = (str(change.kind), *(f"{label}:{value}" for label, value in labels.items() if value), "derived")
    return replace(change, tags=tags)
