"""Contributions of people to a period: notes, and sign-offs of its review."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dashboard.exceptions import StateError
from dashboard.review.review import Review, SignOff
from dashboard.state import reviews, running
from dashboard.state.reviews import StoredSignOff
from dashboard.state.shared import Added
from dashboard.state.tables import REVIEW_NOTES, SIGN_OFFS
from dashboard.ui import turns
from dashboard.ui.shared_cache import SharedCache


@dataclass(frozen=True, slots=True)
class Said:
    """The contributions to one period.

    Attributes:
        notes: by service; those on all services under an empty name. `signed`: sign-offs by their ids.
        problem: why they may be outdated, one sentence; None if they are not.
    """

    notes: Mapping[str, str] = field(default_factory=dict)
    signed: Mapping[str, StoredSignOff] = field(default_factory=dict)
    problem: str | None = None


_said = SharedCache[Said]()
# Cache of signed reviews, which never change: those viewed last.
COPIES = 8
_copies: dict[str, Mapping[str, str]] = {}


def said(period: str) -> Said:
    """The contributions to a period, by its name; does not access the store."""
    try:
        added = running.reviews().read()
    except StateError as error:
        return Said(problem=f"Notes and sign-offs cannot be shown: {error}")
    return _said.of(period, added, lambda: _read(period, added))


def _read(period: str, added: Added) -> Said:
    signed = map(reviews.sign_off, added.rows(SIGN_OFFS, period))
    notes = reviews.notes(added.rows(REVIEW_NOTES, period))
    return Said(notes, {each.id: each for each in signed}, added.problem)


def with_people(review: Review, said: Said) -> Review:
    """The review with its notes; those on services outside the review are left out.

    Args:
        review: of a period. `said`: the contributions to it.
    """
    services = {*review.services, ""}
    notes = {service: text for service, text in said.notes.items() if service in services}
    return replace(review, notes=notes) if notes else review


def signed_by(review: Review, signed: StoredSignOff) -> Review:
    """The review with its sign-off."""
    return replace(review, sign_off=SignOff(at=signed.at, name=signed.person, remarks=signed.remarks))


def copies(signed: StoredSignOff) -> Mapping[str, str]:
    """The signed review, by format, cached for all viewers; empty if it cannot be read.

    Raises:
        StateError: the store failed.
    """
    known = _copies.get(signed.id)
    if known is not None:
        return known
    # Without holding a lock: a thread that waits for the store has given up its turn, and needs one again.
    with turns.away():
        stored = running.reviews().write(lambda store: reviews.copies(store, signed.id)) or {}
    while len(_copies) >= COPIES:
        _copies.pop(next(iter(_copies)), None)
    _copies[signed.id] = stored
    return stored
