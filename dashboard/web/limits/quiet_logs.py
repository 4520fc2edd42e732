"""Limits messages that strangers can cause a thousand times a second to one a minute, to save disk space."""

import logging
import time
from collections.abc import Callable

# The start of the messages, and their loggers.
REPEATED = (
    "socket.accept() out of system resource",
    "Invalid HTTP request received",
    "Unsupported upgrade request",
    "No supported WebSocket library",
    "No handler for",
    "Exception in ASGI application",
    "Exception in callback BaseSelectorEventLoop._start_serving",
)
LOGGERS = ("asyncio", "uvicorn.error", "streamlit.runtime.app_session")
QUIET_S = 60.0


class OncePerMinute(logging.Filter):
    """Lets through the first of each of these messages, and then one per minute.

    Args:
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is logged."""
        begin = next((begin for begin in REPEATED if str(record.msg).startswith(begin)), None)
        if begin is None:
            return True
        # Each kind of error is counted for itself.
        kind = begin, str(record.exc_info and record.exc_info[0])
        now = self._clock()
        if now - self._said.get(kind, -QUIET_S) < QUIET_S:
            return False
        self._said[kind] = now
        return True


def quieten() -> None:
    """Add the filter to these loggers, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, OncePerMinute) for each in logger.filters):
            logger.addFilter(OncePerMinute())
