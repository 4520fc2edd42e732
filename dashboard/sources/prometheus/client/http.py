"""HTTP requests to a Prometheus API: POST with a timeout; every failure becomes one clear error."""

import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from dashboard import redaction
from dashboard.exceptions import ConfigError, LimitExceeded, SourceTimeout, SourceUnavailable, WrongEndpoint
from dashboard.sources.deadline import seconds_left
from dashboard.sources.prometheus.client.faults import HttpReply, refusal, rest_s, transport_error

# Larger replies are rejected: a month of a thousand services has a tenth of this size.
MAX_REPLY_BYTES = 256_000_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PRIVATE_PREFIXES = ("10.", "192.168.")

# Form fields; a name may have several values.
Form = Mapping[str, str | Sequence[str]]


class ConnectionOptions(TypedDict, total=False):
    """How to connect to a server, as keyword arguments of `Api` and of the source."""

    headers: Mapping[str, str] | None
    bearer_token: str | None
    username: str | None
    password: str | None
    timeout_s: float
    verify: bool | str
    client_cert: str | None


class Api:
    """POSTs forms to `url`/api/v1/…; methods raise `SourceError` only.

    Args:
        url: the server's address; a path prefix is kept.
        headers: sent with every request.
        bearer_token, username, password: credentials; those in the address are used without a user name.
        timeout_s: the client's timeout; the server is asked to stop slightly earlier.
        verify: check the certificate; or the path of a CA file to check it with.
        client_cert: path of a client certificate with its key.

    Attributes:
        where: the address without secrets, for messages.

    Raises:
        WrongEndpoint, ConfigError: an address, header or CA file cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        bearer_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout_s: float = 20.0,
        verify: bool | str = True,
        client_cert: str | None = None,
    ) -> None:
        parts = parsed_url(url)
        # It logs whole addresses, and a path may contain a token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        if parts.username and username is None:
            username, password = unquote(parts.username), unquote(parts.password or "")
        self.where = redaction.without_secrets(parts)
        self._base = redaction.without_credentials(parts)
        self.timeout_s = timeout_s
        self._get_only: set[str] = set()
        # Monotonic time until which the server has asked for a pause; shared by all threads.
        self._rests_until = -math.inf
        self._client = httpx.Client(
            headers=_all_headers(headers or {}, bearer_token, parts.hostname or ""),
            auth=httpx.BasicAuth(username, password or "") if username else None,
            timeout=timeout_s,
            verify=_trusted(verify, self.where, client_cert),
        )

    def post(self, path: str, form: Form, *, query: str = "") -> tuple[bytes, float]:
        """The body of a successful reply, and its duration in seconds.

        Args:
            path: below /api/v1/. `form`: the fields to post. `query`: for the error.

        Raises:
            SourceError: of the class for the failure, with a sentence for the user.
        """
        began = time.perf_counter()
        wait_s = min(self.timeout_s, seconds_left())
        if wait_s <= 0:
            raise SourceTimeout(f"{self.where} was too slow: the time for this refresh was over", query=query)
        # The server times out first, as its error says more than an aborted connection.
        data = {**form, "timeout": f"{max(1, int(wait_s * 0.9))}s"}
        try:
            reply = self._after_rest(lambda left: self._post_or_get(f"api/v1/{path}", query, left, data), wait_s, query)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise transport_error(error, self.where, wait_s, query) from error
        if reply.status != 200 or not reply.is_json:
            raise refusal(reply, self.where, query)
        return reply.body, time.perf_counter() - began

    def _after_rest(self, ask: Callable[[float], HttpReply], wait_s: float, query: str) -> HttpReply:
        """Send a request after the pause that the server asked for; repeat it once if the time suffices.

        Args:
            ask: sends the request with a timeout in seconds. `wait_s`: total time. `query`: for the error.

        Raises:
            SourceUnavailable: the requested pause is longer than that.
        """
        ends = time.monotonic() + wait_s
        while True:
            rest = self._rests_until - time.monotonic()
            if rest >= ends - time.monotonic():
                what = f"asks to be left alone for {rest:.0f} s more (Retry-After)"
                raise SourceUnavailable(f"{self.where} is not available: it {what}", query=query)
            time.sleep(max(0.0, rest))
            reply = ask(ends - time.monotonic())
            wanted = rest_s(reply)
            self._rests_until = max(self._rests_until, time.monotonic() + wanted)
            # Repeat only once.
            if not wanted or rest > 0 or wanted >= ends - time.monotonic():
                return reply

    def _post_or_get(self, path: str, query: str, wait_s: float, form: Form) -> HttpReply:
        """Label values require GET, and some proxies block POST: use GET if POST is rejected, and remember that."""
        if path not in self._get_only:
            reply = self._request("POST", path, query, wait_s, data=form)
            if reply.status != 405:
                return reply
            self._get_only.add(path)
        return self._request("GET", path, query, wait_s, params=form)

    def get(self, path: str, *, api: str) -> bytes:
        """The body of a successful reply.

        Args:
            path: below the address. `api`: the API that is expected, for the error.

        Raises:
            SourceError: of the class for the failure, with a sentence for the user.
        """
        wait_s = min(self.timeout_s, seconds_left())
        if wait_s <= 0:
            raise SourceTimeout(f"{self.where} was too slow: the time for it was over")
        try:
            reply = self._after_rest(lambda left: self._request("GET", path, "", left), wait_s, "")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise transport_error(error, self.where, wait_s, "") from error
        if reply.status != 200 or not reply.is_json:
            raise refusal(reply, self.where, "", api=api)
        return reply.body

    def _request(self, method: str, path: str, query: str, wait_s: float, **form: Form) -> HttpReply:
        """The complete response; a slow stream of bytes is also limited by the timeout."""
        ends = time.monotonic() + wait_s
        parts, size = [], 0
        url = f"{self._base}/{path}"
        with self._client.stream(method, url, timeout=wait_s, **form) as reply:  # type: ignore[arg-type]
            for part in reply.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > MAX_REPLY_BYTES:
                    limit = f"more than {MAX_REPLY_BYTES / 1e6:.0f} MB"
                    raise LimitExceeded(f"{self.where} sent {limit}: ask for less, with source.match", query=query)
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("the answer came too slowly")
            return HttpReply(reply.status_code, reply.headers, b"".join(parts))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def parsed_url(url: str) -> SplitResult:
    """The parts of an address, including its port.

    Raises:
        WrongEndpoint: it is invalid; the message contains nothing that may be a password.
    """
    try:
        if redaction.has_stray_at(url):
            raise ValueError
        parts = urlsplit(url.rstrip("/"))
        _ = parts.port
    except ValueError:
        raise WrongEndpoint(
            f"{redaction.redacted(url, typed=True)} is no address: what stands before its @ must be percent-encoded, "
            "and its port is a number up to 65535"
        ) from None
    return parts


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers after validation; their values are never shown.

    Raises:
        ConfigError: a header is invalid; the message contains its name.
    """
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            what = "one line of ASCII text without blanks around it"
            raise ConfigError(f"header {name}: its value must be {what}; see source.headers or the token")
    return headers


def _all_headers(headers: Mapping[str, str], bearer_token: str | None, host: str) -> Mapping[str, str]:
    sent = dict(headers)
    if bearer_token:
        sent["Authorization"] = f"Bearer {bearer_token.strip()}"
    # On loopback and in a LAN, compression costs the server more than it saves.
    local = host in LOOPBACK or host.startswith(PRIVATE_PREFIXES)
    sent.setdefault("Accept-Encoding", "identity" if local else "gzip")
    return checked_headers(sent)


def _trusted(verify: bool | str, where: str, client_cert: str | None) -> ssl.SSLContext | bool:
    if client_cert is None and not isinstance(verify, str):
        return verify
    try:
        context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    except OSError as error:
        raise WrongEndpoint(f"{where}: the CA file {verify} cannot be read: {error.strerror}") from None
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        if client_cert is not None:
            context.load_cert_chain(client_cert, password="")
    except (OSError, ValueError) as error:
        raise WrongEndpoint(f"{where}: the client's certificate {client_cert} cannot be used: {error}") from None
    return context
