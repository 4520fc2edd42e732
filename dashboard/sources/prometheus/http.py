"""One connection to a Prometheus API: POST, bounded time, and every fault turned into one clear error."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import httpx
import msgspec

from dashboard.exceptions import (
    AccessDenied,
    ConfigError,
    InvalidData,
    LimitExceeded,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WrongEndpoint,
)

# VictoriaMetrics names the flag that limits; the others are Prometheus', Thanos', Mimir's and Cortex' words.
LIMITS = (
    "maximum resolution",
    "too many points",
    "too long query",
    "query processing would load",
    "-search.max",
    "exceeded the maximum number",
    "exceeds the limit",
    "hit the max number",
    "exceeded series limit",
)
LATE = ("deadline exceeded", "timed out", "timeout exceeded")
# No answer that is any use is larger: a month of a thousand services is a tenth of it.
LARGEST = 256_000_000


class Failure(msgspec.Struct):
    """The error reply of the API."""

    error: str = ""
    errorType: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole HTTP answer, unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """The content type says JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def said(self) -> str:
        """What the server says in plain words, for one line; nothing where it sends a page."""
        if self.is_json:
            return one_line(failure(self.body).error)
        plain = self.headers.get("content-type", "").startswith("text/plain")
        return one_line(self.body[:2000].decode("utf-8", "replace")) if plain else ""


class Api:
    """POSTs forms to `url`/api/v1/…; methods raise `SourceError` only.

    Args:
        timeout_s: the client's limit; the server is asked to stop a little earlier.
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
    ) -> None:
        parts = split(url)
        if parts.username and username is None:
            username, password = unquote(parts.username), unquote(parts.password or "")
        host = parts.hostname or ""
        netloc = f"[{host}]" if ":" in host else host
        self.where = urlunsplit((parts.scheme, netloc + (f":{parts.port}" if parts.port else ""), parts.path, "", ""))
        self.timeout_s = timeout_s
        sent = dict(headers or {})
        if bearer_token:
            sent["Authorization"] = f"Bearer {bearer_token}"
        # On loopback and LAN compression costs the server more than it saves the wire.
        local = host in ("localhost", "127.0.0.1", "::1") or host.startswith(("10.", "192.168."))
        sent.setdefault("Accept-Encoding", "identity" if local else "gzip")
        auth = httpx.BasicAuth(username, password or "") if username else None
        try:
            trusted = ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify
        except OSError as error:
            raise WrongEndpoint(f"{self.where}: the CA file {verify} cannot be read: {error.strerror}") from None
        self._client = httpx.Client(headers=sendable(sent), auth=auth, timeout=timeout_s, verify=trusted)

    def post(self, path: str, form: Mapping[str, str], *, query: str = "") -> tuple[bytes, float]:
        """The body of a good reply and the seconds it took.

        Raises:
            SourceError: of the class the fault belongs to, with a sentence for the user.
        """
        began = time.perf_counter()
        data = {**form, "timeout": f"{max(1, int(self.timeout_s * 0.9))}s"}
        try:
            reply = self._asked("POST", path, query, data=data)
            if reply.status == 405:
                reply = self._asked("GET", path, query, params=data)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
            raise self._transport(error, query) from error
        if reply.status != 200 or not reply.is_json:
            raise self._refused(reply, query)
        return reply.body, time.perf_counter() - began

    def _asked(self, method: str, path: str, query: str, **form: dict[str, str]) -> Received:
        """The whole answer; one that drips is waited for no longer than one that does not come at all."""
        ends = time.monotonic() + self.timeout_s
        parts, size = [], 0
        with self._client.stream(method, f"{self.where}/api/v1/{path}", **form) as reply:  # type: ignore[arg-type]
            for part in reply.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    more = f"{self.where} sent more than {LARGEST / 1e6:.0f} MB: ask for less, with source.match"
                    raise LimitExceeded(more, query=query)
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("the answer came too slowly")
            return Received(reply.status_code, reply.headers, b"".join(parts))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _transport(self, error: Exception, query: str) -> SourceError:
        text = str(error)
        if isinstance(error, httpx.TimeoutException):
            return SourceTimeout(f"{self.where} gave no answer within {self.timeout_s:g} s", query=query)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            why = text.partition("verify failed: ")[2].partition(" (_ssl")[0].rstrip(".")
            hint = ": name its CA in source.ca_file" if "issuer" in why or "self" in why else ""
            return WrongEndpoint(f"{self.where}: its certificate is not trusted ({why}){hint}", query=query)
        if isinstance(error, httpx.ConnectError) and "SSL" in text and "EOF" not in text:
            return WrongEndpoint(f"{self.where} does not speak TLS: write http:// instead of https://", query=query)
        if isinstance(error, httpx.DecodingError):
            return InvalidData(f"{self.where} sent a body that cannot be unpacked: {text}", query=query)
        if isinstance(error, httpx.InvalidURL) and "too long" in text:
            return LimitExceeded(f"{self.where} takes no POST, and a query is too long for GET", query=query)
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
            return WrongEndpoint(f"{self.where} is no address that can be asked: {text}", query=query)
        if isinstance(error, httpx.ConnectError):
            return SourceUnavailable(f"{self.where} cannot be reached: {text}", query=query)
        return SourceUnavailable(f"{self.where} broke off its answer: {text}", query=query)

    def _refused(self, reply: Received, query: str) -> SourceError:
        status, where = reply.status, self.where
        told = f": {reply.said}" if reply.said else ""
        if 300 <= status < 400:
            target = one_line(reply.headers.get("Location", "elsewhere"))
            return WrongEndpoint(
                f"{where} redirects to {target}: use the address behind it, or log in there", query=query
            )
        if status in (401, 403):
            return AccessDenied(
                f"{where} refuses access ({status}{told}): check the credentials in the configuration", query=query
            )
        if status == 413:
            return LimitExceeded(f"{where}: the question is too large ({status}{told})", query=query)
        if reply.is_json:
            return classified(where, status, failure(reply.body), query)
        if status >= 500 or status == 429:
            return SourceUnavailable(f"{where} is not available ({status}{told})", query=query)
        hint = "http to a TLS port" if b"HTTP request to an HTTPS" in reply.body[:200] else "not a Prometheus API"
        return WrongEndpoint(
            f"{where} answers, but {hint} ({status}): check the address and its path prefix", query=query
        )


def split(url: str) -> SplitResult:
    """The parts of an address, its port included.

    Raises:
        WrongEndpoint: it is none.
    """
    try:
        parts = urlsplit(url.rstrip("/"))
        _ = parts.port
    except ValueError as error:
        shown = url.rpartition("@")[2]  # what comes before may be a password
        raise WrongEndpoint(f"{shown} is no address: {error}") from None
    return parts


def sendable(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers, once they are known to fit into a request; their values are never shown.

    Raises:
        ConfigError: naming the header.
    """
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise ConfigError(
                f"header {name}: its value must be one line of ASCII text; see source.headers or the token"
            )
    return headers


def failure(body: bytes) -> Failure:
    """The error the server names; empty where its body is none."""
    try:
        return msgspec.json.decode(body, type=Failure)
    except msgspec.DecodeError:
        return Failure()


def one_line(text: str, most: int = 300) -> str:
    """The beginning and the end of what a server says, in one line: in between it repeats the query."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


def classified(where: str, status: int, said: Failure, query: str) -> SourceError:
    """The class of an error reply in JSON, by status first and by its text then."""
    text = one_line(said.error) or f"status {status}"
    # What the server quotes of the query says nothing about its own state.
    low = said.error.replace(json.dumps(query, ensure_ascii=False), "").lower()
    if said.errorType == "timeout" or any(word in low for word in LATE):
        return SourceTimeout(f"{where} gave up on a query: {text}", query=query)
    if status == 429 or status >= 500:
        return SourceUnavailable(f"{where} is not available ({status}): {text}", query=query)
    if any(word in low for word in LIMITS):
        return LimitExceeded(f"{where} limits queries: {text}", query=query)
    if status == 404:
        return WrongEndpoint(f"{where} has no such API ({status}): check its path prefix", query=query)
    return QueryRejected(f"{where} refuses a query: {text}", query=query)
