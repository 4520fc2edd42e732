"""What a viewer may send: kinds that pages send, none too large, and not too many at once."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.web.frontend import viewer_socket
from dashboard.web.frontend.page_starts import PageStarts, Timer
from dashboard.web.frontend.viewer_socket import USED, ViewerSocket

DRAW = BackMsg(rerun_script={"query_string": "span=6h"}).SerializeToString()
DRAWN = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
LEFT = {"type": "websocket.disconnect", "code": 1000}


def arrived(body: bytes = DRAW) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": body}


def run(main: Awaitable[Any]) -> None:
    async def awaited() -> None:
        await main

    # A browser test of the same process may have left a loop running in this thread.
    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, awaited()).result()


async def unsent(message: Any) -> None:
    raise AssertionError(f"{message} was sent")


def at_once(_: float, call: Callable[[], None]) -> Timer:
    """Any page takes too long."""
    return asyncio.get_running_loop().call_soon(call)


def viewer(receive: Any, send: Any = unsent, clock: Callable[[], float] = lambda: 0.0, later: Any = at_once) -> Any:
    """A viewer that has come."""
    starts = PageStarts(clock, later)
    socket = ViewerSocket(receive, send, starts, clock)
    starts.come(socket)
    return socket


def let_in(*messages: Any, clock: Callable[[], float] = lambda: 0.0) -> list[Any]:
    """What the app gets to see of messages after which the viewer leaves."""
    waiting, seen = [*messages, LEFT], []

    async def receive() -> Any:
        return waiting.pop(0)

    async def read() -> None:
        socket = viewer(receive, clock=clock)
        while True:
            seen.append(await socket.receive())
            if seen[-1]["type"] == "websocket.disconnect":
                return

    run(read())
    return seen


def test_a_flood_of_messages_ends_the_connection() -> None:
    seen = let_in(*[arrived()] * 20_000)
    assert len(seen) == int(viewer_socket.MESSAGES_AT_ONCE) + 1
    assert seen[-1] == {"type": "websocket.disconnect", "code": viewer_socket.REFUSED}


def test_a_steady_viewer_is_never_cut_off() -> None:
    moments = iter(range(100_000))
    seen = let_in(*[arrived()] * 2_000, clock=lambda: next(moments) / viewer_socket.MESSAGES_PER_S)
    assert (len(seen), seen[-1]) == (2_001, LEFT)


def test_a_message_that_is_too_large_ends_the_connection() -> None:
    assert let_in(arrived(b"x" * (viewer_socket.MESSAGE_BYTES + 1))) == [
        {"type": "websocket.disconnect", "code": viewer_socket.TOO_LARGE}
    ]


KINDS = [field.name for field in BackMsg.DESCRIPTOR.fields]


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_page_sends_is_not_let_in(kind: str) -> None:
    """Streamlit would run git on its loop, tell of files of the server, or clear the caches of all viewers."""
    message = BackMsg()
    getattr(message, kind)
    field = BackMsg.DESCRIPTOR.fields_by_name[kind]
    if field.message_type is None:
        setattr(message, kind, True)
    else:
        getattr(message, kind).SetInParent()
    assert message.WhichOneof("type") == kind
    body = message.SerializeToString()
    assert let_in(arrived(body)) == ([arrived(body), LEFT] if kind in USED else [LEFT])
    # The last of several counts, to Streamlit and here alike.
    assert let_in(arrived(DRAW + body)) == ([arrived(DRAW + body), LEFT] if kind in USED else [LEFT])


def test_every_kind_that_is_used_exists() -> None:
    assert set(KINDS) >= USED


def test_an_empty_message_is_passed_over() -> None:
    assert let_in(arrived(b""), arrived()) == [arrived(), LEFT]


def test_what_is_passed_over_counts_as_sent() -> None:
    assert let_in(*[arrived(b"")] * 20_000)[-1] == {"type": "websocket.disconnect", "code": viewer_socket.REFUSED}


@pytest.mark.parametrize("message", [arrived(b"\xff"), {"type": "websocket.receive", "text": "{}", "bytes": None}])
def test_what_is_no_message_ends_the_connection(message: Any) -> None:
    """Streamlit would log a traceback for each."""
    assert let_in(message) == [{"type": "websocket.disconnect", "code": viewer_socket.MALFORMED}]


def test_who_does_not_read_is_not_read() -> None:
    """Each message that a viewer sends may draw a page, which would wait for him here."""
    seen: list[Any] = []
    taken: list[bool] = []

    async def send(message: Any) -> None:
        while not taken:
            await asyncio.sleep(0)
        raise ConnectionResetError("it has closed since, and no page is begun for it")

    async def receive() -> Any:
        return arrived()

    async def page() -> None:
        socket = viewer(receive, send)
        drawing = asyncio.create_task(socket.send({"type": "websocket.send", "bytes": b"page"}))
        await asyncio.sleep(0)
        reading = asyncio.create_task(socket.receive())
        for _ in range(20):
            await asyncio.sleep(0)
        seen.append(reading.done())
        taken.append(True)
        await drawing
        seen.append(await reading)

    run(page())
    assert seen == [False, {"type": "websocket.disconnect", "code": viewer_socket.GONE}]


@pytest.mark.parametrize("body", [DRAW, b""], ids=["let in", "passed over"])
def test_others_have_their_turn_between_two_messages_that_have_arrived(body: bytes) -> None:
    order: list[str] = []
    waiting = [arrived(body)] * 3 + [LEFT]

    async def receive() -> Any:
        order.append("message")
        return waiting.pop(0)

    async def reads() -> None:
        async def other() -> None:
            for _ in range(3):
                order.append("other")
                await asyncio.sleep(0)

        socket = viewer(receive)
        beside = asyncio.create_task(other())
        while (await socket.receive())["type"] == "websocket.receive":
            pass
        await beside

    run(reads())
    assert order == ["message", "other"] * 3 + ["message"]


@pytest.mark.parametrize(
    ("sent", "goes_on"),
    [
        ({"bytes": DRAWN}, True),
        ({"bytes": DRAWN + b" " * 600}, False),
        ({"bytes": b"\xff"}, False),
        ({"text": "x"}, False),
    ],
    ids=["drawn", "a part of the page", "no message", "text"],
)
def test_the_next_page_of_a_viewer_begins_once_the_last_is_drawn(sent: dict[str, Any], goes_on: bool) -> None:
    began: list[bool] = []

    async def receive() -> Any:
        return arrived()

    async def send(message: Any) -> None:
        assert message == {"type": "websocket.send", **sent}

    async def reads() -> None:
        socket = viewer(receive, send, later=lambda seconds, call: asyncio.get_running_loop().create_future())
        await socket.receive()
        second = asyncio.create_task(socket.receive())
        for drawn in (False, True):
            if drawn:
                await socket.send({"type": "websocket.send", **sent})
            for _ in range(20):
                await asyncio.sleep(0)
            began.append(second.done())
        second.cancel()

    run(reads())
    assert began == [False, goes_on]
