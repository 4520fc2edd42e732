"""Tokens in the store, by name and hash, which can be created and revoked at run time."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from dashboard.state.store import Store
from dashboard.state.tables import TOKENS
from dashboard.state.writing import insert_new


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token: SHA-256 of its secret in hexadecimal, its scopes, and its creation time in epoch seconds."""

    name: str
    digest: str
    scopes: tuple[str, ...]
    added_at: float


def add(store: Store, token: StoredToken) -> bool:
    """Store a token; False if one with that name exists, which is not changed.

    Raises:
        StateError: the store failed.
    """
    row = {
        "id": token.name,
        "digest": token.digest,
        "scopes": " ".join(token.scopes),
        "added_at": token.added_at,
    }
    with store.writing() as connection:
        return insert_new(connection, TOKENS, row)


def revoke(store: Store, name: str) -> bool:
    """Delete a token; False if there is none with that name.

    Raises:
        StateError: the store failed.
    """
    with store.writing() as connection:
        return bool(connection.execute(delete(TOKENS).where(TOKENS.c.id == name)).rowcount)


def listed(store: Store) -> list[StoredToken]:
    """All tokens by their names.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        rows = connection.execute(select(TOKENS).order_by(TOKENS.c.id))
        return [StoredToken(row.id, row.digest, tuple(row.scopes.split()), row.added_at) for row in rows]
