"""Version 1: changes."""

from sqlalchemy import Connection

_CHANGES = """
CREATE TABLE gs_changes (
    id BIGINT NOT NULL PRIMARY KEY,
    sender TEXT NOT NULL,
    change_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    start_at DOUBLE PRECISION NOT NULL,
    end_at DOUBLE PRECISION,
    told_at DOUBLE PRECISION NOT NULL,
    outcome TEXT NOT NULL,
    service TEXT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    series TEXT NOT NULL,
    content TEXT NOT NULL,
    tags TEXT NOT NULL,
    links TEXT NOT NULL,
    details TEXT NOT NULL,
    token TEXT NOT NULL,
    received_at DOUBLE PRECISION NOT NULL,
    size INTEGER NOT NULL
)
"""


def upgrade(connection: Connection) -> None:
    """Add the table of changes."""
    connection.exec_driver_sql(_CHANGES)
    connection.exec_driver_sql("CREATE INDEX gs_changes_start ON gs_changes (start_at)")
    connection.exec_driver_sql("CREATE INDEX gs_changes_series ON gs_changes (series, start_at)")
