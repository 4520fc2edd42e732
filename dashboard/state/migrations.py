"""Migrates a store to the newest schema, step by step and never back."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, inspect, select, update

from dashboard.exceptions import StateError
from dashboard.state.tables import SCHEMA
from dashboard.state.versions import (
    v001_changes,
    v002_incidents,
    v003_deliveries,
    v004_waiting,
    v005_reviews,
    v006_exceptions,
)

Upgrade = Callable[[Connection], None]
# The first one migrates an empty store to version 1, and so on. Existing entries must never be changed.
UPGRADES: tuple[Upgrade, ...] = (
    v001_changes.upgrade,
    v002_incidents.upgrade,
    v003_deliveries.upgrade,
    v004_waiting.upgrade,
    v005_reviews.upgrade,
    v006_exceptions.upgrade,
)
# Prevents replicas that start together from migrating at the same time; unique to this product on a shared server.
_LOCK = 7_311_504_021


def migrate(connection: Connection, where: str, upgrades: Sequence[Upgrade] = UPGRADES) -> int:
    """Migrate a store to the newest schema; returns its version. The caller's transaction contains all steps.

    Args:
        connection: in a write transaction. `where`: the store, for messages. `upgrades`: all steps, in order.

    Raises:
        StateError: the store has a newer schema than the last step.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    version = _version(connection)
    if version > len(upgrades):
        raise StateError(
            f"{where}: has schema {version}, and this golden-signals knows schemas up to {len(upgrades)}: "
            "start the newer one that wrote it, or name another state with --state"
        )
    for upgrade in upgrades[version:]:
        upgrade(connection)
    if version < len(upgrades):
        connection.execute(update(SCHEMA).values(version=len(upgrades)))
    return len(upgrades)


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(SCHEMA.name):
        SCHEMA.create(connection)
        connection.execute(SCHEMA.insert().values(version=0))
    return int(connection.execute(select(SCHEMA.c.version)).scalar_one())
