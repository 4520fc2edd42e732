"""Events in Graphite's format, which Grafana accepts at a separate address, and Graphite at `/events/`.

https://graphite.readthedocs.io/en/latest/events.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change
from dashboard.changes.reading import Message
from dashboard.changes.senders.sender import Sender


def read(message: Message) -> Sequence[Change]:
    """One event: `what` is its title, `data` its text, `when` its time in seconds."""
    body = message.table()
    what, data = reading.required(body.get("what"), "what"), reading.text(body.get("data"))
    tags, start = reading.tags(body.get("tags")), reading.moment(body.get("when"), "when")
    written = reading.digest(what, data, sorted(tags), start)
    key, also = (written, ()) if start is not None else reading.keys_of_undated(written, message.now)
    start = message.now if start is None else start
    return [
        Change(
            sender="graphite",
            key=key,
            also=also,
            kind=kinds.kind_of(tags, f"{what}\n{data}"),
            start=start,
            at=start,
            text=f"{what}\n{data}" if data else what,
            tags=tags,
            **kinds.fields_of(tags),
        )
    ]


def answer(ids: Sequence[int]) -> Mapping[str, Any]:
    """The answer of Grafana."""
    return {"message": "Graphite annotation added", "id": ids[0]}


SENDER = Sender("graphite", "/api/annotations/graphite", read, answer)
