"""Exports and imports the state as JSON lines, as a copy or for another store."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Table, select

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import METADATA, SCHEMA
from dashboard.state.writing import insert_new

HEAD = "golden_signals_state"
# Rows of one transaction: lines before an invalid one are stored, those after it are not read.
BATCH = 500


def lines(store: Store) -> Iterator[str]:
    """The state, a line for each row, after one with the schema; the output is reproducible.

    Raises:
        StateError: the store failed.
    """
    yield json.dumps({HEAD: store.schema})
    with store.reading() as connection:
        for table in _tables():
            rows = connection.execute(
                select(table).order_by(*table.primary_key), execution_options={"yield_per": BATCH}
            )
            for row in rows.mappings():
                yield json.dumps({"table": table.name, **row}, ensure_ascii=False)


def read(store: Store, written: Iterable[str]) -> tuple[int, int]:
    """Add lines to a store; existing rows are not changed. Returns the numbers of new and existing rows.

    Args:
        store: is written to, line by line. `written`: as returned by `lines`.

    Raises:
        StateError: a line is invalid or of a newer schema, which the message says, or the store failed.
    """
    numbered = enumerate(written, start=1)
    _check_head(store, next(numbered, (1, "")))
    new = known = 0
    batch: list[tuple[Table, dict[str, Any]]] = []
    for number, line in numbered:
        if line.strip():
            batch.append(_row(number, line))
        if len(batch) == BATCH:
            new, known, batch = new + (added := _add(store, batch)), known + len(batch) - added, []
    added = _add(store, batch)
    return new + added, known + len(batch) - added


def _tables() -> list[Table]:
    return [table for table in METADATA.sorted_tables if table is not SCHEMA]


def _check_head(store: Store, first: tuple[int, str]) -> None:
    head = _decoded(*first)
    schema = head.get(HEAD)
    if not isinstance(schema, int):
        raise StateError(
            f"line 1: is no state: expected {json.dumps({HEAD: store.schema})}, as `state export` writes it"
        )
    if schema > store.schema:
        raise StateError(
            f"line 1: is of schema {schema}, and this golden-signals knows schemas up to {store.schema}: "
            "use the newer one that wrote it"
        )


def _decoded(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise StateError(f"line {number}: is no JSON object")
    return row


def _row(number: int, line: str) -> tuple[Table, dict[str, Any]]:
    row = _decoded(number, line)
    name = row.pop("table", None)
    table = METADATA.tables.get(name) if isinstance(name, str) else None
    if table is None or table is SCHEMA:
        raise StateError(f"line {number}: there is no table {json.dumps(name)[:80]}")
    for column in table.columns:
        if column.name not in row and column.server_default is not None:
            # Written by an older version without this column.
            continue
        value = row.get(column.name)
        fits = value is None if column.name not in row or value is None else _fits(value, column.type.python_type)
        if not fits or (value is None and not column.nullable):
            raise StateError(f"line {number}: {table.name}.{column.name} is missing or of another kind")
    if unknown := row.keys() - table.columns.keys():
        raise StateError(f"line {number}: {table.name} has no column {min(unknown)[:80]!r}")
    return table, row


def _fits(value: Any, wanted: type) -> bool:
    kinds = (int, float) if wanted is float else (wanted,)
    return isinstance(value, kinds) and not isinstance(value, bool)


def _add(store: Store, batch: list[tuple[Table, dict[str, Any]]]) -> int:
    with store.writing() as connection:
        return sum(insert_new(connection, table, row) for table, row in batch)
