"""A change: something that was done to a service or below it, in one vocabulary whoever told of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """What was done; `OTHER` is what nobody can tell, and is never taken for a deploy."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    FLAG = "flag"
    CONFIGURATION = "configuration"
    EXPERIMENT = "experiment"
    SCALING = "scaling"
    MAINTENANCE = "maintenance"
    OTHER = "other"


class Outcome(StrEnum):
    """How it went, as far as its sender has told."""

    UNKNOWN = "unknown"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_FINAL = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED)
# What is known later takes the place of what was known before; among those of one rank the newer message does.
_RANKS = {Outcome.UNKNOWN: 0, Outcome.STARTED: 1, Outcome.SUCCEEDED: 2, Outcome.FAILED: 2, Outcome.CANCELLED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; times in epoch seconds, texts as they were sent, without control characters and of limited length.

    Attributes:
        sender: which kind of sender told of it, such as `grafana`.
        key: what that sender repeats whenever it tells of this change; with the sender it makes the id.
        also: further keys under which it may be known already.
        start, end: when it began, and when it was complete; None while that is not known.
        at: when the newest message about it was written.
        series: what is changed again and again, such as a Kustomization: one version after the other.
        details: what the sender calls it, by name, to be given back as it came.
    """

    sender: str
    key: str
    kind: Kind
    start: float
    at: float
    text: str
    also: tuple[str, ...] = ()
    end: float | None = None
    outcome: Outcome = Outcome.UNKNOWN
    service: str = ""
    version: str = ""
    environment: str = ""
    series: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """A number below 2⁵³, which JavaScript keeps exactly; the same on every replica and for ever."""
        return identity(self.sender, self.key)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids under which it may be known, its own first."""
        return (self.id, *(identity(self.sender, key) for key in self.also))


def identity(sender: str, key: str) -> int:
    """The id of what a sender tells of under a key."""
    digest = hashlib.sha256(f"{sender}\0{key}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 12) or 1


def continues(newest: Change, message: Change) -> bool:
    """Whether a message is about the newest change of its series: of one version, and not of a begin after its end."""
    begins = message.outcome is Outcome.STARTED and message.at > newest.at
    return message.version == newest.version and not (begins and newest.outcome in _FINAL)


def merged(known: Change, message: Change) -> Change:
    """What is known of a change after one more message about it, in whatever order messages come."""
    older, newer = sorted((known, message), key=lambda change: (_RANKS[change.outcome], change.at))
    ends = [change.end for change in (newer, older) if change.end is not None]
    return replace(
        newer,
        key=known.key,
        also=(),
        # Of one that says nothing of the kind of change, the other's word counts.
        kind=older.kind if newer.kind is Kind.OTHER else newer.kind,
        start=min(known.start, message.start),
        end=ends[0] if ends else None,
        at=max(known.at, message.at),
        service=newer.service or older.service,
        version=newer.version or older.version,
        environment=newer.environment or older.environment,
        series=newer.series or older.series,
        tags=tuple(dict.fromkeys((*older.tags, *newer.tags))),
        links=tuple(dict.fromkeys((*older.links, *newer.links))),
        details={**older.details, **newer.details},
    )
