"""Builds from Jenkins' Notification plugin, in three phases, sent to an address that contains a password.

https://plugins.jenkins.io/notification/; jenkinsci/notification-plugin, model/JobState.java and BuildState.java
"""

from collections.abc import Sequence

from dashboard.changes import kinds, reading
from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.reading import Message, value_at
from dashboard.changes.senders.sender import Sender, accepted


def read(message: Message) -> Sequence[Change]:
    """All phases of a build become one change; a build is a deploy unless its name says otherwise."""
    job, build = reading.required(message.at("name"), "name"), message.table("build")
    number = reading.required(build.get("number"), "build.number")
    phase = reading.required(build.get("phase"), "build.phase").upper()
    # The start of the phase, and the duration of the build until then in milliseconds.
    at = reading.moment(build.get("timestamp"), "build.timestamp") or message.now
    duration = build.get("duration")
    took = duration / 1000 if isinstance(duration, int) and 0 < duration < 1e9 else 0.0
    # While a build runs, its status is that of the previous build.
    is_over = phase in ("COMPLETED", "FINALIZED")
    outcome = kinds.outcome_of(build.get("status")) if is_over else Outcome.STARTED
    full_url = reading.name(build.get("full_url"))
    version = (
        reading.name(value_at(build, "parameters", "VERSION")) or reading.name(value_at(build, "scm", "commit"))[:12]
    )
    kind = kinds.kind_of([job], job)
    return [
        Change(
            sender="jenkins",
            key=full_url or f"{job} {number}",
            kind=Kind.DEPLOY if kind is Kind.OTHER else kind,
            start=at - took if is_over else at,
            end=at if is_over else None,
            at=at,
            text=f"{job} #{number}",
            outcome=outcome,
            service=reading.name(value_at(build, "parameters", "SERVICE")) or job,
            version=version,
            environment=reading.name(value_at(build, "parameters", "ENVIRONMENT")),
            links=reading.links(full_url),
            details={"branch": reading.name(value_at(build, "scm", "branch"))},
        )
    ]


SENDER = Sender("jenkins", "/api/v1/changes/jenkins", read, accepted)
