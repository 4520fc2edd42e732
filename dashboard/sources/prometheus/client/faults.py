"""Converts failures of a request to exceptions with a sentence for the user.

Servers and libraries report much only as text; only this module interprets these texts.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

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
from dashboard.redaction import redacted
from dashboard.sources.prometheus.client.limits import Limit, limit_words, setting_in

ERRNO = re.compile(r"\[Errno -?\d+\] ")
# The beginning of VictoriaMetrics' errors before the cause; the query was removed before.
PREAMBLE = re.compile(
    r"^error when executing query=.{0,20}? (on the time range|for) \([^)]*\): (cannot execute query: )?"
)
MORE_TIME = " (allow more with --query.timeout or -search.maxQueryDuration there, and source.timeout here)"
# Longest requested pause that is respected, in seconds.
REST_MAX_S = 300.0
TIMEOUT_PHRASES = ("deadline exceeded", "timed out", "timeout exceeded")


class ErrorReply(msgspec.Struct):
    """The error reply of the API."""

    error: str = ""
    errorType: str = ""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A complete HTTP response, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the content type is JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def explanation(self) -> str:
        """The plain text of the server's error in one line; empty for an HTML page."""
        if self.is_json:
            return one_line(redacted(error_reply(self.body).error))
        plain = self.headers.get("content-type", "").startswith("text/plain")
        return one_line(redacted(self.body[:2000].decode("utf-8", "replace"))) if plain else ""


def rest_s(reply: HttpReply) -> float:
    """Seconds of pause that an overloaded server requests: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after.

    0 without a valid request for a pause.
    """
    retry_after = reply.headers.get("Retry-After", "").strip()
    if reply.status not in (429, 503) or not retry_after:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            # Relative to the server's clock, which may differ from ours.
            now = parsedate_to_datetime(reply.headers.get("Date", ""))
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), REST_MAX_S) if math.isfinite(seconds) else 0.0


def transport_error(error: Exception, where: str, timeout_s: float, query: str) -> SourceError:
    """The error of a request without a complete response.

    Args:
        error: from httpx. `where`: the server's address.
        timeout_s: how long was waited.
        query: the query that was sent.
    """
    # The library repeats a header that it rejects, and headers may be secrets.
    text = "a header cannot be sent" if isinstance(error, httpx.LocalProtocolError) else redacted(str(error))
    # Check this first, as a connection timeout is also a connection error.
    if isinstance(error, httpx.TimeoutException):
        return SourceTimeout(f"{where} gave no answer within {timeout_s:g} s", query=query)
    if isinstance(error, httpx.DecodingError):
        return InvalidData(f"{where} sent a body that cannot be unpacked: {text}", query=query)
    if isinstance(error, httpx.InvalidURL) and "too long" in text:
        return LimitExceeded(f"{where} takes no POST, and a query is too long for GET", query=query, limit=Limit.TEXT)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
        return WrongEndpoint(f"{where} is no address that can be asked: {text}", query=query)
    if isinstance(error, httpx.ConnectError):
        return _connect_error(text, where, query)
    # Servers report this after the handshake, as a TLS alert.
    if re.search("ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA)|CERTIFICATE_REQUIRED", text):
        what = "wants a certificate of its clients, and takes no other than those it knows"
        return AccessDenied(f"{where} {what}: name one, with its key, in client_cert_file", query=query)
    return _certificate_error(text, where, query) or SourceUnavailable(
        f"{where} broke off its answer: {text}", query=query
    )


def _connect_error(text: str, where: str, query: str) -> SourceError:
    untrusted = _certificate_error(text, where, query)
    if untrusted is not None:
        return untrusted
    if "SSL" in text and "EOF" not in text:
        return WrongEndpoint(f"{where} does not speak TLS: write http:// instead of https://", query=query)
    # Error numbers differ between operating systems.
    return SourceUnavailable(f"{where} cannot be reached: {ERRNO.sub('', text)}", query=query)


def _certificate_error(text: str, where: str, query: str) -> WrongEndpoint | None:
    if "CERTIFICATE_VERIFY_FAILED" not in text:
        return None
    reason = text.partition("verify failed: ")[2].partition(" (_ssl")[0].rstrip(".")
    hint = ": name its CA in source.ca_file" if "issuer" in reason or "self" in reason else ""
    return WrongEndpoint(f"{where}: its certificate is not trusted ({reason}){hint}", query=query)


def refusal(reply: HttpReply, where: str, query: str, *, api: str = "a Prometheus API") -> SourceError:
    """The error for an unsuccessful response.

    Args:
        reply: the response. `where`: the server's address. `query`: the query that was sent.
        api: the API that was expected, with its article.
    """
    status = reply.status
    explanation = f": {reply.explanation}" if reply.explanation else ""
    # Redirects are not followed: they would leak credentials, and most lead to a login page.
    if 300 <= status < 400:
        target = redacted(one_line(reply.headers.get("Location", "elsewhere")))
        return WrongEndpoint(f"{where} redirects to {target}: use the address behind it, or log in there", query=query)
    if status in (401, 403):
        remedy = "check the credentials in the configuration"
        return AccessDenied(f"{where} refuses access ({status}{explanation}): {remedy}", query=query)
    if status == 413:
        text = f"{where}: the query is too large ({status}{explanation})"
        return LimitExceeded(text, query=query, limit=Limit.TEXT)
    # Proxies answer in HTML: then only the status is known.
    if reply.is_json:
        return api_error(where, status, error_reply(reply.body), query)
    if status >= 500 or status == 429:
        return SourceUnavailable(f"{where} is not available ({status}{explanation})", query=query)
    reason = "http to a TLS port" if b"HTTP request to an HTTPS" in reply.body[:200] else f"not {api}"
    return WrongEndpoint(
        f"{where} answers, but {reason} ({status}): check the address and its path prefix", query=query
    )


def api_error(where: str, status: int, reply: ErrorReply, query: str) -> SourceError:
    """The error for an error reply in JSON: by its text if that is known, otherwise by its status.

    Args:
        where: the server's address. `status`: of HTTP. `reply`: the body. `query`: the query that was sent.
    """
    text = one_line(redacted(reply.error)) or f"status {status}"
    # A quotation of the query says nothing about the server.
    said = reply.error.replace(json.dumps(query, ensure_ascii=False), "")
    lower = said.lower()
    if reply.errorType == "timeout" or any(phrase in lower for phrase in TIMEOUT_PHRASES):
        return SourceTimeout(f"{where} gave up on a query: {text}{MORE_TIME}", query=query, by_server=True)
    words = limit_words(lower) if status != 429 else None
    if words is not None:
        text = one_line(redacted(PREAMBLE.sub("", said)))
        setting = setting_in(said) or words.setting
        more = f" (allow more with {setting})" if setting and setting not in text else ""
        return LimitExceeded(f"{where} limits queries: {text}{more}", query=query, limit=words.limit)
    if status == 429 or status >= 500:
        return SourceUnavailable(f"{where} is not available ({status}): {text}", query=query)
    if status == 404:
        return WrongEndpoint(f"{where} has no such API ({status}): check its path prefix", query=query)
    return QueryRejected(f"{where} refuses a query: {text}", query=query)


def error_reply(body: bytes) -> ErrorReply:
    """The server's error; empty if the body is not an error reply."""
    try:
        return msgspec.json.decode(body, type=ErrorReply)
    except (msgspec.DecodeError, RecursionError):
        return ErrorReply()


def one_line(text: str, most: int = 300) -> str:
    """The beginning and end of a server's message in one line; the middle repeats the query."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
