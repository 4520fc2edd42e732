"""Version 6: exceptions from the error-budget policy that people add."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add their table."""
    connection.exec_driver_sql(
        "CREATE TABLE gs_policy_exceptions (id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, person TEXT NOT NULL, "
        "added_at DOUBLE PRECISION NOT NULL, services TEXT NOT NULL, slos TEXT NOT NULL, content TEXT NOT NULL, "
        "begin_at DOUBLE PRECISION NOT NULL, until_at DOUBLE PRECISION NOT NULL, even_burning INTEGER NOT NULL, "
        "ended_at DOUBLE PRECISION, ended_by TEXT NOT NULL)"
    )
    connection.exec_driver_sql("CREATE INDEX gs_policy_exceptions_subject ON gs_policy_exceptions (subject, added_at)")
