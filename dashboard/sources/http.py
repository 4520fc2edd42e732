"""One connection to a Prometheus API: POST, bounded time, and every fault turned into one clear error."""

import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from dashboard.exceptions import (
    AccessDenied,
    InvalidData,
    LimitExceeded,
    QueryRejected,
    SourceError,
    SourceTimeout,
    SourceUnavailable,
    WrongEndpoint,
)

LIMITS = ("maximum resolution", "too many points", "too long query", "maxquerylen", "query processing would load")
LATE = ("deadline exceeded", "timed out", "timeout")


class Failure(msgspec.Struct):
    """The error reply of the API."""

    error: str = ""
    errorType: str = ""


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
        parts = urlsplit(url.rstrip("/"))
        if parts.username and username is None:
            username, password = parts.username, parts.password or ""
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
            self._client = httpx.Client(headers=sent, auth=auth, timeout=timeout_s, verify=verify)
        except OSError as error:
            raise WrongEndpoint(f"{self.where}: the CA file {verify} cannot be read: {error.strerror}") from None

    def post(self, path: str, form: Mapping[str, str], *, query: str = "") -> tuple[bytes, float]:
        """The body of a good reply and the seconds it took.

        Raises:
            SourceError: of the class the fault belongs to, with a sentence for the user.
        """
        began = time.perf_counter()
        data = {**form, "timeout": f"{max(1, int(self.timeout_s * 0.9))}s"}
        try:
            reply = self._client.post(f"{self.where}/api/v1/{path}", data=data)
            if reply.status_code == 405:
                reply = self._client.get(f"{self.where}/api/v1/{path}", params=data)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._transport(error, query) from error
        if reply.status_code != 200 or not is_json(reply):
            raise self._refused(reply, query)
        return reply.content, time.perf_counter() - began

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _transport(self, error: Exception, query: str) -> SourceError:
        text = str(error)
        if isinstance(error, httpx.TimeoutException):
            return SourceTimeout(f"{self.where} gave no answer within {self.timeout_s:g} s", query=query)
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return WrongEndpoint(
                f"{self.where}: its certificate is not trusted: name its CA in source.ca_file", query=query
            )
        if "SSL" in text or "WRONG_VERSION_NUMBER" in text:
            return WrongEndpoint(f"{self.where} does not speak TLS: write http:// instead of https://", query=query)
        if isinstance(error, httpx.DecodingError):
            return InvalidData(f"{self.where} sent a body that cannot be unpacked: {text}", query=query)
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return WrongEndpoint(f"{self.where} is no address that can be asked: {text}", query=query)
        if isinstance(error, httpx.ConnectError):
            return SourceUnavailable(f"{self.where} cannot be reached: {text}", query=query)
        return SourceUnavailable(f"{self.where} broke off its answer: {text}", query=query)

    def _refused(self, reply: httpx.Response, query: str) -> SourceError:
        status, where = reply.status_code, self.where
        said = failure(reply)
        if 300 <= status < 400:
            target = reply.headers.get("Location", "elsewhere")
            return WrongEndpoint(
                f"{where} redirects to {target}: use the address behind it, or log in there", query=query
            )
        if status in (401, 403):
            return AccessDenied(
                f"{where} refuses access ({status}): check the credentials in the configuration", query=query
            )
        if status == 413:
            return LimitExceeded(f"{where}: the question is too large ({status})", query=query)
        if is_json(reply):
            return classified(where, status, said, query)
        if status >= 500 or status == 429:
            return SourceUnavailable(f"{where} is not available ({status})", query=query)
        hint = "http to a TLS port" if b"HTTP request to an HTTPS" in reply.content[:200] else "not a Prometheus API"
        return WrongEndpoint(
            f"{where} answers, but {hint} ({status}): check the address and its path prefix", query=query
        )


def is_json(reply: httpx.Response) -> bool:
    """The content type says JSON."""
    return "json" in reply.headers.get("content-type", "")


def failure(reply: httpx.Response) -> Failure:
    """The error the server names; empty where its body is none."""
    try:
        return msgspec.json.decode(reply.content, type=Failure)
    except msgspec.DecodeError:
        return Failure()


def shortened(text: str, most: int = 300) -> str:
    """The beginning and the end of what a server says: in between it repeats the query."""
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


def classified(where: str, status: int, said: Failure, query: str) -> SourceError:
    """The class of an error reply in JSON, by status first and by its text then."""
    text = shortened(said.error or f"status {status}")
    low = text.lower()
    if said.errorType == "timeout" or any(word in low for word in LATE):
        return SourceTimeout(f"{where} gave up on a query: {text}", query=query)
    if status in (429, 502, 503, 504) or status >= 500:
        return SourceUnavailable(f"{where} is not available ({status}): {text}", query=query)
    if any(word in low for word in LIMITS):
        return LimitExceeded(f"{where} limits queries: {text}", query=query)
    if status == 404:
        return WrongEndpoint(f"{where} has no such API ({status}): check its path prefix", query=query)
    return QueryRejected(f"{where} refuses a query: {text}", query=query)
