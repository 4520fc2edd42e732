"""Change events of PagerDuty's Events API v2, whose routing key is a token of ours.

https://developer.pagerduty.com/docs/send-change-events
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind
from dashboard.changes.reading import Message, value_at
from dashboard.changes.senders.sender import Credential, Sender


def read(message: Message) -> Sequence[Change]:
    """One event. Events have no kind: unless the text says otherwise it is a deploy, as is usual there."""
    payload = message.table("payload")
    summary = reading.required(payload.get("summary"), "payload.summary")
    start = reading.moment(payload.get("timestamp"), "payload.timestamp")
    details = payload.get("custom_details")
    written = reading.digest(summary, start, payload.get("source"), details)
    key, also = (written, ()) if start is not None else reading.keys_of_undated(written, message.now)
    start = message.now if start is None else start
    kind = kinds.kind_of([f"kind:{reading.name(value_at(details, 'kind'))}"], summary)
    addresses = [value_at(link, "href") for link in reading.listed(message.at("links"))]
    return [
        Change(
            sender="pagerduty",
            key=key,
            also=also,
            kind=Kind.DEPLOY if kind is Kind.OTHER else kind,
            start=start,
            at=start,
            text=summary,
            outcome=kinds.outcome_of(value_at(details, "status") or value_at(details, "build_state")),
            service=reading.name(value_at(details, "service")),
            version=reading.name(value_at(details, "version") or value_at(details, "revision")),
            environment=reading.name(value_at(details, "environment")),
            links=reading.links(*addresses),
            details={"source": reading.name(payload.get("source"))},
        )
    ]


def answer(_: Sequence[int]) -> Mapping[str, Any]:
    """The answer of PagerDuty, with 202."""
    return {"status": "success", "message": "Change event processed"}


def refusal(sentence: str) -> Mapping[str, Any]:
    """An error of PagerDuty."""
    return {"status": "invalid event", "message": sentence, "errors": [sentence]}


SENDER = Sender("pagerduty", "/v2/change/enqueue", read, answer, 202, Credential.ROUTING_KEY, refusal)
