"""The tables as the newest schema has them; what leads there is in `versions/`, and a test compares both."""

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
