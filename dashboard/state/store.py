"""A store on SQLite, PostgreSQL or in memory: its transactions, with each problem as one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dashboard.exceptions import StateError
from dashboard.redaction import redacted
from dashboard.state import migrations
from dashboard.state.spec import StateSpec

# Errors of SQLite that are those of the disk.
DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class DiskError(StateError):
    """The disk of the store is full, read-only or gone."""


class Store:
    """A store with the newest schema.

    Args:
        engine: of SQLAlchemy. `where`: for people, without secrets. `spec`: its limits.
        note: for the operator, a sentence; empty for none.

    Raises:
        StateError: it cannot be read or written, or has a newer schema.
    """

    def __init__(self, engine: Engine, where: str, spec: StateSpec, note: str = "") -> None:
        self.where, self.spec, self.note = where, spec, note
        self._engine = engine
        self._writing = engine.execution_options(is_writing=True)
        try:
            with self.writing() as connection:
                self.schema = migrations.migrate(connection, where)
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: at its end everything is committed, or nothing after an error.

        Raises:
            StateError: the store failed; nothing was written.
        """
        with self._translated(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction with a consistent view of the store.

        Raises:
            StateError: the store failed.
        """
        with self._translated(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            fault = DiskError if _kind(error.orig) in DISK else StateError
            raise fault(f"{self.where}: {_said(error.orig or error)}{_remedy(error.orig)}") from error
        except SQLAlchemyError as error:
            raise StateError(f"{self.where}: {_said(error)}") from error


def _kind(error: BaseException | None) -> int:
    """The kind of an error of SQLite; 0 for other errors."""
    # The lowest byte: https://www.sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _remedy(error: BaseException | None) -> str:
    """The remedy for an error of SQLite whose message has none; empty for other errors."""
    kind = _kind(error)
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ": move it away, and read the newest copy with `golden-signals state import`"
    return ": look whether its disk is full or gone" if kind in DISK else ""


def _said(error: BaseException) -> str:
    """The first line of a driver's message, without secrets of addresses."""
    lines = str(error).strip().splitlines()
    return redacted(lines[0])[:300] if lines else type(error).__name__
