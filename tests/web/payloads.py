"""What senders send, in their documented forms; the sentences and values are our own."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.web.annotations import NOW


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


START, END = NOW - 300, NOW - 60


@dataclass(frozen=True)
class Sent:
    """One message and what is expected of it.

    Attributes:
        answer: what the sender gets with its status; None where it looks at the status alone.
        stored: what is read back, as Grafana's `data`, its time (seconds before now) and its end; empty for no change.
    """

    path: str
    body: Any
    status: int
    stored: dict[str, Any]
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def deployed(sender: str, **more: Any) -> dict[str, Any]:
    """What is read back of a deploy of the checkout."""
    return {"sender": sender, "kind": "deploy", "service": "checkout", "time": START, **more}


ARGO_CD = Sent(
    "/api/annotations",
    {
        "time": int(START) * 1000,
        "isRegion": False,
        "tags": ["shop", "argocd"],
        "text": "Application shop runs revision 8c1f",
    },
    200,
    {"sender": "grafana", "kind": "deploy", "time": START},
)


def argo_application(phase: str, health: str, finished: float | None = None) -> dict[str, Any]:
    operation = {"phase": phase, "startedAt": iso(START), "syncResult": {"revision": "8c1f0d2e4b6a8c0e2f4a"}}
    return {
        "app": {
            "metadata": {"name": "checkout", "namespace": "argocd", "uid": "5"},
            "spec": {"destination": {"namespace": "prod", "server": "https://kubernetes.default.svc"}},
            "status": {
                "operationState": {**operation, **({"finishedAt": iso(finished)} if finished else {})},
                "health": {"status": health},
                "summary": {"images": ["registry.example.org:5000/shop/checkout:v42"]},
            },
        },
        "context": {"argocdUrl": "https://argocd.example.org"},
        "service_type": "webhook",
        "recipient": "golden",
        "commit_metadata": {},
    }


ARGO_CD_WEBHOOK = Sent(
    "/api/v1/changes/argocd",
    argo_application("Succeeded", "Healthy", END),
    200,
    deployed("argocd", version="v42", environment="prod", outcome="succeeded", end=END),
)
FLUX = Sent(
    "/api/annotations",
    {
        "when": int(START),
        "text": "kustomization/checkout.shop",
        "tags": [
            "flux",
            "kustomize-controller",
            "revision: main@sha1|8c1f0d2e4b6a8c0e2f4a6b8c0d2e4f6a8b0c2d4e",
            "kind: Kustomization",
            "name: checkout",
            "namespace: shop",
        ],
    },
    200,
    deployed("flux", version="main@8c1f0d2e4b6a"),
)
GRAPHITE = Sent(
    "/api/annotations/graphite",
    {"what": "Rollback of checkout", "tags": "rollback service:checkout", "when": int(START), "data": "back to 41"},
    200,
    {"sender": "graphite", "kind": "rollback", "service": "checkout", "time": START},
)
PAGERDUTY = Sent(
    "/v2/change/enqueue",
    {
        "routing_key": "SECRET",
        "payload": {
            "summary": "Build 42 of checkout passed and is live",
            "timestamp": iso(START),
            "source": "build-agent-3",
            "custom_details": {"service": "checkout", "version": "42", "build_state": "passed"},
        },
        "links": [
            {"href": "https://ci.example.org/builds/42", "text": "Build 42"},
            {"href": "javascript:alert(1)", "text": "x"},
        ],
    },
    202,
    deployed("pagerduty", version="42", outcome="succeeded", links=["https://ci.example.org/builds/42"]),
    {"status": "success", "message": "Change event processed"},
)
DATADOG = Sent(
    "/api/v2/dora/deployment",
    {
        "data": {
            "attributes": {
                "service": "checkout",
                "started_at": int(START) * 1_000_000_000,
                "finished_at": int(END) * 1000,
                "git": {"commit_sha": "8c1f0d2e4b6a8c0e", "repository_url": "https://git.example.org/shop/checkout"},
                "env": "prod",
                "version": "v42",
                "custom_tags": ["team:payments"],
            }
        }
    },
    200,
    deployed("datadog", version="v42", environment="prod", outcome="succeeded", end=END),
    headers={"DD-API-KEY": "SECRET"},
)


def cdevent(what: str, content: dict[str, Any] | None = None, name: str = "checkout") -> dict[str, Any]:
    artifact = "pkg:oci/checkout@sha256%3A0d2e4b6a8c0e2f4a6b8c0d2e4f6a8b0c2d4e0d2e4b6a8c0e2f4a6b8c0d2e4f6a?tag=v42"
    return {
        "context": {
            "version": "0.4.1",
            "id": f"event-{what}-{name}",
            "source": "/pipelines/7",
            "type": f"dev.cdevents.{what}.0.2.0",
            "timestamp": iso(START),
        },
        "subject": {
            "id": name,
            "source": "/pipelines/7",
            "type": what.partition(".")[0],
            "content": {"environment": {"id": "prod"}, "artifactId": artifact, **(content or {})},
        },
    }


DEPLOYED = deployed("cdevents", version="v42", environment="prod", outcome="succeeded")
CDEVENTS = "/api/v1/changes/cdevents"
CDEVENT = Sent(CDEVENTS, cdevent("service.deployed"), 202, DEPLOYED)
CDEVENT_ROLLED_BACK = Sent(CDEVENTS, cdevent("service.rolledback"), 202, {**DEPLOYED, "kind": "rollback"})
CDEVENT_BINARY = Sent(
    CDEVENTS,
    cdevent("service.upgraded"),
    202,
    DEPLOYED,
    headers={
        "ce-specversion": "1.0",
        "ce-type": "dev.cdevents.service.upgraded.0.2.0",
        "ce-source": "/pipelines/7",
        "ce-id": "event-service.upgraded-checkout",
    },
)
CDEVENT_STRUCTURED = Sent(
    CDEVENTS,
    {
        "specversion": "1.0",
        "type": "dev.cdevents.service.deployed.0.2.0",
        "source": "/pipelines/7",
        "id": "event-service.deployed-basket",
        "datacontenttype": "application/json",
        "data": cdevent("service.deployed", name="basket"),
    },
    202,
    {**DEPLOYED, "service": "basket"},
    headers={"Content-Type": "application/cloudevents+json; charset=utf-8"},
)
CDEVENT_TICKET = Sent(CDEVENTS, cdevent("ticket.created"), 202, {}, {"message": "No change in it", "ids": []})


def github_status(state: str, at: float) -> dict[str, Any]:
    return {
        "action": "created",
        "deployment_status": {
            "id": 900,
            "state": state,
            "environment": "production",
            "target_url": "https://git.example.org/shop/checkout/actions/runs/5",
            "created_at": iso(at),
        },
        "deployment": {
            "id": 77,
            "sha": "8c1f0d2e4b6a8c0e2f4a",
            "ref": "v42",
            "task": "deploy",
            "environment": "production",
            "created_at": iso(START),
        },
        "repository": {"id": 5, "name": "checkout", "full_name": "shop/checkout"},
        "sender": {"login": "mona"},
    }


GITHUB = Sent(
    "/api/v1/changes/github",
    github_status("success", END),
    202,
    deployed(
        "github",
        version="v42",
        environment="production",
        outcome="succeeded",
        end=END,
        links=["https://git.example.org/shop/checkout/actions/runs/5"],
    ),
    headers={"X-GitHub-Event": "deployment_status"},
)
GITHUB_PING = Sent(
    "/api/v1/changes/github", {"zen": "Keep it.", "hook_id": 5}, 202, {}, headers={"X-GitHub-Event": "ping"}
)


def gitlab_status(status: str, at: float) -> dict[str, Any]:
    changed = datetime.fromtimestamp(at + 7200, UTC).strftime("%Y-%m-%d %H:%M:%S +0200")
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": changed,
        "deployment_id": 15,
        "deployable_id": 380,
        "deployable_url": "https://git.example.org/shop/checkout/-/jobs/380",
        "environment": "production",
        "environment_tier": "production",
        "project": {
            "id": 30,
            "name": "checkout",
            "web_url": "https://git.example.org/shop/checkout",
            "path_with_namespace": "shop/checkout",
        },
        "short_sha": "8c1f0d2e",
        "user": {"username": "mona"},
        "commit_url": "https://git.example.org/shop/checkout/-/commit/8c1f0d2e",
        "commit_title": "Round prices down",
    }


GITLAB = Sent(
    "/api/v1/changes/gitlab",
    gitlab_status("success", END),
    200,
    {
        "sender": "gitlab",
        "kind": "deploy",
        "service": "checkout",
        "version": "8c1f0d2e",
        "environment": "production",
        "outcome": "succeeded",
        "end": END,
    },
    headers={"X-Gitlab-Token": "SECRET", "X-Gitlab-Event": "Deployment Hook"},
)


def jenkins_phase(phase: str, at: float, status: str | None = None) -> dict[str, Any]:
    return {
        "name": "deploy-checkout",
        "display_name": "deploy-checkout",
        "url": "job/deploy-checkout/",
        "build": {
            "full_url": "https://ci.example.org/job/deploy-checkout/18/",
            "number": 18,
            "queue_id": 1,
            "timestamp": int(at) * 1000,
            "duration": 0 if phase == "STARTED" else int(END - START) * 1000,
            "phase": phase,
            **({"status": status} if status else {}),
            "url": "job/deploy-checkout/18/",
            "scm": {
                "url": "https://git.example.org/shop/checkout",
                "branch": "origin/main",
                "commit": "8c1f0d2e4b6a8c0e",
            },
            "parameters": {"SERVICE": "checkout"},
            "log": "",
            "artifacts": {},
        },
    }


JENKINS = Sent(
    "/api/v1/changes/jenkins",
    jenkins_phase("COMPLETED", END, "SUCCESS"),
    200,
    deployed(
        "jenkins",
        version="8c1f0d2e4b6a",
        outcome="succeeded",
        end=END,
        links=["https://ci.example.org/job/deploy-checkout/18/"],
    ),
)


def flagger_step(phase: str, at: float, words: str, checksum: str = "85d557f47b") -> dict[str, Any]:
    return {
        "name": "checkout",
        "namespace": "shop",
        "phase": phase,
        **({"checksum": checksum} if checksum else {}),
        "metadata": {"eventMessage": words, "eventType": "Normal", "timestamp": str(int(at) * 1000)},
    }


FLAGGER = Sent(
    "/api/v1/changes/flagger",
    flagger_step("Progressing", START, "New revision detected! Scaling up checkout.shop"),
    200,
    deployed("flagger", version="85d557f47b", outcome="started"),
)


def spinnaker_event(kind: str, status: str, end: float | None = None) -> dict[str, Any]:
    execution = {
        "id": "01J0CHECKOUT",
        "type": "PIPELINE",
        "application": "checkout",
        "name": "Release to production",
        "status": status,
        "startTime": int(START) * 1000,
        **({"endTime": int(end) * 1000} if end else {}),
        "trigger": {"type": "manual", "parameters": {"version": "v42"}},
        "stages": [],
    }
    details = {"source": "orca", "type": kind, "application": "checkout", "created": str(int(START) * 1000)}
    return {"details": details, "content": {"execution": execution, "executionId": "01J0CHECKOUT"}}


SPINNAKER = Sent(
    "/api/v1/changes/spinnaker",
    {"eventName": "spinnaker_events", "payload": spinnaker_event("orca:pipeline:complete", "SUCCEEDED", END)},
    200,
    deployed("spinnaker", version="v42", outcome="succeeded", end=END),
)
ALL = {
    "Argo CD": ARGO_CD,
    "Argo CD, webhook": ARGO_CD_WEBHOOK,
    "Flux": FLUX,
    "Graphite": GRAPHITE,
    "PagerDuty": PAGERDUTY,
    "Datadog": DATADOG,
    "CDEvents": CDEVENT,
    "CDEvents, rolled back": CDEVENT_ROLLED_BACK,
    "CDEvents, binary": CDEVENT_BINARY,
    "CDEvents, structured": CDEVENT_STRUCTURED,
    "CDEvents, a ticket": CDEVENT_TICKET,
    "GitHub": GITHUB,
    "GitHub, a ping": GITHUB_PING,
    "GitLab": GITLAB,
    "Jenkins": JENKINS,
    "Flagger": FLAGGER,
    "Spinnaker": SPINNAKER,
}
