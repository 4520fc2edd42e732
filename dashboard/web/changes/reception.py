"""Accepts messages of senders: checks who, how much and how often, and answers once they are stored."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from dashboard.changes.reading import EventRefused, Message
from dashboard.changes.senders.sender import Credential, Sender
from dashboard.changes.times import times_problem
from dashboard.config.tokens import VARIABLE, Scope, Token
from dashboard.exceptions import StateError
from dashboard.state import changes as stored_changes
from dashboard.state import retention
from dashboard.state.store import Store
from dashboard.web.known_tokens import KnownTokens
from dashboard.web.limits.allowance import Allowance
from dashboard.web.replies import Refusal
from dashboard.web.token_check import may

# Maximum size of a message in bytes, and seconds within which it must arrive.
BODY_BYTES, BODY_S = 1_000_000, 20.0
# The default content type of GitHub; the maximum number of fields of a form.
FORM, FIELDS = "application/x-www-form-urlencoded", 20
# Limits of all requests in progress, in bytes and messages: a disk slower than its senders must not fill the memory,
# and requests that have not shown a token yet must not take the room of those that have.
BODIES_BYTES, WAITING = {True: 32_000_000, False: 8_000_000}, {True: 200, False: 20}
# Seconds after a failure in which the store is not tried: each attempt may take long, and others wait behind it.
RETRY_S = 2.0
# A token may send this many messages at once, and this many more per second.
MESSAGES, MESSAGES_PER_S = 300.0, 5.0
# The age and number of stored changes are checked again after this many changes, or seconds.
PRUNE_AFTER, PRUNE_S = 500, 3600.0

Result = TypeVar("Result")


class Reception:
    """Checks and limits requests before they reach the store.

    Args:
        store: keeps changes and additional tokens. `tokens`: of the configuration.
        clock: epoch seconds. `steady`: a monotonic clock.
    """

    def __init__(
        self, store: Store, tokens: Sequence[Token], clock: Callable[[], float], steady: Callable[[], float]
    ) -> None:
        self.store = store
        self.clock, self._steady = clock, steady
        self._tokens = KnownTokens(tokens, store, steady)
        self._reading: Future[None] | None = None
        self._allowances: dict[str, Allowance] = {}
        # By whether they came with a token.
        self._waiting, self._bytes = {True: 0, False: 0}, {True: 0, False: 0}
        self._failure, self._failed_at = "", steady()
        self._until_pruned, self._pruned_at = 0, clock()
        # A single worker: SQLite has one writer, and the messages of a sender keep their order.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="changes")

    def start(self) -> None:
        """Delete expired changes in the background."""
        self._worker.submit(self._make_room, 0, self.clock())

    def stop(self) -> None:
        """Store what has been taken in, and stop."""
        self._worker.shutdown()

    async def changes_of(self, request: Request, sender: Sender) -> tuple[int, ...]:
        """Store the changes of a request, and return their ids.

        Raises:
            Refusal: nothing was stored.
        """
        headers = dict(request.headers)
        await self._renew_tokens()
        token = self._known(headers, sender.credential)
        is_known = token is not None
        return await self.with_body(request, lambda raw: self._keep(sender, headers, raw, token), is_known=is_known)

    async def authorised(self, request: Request, scope: Scope) -> Token:
        """The token of a request; counts against its rate limit.

        Raises:
            Refusal: the token is missing, lacks the scope, or has exceeded its rate limit.
        """
        await self._renew_tokens()
        token = self._known(dict(request.headers), Credential.HTTP)
        assert token is not None, "a token in a header is there, or refused"
        _check(token, scope)
        self._count(token)
        return token

    async def shown(self, request: Request, scope: Scope) -> Token | None:
        """The token of a request that does not require one; None without a token of ours.

        Args:
            request: whose headers are read. `scope`: required of the token.

        Raises:
            Refusal: the token is ours, but lacks the scope.
        """
        # A request without a token never causes the tokens to be read again.
        if "authorization" not in request.headers:
            return None
        await self._renew_tokens()
        token = self._tokens.check.of_headers(dict(request.headers), Credential.HTTP)
        if token is not None:
            _check(token, scope)
        return token

    async def with_body(self, request: Request, task: Callable[[bytes], Result], *, is_known: bool = True) -> Result:
        """Run a task with the body of a request, off the event loop.

        Args:
            request: whose body is read. `task`: takes the body. `is_known`: the request has a token of ours.

        Raises:
            Refusal: the body is too large or too slow, too many requests wait, or the store failed.
        """
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(BODY_S):
                async for part in _parts(request):
                    self._bytes[is_known] += len(part)
                    parts.append(part)
                    if self._bytes[is_known] > BODIES_BYTES[is_known]:
                        raise Refusal(503, "Too many messages are on their way", wait=2)
            return await self.work(lambda: task(b"".join(parts)), is_known=is_known)
        except TimeoutError:
            raise Refusal(408, f"The body took longer than {BODY_S:g} s to arrive") from None
        finally:
            self._bytes[is_known] -= sum(map(len, parts))

    async def work(self, task: Callable[[], Result], *, is_known: bool = True) -> Result:
        """Run a task that uses the store, off the event loop.

        Args:
            task: to run. `is_known`: the request has a token of ours.

        Raises:
            Refusal: too many requests wait, or the store failed.
        """
        if self._waiting[is_known] >= WAITING[is_known]:
            raise Refusal(503, "Too many messages wait to be kept", wait=2)
        self._waiting[is_known] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: self._tried(task))
        except StateError as error:
            raise Refusal(503, f"The state cannot be used: {error}", wait=RETRY_S) from error
        finally:
            self._waiting[is_known] -= 1

    async def _renew_tokens(self) -> None:
        """Read the tokens of the state again if they are stale; concurrent requests wait for the same read."""
        if self._tokens.is_old and (self._reading is None or self._reading.done()):
            self._reading = self._worker.submit(self._read_tokens)
        if self._reading is not None and not self._reading.done():
            # Shielded, so that a request that is cancelled does not cancel it for the others.
            await asyncio.shield(asyncio.wrap_future(self._reading))

    def _read_tokens(self) -> None:
        # If the store fails the tokens read earlier stay valid: the request itself needs the store anyway.
        with suppress(StateError):
            self._tried(self._tokens.read)

    def _tried(self, task: Callable[[], Result]) -> Result:
        if self._failure and self._steady() < self._failed_at + RETRY_S:
            raise StateError(self._failure)
        self._failure = ""
        try:
            return task()
        except StateError as error:
            self._failure, self._failed_at = str(error), self._steady()
            raise

    def _known(self, headers: dict[str, str], credential: Credential) -> Token | None:
        """The token in the headers; None if it may be in the body or its signature."""
        if not len(self._tokens.check):
            raise Refusal(403, f"No token is configured: `golden-signals token NAME` makes one, or set {VARIABLE}")
        token = self._tokens.check.of_headers(headers, credential)
        if token is None and credential not in (Credential.ROUTING_KEY, Credential.SIGNATURE):
            raise _stranger()
        return token

    def _keep(self, sender: Sender, headers: dict[str, str], raw: bytes, token: Token | None) -> tuple[int, ...]:
        if token is None and sender.credential is Credential.SIGNATURE:
            token = self._tokens.check.of_signature(headers, raw)
        is_form = headers.get("content-type", "").startswith(FORM)
        body = decoded(raw, is_form=is_form) if token or sender.credential is Credential.ROUTING_KEY else None
        token = token or self._tokens.check.of_body(body, sender.credential)
        if token is None:
            raise _stranger()
        _check(token, Scope.CHANGES)
        self._count(token)
        now = self.clock()
        try:
            changes = sender.read(Message(body, now, headers))
            for change in changes:
                if problem := times_problem(change, now, self.store.spec.retention):
                    raise EventRefused(problem)
        except EventRefused as error:
            raise Refusal(400, f"{str(error)[:1].upper()}{str(error)[1:]}") from None
        if not changes:
            return ()
        ids = stored_changes.add(self.store, changes, token.name, now)
        self._make_room(len(changes), now)
        return ids

    def _make_room(self, count: int, now: float) -> None:
        self._until_pruned -= count
        if self._until_pruned > 0 and now < self._pruned_at + PRUNE_S:
            return
        self._until_pruned, self._pruned_at = PRUNE_AFTER, now
        # The changes are stored: a failure to delete old ones is no reason to send them again.
        with suppress(StateError):
            retention.prune(self.store, now)

    def _count(self, token: Token) -> None:
        allowance = self._allowances.setdefault(token.name, Allowance(MESSAGES, MESSAGES_PER_S, self._steady()))
        if wait := allowance.wait(self._steady()):
            raise Refusal(429, f"The token {token.name} sends too many messages: {MESSAGES_PER_S:g} in a second", wait)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    length = request.headers.get("content-length", "0")
    size = int(length) if length.isdigit() and len(length) < 19 else 0
    if size <= BODY_BYTES:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > BODY_BYTES:
                break
            yield part
    if size > BODY_BYTES:
        raise Refusal(413, f"The body is longer than {BODY_BYTES:,} bytes")


def _check(token: Token, scope: Scope) -> None:
    if not may(token, scope):
        raise Refusal(403, f"The token {token.name} is not for this: it needs the scope {scope}")


def _stranger() -> Refusal:
    return Refusal(401, "The token is missing, or none of this dashboard")


def decoded(raw: bytes, *, is_form: bool = False) -> Any:
    """Decode a body: JSON in UTF-8 or, as Windows writes it, with a byte order mark or in UTF-16.

    Args:
        raw: as received. `is_form`: its content type is a form, whose field `payload` is read, as GitHub sends it by
            default; if it is JSON nevertheless it is read as such, since curl declares every body a form.

    Raises:
        Refusal: it is not JSON.
    """
    try:
        return msgspec.json.decode(raw.decode(json.detect_encoding(raw)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if is_form and (payload := _payload(raw)):
            return decoded(payload)
        raise Refusal(400, "The body is no JSON: send application/json in UTF-8") from None


def _payload(raw: bytes) -> bytes:
    """The field `payload` of a form; empty if there is none."""
    try:
        return dict(parse_qsl(raw, max_num_fields=FIELDS)).get(b"payload", b"")
    except ValueError:
        return b""
