"""Rows that people and the dashboard add: acknowledgements, notes, corrections, action items, closed incidents …"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select, update

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import ADDED
from dashboard.state.writing import insert_new

# Maximum length of a text by a person; stored incidents with their five-minute counts may be longer.
LONGEST = 1_000_000


def add(store: Store, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False if one with its id exists, which is not changed.

    If replicas add the same row at once, only one of them gets True, so that only one sends the notification.

    Args:
        store: is written to. `table`: one of `ADDED`. `row`: values by column; columns with a default may be missing.

    Raises:
        StateError: a text is too long, or the store failed.
    """
    _check(table, row)
    with store.writing() as connection:
        return insert_new(connection, table, row)


def change(store: Store, table: Table, number: str, values: Mapping[str, Any]) -> bool:
    """Change columns of a row; False if there is none with that id.

    Args:
        store: is written to. `table`: one of `ADDED`. `number`: the id. `values`: by column.

    Raises:
        StateError: a text is too long, or the store failed.
    """
    _check(table, values)
    with store.writing() as connection:
        row = connection.execute(select(table.c.id).where(table.c.id == number).with_for_update()).first()
        if row is not None:
            connection.execute(update(table).where(table.c.id == number).values(dict(values)))
        return row is not None


def rows(store: Store, table: Table, subject: str | None = None, since: float | None = None) -> list[dict[str, Any]]:
    """Rows in the order in which they were added.

    Args:
        store: is read. `table`: one of `ADDED`. `subject`: to select; None for all. `since`: only rows added later.

    Raises:
        StateError: the store failed.
    """
    query = select(table).order_by(table.c.added_at, table.c.id)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    if since is not None:
        query = query.where(table.c.added_at >= since)
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _check(table: Table, row: Mapping[str, Any]) -> None:
    if table not in ADDED:
        raise ValueError(f"{table.name} has functions of its own")
    for column, value in row.items():
        if isinstance(value, str) and (len(value) > LONGEST or "\0" in value):
            raise StateError(f"{column} is longer than {LONGEST:,} characters, or is no text")
