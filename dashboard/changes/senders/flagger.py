"""Canaries from Flagger's event webhook: one message for each step, one change for each canary.

https://docs.flagger.app/usage/webhooks
"""

from collections.abc import Sequence

from dashboard.changes import reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import Message
from dashboard.changes.senders.sender import Sender, accepted

_OUTCOMES = {
    "Waiting": Outcome.STARTED,
    "Progressing": Outcome.STARTED,
    "Promoting": Outcome.STARTED,
    "Finalising": Outcome.STARTED,
    "Succeeded": Outcome.SUCCEEDED,
    "Failed": Outcome.FAILED,
}


def read(message: Message) -> Sequence[Change]:
    """A step of a canary; empty for its preparation, and for gates, which have no event."""
    name = reading.required(message.at("name"), "name")
    namespace = reading.required(message.at("namespace"), "namespace")
    phase, event = reading.required(message.at("phase"), "phase"), message.at("metadata", "eventMessage")
    outcome = _OUTCOMES.get(phase)
    if outcome is None or event is None:
        return []
    at = reading.moment(message.at("metadata", "timestamp"), "metadata.timestamp") or message.now
    # The checksum of the new version, not sent by older Flaggers. The same version may be rolled out again.
    checksum = reading.name(message.at("checksum"))
    canary = f"{namespace}/{name}"
    return [
        Change(
            sender="flagger",
            key=f"{canary} {reading.digest(phase, event, at)}",
            kind=Kind.DEPLOY,
            start=at,
            end=None if outcome is Outcome.STARTED else at,
            at=at,
            text=f"Canary {canary}: {reading.text(event)}",
            outcome=outcome,
            service=name,
            version=checksum,
            series=canary,
            tags=reading.tags([f"namespace:{namespace}", "canary"]),
        )
    ]


SENDER = Sender("flagger", "/api/v1/changes/flagger", read, accepted)
