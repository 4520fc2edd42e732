"""Deployments of GitLab: the webhook "Deployment events", with its secret token.

https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
"""

from collections.abc import Sequence

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message
from dashboard.changes.senders.sender import Credential, Sender, accepted

# Statuses of approvals: nothing has changed yet.
_NO_NEWS = ("blocked", "approved", "rejected", "created")


def read(message: Message) -> Sequence[Change]:
    """All statuses of a deployment become one change; empty for other events."""
    body = message.table()
    status = reading.name(body.get("status")).casefold()
    if body.get("object_kind") != "deployment" or status in _NO_NEWS:
        return []
    at = reading.moment(body.get("status_changed_at"), "status_changed_at")
    if at is None:
        raise EventRefused("status_changed_at is missing")
    project = reading.required(message.at("project", "path_with_namespace"), "project.path_with_namespace")
    number = reading.required(body.get("deployment_id"), "deployment_id")
    outcome = kinds.outcome_of(status)
    version, environment = reading.name(body.get("short_sha")), reading.name(body.get("environment"))
    title = reading.name(body.get("commit_title"))
    kind = kinds.kind_of((), title)
    where = environment and f"to {environment}{':' if title else ''}"
    return [
        Change(
            sender="gitlab",
            # Ids are unique within one GitLab only, and there may be several.
            key=f"{reading.name(message.at('project', 'web_url')) or project} {number}",
            kind=Kind.ROLLBACK if kind is Kind.ROLLBACK else Kind.DEPLOY,
            start=at,
            end=None if outcome in (Outcome.STARTED, Outcome.UNKNOWN) else at,
            at=at,
            text=" ".join(filter(None, ("Deployed", project, version, where, title))),
            outcome=outcome,
            service=project.rpartition("/")[2],
            version=version,
            environment=environment,
            links=reading.links(body.get("deployable_url"), body.get("commit_url")),
        )
    ]


SENDER = Sender("gitlab", "/api/v1/changes/gitlab", read, accepted, 200, Credential.GITLAB)
