"""The poller of this process: the server starts it, and pages, which Streamlit runs as scripts, find it here."""

from dashboard.engine.poller import Poller
from dashboard.exceptions import DashboardError

# A global, as nothing can be passed to a page: Streamlit runs it by its path.
_running: Poller | None = None


def start(poller: Poller) -> Poller:
    """Set the poller of this process and start its thread; if one is already running, that one is kept."""
    global _running
    if _running is None or not _running.alive:
        _running = poller
    _running.start()
    return _running


def use(poller: Poller | None) -> None:
    """Set the poller of this process without starting its thread: the caller ticks. None removes it."""
    global _running
    _running = poller


def current() -> Poller:
    """The poller of this process.

    Raises:
        DashboardError: there is none.
    """
    if _running is None:
        raise DashboardError("nothing is being polled: start the dashboard with `golden-signals serve` or `demo`")
    return _running
