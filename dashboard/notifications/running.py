"""The courier of this process: the server starts it, and the sources page shows its status."""

from dashboard.notifications.courier import Courier

# A global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Courier | None = None


def use(courier: Courier | None) -> None:
    """Make this the process's courier; None: nobody is told anything."""
    global _running
    _running = courier


def current() -> Courier | None:
    """The process's courier, where receivers are configured."""
    return _running
