"""The process's one store: the server opens it, and pages, which Streamlit runs as scripts, find it here."""

from dashboard.exceptions import StateError
from dashboard.state.store import Store

# A global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Store | None = None


def use(store: Store | None) -> None:
    """Make this the process's store; None: there is none any more."""
    global _running
    _running = store


def current() -> Store:
    """The process's store.

    Raises:
        StateError: none was opened.
    """
    if _running is None:
        raise StateError("no state is open: start the dashboard with `golden-signals serve` or `demo`")
    return _running
