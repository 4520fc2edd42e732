"""Notifications to be sent: each is stored first, and claimed by the process that sends it.

A claim expires: until then no other process tries. If the claiming process dies, another one takes the notification
afterwards, so that it is sent at least once, and exactly once if no process dies.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, literal, select, update

from dashboard.state.store import Store
from dashboard.state.tables import NOTIFICATIONS
from dashboard.state.writing import insert_new

# Maximum number of rows to check for due ones; later rows wait for these.
WAITING = 1000
# Maximum length of a problem, which is one line for people.
PROBLEM = 300
_TABLE = NOTIFICATIONS.c
_IS_OPEN = (_TABLE.sent_at.is_(None), _TABLE.failed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notification: an event of an incident for one receiver.

    Attributes:
        id: of incident, event and receiver: the same in every process. `incident`: its id. `event`: what happened.
        severity, services: highest severity, and number of services, at the time of the event.
        content: JSON of the letter; empty if the receiver does not want the event, which is only recorded.
        added_at: epoch seconds; notifications of one incident and receiver are sent in this order.
        attempts: number of claims.
    """

    id: str
    incident: str
    event: str
    receiver: str
    severity: str
    services: int
    content: str
    added_at: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of waiting, failed and sent notifications of a receiver, and the problem of the last attempt."""

    waiting: int = 0
    failed: int = 0
    sent: int = 0
    problem: str = ""


def add(store: Store, notice: Notice) -> bool:
    """Store a notification to be sent; False if it already exists.

    Raises:
        StateError: the store failed, and nothing was stored.
    """
    row = {
        "id": notice.id,
        "subject": notice.incident,
        "person": "",
        "added_at": notice.added_at,
        "event": notice.event,
        "receiver": notice.receiver,
        "sent_at": None if notice.content else notice.added_at,
        "severity": notice.severity,
        "services": notice.services,
        "content": notice.content,
        "due_at": 0.0,
    }
    with store.writing() as connection:
        return insert_new(connection, NOTIFICATIONS, row)


def known(store: Store) -> list[Notice]:
    """All notifications, sent or not, without their content, oldest first.

    Raises:
        StateError: the store failed.
    """
    columns = [column for column in NOTIFICATIONS.c if column is not _TABLE.content]
    without_content: Select[Any] = select(*columns, literal("").label("content"))
    with store.reading() as connection:
        return [_notice(row) for row in connection.execute(without_content.order_by(_TABLE.added_at, _TABLE.id))]


def due(store: Store, receiver: str, now: float) -> list[str]:
    """Ids of notifications to send now: only the first one of each incident, so that their order is kept.

    Args:
        store: is read. `receiver`: its name. `now`: epoch seconds.

    Raises:
        StateError: the store failed.
    """
    waiting = select(_TABLE.id, _TABLE.subject, _TABLE.due_at).where(_TABLE.receiver == receiver, *_IS_OPEN)
    first: dict[str, tuple[str, float]] = {}
    with store.reading() as connection:
        for row in connection.execute(waiting.order_by(_TABLE.added_at, _TABLE.id).limit(WAITING)):
            first.setdefault(row.subject, (row.id, row.due_at))
    return [number for number, due_at in first.values() if due_at <= now]


def claim(store: Store, number: str, now: float, lease: float) -> Notice | None:
    """Claim a notification to send it; None if another process has it, or it is done.

    Args:
        store: is written to. `number`: its id. `now`: epoch seconds. `lease`: seconds until the claim expires.

    Raises:
        StateError: the store failed.
    """
    free = (_TABLE.id == number, _TABLE.due_at <= now, *_IS_OPEN)
    taken = update(NOTIFICATIONS).where(*free).values(due_at=now + lease, attempts=_TABLE.attempts + 1)
    with store.writing() as connection:
        row = connection.execute(taken.returning(*NOTIFICATIONS.c)).first()
    return None if row is None else _notice(row)


def sent(store: Store, number: str, now: float) -> None:
    """Record that a notification was sent, at `now` (epoch seconds).

    Raises:
        StateError: the store failed: it is sent again when its claim expires.
    """
    _end(store, number, {"sent_at": now, "failed_at": None, "problem": ""})


def put_off(store: Store, number: str, due_at: float, problem: str) -> None:
    """Postpone a notification that could not be sent.

    Args:
        store: is written to. `number`: its id. `due_at`: epoch seconds of the next attempt. `problem`: one line.

    Raises:
        StateError: the store failed.
    """
    _end(store, number, {"due_at": due_at, "problem": problem[:PROBLEM]})


def give_up(store: Store, number: str, now: float, problem: str) -> None:
    """Give a notification up; it is stored and counted as failed.

    Args:
        store: is written to. `number`: its id. `now`: epoch seconds. `problem`: one line.

    Raises:
        StateError: the store failed.
    """
    _end(store, number, {"failed_at": now, "problem": problem[:PROBLEM]})


def tallies(store: Store, receivers: Collection[str], since: float) -> dict[str, Tally]:
    """Numbers by receiver; receivers without notifications are left out.

    Args:
        store: is read. `receivers`: their names. `since`: epoch seconds; older ones are not counted.

    Raises:
        StateError: the store failed.
    """
    counts = [
        func.sum(case((state, 1), else_=0))
        for state in (
            _TABLE.sent_at.is_(None) & _TABLE.failed_at.is_(None),
            _TABLE.failed_at.is_not(None),
            _TABLE.sent_at.is_not(None) & (_TABLE.content != ""),
        )
    ]
    within = (_TABLE.receiver.in_(receivers), _TABLE.added_at >= since)
    query = select(_TABLE.receiver, *counts).where(*within).group_by(_TABLE.receiver)
    with store.reading() as connection:
        rows = list(connection.execute(query))
        return {
            name: Tally(int(waiting), int(failed), int(arrived), _problem(connection, name, since))
            for name, waiting, failed, arrived in rows
        }


def _problem(connection: Connection, receiver: str, since: float) -> str:
    of_receiver = (_TABLE.receiver == receiver, _TABLE.added_at >= since, _TABLE.problem != "")
    newest = select(_TABLE.problem).where(*of_receiver).order_by(_TABLE.due_at.desc()).limit(1)
    return str(connection.execute(newest).scalar() or "")


def _end(store: Store, number: str, values: dict[str, Any]) -> None:
    # A notification that another process sent after the claim expired stays sent.
    still_open = (_TABLE.id == number, _TABLE.sent_at.is_(None))
    with store.writing() as connection:
        connection.execute(update(NOTIFICATIONS).where(*still_open).values(values))


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        incident=row.subject,
        event=row.event,
        receiver=row.receiver,
        severity=row.severity,
        services=row.services,
        content=row.content,
        added_at=row.added_at,
        attempts=row.attempts,
    )
