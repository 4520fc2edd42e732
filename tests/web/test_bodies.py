"""Bodies that are too large, too slow, or broken off."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request

from dashboard.web.bodies import body_of
from dashboard.web.replies import Refusal


def read(*messages: dict[str, Any]) -> bytes:
    """A body that comes in these messages, and then not on."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    request = Request({"type": "http", "headers": []}, receive)
    # In a thread of its own: the browser tests keep an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, body_of(request, 4, seconds=0.01)).result()


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_read_whole() -> None:
    assert read(part(b"ab"), part(b"cd", more=False)) == b"abcd"


@pytest.mark.parametrize(
    ("messages", "status"),
    [([part(b"abc"), part(b"de")], 413), ([part(b"a")], 408), ([part(b"a"), {"type": "http.disconnect"}], 400)],
    ids=["long", "slow", "broken off"],
)
def test_what_is_no_whole_body_is_refused(messages: list[dict[str, Any]], status: int) -> None:
    with pytest.raises(Refusal) as refused:
        read(*messages)
    assert refused.value.status == status
