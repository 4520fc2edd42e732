"""What a sender's module says: where it sends to, how it shows its token, how it is read and answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.changes.change import Change
from dashboard.changes.reading import Message


class Credential(StrEnum):
    """How a token comes, beside the bearer and the password of HTTP, which each sender may use."""

    HTTP = "Authorization"
    DATADOG = "DD-API-KEY"
    GITLAB = "X-Gitlab-Token"
    # Of GitHub the token is never sent: it is the key of a signature.
    SIGNATURE = "X-Hub-Signature-256"
    ROUTING_KEY = "routing_key"


@dataclass(frozen=True, slots=True)
class Sender:
    """A kind of sender.

    Attributes:
        read: the changes that a message tells of, none if it is about something else; raises `EventRefused`.
        answer: what the sender expects, for the ids of its changes, as JSON; `refusal`: the same for a sentence.
    """

    name: str
    path: str
    read: Callable[[Message], Sequence[Change]]
    answer: Callable[[Sequence[int]], Mapping[str, Any]]
    status: int = 200
    credential: Credential = Credential.HTTP
    refusal: Callable[[str], Mapping[str, Any]] = lambda sentence: {"message": sentence}


def accepted(ids: Sequence[int]) -> Mapping[str, Any]:
    """The answer to senders that look at the status alone."""
    return {"message": "Change kept" if ids else "No change in it", "ids": list(ids)}
