"""Version 3: what a notification says and how its delivery goes, and tokens."""

from sqlalchemy import Connection

_NOTIFICATION = (
    "severity TEXT NOT NULL DEFAULT ''",
    "services INTEGER NOT NULL DEFAULT 0",
    "content TEXT NOT NULL DEFAULT ''",
    "due_at DOUBLE PRECISION NOT NULL DEFAULT 0",
    "attempts INTEGER NOT NULL DEFAULT 0",
    "failed_at DOUBLE PRECISION",
    "problem TEXT NOT NULL DEFAULT ''",
)
_TOKENS = """
CREATE TABLE gs_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    added_at DOUBLE PRECISION NOT NULL
)
"""


def upgrade(connection: Connection) -> None:
    """Add columns to the notifications, and the table of tokens."""
    for column in _NOTIFICATION:
        connection.exec_driver_sql(f"ALTER TABLE gs_notifications ADD COLUMN {column}")
    connection.exec_driver_sql(_TOKENS)
