"""Additions by people, read once for all viewers and written by one thread, so that pages never wait for the store."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import (
    ACKNOWLEDGEMENTS,
    ACTION_ITEMS,
    CORRECTIONS,
    INCIDENTS,
    NOTES,
    POLICY_EXCEPTIONS,
    REVIEW_NOTES,
    SIGN_OFFS,
)

# Tables for pages: additions by people; and, read separately when needed, old incidents and
# data of reviews.
SHOWN = (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS, POLICY_EXCEPTIONS)
LONG_AGO = (INCIDENTS,)
REVIEWS = (REVIEW_NOTES, SIGN_OFFS)
# Seconds for which read data are fresh, and the number of newest rows of a table that are shown.
FRESH_S, ROWS = 3.0, 5_000
# Maximum seconds that the first reader waits, and that a writer waits.
FIRST_S, WRITE_S = 2.0, 15.0

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """Additions by people up to one time; only equal to itself, so that pages can cache what they derive.

    Attributes:
        tables: name of a table → its rows, oldest first.
        problem: why they are outdated, one sentence; None if they are not.
    """

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    problem: str | None = None

    def rows(self, table: Table, subject: str | None = None) -> tuple[Row, ...]:
        """Rows of a table, of one subject or of all, oldest first."""
        every = self.tables.get(table.name, ())
        return every if subject is None else tuple(row for row in every if row["subject"] == subject)


class SharedAdded:
    """The newest additions by people, for all threads.

    Args:
        store: is read and written. `steady`: a monotonic clock, in seconds. `tables`: to read.
    """

    def __init__(
        self, store: Store, steady: Callable[[], float] = time.monotonic, tables: tuple[Table, ...] = SHOWN
    ) -> None:
        self._store, self._steady, self._tables = store, steady, tables
        self._newest, self._signs = Added(), {table.name: () for table in tables}
        self._read_at: float | None = None
        self._reading: Future[None] | None = None
        self._lock = threading.Lock()
        # A single worker: SQLite has one writer, and a read after a write sees it.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="added")

    def read(self, first_s: float = FIRST_S) -> Added:
        """The known additions, immediately; if they are not fresh they are read again in the background.

        Args:
            first_s: seconds that the first reader waits.
        """
        with self._lock:
            is_old = self._read_at is None or self._steady() >= self._read_at + FRESH_S
            if is_old and (self._reading is None or self._reading.done()):
                self._reading = self._worker.submit(self._read)
            first = self._reading if self._read_at is None else None
        if first is not None:
            wait([first], first_s)
        return self._newest

    def write(self, task: Callable[[Store], Any]) -> Any:
        """Run a task with the store; later reads see its result. Returns what the task returns.

        Raises:
            StateError: the store failed, or took too long: then it may still be written.
        """
        future = self._worker.submit(self._written, task)
        if not wait([future], WRITE_S).done:
            raise StateError(f"{self._store.where} has not answered for {WRITE_S:g} s")
        return future.result()

    def stop(self) -> None:
        """Finish pending writes, and stop."""
        self._worker.shutdown()

    def _written(self, task: Callable[[Store], Any]) -> Any:
        result = task(self._store)
        self._read()
        return result

    def _read(self) -> None:
        try:
            with self._store.reading() as connection:
                signs = {table.name: _sign(connection, table) for table in self._tables}
                changed = {table.name: _rows(connection, table) for table in self._tables if self._is_new(table, signs)}
        except StateError as error:
            self._newest = Added(self._newest.tables, f"What people added is not the newest: {error}")
        else:
            if changed or self._newest.problem is not None or self._read_at is None:
                self._newest = Added({**self._newest.tables, **changed})
            self._signs = signs
        self._read_at = self._steady()

    def _is_new(self, table: Table, signs: Mapping[str, tuple[Any, ...]]) -> bool:
        return self._signs[table.name] != signs[table.name]


def _sign(connection: Connection, table: Table) -> tuple[Any, ...]:
    """A value that changes whenever rows are added, changed or deleted, so that unchanged tables are not read again."""
    moments = [column for column in table.c if column.name.endswith("_at")]
    sums = [part for column in moments for part in (func.count(column), func.max(column), func.sum(column))]
    return tuple(connection.execute(select(func.count(), *sums).select_from(table)).one())


def _rows(connection: Connection, table: Table) -> tuple[Row, ...]:
    newest = select(table).order_by(table.c.added_at.desc(), table.c.id.desc()).limit(ROWS)
    return tuple(dict(row) for row in connection.execute(newest).mappings())[::-1]
