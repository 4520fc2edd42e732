"""Reads request bodies, limited in size and time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from dashboard.web.replies import Refusal

# Seconds within which a body must arrive.
BODY_S = 20.0


async def body_of(request: Request, most: int, seconds: float = BODY_S) -> bytes:
    """The body of a request.

    Args:
        request: whose body is read. `most`: maximum size in bytes. `seconds`: time limit.

    Raises:
        Refusal: it is too large or too slow, or the client disconnected.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise Refusal(413, f"The body is longer than {most:,} bytes")
    except TimeoutError:
        raise Refusal(408, f"The body took longer than {seconds:g} s to arrive") from None
    except ClientDisconnect:
        # The client is gone, so nobody reads this answer.
        raise Refusal(400, "The body was broken off") from None
    return bytes(body)
