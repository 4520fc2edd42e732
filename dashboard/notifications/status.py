"""The status of the receivers, for pages and metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverStatus:
    """The status of one receiver.

    Attributes:
        kind: of receiver.
        waiting, given_up, arrived: number of notifications of the last month, of all replicas.
        problem: of the last failed attempt; empty without any.
        sent, failed: number of notifications of this process since its start.
    """

    name: str
    kind: str
    waiting: int = 0
    given_up: int = 0
    arrived: int = 0
    problem: str = ""
    sent: int = 0
    failed: int = 0
