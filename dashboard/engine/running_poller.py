"""The process's one poller: the server starts it, and pages, which Streamlit runs as scripts, find it here."""

from dashboard.engine.poller import Poller
from dashboard.exceptions import DashboardError

# A global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Poller | None = None


def start(poller: Poller) -> Poller:
    """Make this the process's poller and start its thread; a second call while one runs keeps the first."""
    global _running
    if _running is None or not _running.alive:
        _running = poller
    _running.start()
    return _running


def use(poller: Poller | None) -> None:
    """Make this the process's poller without starting its thread: the caller ticks. None: there is none any more."""
    global _running
    _running = poller


def current() -> Poller:
    """The process's poller.

    Raises:
        DashboardError: none was started.
    """
    if _running is None:
        raise DashboardError("nothing is being polled: start the dashboard with `golden-signals serve` or `demo`")
    return _running
