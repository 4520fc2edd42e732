"""Changes in the store: each is stored once, however often and by whichever sender it is reported."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, or_, select, update

from dashboard.changes.change import Change, Kind, Outcome, continues, merged
from dashboard.changes.reading import EventRefused
from dashboard.state.store import Store
from dashboard.state.tables import CHANGES
from dashboard.state.writing import insert_new

# Bytes of a row besides its texts.
ROW_BYTES = 200
# Number of rows to read at once, as rarely all are needed.
PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A stored change, with its id, the name of its token, and when it was first received."""

    id: int
    change: Change
    token: str
    received_at: float


def add(store: Store, changes: Iterable[Change], token: str, now: float) -> tuple[int, ...]:
    """Store changes, or merge news into known ones; returns their ids once they are committed.

    Args:
        changes: of one message: all of them are stored, or none. `token`: the name of the sender's token.
        now: epoch seconds.

    Raises:
        StateError: the store failed, and nothing was stored.
    """
    with store.writing() as connection:
        return tuple(_add(connection, change, token, now) for change in changes)


def _add(connection: Connection, change: Change, token: str, now: float) -> int:
    known = _known(connection, change)
    if known is None:
        row = {"id": change.id, "token": token, "received_at": now, **_columns(change)}
        if insert_new(connection, CHANGES, row):
            return change.id
        # Another replica was faster.
        known = _by_ids(connection, (change.id,))
        assert known is not None, "what is in the way of an insert is there"
    newest = merged(known.change, change)
    if newest != known.change:
        connection.execute(update(CHANGES).where(CHANGES.c.id == known.id).values(_columns(newest)))
    return known.id


def _known(connection: Connection, change: Change) -> StoredChange | None:
    """The stored change with one of its ids, else the newest of its series, if this one continues it."""
    known = _by_ids(connection, change.ids)
    if known is not None or not change.series:
        return known
    before = (CHANGES.c.sender == change.sender, CHANGES.c.series == change.series, CHANGES.c.start_at <= change.start)
    newest = select(CHANGES).where(*before).order_by(CHANGES.c.start_at.desc(), CHANGES.c.id).limit(1)
    row = connection.execute(newest.with_for_update()).first()
    known = None if row is None else _stored(row)
    return known if known is not None and continues(known.change, change) else None


def _by_ids(connection: Connection, ids: Sequence[int]) -> StoredChange | None:
    rows = connection.execute(select(CHANGES).where(CHANGES.c.id.in_(ids)).with_for_update())
    by_id = {row.id: _stored(row) for row in rows}
    return next((by_id[number] for number in ids if number in by_id), None)


def correct(store: Store, number: int, fields: Mapping[str, Any]) -> StoredChange | None:
    """Update a change as its sender requests, such as the end of a deploy; None if there is no such change.

    Args:
        number: its id. `fields`: attributes of `Change` with their values.

    Raises:
        EventRefused: its end would be before its start.
        StateError: the store failed.
    """
    with store.writing() as connection:
        known = _by_ids(connection, (number,))
        if known is None:
            return None
        newest = replace(known.change, **fields)
        if newest.end is not None and newest.end < newest.start:
            raise EventRefused("the change ends before it begins")
        connection.execute(update(CHANGES).where(CHANGES.c.id == number).values(_columns(newest)))
        return replace(known, change=newest)


def remove(store: Store, number: int) -> bool:
    """Delete a change that its sender withdraws; False if there is no such change.

    Args:
        store: is written to. `number`: the id of the change.

    Raises:
        StateError: the store failed.
    """
    with store.writing() as connection:
        return bool(connection.execute(delete(CHANGES).where(CHANGES.c.id == number)).rowcount)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes to find.

    Attributes:
        start, end: epoch seconds; changes that overlap the range are included.
        number: the id of a single one.
        limit: maximum number, newest first.
    """

    start: float | None = None
    end: float | None = None
    number: int | None = None
    limit: int = 1000


def find(store: Store, wanted: Wanted, matches: Callable[[StoredChange], bool] = lambda _: True) -> list[StoredChange]:
    """Changes, newest first.

    Args:
        store: is read. `wanted`: range and number. `matches`: further condition.

    Raises:
        StateError: the store failed.
    """
    pages = {"yield_per": PAGE}
    with store.reading() as connection, connection.execute(_query(wanted), execution_options=pages) as rows:
        return list(islice(filter(matches, map(_stored, rows)), wanted.limit))


def _query(wanted: Wanted) -> Select[Any]:
    query = select(CHANGES).order_by(CHANGES.c.start_at.desc(), CHANGES.c.id)
    if wanted.start is not None:
        ends = func.coalesce(CHANGES.c.end_at, CHANGES.c.start_at)
        query = query.where(or_(CHANGES.c.start_at >= wanted.start, ends >= wanted.start))
    if wanted.end is not None:
        query = query.where(CHANGES.c.start_at <= wanted.end)
    return query if wanted.number is None else query.where(CHANGES.c.id == wanted.number)


def _columns(change: Change) -> dict[str, Any]:
    columns = {
        "sender": change.sender,
        "change_key": change.key,
        "kind": str(change.kind),
        "start_at": change.start,
        "end_at": change.end,
        "told_at": change.at,
        "outcome": str(change.outcome),
        "service": change.service,
        "version": change.version,
        "environment": change.environment,
        "series": change.series,
        "content": change.text,
        "tags": _json(list(change.tags)),
        "links": _json(list(change.links)),
        "details": _json(dict(change.details)),
    }
    return {**columns, "size": ROW_BYTES + sum(len(str(value).encode()) for value in columns.values())}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _stored(row: Row[Any]) -> StoredChange:
    change = Change(
        sender=row.sender,
        key=row.change_key,
        kind=Kind(row.kind),
        start=row.start_at,
        end=row.end_at,
        at=row.told_at,
        outcome=Outcome(row.outcome),
        service=row.service,
        version=row.version,
        environment=row.environment,
        series=row.series,
        text=row.content,
        tags=tuple(json.loads(row.tags)),
        links=tuple(json.loads(row.links)),
        details=json.loads(row.details),
    )
    return StoredChange(row.id, change, row.token, row.received_at)
