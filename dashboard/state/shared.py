"""What people added, read once for all viewers and written by one thread, so that pages never wait for the store."""

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

# What pages show: what people added, and, each read by itself when somebody looks at it, incidents of long ago, and
# what belongs to reviews.
SHOWN = (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS, POLICY_EXCEPTIONS)
LONG_AGO = (INCIDENTS,)
REVIEWS = (REVIEW_NOTES, SIGN_OFFS)
# This many seconds what was read is good for, and this many of the newest rows of a table are shown.
FRESH_S, ROWS = 3.0, 5_000
# Who comes first, and who has written something, waits so long for it.
FIRST_S, WRITE_S = 2.0, 15.0

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """What people added until one moment; equal only to itself, so that pages can keep what they made of it.

    Attributes:
        tables: name of a table → its rows, oldest first.
        problem: why they are not the newest, one sentence; None if they are.
    """

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    problem: str | None = None

    def rows(self, table: Table, subject: str | None = None) -> tuple[Row, ...]:
        """Rows of a table, those of one subject alone or of all, oldest first."""
        every = self.tables.get(table.name, ())
        return every if subject is None else tuple(row for row in every if row["subject"] == subject)


class SharedAdded:
    """The newest of what people added, for all threads.

    Args:
        store: is read and written. `steady`: seconds of a clock that never goes back. `tables`: that are read.
    """

    def __init__(
        self, store: Store, steady: Callable[[], float] = time.monotonic, tables: tuple[Table, ...] = SHOWN
    ) -> None:
        self._store, self._steady, self._tables = store, steady, tables
        self._newest, self._signs = Added(), {table.name: () for table in tables}
        self._read_at: float | None = None
        self._reading: Future[None] | None = None
        self._lock = threading.Lock()
        # One alone: SQLite has one writer, and what is read after a write has it.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="added")

    def read(self, first_s: float = FIRST_S) -> Added:
        """What is known, at once; it is read again beside that where it is no longer fresh.

        Args:
            first_s: seconds for which whoever comes first waits.
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
        """Do something with the store; what `read` gives afterwards has it. Returns what the task returns.

        Raises:
            StateError: the store failed, or took too long: then it may be written yet.
        """
        future = self._worker.submit(self._written, task)
        if not wait([future], WRITE_S).done:
            raise StateError(f"{self._store.where} has not answered for {WRITE_S:g} s")
        return future.result()

    def stop(self) -> None:
        """Keep what was to be written, and end."""
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
    """What differs where rows were added, changed or forgotten: rows are not read again as long as nobody adds any."""
    moments = [column for column in table.c if column.name.endswith("_at")]
    sums = [part for column in moments for part in (func.count(column), func.max(column), func.sum(column))]
    return tuple(connection.execute(select(func.count(), *sums).select_from(table)).one())


def _rows(connection: Connection, table: Table) -> tuple[Row, ...]:
    newest = select(table).order_by(table.c.added_at.desc(), table.c.id.desc()).limit(ROWS)
    return tuple(dict(row) for row in connection.execute(newest).mappings())[::-1]
