"""Exceptions from the policy, kept in the state as people add and end them, each with a line of the log."""

import json
import logging
from collections.abc import Mapping, Sequence
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
    """Those in the state of this process, at once: before the first of them were read there are none, which holds."""
    try:
        return running.added().read(first_s=0).rows(POLICY_EXCEPTIONS)
    except StateError:
        # The process ends.
        return ()


def add(store: Store, exception: PolicyException, now: float, by: str = "") -> PolicyException:
    """Keep an exception, and write that into the log; returns it as it is kept.

    Args:
        store: is written to. `exception`: as it was given. `now`: epoch seconds. `by`: the name of the token.

    Raises:
        Unfit: something of it is missing or is invalid.
        StateError: the store failed.
    """
    row = policy_exceptions.add(
        store,
        uuid4().hex,
        who=exception.who,
        why=exception.why,
        begins=max(exception.begins, now),
        until=exception.until,
        services=exception.services,
        slos=exception.slos,
        even_burning=exception.even_burning,
        now=now,
    )
    stored = exception_of(row)
    assert stored is not None, "what was kept is one"
    said = {"services": list(stored.services), "slos": list(stored.slos), "why": stored.why}
    until = f"{utc(stored.until):%Y-%m-%dT%H:%M:%SZ}"
    _log("added", stored.number, stored.who, by, {**said, "until": until, "even_burning": stored.even_burning})
    return stored


def end(store: Store, number: str, person: str, now: float, by: str = "") -> bool:
    """End an exception, and write that into the log; False if none of that id is still to be ended.

    Args:
        store: is written to. `number`: its id. `person`: who ends it. `now`: epoch seconds.
        by: the name of the token.

    Raises:
        Unfit: nobody is named.
        StateError: the store failed.
    """
    is_ended = policy_exceptions.end(store, number, person=person, now=now)
    if is_ended:
        _log("ended", number, person, by, {})
    return is_ended


def _log(what: str, number: str, person: str, by: str, said: Mapping[str, Any]) -> None:
    facts = {"id": number, "who": person, **said, "token": by}
    # In ASCII: none of what people write begins a line of its own.
    log.info("exception %s %s", what, json.dumps({name: value for name, value in facts.items() if value}))
