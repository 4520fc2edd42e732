"""Notes on periods and their services, and signed reviews, in the store."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from dashboard.exceptions import StateError
from dashboard.state.store import Store
from dashboard.state.tables import REVIEW_COPIES, REVIEW_NOTES, SIGN_OFFS
from dashboard.state.writing import insert_new

# Maximum length of a note or of remarks; maximum bytes of an uncompressed copy, to limit memory.
LONGEST, LARGEST = 20_000, 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignOff:
    """A sign-off.

    Attributes:
        period: its name, such as `2026-10`. `scope`: of the review; empty for all services.
        person: as given. `at`: epoch seconds.
    """

    period: str
    scope: str
    person: str
    at: float
    remarks: str = ""

    @property
    def id(self) -> str:
        """The id; there is one sign-off per period and scope."""
        return sign_off_id(self.period, self.scope)


def sign_off_id(period: str, scope: str) -> str:
    """The id of a sign-off.

    Args:
        period: its name. `scope`: of the review; empty for all services.
    """
    return json.dumps([period, scope], ensure_ascii=False)


def write_note(store: Store, period: str, service: str, text: str, *, person: str, at: float) -> None:
    """Store a note instead of the previous one; an empty one withdraws it.

    Args:
        store: is written to. `period`: its name. `service`: of the note; empty for all.
        text: as written. `person`: as given. `at`: epoch seconds.

    Raises:
        StateError: the text is too long, or the store failed.
    """
    _check("note", text)
    row = {"id": uuid4().hex, "subject": period, "person": person, "added_at": at, "service": service}
    with store.writing() as connection:
        insert_new(connection, REVIEW_NOTES, {**row, "content": text.replace("\0", "")})


def sign(store: Store, signed: StoredSignOff, copies: Mapping[str, str]) -> bool:
    """Store a sign-off with the signed review; False if that period and scope is already signed.

    Args:
        store: is written to. `signed`: the sign-off. `copies`: format → text, as displayed.

    Raises:
        StateError: a text is too long, or the store failed.
    """
    _check("remarks", signed.remarks)
    row = {"id": signed.id, "subject": signed.period, "person": signed.person, "added_at": signed.at}
    packed = base64.b64encode(zlib.compress(json.dumps(dict(copies)).encode(), 9)).decode()
    with store.writing() as connection:
        is_new = insert_new(connection, SIGN_OFFS, {**row, "scope": signed.scope, "remarks": signed.remarks})
        if is_new:
            insert_new(connection, REVIEW_COPIES, {"id": signed.id, "content": packed})
        return is_new


def copies(store: Store, number: str) -> dict[str, str] | None:
    """The signed review by format; None if there is none, or it cannot be read.

    Args:
        store: is read. `number`: the id of the sign-off.

    Raises:
        StateError: the store failed.
    """
    with store.reading() as connection:
        packed = connection.execute(select(REVIEW_COPIES.c.content).where(REVIEW_COPIES.c.id == number)).scalar()
    return None if packed is None else _unpacked(packed)


def notes(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The notes in force, by service; those on all services under an empty name.

    Args:
        rows: of one period, oldest first.
    """
    newest = {row["service"]: row["content"] for row in rows}
    return {service: text for service, text in newest.items() if text.strip()}


def sign_off(row: Mapping[str, Any]) -> StoredSignOff:
    """The sign-off of a row."""
    return StoredSignOff(
        period=row["subject"],
        scope=row["scope"],
        person=row["person"],
        at=row["added_at"],
        remarks=row["remarks"],
    )


def _check(what: str, text: str) -> None:
    if len(text) > LONGEST:
        raise StateError(f"the {what} may have {LONGEST:,} characters, and has {len(text):,}")


def _unpacked(packed: str) -> dict[str, str] | None:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(base64.b64decode(packed), LARGEST)
        stored = json.loads(text) if unpacking.eof else None
    except (ValueError, zlib.error):
        return None
    return {str(name): str(value) for name, value in stored.items()} if isinstance(stored, dict) else None
