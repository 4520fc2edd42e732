"""Version 2: acknowledgements, notes, corrections, action items, closed incidents and notifications."""

from sqlalchemy import Connection

_COMMON = (
    "id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, person TEXT NOT NULL, added_at DOUBLE PRECISION NOT NULL"
)
_TABLES = {
    "gs_acknowledgements": "withdrawn_at DOUBLE PRECISION",
    "gs_notes": "content TEXT NOT NULL",
    "gs_corrections": "field TEXT NOT NULL, content TEXT NOT NULL",
    "gs_action_items": "content TEXT NOT NULL, owner TEXT NOT NULL, due TEXT NOT NULL, done_at DOUBLE PRECISION, "
    "changed_at DOUBLE PRECISION NOT NULL",
    "gs_incidents": "start_at DOUBLE PRECISION NOT NULL, end_at DOUBLE PRECISION NOT NULL, content TEXT NOT NULL",
    "gs_notifications": "event TEXT NOT NULL, receiver TEXT NOT NULL, sent_at DOUBLE PRECISION",
}


def upgrade(connection: Connection) -> None:
    """Add their tables."""
    for name, columns in _TABLES.items():
        connection.exec_driver_sql(f"CREATE TABLE {name} ({_COMMON}, {columns})")
        connection.exec_driver_sql(f"CREATE INDEX {name}_subject ON {name} (subject, added_at)")
