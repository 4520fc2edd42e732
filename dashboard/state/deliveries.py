"""Notifications to be sent: each is stored first, and claimed by the process that sends it.

A claim is a time: nobody else tries before it is over. Whoever dies between claim and answer leaves the notification to
whoever comes then, so that it is sent at least once, and by one alone as long as nobody dies.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, literal, select, update

from dashboard.state.store import Store
from dashboard.state.tables import NOTIFICATIONS
from dashboard.state.writing import insert_new

# Rows that are looked at for those that are due: what comes later waits for these.
WAITING = 1000
# A problem is one line for people.
PROBLEM = 300
_TABLE = NOTIFICATIONS.c
_IS_OPEN = (_TABLE.sent_at.is_(None), _TABLE.failed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notification: an event of an incident for one receiver.

    Attributes:
        id: of incident, event and receiver: the same whoever makes it. `incident`: its id. `event`: what happened.
        severity, services: the most urgent alert, and how many services were concerned, when it was made.
        content: JSON of what is sent; empty if the receiver is not told of it, which is only kept in mind.
        added_at: epoch seconds; of one incident and receiver they are sent in that order.
        attempts: how often it was claimed.
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
    """How many notifications of a receiver wait, were given up or sent, and what was wrong at the last attempt."""

    waiting: int = 0
    failed: int = 0
    sent: int = 0
    problem: str = ""


def add(store: Store, notice: Notice) -> bool:
    """Keep a notification to be sent; False if it is there already.

    Raises:
        StateError: the store failed, and nothing was kept.
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
    """All notifications, sent or not, without what they say, oldest first.

    Raises:
        StateError: the store failed.
    """
    columns = [column for column in NOTIFICATIONS.c if column is not _TABLE.content]
    without_content: Select[Any] = select(*columns, literal("").label("content"))
    with store.reading() as connection:
        return [_notice(row) for row in connection.execute(without_content.order_by(_TABLE.added_at, _TABLE.id))]


def due(store: Store, receiver: str, now: float) -> list[str]:
    """Ids of notifications that may be sent now: of each incident the first alone, as none overtakes another.

    Args:
        store: is read. `receiver`: for whom. `now`: epoch seconds.

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
    """Take a notification to send it; None if somebody else has it, or it is over.

    Args:
        store: is written to. `number`: its id. `now`: epoch seconds. `lease`: seconds until another may take it.

    Raises:
        StateError: the store failed.
    """
    free = (_TABLE.id == number, _TABLE.due_at <= now, *_IS_OPEN)
    taken = update(NOTIFICATIONS).where(*free).values(due_at=now + lease, attempts=_TABLE.attempts + 1)
    with store.writing() as connection:
        row = connection.execute(taken.returning(*NOTIFICATIONS.c)).first()
    return None if row is None else _notice(row)


def sent(store: Store, number: str, now: float) -> None:
    """Note that a notification has arrived, at `now` (epoch seconds).

    Raises:
        StateError: the store failed: it is sent again when its claim is over.
    """
    _end(store, number, {"sent_at": now, "failed_at": None, "problem": ""})


def put_off(store: Store, number: str, due_at: float, problem: str) -> None:
    """Let a notification that could not be sent wait.

    Args:
        store: is written to. `number`: its id. `due_at`: epoch seconds of the next attempt. `problem`: one line.

    Raises:
        StateError: the store failed.
    """
    _end(store, number, {"due_at": due_at, "problem": problem[:PROBLEM]})


def give_up(store: Store, number: str, now: float, problem: str) -> None:
    """Try a notification no more; it stays, and is counted.

    Args:
        store: is written to. `number`: its id. `now`: epoch seconds. `problem`: one line.

    Raises:
        StateError: the store failed.
    """
    _end(store, number, {"failed_at": now, "problem": problem[:PROBLEM]})


def tallies(store: Store, receivers: Collection[str], since: float) -> dict[str, Tally]:
    """How it goes, by receiver; those without any notification are left out.

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
    # What somebody else has sent meanwhile, as the claim was over, stays sent.
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
