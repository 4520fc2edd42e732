"""Pipelines as Spinnaker's echo sends them to a REST endpoint, wrapped or not, flattened or not.

https://spinnaker.io/docs/setup/other_config/features/notifications/#event-webhooks; spinnaker/echo, echo-rest,
RestEventListener.java
"""

import json
from collections.abc import Sequence
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message, value_at
from dashboard.changes.senders.sender import Sender, accepted

_STATES = {
    "orca:pipeline:starting": Outcome.STARTED,
    "orca:pipeline:complete": Outcome.SUCCEEDED,
    "orca:pipeline:failed": Outcome.FAILED,
}


def read(message: Message) -> Sequence[Change]:
    """Start and end of a pipeline become one change; empty for its stages and tasks, and for other events."""
    body = message.table()
    event = body if "details" in body else next((value for value in body.values() if isinstance(value, dict)), {})
    details, content = _table(event.get("details")), _table(event.get("content"))
    if "type" not in details:
        raise EventRefused("details.type is missing")
    outcome = _STATES.get(reading.name(details["type"]))
    if outcome is None:
        return []
    execution = _table(content.get("execution"))
    number = reading.required(execution.get("id") or content.get("executionId"), "content.execution.id")
    start = reading.moment(execution.get("startTime"), "content.execution.startTime") or message.now
    end = reading.moment(execution.get("endTime"), "content.execution.endTime")
    application = reading.name(details.get("application") or execution.get("application"))
    pipeline = reading.name(execution.get("name"))
    status = kinds.outcome_of(execution.get("status"))
    kind = kinds.kind_of((), pipeline)
    return [
        Change(
            sender="spinnaker",
            key=number,
            kind=Kind.DEPLOY if kind is Kind.OTHER else kind,
            start=start,
            end=None if outcome is Outcome.STARTED else end,
            at=end or start,
            text=f"Pipeline {pipeline} of {application}".strip(),
            outcome=outcome if status in (Outcome.UNKNOWN, Outcome.STARTED) else status,
            service=application,
            version=reading.name(value_at(execution, "trigger", "parameters", "version"))
            or reading.name(value_at(execution, "trigger", "tag")),
        )
    ]


def _table(value: Any) -> dict[str, Any]:
    """A table, or one as JSON text, as echo writes it with `flatten`."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


SENDER = Sender("spinnaker", "/api/v1/changes/spinnaker", read, accepted)
