"""Deployments of GitHub: the webhooks `deployment` and `deployment_status`, with their signature.

https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_status
"""

from collections.abc import Sequence

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message, value_at
from dashboard.changes.senders.sender import Credential, Sender, accepted

# A deployment becomes inactive when the next one replaces it: no information about the deployment itself.
_NO_NEWS = ("inactive",)
_EVENTS = ("deployment", "deployment_status")


def read(message: Message) -> Sequence[Change]:
    """All statuses of a deployment become one change; empty for other events, such as the first ping."""
    event = message.headers.get("x-github-event", "")
    state = reading.name(message.at("deployment_status", "state")).casefold()
    if event not in _EVENTS or state in _NO_NEWS:
        return []
    deployment, repository = message.table("deployment"), message.table("repository")
    number = reading.required(deployment.get("id"), "deployment.id")
    name = reading.required(repository.get("full_name"), "repository.full_name")
    start = reading.moment(deployment.get("created_at"), "deployment.created_at")
    if start is None:
        raise EventRefused("deployment.created_at is missing")
    at = reading.moment(message.at("deployment_status", "created_at"), "deployment_status.created_at") or start
    # Without a status it has only been requested.
    outcome = kinds.outcome_of(state) if state else Outcome.STARTED
    version = reading.name(deployment.get("ref")) or reading.name(deployment.get("sha"))[:12]
    environment = reading.name(deployment.get("environment"))
    is_rollback = kinds.kind_of([reading.name(deployment.get("task"))], "") is Kind.ROLLBACK
    status = message.at("deployment_status")
    return [
        Change(
            sender="github",
            key=f"{name} {number}",
            kind=Kind.ROLLBACK if is_rollback else Kind.DEPLOY,
            start=start,
            end=at if outcome not in (Outcome.STARTED, Outcome.UNKNOWN) else None,
            at=at,
            text=" ".join(filter(None, ("Deployed", name, version, environment and f"to {environment}"))),
            outcome=outcome,
            service=name.rpartition("/")[2],
            version=version,
            environment=environment,
            links=reading.links(value_at(status, "target_url"), value_at(status, "log_url")),
            details={"commit": reading.name(deployment.get("sha"))},
        )
    ]


SENDER = Sender("github", "/api/v1/changes/github", read, accepted, 202, Credential.SIGNATURE)
