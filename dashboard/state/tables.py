"""The tables of the newest schema; the migrations are in `versions/`, and a test compares both."""

from typing import Any

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

METADATA = MetaData()
# A single row with the version of the schema.
SCHEMA = Table("gs_schema", METADATA, Column("version", Integer, nullable=False))
CHANGES = Table(
    "gs_changes",
    METADATA,
    # Derived from sender and key, so that a replay finds the existing row on every replica.
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
    # The name of the sender's token, and the time of the first message.
    Column("token", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    # Bytes that count against the maximum size.
    Column("size", Integer, nullable=False),
    Index("gs_changes_start", "start_at"),
    Index("gs_changes_series", "series", "start_at"),
)


def _added(name: str, *columns: Column[Any]) -> Table:
    """A table of additions by people or the dashboard to a subject, such as an incident, by its permanent id."""
    return Table(
        name,
        METADATA,
        # Created by the writer; a second row with the same id is a duplicate.
        Column("id", Text, primary_key=True),
        Column("subject", Text, nullable=False),
        # As given, until there is a login.
        Column("person", Text, nullable=False),
        Column("added_at", Double, nullable=False),
        *columns,
        Index(f"{name}_subject", "subject", "added_at"),
    )


ACKNOWLEDGEMENTS = _added("gs_acknowledgements", Column("withdrawn_at", Double))
NOTES = _added("gs_notes", Column("content", Text, nullable=False))
# Additional to derived values, not instead of them: the newest row of each field counts.
CORRECTIONS = _added("gs_corrections", Column("field", Text, nullable=False), Column("content", Text, nullable=False))
ACTION_ITEMS = _added(
    "gs_action_items",
    Column("content", Text, nullable=False),
    Column("owner", Text, nullable=False),
    # An ISO date; empty if there is none yet.
    Column("due", Text, nullable=False),
    Column("done_at", Double),
    Column("changed_at", Double, nullable=False),
)
# Closed incidents, derived from data that their source will forget: JSON of facts and counts.
INCIDENTS = _added(
    "gs_incidents",
    Column("start_at", Double, nullable=False),
    Column("end_at", Double, nullable=False),
    Column("content", Text, nullable=False),
)
# The id consists of incident, event and receiver, so that it is unique, whichever replica sends it.
NOTIFICATIONS = _added(
    "gs_notifications",
    Column("event", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("sent_at", Double),
    # The highest severity and the number of services at the time of the notification.
    Column("severity", Text, nullable=False, server_default=""),
    Column("services", Integer, nullable=False, server_default="0"),
    # JSON of the letter, so that another process that takes over sends the same.
    Column("content", Text, nullable=False, server_default=""),
    # Not sent before this time: a sender moves it forward, and if it dies another one may try then.
    Column("due_at", Double, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When it was given up, and the problem of the last attempt.
    Column("failed_at", Double),
    Column("problem", Text, nullable=False, server_default=""),
)
_WAITS = NOTIFICATIONS.c.sent_at.is_(None) & NOTIFICATIONS.c.failed_at.is_(None)
Index("gs_notifications_waiting", NOTIFICATIONS.c.receiver, NOTIFICATIONS.c.added_at,
    sqlite_where=_WAITS, postgresql_where=_WAITS)  # fmt: skip
Index("gs_notifications_receiver", NOTIFICATIONS.c.receiver, NOTIFICATIONS.c.added_at)
# Notes on a period, by its name: the newest of each service counts; those on all services have an empty one.
REVIEW_NOTES = _added(
    "gs_review_notes", Column("service", Text, nullable=False), Column("content", Text, nullable=False)
)
# Approvals of the review of a period and a scope. The id is derived from both, so that nobody signs twice.
SIGN_OFFS = _added("gs_sign_offs", Column("scope", Text, nullable=False), Column("remarks", Text, nullable=False))
# The signed review as displayed, compressed, by the id of the sign-off.
REVIEW_COPIES = Table(
    "gs_review_copies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("content", Text, nullable=False),
)
# Policy exceptions, in addition to configured ones: lists of patterns are JSON; with the person who ended it.
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
# Tokens for programs, in addition to configured ones: name, hash of the secret, scopes separated by blanks.
TOKENS = Table(
    "gs_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("added_at", Double, nullable=False),
)
ADDED = (ACKNOWLEDGEMENTS, NOTES, CORRECTIONS, ACTION_ITEMS, INCIDENTS, NOTIFICATIONS, POLICY_EXCEPTIONS)
