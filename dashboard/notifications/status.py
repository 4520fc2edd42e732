"""The status of the receivers, for pages and metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverStatus:
    """How it goes with one receiver.

    Attributes:
        kind: of receiver.
        waiting, given_up, arrived: notifications of the last month, of all replicas.
        problem: what was wrong at the last attempt that failed; empty if nothing was.
        sent, failed: notifications of this process since it started.
    """

    name: str
    kind: str
    waiting: int = 0
    given_up: int = 0
    arrived: int = 0
    problem: str = ""
    sent: int = 0
    failed: int = 0
