"""The courier of this process: the server starts it, and the sources page shows its status."""

from dashboard.notifications.dispatcher import Dispatcher

# Global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Dispatcher | None = None


def use(dispatcher: Dispatcher | None) -> None:
    """Set the process's courier; None: nobody is notified."""
    global _running
    _running = dispatcher


def current() -> Dispatcher | None:
    """The process's courier; None without receivers."""
    return _running
