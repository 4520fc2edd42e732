"""CDEvents: plain, or in structured or binary CloudEvents.

https://cdevents.dev/docs/continuous-deployment/; https://github.com/cdevents/spec/tree/main/conformance;
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import EventRefused, Message, value_at
from dashboard.changes.senders.sender import Sender, accepted

# Versions are semantic; custom types are `dev.cdeventsx.TOOL-SUBJECT.PREDICATE.…`.
_TYPE = re.compile(r"dev\.cdeventsx?\.([\w-]+)\.(\w+)\.\d+\.\d+\.\d+(?:-[\w.-]+)?")
# Events that change something running; others, such as builds and tickets, are accepted without a change.
_KINDS = {
    ("service", "deployed"): (Kind.DEPLOY, Outcome.SUCCEEDED, "Deployed"),
    ("service", "upgraded"): (Kind.DEPLOY, Outcome.SUCCEEDED, "Upgraded"),
    ("service", "rolledback"): (Kind.ROLLBACK, Outcome.SUCCEEDED, "Rolled back"),
    ("service", "removed"): (Kind.CONFIGURATION, Outcome.SUCCEEDED, "Removed"),
    ("service", "published"): (Kind.CONFIGURATION, Outcome.SUCCEEDED, "Published"),
    ("deployment", "started"): (Kind.DEPLOY, Outcome.STARTED, "Deploying"),
    ("deployment", "finished"): (Kind.DEPLOY, Outcome.UNKNOWN, "Deployed"),
    ("environment", "created"): (Kind.CONFIGURATION, Outcome.SUCCEEDED, "Created environment"),
    ("environment", "modified"): (Kind.CONFIGURATION, Outcome.SUCCEEDED, "Modified environment"),
    ("environment", "deleted"): (Kind.CONFIGURATION, Outcome.SUCCEEDED, "Deleted environment"),
}
_ARTIFACT = re.compile(r"pkg:[\w.+-]+/(?P<name>[^@?]+)(?:@(?P<version>[^?]*))?(?:\?(?P<more>.*))?")


def read(message: Message) -> Sequence[Change]:
    """The changes in an event, or in a batch of them; empty for events about something else."""
    sent = message.body if isinstance(message.body, list) else [message.body]
    return [change for body in sent for change in _read(_event(body))]


def _read(event: Any) -> Sequence[Change]:
    context, subject = value_at(event, "context"), value_at(event, "subject")
    if not isinstance(context, dict) or not isinstance(subject, dict):
        raise EventRefused("context or subject is missing: expected a CDEvent, bare or as a CloudEvent")
    match = _TYPE.fullmatch(reading.name(context.get("type")))
    if not match:
        raise EventRefused("context.type is no type of a CDEvent")
    known = _KINDS.get((match[1], match[2]))
    return [_change(match[1], known, context, subject)] if known else []


def _event(body: Any) -> Any:
    """An event without its envelope; the envelope of a binary one is in the headers."""
    if not isinstance(body, dict) or "context" in body or "specversion" not in body:
        return body
    data = body.get("data")
    try:
        # Some clients send data as text, or as bytes.
        if isinstance(coded := body.get("data_base64"), str):
            data = base64.b64decode(coded).decode()
        return json.loads(data) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        raise EventRefused("data is no JSON object") from None


def _change(what: str, known: tuple[Kind, Outcome, str], context: Any, subject: Any) -> Change:
    kind, outcome, verb = known
    at = reading.moment(context.get("timestamp"), "context.timestamp")
    if at is None:
        raise EventRefused("context.timestamp is missing")
    source, number = reading.name(context.get("source")), reading.required(context.get("id"), "context.id")
    content = subject.get("content")
    name = reading.required(subject.get("id"), "subject.id")
    artifact, version = _artifact(reading.text(value_at(content, "artifactId")))
    if what == "deployment":
        # Started and finished are two events of one deployment.
        number, sent_outcome = f"deployment {name}", kinds.outcome_of(value_at(content, "outcome"))
        outcome = outcome if sent_outcome is Outcome.UNKNOWN else sent_outcome
    environment = name if what == "environment" else reading.name(value_at(content, "environment", "id"))
    service = {"service": name, "deployment": artifact}.get(what, "")
    return Change(
        sender="cdevents",
        key=f"{source} {number}",
        kind=kind,
        start=at,
        end=at if what == "deployment" and verb == "Deployed" else None,
        at=at,
        text=" ".join(filter(None, (verb, service or name, version))),
        outcome=outcome,
        service=service,
        version=version,
        environment=environment,
        links=reading.links(value_at(content, "uri"), value_at(content, "url")),
    )


def _artifact(identifier: str) -> tuple[str, str]:
    """Name and version of a package URL: https://github.com/package-url/purl-spec"""
    match = _ARTIFACT.fullmatch(identifier)
    if not match:
        return "", ""
    tag = re.search(r"(?:^|&)tag=([^&]+)", match["more"] or "")
    version = unquote(tag[1] if tag else match["version"] or "")
    algorithm, _, digest = version.partition(":")
    return unquote(match["name"]).rpartition("/")[2], f"{algorithm}:{digest[:12]}" if digest else version


SENDER = Sender("cdevents", "/api/v1/changes/cdevents", read, accepted, 202)
