"""Policy exceptions that people added, in addition to those of the configuration."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.gate.policy import PolicyException

# Valid times of a row, in epoch seconds: an imported row may contain anything.
MOMENTS = 0.0, 4_102_444_800.0

Row = Mapping[str, Any]
Rows = Callable[[], Sequence[Row]]


def nothing_added() -> Sequence[Row]:
    """Without an open state store there are none."""
    return ()


@dataclass(frozen=True, slots=True)
class _Joined:
    """A snapshot before and after some rows were added."""

    of: Snapshot
    rows: Sequence[Row]
    snapshot: Snapshot


class AddedExceptions:
    """Adds the exceptions of people to snapshots.

    Attributes:
        rows: reads them; the same object until one changes. Set once the state store is open.
    """

    def __init__(self, rows: Rows = nothing_added) -> None:
        self.rows = rows
        self._last: _Joined | None = None

    def put_into(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with all exceptions in its policy; the same object until something changes."""
        rows, last = self.rows(), self._last
        if last is None or last.of is not snapshot or last.rows is not rows:
            # One assignment, as many threads read it, and each may do this work.
            last = self._last = _Joined(snapshot, rows, joined(snapshot, rows))
        return last.snapshot


def joined(snapshot: Snapshot, rows: Sequence[Row]) -> Snapshot:
    """A snapshot with the exceptions of some rows after those of its policy."""
    exceptions = tuple(_seen(each, row, snapshot) for row in rows if (each := exception_of(row)) is not None)
    if not exceptions or not snapshot.policy.takes_added:
        return snapshot
    policy = snapshot.policy
    return replace(snapshot, policy=replace(policy, exceptions=(*policy.exceptions, *exceptions)))


def _seen(exception: PolicyException, row: Row, snapshot: Snapshot) -> PolicyException:
    """One that holds since it was added, from the snapshot on in which it was added, which may be one refresh old."""
    behind = exception.begins - snapshot.at
    is_new = exception.begins == row["added_at"] and 0 < behind <= 2 * snapshot.refresh
    return replace(exception, begins=snapshot.at) if is_new else exception


def exception_of(row: Row) -> PolicyException | None:
    """The exception of a row, until it was ended; None if it says none, or was ended before it began."""
    begins, ended = row["begin_at"], row["ended_at"]
    until = row["until_at"] if ended is None else min(row["until_at"], ended)
    services, slos = _patterns(row["services"]), _patterns(row["slos"])
    if not (MOMENTS[0] <= begins < until <= MOMENTS[1] and services and slos):
        return None
    burning = bool(row["even_burning"])
    return PolicyException(row["person"], row["content"], until, begins, services, slos, burning, number=row["id"])


def _patterns(written: str) -> tuple[str, ...]:
    try:
        patterns = json.loads(written)
    except (ValueError, RecursionError):
        return ()
    return tuple(patterns) if isinstance(patterns, list) and all(isinstance(each, str) for each in patterns) else ()
