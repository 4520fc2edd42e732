"""What strangers can cause a thousand times a second is said once a minute; everything else as ever."""

import logging

from dashboard.web.limits import quiet_logs
from dashboard.web.limits.quiet_logs import QUIET_S, OncePerMinute
from tests.steady import Clock


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("asyncio", logging.ERROR, "", 0, message, None, None)


def test_the_accept_loop_is_heard_once_a_minute() -> None:
    clock = Clock(0)
    limit = OncePerMinute(clock)
    exhausted = "socket.accept() out of system resource\nsocket: <asyncio.TransportSocket fd=6>"
    heard = [limit.filter(record(exhausted)) for _ in range(2048)]
    assert sum(heard) == 1
    assert limit.filter(record("Invalid HTTP request received.")), "another message has its own minute"
    clock.now += QUIET_S
    assert [limit.filter(record(exhausted)) for _ in range(3)] == [True, False, False]


def test_one_kind_of_error_does_not_silence_another() -> None:
    limit = OncePerMinute(Clock(0))
    heard = []
    for error in (ValueError, ValueError, OSError):
        failed = record("Exception in ASGI application\n")
        failed.exc_info = (error, error(), None)
        heard.append(limit.filter(failed))
    assert heard == [True, False, True]


def test_other_messages_are_always_heard() -> None:
    limit = OncePerMinute(Clock(0))
    assert all(limit.filter(record("Task exception was never retrieved")) for _ in range(5))


def test_the_limit_stands_before_each_log_once() -> None:
    for _ in range(2):
        quiet_logs.quieten()
    for name in quiet_logs.LOGGERS:
        logger = logging.getLogger(name)
        limits = [each for each in logger.filters if isinstance(each, OncePerMinute)]
        assert len(limits) == 1
        logger.removeFilter(limits[0])
