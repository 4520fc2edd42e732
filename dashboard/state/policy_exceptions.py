"""Policy exceptions in the store: who allows releases until when, and who ended that early."""

import json
import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from dashboard.exceptions import StateError
from dashboard.gate.policy import PolicyException
from dashboard.state import added
from dashboard.state.attention import NAME_LETTERS, cleaned
from dashboard.state.store import Store
from dashboard.state.tables import POLICY_EXCEPTIONS

SUBJECT = "policy"
WHY_LETTERS = 300
# Maximum number and length of patterns; maximum seconds ahead, to catch a mistyped year.
PATTERNS, PATTERN_LETTERS, LONGEST_S = 50, 400, 366 * 86_400.0


class Unfit(StateError):
    """The values are not a valid exception; the store is not the problem."""


def add(store: Store, exception: PolicyException, now: float) -> dict[str, Any]:
    """Store an exception; returns its row. An existing one with its number is not changed.

    Args:
        store: is written to. `exception`: as given, with a number by the caller. `now`: epoch seconds.

    Raises:
        Unfit: a value is missing or invalid.
        StateError: the store failed.
    """
    patterns = (exception.services, exception.slos)
    problems = (_times_problem(exception, now), *map(_patterns_problem, patterns))
    if problem := next(filter(None, problems), ""):
        raise Unfit(problem)
    services, slos = (json.dumps(list(names), ensure_ascii=False) for names in patterns)
    row: dict[str, Any] = {
        "id": exception.number,
        "subject": SUBJECT,
        "person": _line(exception.who, NAME_LETTERS, "who lets releases go"),
        "added_at": now,
        "services": services,
        "slos": slos,
        "content": _line(exception.why, WHY_LETTERS, "why"),
        "begin_at": exception.begins,
        "until_at": exception.until,
        "even_burning": int(exception.even_burning),
        "ended_at": None,
        "ended_by": "",
    }
    added.add(store, POLICY_EXCEPTIONS, row)
    return row


def end(store: Store, number: str, *, person: str, now: float) -> bool:
    """End an exception; False if there is none with that id that has not ended: the first end counts.

    Args:
        store: is written to. `number`: its id. `person`: who ends it. `now`: epoch seconds.

    Raises:
        Unfit: no person is given.
        StateError: the store failed.
    """
    name, table = _line(person, NAME_LETTERS, "who ends it"), POLICY_EXCEPTIONS
    wanted = (table.c.id == number, table.c.ended_at.is_(None), table.c.until_at > now)
    with store.writing() as connection:
        row = connection.execute(select(table.c.id).where(*wanted).with_for_update()).first()
        if row is not None:
            connection.execute(update(table).where(*wanted).values(ended_at=now, ended_by=name))
        return row is not None


def _line(text: str, most: int, what: str) -> str:
    try:
        return " ".join(cleaned(text, most, what).split())
    except StateError as error:
        raise Unfit(str(error)) from None


def _times_problem(exception: PolicyException, now: float) -> str:
    """What is wrong with the times of an exception at `now` (epoch seconds), one sentence; empty if they are valid."""
    begins, until = exception.begins, exception.until
    if not (math.isfinite(begins) and math.isfinite(until)):
        return "when it is over is no moment"
    if until <= now:
        return "when it is over has passed already"
    if until <= begins:
        return "it is over before it begins"
    return f"it may last until {LONGEST_S / 86_400:g} days from now at most" if until > now + LONGEST_S else ""


def _patterns_problem(patterns: Sequence[str]) -> str:
    if not patterns or len(patterns) > PATTERNS:
        return f"name 1 to {PATTERNS} patterns of services and of objectives, * for all"
    fits = all(pattern.strip() and len(pattern) <= PATTERN_LETTERS for pattern in patterns)
    return "" if fits else f"a pattern has 1 to {PATTERN_LETTERS} letters"
