"""The tables of the newest schema; the migrations are in `versions/`, and a test compares both."""

from typing import Any

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

METADATA = MetaData()
# Alone in its row: which of the versions the tables have.
SCHEMA = Table("gs_schema", METADATA, Column("version", Integer, nullable=False))
CHANGES = Table(
    "gs_changes",
    METADATA,
    # Made of sender and key: a replay meets the row that is there, on every replica.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", Text, nullable=False),
    Column("change_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("start_at", Double, nullable=False),
    Column("end_at", Double),
    Column("told_at", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("content", Text, nullable=False),
    # JSON: a list of tags, a list of links, a table of details.
    Column("tags", Text, nullable=False),
    Column("links", Text, nullable=False),
    Column("details", Text, nullable=False),
    # The name of the token that it came with, and when it came first.
    Column("token", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    # Bytes that count against the size that is kept.
    Column("size", Integer, nullable=False),
    Index("gs_changes_start", "start_at"),
    Index("gs_changes_series", "series", "start_at"),
)


def _added(name: str, *columns: Column[Any]) -> Table:
    """What people and the dashboard itself add to a subject, such as an incident, by its id that never changes."""
    return Table(
        name,
        METADATA,
        # Made by whoever adds it; a second row with the same one is the same.
        Column("id", Text, primary_key=True),
        Column("subject", Text, nullable=False),
        # As it was given, until there is a login.
        Column("person", Text, nullable=False),
        Column("added_at", Double, nullable=False),
        *columns,
        Index(f"{name}_subject", "subject", "added_at"),
    )


ACKNOWLEDGEMENTS = _added("gs_acknowledgements", Column("withdrawn_at", Double))
NOTES = _added("gs_notes", Column("content", Text, nullable=False))
# Beside what was derived, never in its place: the newest of each field counts.
CORRECTIONS = _added("gs_corrections", Column("field", Text, nullable=False), Column("content", Text, nullable=False))
ACTION_ITEMS = _added(
    "gs_action_items",
    Column("content", Text, nullable=False),
    Column("owner", Text, nullable=False),
    # An ISO date; none yet where it is empty.
    Column("due", Text, nullable=False),
    Column("done_at", Double),
    Column("changed_at", Double, nullable=False),
)
# Closed ones, as they were derived from data that their source will forget: JSON of facts and counts.
INCIDENTS = _added(
    "gs_incidents",
    Column("start_at", Double, nullable=False),
    Column("end_at", Double, nullable=False),
    Column("content", Text, nullable=False),
)
# The id is what makes one of it, whichever replica sends it: incident, event and receiver.
NOTIFICATIONS = _added(
    "gs_notifications",
    Column("event", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("sent_at", Double),
    # The most urgent alert and the number of services when it was told.
    Column("severity", Text, nullable=False, server_default=""),
    Column("services", Integer, nullable=False, server_default="0"),
    # JSON of what is sent: whoever takes it over sends the same.
    Column("content", Text, nullable=False, server_default=""),
    # Nobody sends it before: whoever tries moves it on, and where that one dies, another may try then.
    Column("due_at", Double, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When it was given up; and why the last attempt failed.
    Column("failed_at", Double),
    Column("problem", Text, nullable=False, server_default=""),
)
_WAITS = NOTIFICATIONS.c.sent_at.is_(None) & NOTIFICATIONS.c.failed_at.is_(None)
Index("gs_notifications_waiting", NOTIFICATIONS.c.receiver, NOTIFICATIONS.c.added_at,
    sqlite_where=_WAITS, postgresql_where=_WAITS)  # fmt: skip
Index("gs_notifications_receiver", NOTIFICATIONS.c.receiver, NOTIFICATIONS.c.added_at)
# Of a period, by its name: the newest of each service counts; of all services where it is empty.
REVIEW_NOTES = _added(
    "gs_review_notes", Column("service", Text, nullable=False), Column("content", Text, nullable=False)
)
# Who agreed with the review of a period, of all or of what the scope names. The id is made of both: nobody signs twice.
SIGN_OFFS = _added("gs_sign_offs", Column("scope", Text, nullable=False), Column("remarks", Text, nullable=False))
# What was signed, as it was shown then: by the id of the sign-off, zipped.
REVIEW_COPIES = Table(
    "gs_review_copies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("content", Text, nullable=False),
)
# Of the error-budget policy, beside those of the configuration: lists of patterns are JSON; whoever ended one says so.
POLICY_EXCEPTIONS = _added(
    "gs_policy_exceptions",
    Column("services", Text, nullable=False),
    Column("slos", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("begin_at", Double, nullable=False),
    Column("until_at", Double, nullable=False),
    Column("even_burning", Integer, nullable=False),
    Column("ended_at", Double),
    Column("ended_by", Text, nullable=False),
)
# Of programs, beside those of the configuration: the name, the hash of the secret, the scopes with blanks between.
TOKENS = Table(
    "gs_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("added_at", Double, nullable=False),
)
ADDED = (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS, INCIDENTS, NOTIFICATIONS, POLICY_EXCEPTIONS)
