"""Policy exceptions from the state store, for a gate that runs without a server. They are only read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dashboard.commands.answer import remark
from dashboard.config.configuration import Config
from dashboard.engine.gate.added_exceptions import AddedExceptions
from dashboard.exceptions import StateError
from dashboard.state.folders import is_there

if TYPE_CHECKING:
    from dashboard.state.shared import Row
    from dashboard.state.store import Store


@contextmanager
def added_exceptions(config: Config) -> Iterator[AddedExceptions]:
    """Yield the exceptions in the configured state store; none if the store does not exist (it is not created).

    If the store cannot be read, a remark says so and no exception applies, so that nothing is released by mistake.
    """
    if not is_there(config.state):
        yield AddedExceptions()
        return
    # Slow to import; a gate without a state store does not need it.
    from dashboard.state.opening import open_store

    try:
        store = open_store(config.state)
    except StateError as error:
        _say(error)
        yield AddedExceptions()
        return
    try:
        yield AddedExceptions(lambda: _rows(store))
    finally:
        store.close()


def _rows(store: "Store") -> Sequence["Row"]:
    from dashboard.state import added
    from dashboard.state.tables import POLICY_EXCEPTIONS

    try:
        return added.rows(store, POLICY_EXCEPTIONS)
    except StateError as error:
        _say(error)
        return ()


def _say(error: StateError) -> None:
    remark(f"exceptions that people added are not known: {error}")
