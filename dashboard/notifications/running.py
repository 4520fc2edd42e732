"""The courier of this process: the server starts it, and the sources page shows its status."""

from dashboard.notifications.courier import Courier

# Global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Courier | None = None


def use(courier: Courier | None) -> None:
    """Set the process's courier; None: nobody is notified."""
    global _running
    _running = courier


def current() -> Courier | None:
    """The process's courier; None without receivers."""
    return _running
