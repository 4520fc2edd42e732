"""Threads that ask a server, so many at once; unlike an executor's they never hold up the end of the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from dashboard.exceptions import SourceUnavailable

T = TypeVar("T")


class DaemonPool:
    """Runs calls in background threads.

    Args:
        size: how many run at once; the others wait.
    """

    def __init__(self, size: int) -> None:
        self._slots = threading.Semaphore(size)
        self._unfinished: set[Future[Any]] = set()
        self._closed = False

    def submit(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        """Begin as soon as a slot is free; the caller's deadline holds for the call, too."""
        future: Future[T] = Future()
        call = partial(copy_context().run, call)
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        threading.Thread(target=self._run, args=(future, call, arguments), name="source", daemon=True).start()
        return future

    def close(self) -> None:
        """Whoever waits for a result gets `SourceUnavailable`; what hangs is left to hang."""
        self._closed = True
        for future in list(self._unfinished):
            with suppress(InvalidStateError):
                future.set_exception(SourceUnavailable("the source was closed"))

    def _run(self, future: Future[Any], call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        with self._slots, suppress(InvalidStateError):
            if self._closed or not future.set_running_or_notify_cancel():
                return
            try:
                result = call(*arguments)
            # Whatever it was, the thread that waits for the result must hear of it.
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
