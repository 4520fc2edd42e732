"""The description of a sender by its module: its path, its token, its parser and its answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.changes.change import Change
from dashboard.changes.reading import Message


class Credential(StrEnum):
    """How a token is sent, besides bearer and basic authentication, which every sender may use."""

    HTTP = "Authorization"
    DATADOG = "DD-API-KEY"
    GITLAB = "X-Gitlab-Token"
    # GitHub never sends the token: it is the key of a signature.
    SIGNATURE = "X-Hub-Signature-256"
    ROUTING_KEY = "routing_key"


@dataclass(frozen=True, slots=True)
class Sender:
    """A kind of sender.

    Attributes:
        read: the changes in a message, empty if it is about something else; raises `EventRefused`.
        answer: the expected answer for the ids of its changes, as JSON; `refusal`: the same for an error sentence.
    """

    name: str
    path: str
    read: Callable[[Message], Sequence[Change]]
    answer: Callable[[Sequence[int]], Mapping[str, Any]]
    status: int = 200
    credential: Credential = Credential.HTTP
    refusal: Callable[[str], Mapping[str, Any]] = lambda sentence: {"message": sentence}


def accepted(ids: Sequence[int]) -> Mapping[str, Any]:
    """The answer to senders that only check the status."""
    return {"message": "Change kept" if ids else "No change in it", "ids": list(ids)}
