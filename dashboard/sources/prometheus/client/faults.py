"""Converts failures of a request to exceptions with a sentence for the user.

Servers and libraries tell much of it in words alone: here, and nowhere else, these words are read.
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
# What VictoriaMetrics says before it comes to the point; the query itself was taken out.
PREAMBLE = re.compile(
    r"^error when executing query=.{0,20}? (on the time range|for) \([^)]*\): (cannot execute query: )?"
)
MORE_TIME = " (allow more with --query.timeout or -search.maxQueryDuration there, and source.timeout here)"
# Whoever asks for more is asked again all the same.
REST_MAX_S = 300.0
TIMEOUT_PHRASES = ("deadline exceeded", "timed out", "timeout exceeded")


class ErrorReply(msgspec.Struct):
    """The error reply of the API."""

    error: str = ""
    errorType: str = ""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole HTTP answer, unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """The content type says JSON."""
        return "json" in self.headers.get("content-type", "")

    @property
    def explanation(self) -> str:
        """What the server says in plain words, for one line; nothing if it sends a page."""
        if self.is_json:
            return one_line(redacted(error_reply(self.body).error))
        plain = self.headers.get("content-type", "").startswith("text/plain")
        return one_line(redacted(self.body[:2000].decode("utf-8", "replace"))) if plain else ""


def rest_s(reply: HttpReply) -> float:
    """Seconds for which a server that is overloaded asks to be left alone: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after.

    0 where it does not, or says so in words that nobody knows.
    """
    told = reply.headers.get("Retry-After", "").strip()
    if reply.status not in (429, 503) or not told:
        return 0.0
    try:
        seconds = float(told)
    except ValueError:
        try:
            # By its own clock, which need not be ours.
            now = parsedate_to_datetime(reply.headers.get("Date", ""))
            seconds = (parsedate_to_datetime(told) - now).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), REST_MAX_S) if math.isfinite(seconds) else 0.0


def transport_error(error: Exception, where: str, timeout_s: float, query: str) -> SourceError:
    """The error of a request that got no whole answer.

    Args:
        error: of httpx. `where`: the server's address.
        timeout_s: how long was waited.
        query: that was put.
    """
    # A library that refuses a header repeats it, and headers are secrets.
    text = "a header cannot be sent" if isinstance(error, httpx.LocalProtocolError) else redacted(str(error))
    # First: a connection that takes too long is an error of connecting, too.
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
    # Servers say so after the handshake, as an alert of TLS.
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
    # The number of an error is the operating system's own.
    return SourceUnavailable(f"{where} cannot be reached: {ERRNO.sub('', text)}", query=query)


def _certificate_error(text: str, where: str, query: str) -> WrongEndpoint | None:
    if "CERTIFICATE_VERIFY_FAILED" not in text:
        return None
    reason = text.partition("verify failed: ")[2].partition(" (_ssl")[0].rstrip(".")
    hint = ": name its CA in source.ca_file" if "issuer" in reason or "self" in reason else ""
    return WrongEndpoint(f"{where}: its certificate is not trusted ({reason}){hint}", query=query)


def refusal(reply: HttpReply, where: str, query: str, *, api: str = "a Prometheus API") -> SourceError:
    """The error of an answer that is no success.

    Args:
        reply: the whole answer. `where`: the server's address. `query`: that was put.
        api: what was expected to answer there, with its article.
    """
    status = reply.status
    explanation = f": {reply.explanation}" if reply.explanation else ""
    # Not followed: credentials would go wherever it leads, and most lead to a login page.
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
    """The error of an error reply in JSON: by its text where that says what happened, by its status otherwise.

    Args:
        where: the server's address. `status`: of HTTP. `reply`: the body. `query`: that was put.
    """
    text = one_line(redacted(reply.error)) or f"status {status}"
    # What the server quotes of the query says nothing about its own state.
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
    """The error the server names; empty if its body is none."""
    try:
        return msgspec.json.decode(body, type=ErrorReply)
    except (msgspec.DecodeError, RecursionError):
        return ErrorReply()


def one_line(text: str, most: int = 300) -> str:
    """The beginning and the end of what a server says, in one line: in between it repeats the query."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
