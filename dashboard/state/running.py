"""The store of this process: the server opens it, and pages, which Streamlit runs as scripts, find it here."""

from dashboard.exceptions import StateError
from dashboard.state.shared import LONG_AGO, REVIEWS, SharedAdded
from dashboard.state.store import Store

# Global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Store | None = None
_added: SharedAdded | None = None
_long_ago: SharedAdded | None = None
_reviews: SharedAdded | None = None


def use(store: Store | None) -> None:
    """Set the process's store; None: there is none any more."""
    global _running, _added, _long_ago, _reviews
    for shared in (_added, _long_ago, _reviews):
        if shared is not None:
            shared.stop()
    _running = store
    _added = None if store is None else SharedAdded(store)
    _long_ago = None if store is None else SharedAdded(store, tables=LONG_AGO)
    _reviews = None if store is None else SharedAdded(store, tables=REVIEWS)


def current() -> Store:
    """The process's store.

    Raises:
        StateError: none was opened.
    """
    if _running is None:
        raise StateError(_absent())
    return _running


def added() -> SharedAdded:
    """Additions by people, from the process's store.

    Raises:
        StateError: none was opened.
    """
    if _added is None:
        raise StateError(_absent())
    return _added


def long_ago() -> SharedAdded:
    """Stored incidents, from the process's store.

    Raises:
        StateError: none was opened.
    """
    if _long_ago is None:
        raise StateError(_absent())
    return _long_ago


def reviews() -> SharedAdded:
    """Notes on periods and signed reviews, from the process's store.

    Raises:
        StateError: none was opened.
    """
    if _reviews is None:
        raise StateError(_absent())
    return _reviews


def _absent() -> str:
    return "no state is open: start the dashboard with `golden-signals serve` or `demo`"
