"""Opens the store that a specification names."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from dashboard.exceptions import StateError
from dashboard.redaction import redacted, shown
from dashboard.state.folders import FILE, NoFolder, default_folder
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import DiskError, Store

# Seconds to wait for the file while another process locks it.
BUSY_S = 10.0
# Detects lost connections: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
LINK = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 15_000}


def open_store(spec: StateSpec) -> Store:
    """The store of a specification, with the newest schema.

    Raises:
        StateError: it cannot be opened, is not a store, or has a newer schema.
    """
    if spec.where == MEMORY:
        return _in_memory(spec)
    if spec.is_postgresql:
        return Store(*_postgresql(spec.where), spec)
    if spec.where:
        return _in_folder(Path(spec.where), spec)
    try:
        folder = default_folder()
        return _in_folder(folder, spec)
    except (NoFolder, DiskError) as error:
        # No state was configured: where nothing can be written, services are shown nevertheless.
        return _in_memory(spec, f"{error}: what is added is kept in memory only; --state names another folder")


def _in_memory(spec: StateSpec, note: str = "") -> Store:
    # One shared connection, since each connection to memory would be a separate store.
    engine = create_engine(
        "sqlite://",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )
    return Store(_sqlite(engine), "memory", spec, note)


def _in_folder(folder: Path, spec: StateSpec) -> Store:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / FILE
        with path.open("ab"):
            pass
        # It contains what people wrote about incidents.
        path.chmod(0o600)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise NoFolder(f"{folder}: is no folder that can be written to: {why}") from None
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S})
    return Store(_sqlite(engine), str(path), spec)


def _sqlite(engine: Engine) -> Engine:
    """Transactions start where SQLAlchemy says so; those that write take the lock at the start.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # Acknowledged data survive a power cut, too: https://www.sqlite.org/pragma.html#pragma_synchronous
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads before it writes would fail if another process has written meanwhile.
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _postgresql(where: str) -> tuple[Engine, str]:
    """An engine, and its address without secrets."""
    try:
        url = make_url(where).set(drivername="postgresql+psycopg")
        engine = create_engine(url, pool_pre_ping=True, connect_args=LINK)
        return engine, shown(where)
    except (ArgumentError, ValueError) as error:
        raise StateError(f"the URL of the state cannot be read: {redacted(str(error), typed=True)}") from None
    except ImportError:
        raise StateError("a state in PostgreSQL needs its driver: pip install 'golden-signals[postgresql]'") from None
