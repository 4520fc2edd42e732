"""Deployments of Datadog's DORA metrics: `datadog-ci dora deployment`, its API client, a curl.

https://docs.datadoghq.com/api/latest/dora-metrics/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message, value_at
from dashboard.changes.senders.sender import Credential, Sender


def read(message: Message) -> Sequence[Change]:
    """One finished deployment, identified by its id, or else by its content."""
    body = message.table("data", "attributes")
    service = reading.required(body.get("service"), "data.attributes.service")
    start = reading.moment(body.get("started_at"), "started_at")
    end = reading.moment(body.get("finished_at"), "finished_at")
    if start is None or end is None:
        raise EventRefused("data.attributes.started_at or finished_at is missing")
    commit = reading.name(value_at(body, "git", "commit_sha"))
    version = reading.name(body.get("version")) or commit[:12]
    environment, tags = reading.name(body.get("env")), reading.tags(body.get("custom_tags"))
    key = reading.name(body.get("id")) or reading.digest(service, start, end, environment, version, commit)
    rolled_back = "rollback" in kinds.labels(tags) or kinds.kind_of(tags, "") is Kind.ROLLBACK
    return [
        Change(
            sender="datadog",
            key=key,
            kind=Kind.ROLLBACK if rolled_back else Kind.DEPLOY,
            start=start,
            end=end,
            at=end,
            text=f"Deployed {service} {version}".strip(),
            # Datadog receives deployments after they have finished.
            outcome=Outcome.SUCCEEDED,
            service=service,
            version=version,
            environment=environment,
            tags=tags,
            links=reading.links(value_at(body, "git", "repository_url")),
            details={"commit": commit} if commit else {},
        )
    ]


def answer(ids: Sequence[int]) -> Mapping[str, Any]:
    """The answer of Datadog."""
    return {"data": {"id": f"{ids[0]:016x}", "type": "dora_deployment"}}


def refusal(sentence: str) -> Mapping[str, Any]:
    """An error of Datadog."""
    return {"errors": [{"detail": sentence}]}


SENDER = Sender("datadog", "/api/v2/dora/deployment", read, answer, 200, Credential.DATADOG, refusal)
