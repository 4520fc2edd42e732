"""A webhook: JSON over HTTP, signed, with retries, and without following redirects.

Headers and signature are those of Standard Webhooks 1.0:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import ssl
import threading
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING

import httpx

from dashboard.notifications.delivery import Notification, NotSent
from dashboard.notifications.spec import WebhookSpec

if TYPE_CHECKING:
    from tenacity import RetryCallState

# Seconds for one attempt, from resolving the name to the head of the answer; its body is not read.
ATTEMPT_S = 10.0
# Attempts in a row, and seconds for all of them; longer faults wait for the next turn of the store.
ATTEMPTS, BURST_S = 3, 25.0
# Maximum seconds to wait, whatever a receiver asks for.
WAIT_MAX_S = 3600.0
# Statuses that may change within seconds: too early, too many, and faults of servers and proxies.
BRIEF = {408, 425, 429, 500, 502, 503, 504}
GONE = 410


def signature(secret: bytes, number: str, seconds: int, body: str) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over id, time and body, joined by dots.

    Args:
        secret: the key. `number`: the id. `seconds`: epoch seconds of sending. `body`: as sent.
    """
    digest = hmac.new(secret, f"{number}.{seconds}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Webhook:
    """Posts notifications to one address.

    Args:
        spec: of the receiver. `clock`: epoch seconds. `ended`: set when nobody waits any longer.
    """

    def __init__(self, spec: WebhookSpec, clock: Callable[[], float], ended: threading.Event) -> None:
        self.spec = spec
        self._clock, self._ended = clock, ended
        # It logs whole URLs, whose path may contain a token.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    def problem(self) -> str | None:
        """Always None, as the address was already checked."""
        return None

    def send(self, notification: Notification) -> None:
        """Post a notification, with a few retries for brief faults.

        Raises:
            NotSent: no attempt succeeded.
        """
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, NotSent) and error.is_brief),
            wait=_wait,
            stop=tenacity.stop_after_attempt(ATTEMPTS)
            | tenacity.stop_before_delay(BURST_S)
            | tenacity.stop_when_event_set(self._ended),
            sleep=tenacity.sleep_using_event(self._ended),
            reraise=True,
        )
        retrying(lambda: asyncio.run(self._post(notification)))

    async def _post(self, notification: Notification) -> None:
        seconds = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "golden-signals",
            "Idempotency-Key": notification.number,
            "webhook-id": notification.number,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(self.spec.secret, notification.number, seconds, notification.body),
        }
        try:
            # Limits the whole attempt, however slow its parts are.
            async with asyncio.timeout(ATTEMPT_S), httpx.AsyncClient(timeout=ATTEMPT_S, verify=_trusted()) as client:
                request = client.stream("POST", self.spec.url, content=notification.body.encode(), headers=headers)
                async with request as answer:
                    status, wait = answer.status_code, answer.headers.get("Retry-After", "")
        except (TimeoutError, httpx.TimeoutException):
            raise NotSent(f"no answer within {ATTEMPT_S:g} s", is_brief=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NotSent(_transport_problem(error), is_brief=True) from None
        if not 200 <= status < 300:
            raise _refused(status, _seconds(wait, self._clock()))


@cache
def _trusted() -> ssl.SSLContext:
    """The TLS context, created once: reading the certificates takes longer than sending."""
    return httpx.create_ssl_context()


def _wait(state: "RetryCallState") -> float:
    """Seconds until the next attempt: what the receiver asks for, else half a second, then a second …"""
    import tenacity

    error = state.outcome.exception() if state.outcome is not None else None
    wanted_s = error.wait if isinstance(error, NotSent) else None
    return (
        wanted_s
        if wanted_s is not None
        else float(tenacity.wait_exponential_jitter(multiplier=0.5, max=8, jitter=0.5)(state))
    )


def _refused(status: int, wait: float | None) -> NotSent:
    if 300 <= status < 400:
        return NotSent(f"answered {status}: redirects are not followed: name the address that it leads to")
    if status == GONE:
        return NotSent("answered 410: it is gone for good", is_final=True)
    return NotSent(f"answered {status}", wait=wait, is_brief=status in BRIEF)


def _seconds(retry_after: str, now: float) -> float | None:
    """The seconds of a `Retry-After`, a number or a date; None if missing or invalid. RFC 9110, section 10.2.3.

    Args:
        retry_after: the header. `now`: epoch seconds.
    """
    try:
        if retry_after.isdecimal():
            seconds = float(retry_after[:9])
        else:
            moment = parsedate_to_datetime(retry_after)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), WAIT_MAX_S)


def _transport_problem(error: Exception) -> str:
    """A description of a transport error without the address, whose path may be a secret."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted"
    if isinstance(error, httpx.ConnectError | OSError):
        return "it cannot be reached"
    return f"the connection failed ({type(error).__name__})"
