"""Stores policy exceptions as people add and end them, with a log line for each."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from dashboard.engine.gate.added_exceptions import Row, exception_of
from dashboard.exceptions import StateError
from dashboard.gate.policy import PolicyException
from dashboard.state import policy_exceptions, running
from dashboard.state.store import Store
from dashboard.state.tables import POLICY_EXCEPTIONS
from dashboard.timerange import utc

log = logging.getLogger(__name__)


def rows_of_process() -> Sequence[Row]:
    """The stored exceptions, without waiting: before the first reading there are none, which is the safe answer."""
    try:
        return running.added().read(first_s=0).rows(POLICY_EXCEPTIONS)
    except StateError:
        # The process ends.
        return ()


def add(store: Store, exception: PolicyException, now: float, by: str = "") -> PolicyException:
    """Store an exception, and log that; returns it as stored.

    Args:
        store: is written to. `exception`: as given. `now`: epoch seconds. `by`: the name of the token.

    Raises:
        Unfit: a value is missing or invalid.
        StateError: the store failed.
    """
    given = replace(exception, number=uuid4().hex, begins=max(exception.begins, now))
    row = policy_exceptions.add(store, given, now)
    stored = exception_of(row)
    assert stored is not None, "what was stored can be read"
    said = {"services": list(stored.services), "slos": list(stored.slos), "why": stored.why}
    until = f"{utc(stored.until):%Y-%m-%dT%H:%M:%SZ}"
    _log("added", stored.number, stored.who, by, {**said, "until": until, "even_burning": stored.even_burning})
    return stored


def end(store: Store, number: str, person: str, now: float, by: str = "") -> bool:
    """End an exception, and log that; False if there is none with that id that has not ended.

    Args:
        store: is written to. `number`: its id. `person`: who ends it. `now`: epoch seconds.
        by: the name of the token.

    Raises:
        Unfit: no person is given.
        StateError: the store failed.
    """
    is_ended = policy_exceptions.end(store, number, person=person, now=now)
    if is_ended:
        _log("ended", number, person, by, {})
    return is_ended


def _log(what: str, number: str, person: str, by: str, said: Mapping[str, Any]) -> None:
    facts = {"id": number, "who": person, **said, "token": by}
    # In ASCII, so that text written by people cannot start a line of its own.
    log.info("exception %s %s", what, json.dumps({name: value for name, value in facts.items() if value}))
