"""Version 5: notes on periods, and reviews that were signed off with what they showed then."""

from sqlalchemy import Connection

_COMMON = (
    "id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, person TEXT NOT NULL, added_at DOUBLE PRECISION NOT NULL"
)
_TABLES = {
    "gs_review_notes": "service TEXT NOT NULL, content TEXT NOT NULL",
    "gs_sign_offs": "scope TEXT NOT NULL, remarks TEXT NOT NULL",
}


def upgrade(connection: Connection) -> None:
    """Add their tables."""
    for name, columns in _TABLES.items():
        connection.exec_driver_sql(f"CREATE TABLE {name} ({_COMMON}, {columns})")
        connection.exec_driver_sql(f"CREATE INDEX {name}_subject ON {name} (subject, added_at)")
    connection.exec_driver_sql("CREATE TABLE gs_review_copies (id TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL)")
