"""Version 4: indexes for notifications that wait to be sent or were sent recently."""

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add indexes to the notifications."""
    connection.exec_driver_sql(
        "CREATE INDEX gs_notifications_waiting ON gs_notifications (receiver, added_at) "
        "WHERE sent_at IS NULL AND failed_at IS NULL"
    )
    connection.exec_driver_sql("CREATE INDEX gs_notifications_receiver ON gs_notifications (receiver, added_at)")
