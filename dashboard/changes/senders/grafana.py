"""Annotations as clients of Grafana send them: Argo CD, Flux, k6, Terraform, scripts.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/; Argo CD: argoproj/notifications-engine,
pkg/services/grafana.go; Flux: fluxcd/notification-controller, internal/notifier/grafana.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind
from dashboard.changes.reading import EventRefused, Message
from dashboard.changes.senders.sender import Sender

GRAFANA = "grafana"


def read(message: Message) -> Sequence[Change]:
    """An annotation; those of Flux include the object and its version."""
    body = message.table()
    words = reading.text(body.get("text"))
    if not words:
        raise EventRefused("text is missing")
    tags = reading.tags(body.get("tags"))
    # Flux sends Graphite's `when`, in seconds; Grafana itself would use the time of arrival.
    start = reading.moment(body.get("time"), "time") or reading.moment(body.get("when"), "when")
    change = _annotation(message, words, tags, start)
    return [_of_flux(change) if tags[:1] == ("flux",) else change]


def _annotation(message: Message, words: str, tags: tuple[str, ...], start: float | None) -> Change:
    body = message.table()
    details = {name: reading.name(body.get(name)) for name in ("dashboardUID", "dashboardId", "panelId")}
    written = reading.digest(words, sorted(tags), start, body.get("timeEnd"), details)
    key, also = (written, ()) if start is not None else reading.keys_of_undated(written, message.now)
    start = message.now if start is None else start
    end = reading.moment(body.get("timeEnd"), "timeEnd")
    return Change(
        sender=GRAFANA,
        key=key,
        also=also,
        kind=kinds.kind_of(tags, words),
        start=start,
        # Grafana writes the start as the end of annotations that are not regions.
        end=None if end == start else end,
        at=start,
        text=words,
        tags=tags,
        **kinds.fields_of(tags),
        details={name: value for name, value in details.items() if value},
    )


def _of_flux(change: Change) -> Change:
    """Repeated messages of Flux about one version of an object become one change, until the version changes."""
    labels = kinds.labels(change.tags)
    name, namespace = labels.get("name", ""), labels.get("namespace", "")
    kind = Kind.CONFIGURATION if labels.get("kind") in ("GitRepository", "OCIRepository", "Bucket") else Kind.DEPLOY
    return replace(
        change,
        sender="flux",
        kind=kind,
        service=change.service or name,
        version=_revision(labels.get("revision", "")),
        series=f"{labels.get('kind', '')}/{namespace}/{name}",
    )


def _revision(revision: str) -> str:
    """Shortens `main@sha1|8a5f…`, in which Flux writes the colon as a bar, for display: `main@8a5f…`."""
    branch, _, commit = revision.partition("@sha1|")
    return f"{branch}@{commit[:12]}" if commit else revision


def answer(ids: Sequence[int]) -> Mapping[str, Any]:
    """The answer of Grafana."""
    return {"message": "Annotation added", "id": ids[0]}


SENDER = Sender(GRAFANA, "/api/annotations", read, answer)
