"""A change: something that was done to a service or below it, in one vocabulary for all senders."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of changes; `OTHER` is unknown, and never treated as a deploy."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    FLAG = "flag"
    CONFIGURATION = "configuration"
    EXPERIMENT = "experiment"
    SCALING = "scaling"
    MAINTENANCE = "maintenance"
    OTHER = "other"


class Outcome(StrEnum):
    """The outcome, as far as its sender has reported it."""

    UNKNOWN = "unknown"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_FINAL = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED)
# A later stage replaces an earlier one; within a stage, the newer message replaces the older.
_RANKS = {Outcome.UNKNOWN: 0, Outcome.STARTED: 1, Outcome.SUCCEEDED: 2, Outcome.FAILED: 2, Outcome.CANCELLED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; times in epoch seconds, texts as sent, without control characters and of limited length.

    Attributes:
        sender: kind of sender that reported it, such as `grafana`.
        key: what that sender repeats in every message about this change; with the sender it determines the id.
        also: further keys under which it may be known.
        start, end: when it began, and when it was complete; None if unknown.
        at: time of the newest message about it.
        series: something that changes repeatedly, such as a Kustomization: one version after the other.
        details: the sender's own names and values, returned unchanged.
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
        """A number below 2⁵³, which JavaScript represents exactly; the same on every replica and permanently."""
        return identity(self.sender, self.key)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids under which it may be known, its own first."""
        return (self.id, *(identity(self.sender, key) for key in self.also))


def identity(sender: str, key: str) -> int:
    """The id for a sender's key."""
    digest = hashlib.sha256(f"{sender}\0{key}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 12) or 1


def continues(newest: Change, message: Change) -> bool:
    """Whether a message is about the newest change of its series: same version, and not a start after its end."""
    begins = message.outcome is Outcome.STARTED and message.at > newest.at
    return message.version == newest.version and not (begins and newest.outcome in _FINAL)


def merged(known: Change, message: Change) -> Change:
    """Merge a message about the change, whatever the order in which messages arrive."""
    older, newer = sorted((known, message), key=lambda change: (_RANKS[change.outcome], change.at))
    ends = [change.end for change in (newer, older) if change.end is not None]
    return replace(
        newer,
        key=known.key,
        also=(),
        # If one does not say the kind of change, that of the other counts.
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
