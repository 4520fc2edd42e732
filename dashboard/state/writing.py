"""Writes rows that two replicas may write at once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key exists; returns whether it was inserted.

    Args:
        connection: in a write transaction. `table`: with the key. `row`: values by column.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(dict(row)).on_conflict_do_nothing().returning(*table.primary_key)
    # Not by the number of rows, which PostgreSQL's driver does not return for inserts.
    return connection.execute(statement).first() is not None
