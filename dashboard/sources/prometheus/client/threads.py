"""A bounded pool of threads for requests that, unlike an executor's threads, never delay the end of the process."""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from dashboard.exceptions import QueryRejected, SourceError, SourceTimeout, SourceUnavailable
from dashboard.sources.deadline import seconds_left
from dashboard.sources.lanes import Lane, current_lane

T = TypeVar("T")

# A request ends at its deadline. If it is this many seconds late, it hangs where no timeout applies: in the name
# resolver, or in response headers that arrive byte by byte.
GRACE_S = 2.0
# Maximum number of hanging requests; then nothing more is sent until one of them has ended.
HANGING_MAX = 16


class DaemonPool:
    """Runs calls in background threads, with separate threads for each lane.

    Args:
        threads: number of concurrent calls per lane; others wait in order of arrival.
    """

    def __init__(self, threads: Mapping[Lane, int]) -> None:
        self._lanes = {lane: _Lane(count) for lane, count in threads.items()}
        self._lock = threading.Lock()
        self._unfinished: set[Future[Any]] = set()
        self._hanging: set[Future[Any]] = set()
        self._closed = False

    def submit(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        """Queue a call in the caller's lane; the caller's deadline also applies to the call.

        Raises:
            SourceUnavailable: too many earlier calls hang.
        """
        future: Future[T] = Future()
        lane = self._lanes[current_lane()]
        with self._lock:
            if len(self._hanging) >= HANGING_MAX:
                raise SourceUnavailable(f"{len(self._hanging)} requests hang: nothing more is sent until one has ended")
            lane.waiting.append((future, partial(copy_context().run, call, *arguments)))
            self._unfinished.add(future)
            is_full = lane.running >= lane.threads
            lane.running += not is_full
        future.add_done_callback(self._unfinished.discard)
        if not is_full:
            threading.Thread(target=self._work, args=(lane,), name="source", daemon=True).start()
        return future

    def result(self, future: Future[T]) -> T:
        """The result of a call, waiting no longer than the deadline.

        Raises:
            SourceTimeout: it hangs. Its thread is abandoned, and another may start in its place.
        """
        left_s = seconds_left()
        try:
            return future.result(None if math.isinf(left_s) and left_s > 0 else max(left_s, 0.0) + GRACE_S)
        except TimeoutError:
            # If the timeout came from the call itself, the future is done.
            if future.done():
                raise
        self._give_up(future)
        raise SourceTimeout("the request hangs: the time for this refresh was over")

    def result_or_refusal(self, future: Future[T], futures: Sequence[Future[T]], *, essential: bool) -> T | SourceError:
        """The result of a query, or the refusal.

        Args:
            future: of the query. `futures`: of all related queries, which are cancelled if an error ends the answer.
            essential: a refusal ends the answer.

        Raises:
            SourceError: an error that ends the answer.
        """
        try:
            return self.result(future)
        except SourceError as error:
            gave_up = isinstance(error, SourceTimeout) and error.by_server and seconds_left() > 0
            if (isinstance(error, QueryRejected) or gave_up) and not essential:
                return error
            # Nobody waits for the others any more.
            for other in futures:
                other.cancel()
            raise

    def close(self) -> None:
        """Raise `SourceUnavailable` in all waiting threads; hanging threads are abandoned."""
        self._closed = True
        for future in list(self._unfinished):
            with suppress(InvalidStateError):
                future.set_exception(SourceUnavailable("the source was closed"))

    def _give_up(self, future: Future[Any]) -> None:
        if future.cancel():
            return
        with self._lock:
            lane = next((lane for lane in self._lanes.values() if future in lane.under_way), None)
            if lane is not None:
                lane.under_way.discard(future)
                lane.running -= 1
                self._hanging.add(future)

    def _work(self, lane: "_Lane") -> None:
        """Run the calls of a lane until none is waiting."""
        is_ours = True
        while is_ours:
            with self._lock:
                if not lane.waiting:
                    lane.running -= 1
                    return
                future, call = lane.waiting.popleft()
                lane.under_way.add(future)
            self._run(future, call)
            with self._lock:
                # Another thread may have replaced this one after its call was abandoned.
                is_ours = future in lane.under_way
                lane.under_way.discard(future)
                self._hanging.discard(future)

    def _run(self, future: Future[Any], call: Callable[[], Any]) -> None:
        with suppress(InvalidStateError):
            if self._closed or not future.set_running_or_notify_cancel():
                return
            try:
                result = call()
            # Pass any exception to the thread that waits for the result.
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)


class _Lane:
    """Calls of one lane: waiting and running ones, the number of threads, and their maximum."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self.under_way: set[Future[Any]] = set()
        self.running = 0
