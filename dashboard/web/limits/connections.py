"""Limits connections before they are requests: their number, and their time.

Uvicorn lets a connection that sends its head a byte at a time stay forever, and reads all frames of a websocket that
have arrived before it does anything else. Its protocol objects are created and watched here.
"""

import asyncio
import resource
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

from dashboard.web.limits.meter import Meter

# Seconds within which the head of a request must arrive, and its answer be read: a phone with a weak signal needs a
# minute or two for plotly.js.
HEAD_S, ANSWER_S = 10.0, 300.0
# Maximum number of open connections; beyond it the longest silent one is cut. A browser opens up to six for a tab.
# Viewers may take this share: somebody else can always ask whether the server lives.
CONNECTIONS, VIEWERS_SHARE = 6000, 2 / 3
# Descriptors reserved for everything else: files, the source, the state store, and the three of each of 128
# sessions that Streamlit keeps for two minutes after their tab has closed. And a limit that is sufficient.
RESERVED, ENOUGH = 64 + 3 * 128, 65_536
# A connection takes up to two, including the file it is answered with; a viewer four, with the three of its session.
DESCRIPTORS_EACH, VIEWER_COUNTS = 2, 2
SWEEP_S = 1.0
# Connections accepted at each turn of the loop, and the backlog of the system. A cut one holds its descriptor for
# four turns.
ACCEPTED_AT_ONCE, BACKLOG = 32, 2048
# Seconds of CPU time that frames of one websocket, and of all, may take at once, and that are added per second. A
# viewer's cost is a ten thousandth of a second at each refresh; a garbage collection may fall into it.
FRAMES_S, FRAMES_PER_S = 0.2, 0.02
ALL_FRAMES_S, ALL_FRAMES_PER_S = 0.5, 0.2
# The same for requests. One takes less than a thousandth; a proxy sends many through one connection.
REQUESTS_S, REQUESTS_PER_S = 0.15, 0.2
ALL_REQUESTS_S, ALL_REQUESTS_PER_S = 0.25, 0.3
SLICE = 512
# If all together exceed the limit, connections that recently spent more than this many seconds are cut.
INNOCENT_S = 0.005
# Maximum number of unread messages of a viewer: more than it may send at once are never read.
QUEUED = 400


class _Served(Protocol):
    """The attributes of a uvicorn protocol that are used here."""

    transport: asyncio.Transport | None
    # The current or last request.
    cycle: Any
    ws_protocol_class: type[asyncio.Protocol] | None


class _State:
    """What was last seen of a connection: its request, whether that was answered, and since when."""

    __slots__ = ("cycle", "is_answered", "since")

    def __init__(self, now: float) -> None:
        self.cycle: object = None
        self.is_answered = True
        self.since = now


class Connections:
    """All open connections of a server.

    Args:
        most: maximum number of open connections; a viewer counts as two.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, most: int = CONNECTIONS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._frames = Meter(ALL_FRAMES_S, ALL_FRAMES_PER_S, clock())
        self._requests = Meter(ALL_REQUESTS_S, ALL_REQUESTS_PER_S, clock())
        self._viewers = 0
        self._metered: dict[type[asyncio.Protocol], type[asyncio.Protocol]] = {}
        # Connections without any request yet, oldest first; and those with one.
        self._silent: OrderedDict[_Served, _State] = OrderedDict()
        self._others: dict[_Served, _State] = {}
        # Those that were cut on arrival, before they were connected.
        self._unborn: list[_Served] = []

    def __len__(self) -> int:
        return len(self._silent) + len(self._others) + (VIEWER_COUNTS - 1) * self._viewers

    def admit(self, create: Callable[[], asyncio.BaseProtocol]) -> asyncio.BaseProtocol:
        """Create the protocol of a new connection; without room the connection is cut."""
        if len(self) >= self._most and not self._make_room():
            return _Refused()
        protocol = create()
        served = cast(_Served, protocol)
        websocket = getattr(served, "ws_protocol_class", None)
        if websocket is not None:
            # Created once per class: a class for each connection would cost more than it saves.
            if websocket not in self._metered:
                self._metered[websocket] = _metered(websocket, self)
            served.ws_protocol_class = self._metered[websocket]
            receive = cast(asyncio.Protocol, protocol).data_received
            meters = _Meters(Meter(REQUESTS_S, REQUESTS_PER_S, self._clock()), self._requests, self._clock)
            # Set on the object, as uvicorn chooses the class.
            protocol.data_received = lambda data: _feed(served, receive, data, meters)  # type: ignore[attr-defined]
        self._silent[served] = _State(self._clock())
        return protocol

    def meters_of_viewer(self) -> "_Meters":
        """The meters of a new websocket."""
        return _Meters(Meter(FRAMES_S, FRAMES_PER_S, self._clock()), self._frames, self._clock)

    def viewer_came(self) -> bool:
        """Count one more viewer; False if viewers have used their share."""
        self._viewers += 1
        return self._viewers * VIEWER_COUNTS <= max(self._most * VIEWERS_SHARE, VIEWER_COUNTS)

    def viewer_left(self) -> None:
        """Count one viewer less."""
        self._viewers -= 1

    def sweep(self) -> None:
        """Cut connections that exceeded their time, and forget those that have ended."""
        now = self._clock()
        unborn, self._unborn = self._unborn, []
        for served in unborn:
            self._cut(served)
        for served, state in [*self._silent.items(), *self._others.items()]:
            if _has_ended(served):
                self._forget(served)
            elif not _is_websocket(served):
                self._look(served, state, now)

    async def watch(self) -> None:
        """Sweep repeatedly."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    def _look(self, served: _Served, state: _State, now: float) -> None:
        cycle = getattr(served, "cycle", None)
        is_answered = cycle is None or bool(cycle.response_complete)
        if (cycle, is_answered) != (state.cycle, state.is_answered):
            state.cycle, state.is_answered, state.since = cycle, is_answered, now
            self._silent.pop(served, None)
            self._others[served] = state
        if now - state.since > (HEAD_S if is_answered else ANSWER_S):
            self._cut(served)

    def _make_room(self) -> bool:
        """Cut the connection that has been silent for longest; False if all are in use."""
        while self._silent:
            served, state = self._silent.popitem(last=False)
            if _has_ended(served):
                return True
            if getattr(served, "cycle", None) is None and not _is_websocket(served):
                self._cut(served)
                return True
            self._others[served] = state
        return self._cut_slowest()

    def _cut_slowest(self) -> bool:
        """Cut some connections: idle ones first, else those that take longest for an answer."""
        now = self._clock()
        requests = [(served, state) for served, state in self._others.items() if not _is_websocket(served)]
        for served, state in requests:
            self._look(served, state, now)
        requests.sort(key=lambda request: (not request[1].is_answered, request[1].since))
        for served, _ in requests[: 1 + self._most // 16]:
            self._cut(served)
        return bool(requests)

    def _cut(self, served: _Served) -> None:
        self._forget(served)
        if served.transport is None:
            self._unborn.append(served)
        else:
            served.transport.abort()

    def _forget(self, served: _Served) -> None:
        self._silent.pop(served, None)
        self._others.pop(served, None)


class _Refused(asyncio.BaseProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).abort()


class _Meters(NamedTuple):
    """The meters of one connection and of all together, and their clock."""

    own: Meter
    everybody: Meter
    clock: Callable[[], float]


def _feed(served: _Served, receive: Callable[[bytes], None], data: bytes, meters: _Meters) -> None:
    """Pass received data on in slices, and cut a connection that takes too much CPU time.

    Args:
        served: a protocol. `receive`: its own method to take data. `data`: as received. `meters`: of it, and of all.
    """
    own, everybody, clock = meters
    for begin in range(0, len(data), SLICE):
        transport = served.transport
        if transport is None or transport.is_closing():
            return
        # Only for requests: a handshake of several slices reaches the websocket before the transport is its own.
        is_request = getattr(served, "ws_protocol_class", None) is not None
        if begin and is_request and (other := transport.get_protocol()) is not cast(object, served):
            # Data after the handshake belong to the websocket.
            cast(asyncio.Protocol, other).data_received(data[begin:])
            return
        # CPU time of this thread alone: waiting for others is not the connection's fault.
        began, spent = clock(), -time.thread_time()
        receive(data[begin : begin + SLICE])
        spent, ended = spent + time.thread_time(), clock()
        is_little, are_little = own.used(spent, began, ended), everybody.used(spent, began, ended)
        if not is_little or not (are_little or own.spent <= INNOCENT_S) or _has_queued_too_many(served):
            transport.abort()


def _has_queued_too_many(served: _Served) -> bool:
    """Whether a websocket has too many unread messages; one that pauses reading has passed on all that arrived."""
    queue = getattr(served, "queue", None)
    return queue is not None and queue.qsize() > QUEUED


def _metered(websocket: type[asyncio.Protocol], connections: Connections) -> type[asyncio.Protocol]:
    """A subclass of a websocket's protocol that is counted, and cut if its frames, pings included, cost too much."""

    class Metered(websocket):  # type: ignore[misc, valid-type]
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._meters = connections.meters_of_viewer()
            super().connection_made(transport)
            if not connections.viewer_came():
                cast(asyncio.Transport, transport).abort()

        def connection_lost(self, exc: Exception | None) -> None:
            connections.viewer_left()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            _feed(cast(_Served, self), super().data_received, data, self._meters)

    return Metered


def _has_ended(served: _Served) -> bool:
    return served.transport is not None and served.transport.is_closing()


def _is_websocket(served: _Served) -> bool:
    return served.transport is not None and served.transport.get_protocol() is not cast(object, served)


def guard(loop: asyncio.AbstractEventLoop, connections: Connections) -> asyncio.Task[None]:
    """Watch the connections of all servers that this loop creates; returns the task that does so."""
    create_server = loop.create_server

    async def guarded(factory: Callable[[], asyncio.BaseProtocol], *arguments: Any, **options: Any) -> Any:
        options["backlog"] = ACCEPTED_AT_ONCE
        server = await create_server(lambda: connections.admit(factory), *arguments, **options)
        # asyncio has one number for both.
        if isinstance(bound := options.get("sock"), socket.socket):
            bound.listen(BACKLOG)
        return server

    # On the loop, as Streamlit has no option for the server that it starts there.
    loop.create_server = guarded  # type: ignore[method-assign, assignment]
    return loop.create_task(connections.watch())


def raise_descriptors() -> int:
    """Raise the limit of open files as far as the system allows; returns the number of connections that fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return min(CONNECTIONS, max((soft - RESERVED) // DESCRIPTORS_EACH, soft // 8))
