"""Applications as Argo CD's webhook notifier sends them with the template that Datadog documents.

https://docs.datadoghq.com/continuous_delivery/deployments/argocd/; argoproj/argo-cd, pkg/apis/application/v1alpha1
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message, value_at
from dashboard.changes.senders.sender import Sender, accepted


def read(message: Message) -> Sequence[Change]:
    """All messages about one sync of an application become one change."""
    # The template may consist of the application only.
    app = message.table("app") if message.at("metadata", "name") is None else message.table()
    name = reading.required(value_at(app, "metadata", "name"), "app.metadata.name")
    operation = value_at(app, "status", "operationState")
    start = reading.moment(value_at(operation, "startedAt"), "app.status.operationState.startedAt")
    if start is None:
        raise EventRefused("app.status.operationState.startedAt is missing")
    end = reading.moment(value_at(operation, "finishedAt"), "app.status.operationState.finishedAt")
    outcome = _outcome(app, value_at(operation, "phase"))
    images = [reading.name(image) for image in reading.listed(value_at(app, "status", "summary", "images"))]
    version = _version(images, reading.name(value_at(operation, "syncResult", "revision")))
    return [
        Change(
            sender="argocd",
            key=f"{reading.name(value_at(app, 'metadata', 'namespace'))}/{name} {start:.0f}",
            kind=Kind.DEPLOY,
            start=start,
            end=None if outcome is Outcome.STARTED else end,
            at=message.now,
            text=f"Application {name} {version}".strip(),
            outcome=outcome,
            service=name,
            version=version,
            environment=reading.name(value_at(app, "spec", "destination", "namespace")),
            tags=reading.tags([f"image:{image}" for image in images]),
        )
    ]


def _outcome(app: Mapping[str, Any], phase: Any) -> Outcome:
    """A successful sync means that objects were written, not that they run."""
    health = reading.name(value_at(app, "status", "health", "status"))
    outcome = kinds.outcome_of(phase)
    if outcome is Outcome.SUCCEEDED and health:
        outcome = kinds.outcome_of(health)
    return outcome


def _version(images: Sequence[str], revision: str) -> str:
    """The tag of the only image; with several images the revision of the application."""
    tag = images[0].rpartition("/")[2].partition("@")[0].partition(":")[2] if len(images) == 1 else ""
    return tag or revision[:12]


SENDER = Sender("argocd", "/api/v1/changes/argocd", read, accepted)
