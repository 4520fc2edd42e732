"""The vocabulary of outcomes: what the value of a status label or column says about a request.

It is shared by all sources. An unknown word is UNKNOWN: never counted as good, and never as failed.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Outcome(StrEnum):
    """The outcome of a request. CLIENT: rejected because of the caller, which does not count against the service."""

    GOOD = "good"
    CLIENT = "client"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Dialect(StrEnum):
    """The kind of values of a label, because a number means something else in each.

    GRPC: status names and numbers. ERROR_TYPE: OpenTelemetry's `error.type`, empty if nothing failed. BOOLEAN: answers
    "was it good?". FAILURE_FLAG: answers "did it fail?". EXIT_CODE: of a program, 0 for success. ANY: a status in any
    words; numbers, classes and status lines are HTTP's. REPLY: codes of SMTP, FTP or NNTP, of which
    4xx may be failures of the server. NUMBER: as ANY, but small numbers may be of any kind.
    """

    GRPC = "grpc"
    EXIT_CODE = "exit code"
    ERROR_TYPE = "error type"
    BOOLEAN = "boolean"
    FAILURE_FLAG = "failure flag"
    REPLY = "reply code"
    NUMBER = "number"
    ANY = "any"


# gRPC codes and most exit codes are below 100, HTTP codes are not.
SMALL = 20
# Labels that may contain the outcome of a request, most specific first. Prometheus puts `exported_` before a label of
# a metric that conflicts with a target label.
OUTCOME_LABELS = (
    "success", "ok", "failed", "is_error", "error", "error_type", "exception", "outcome", "result", "status",
    "status_code", "code", "http_status", "http_status_code", "http_code", "http_response_status_code", "response_code",
    "response_status", "status_class", "statusCode", "responseCode", "httpStatus", "httpStatusCode", "result_code",
    "response_code_class", "grpc_code", "grpc_status", "rpc_grpc_status_code", "rpc_response_status_code",
    "exported_code", "exported_status", "exported_status_code",
)  # fmt: skip
# The first few of thousands of unknown words are enough to see what they are.
NAMED = 10


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """Values of a status label or column with unknown meaning, so the outcome of their requests is unknown.

    Attributes:
        label: name in the source, such as `status`. `words`: its values, sorted.
        is_column: the label is a column of files.
    """

    label: str
    words: tuple[str, ...]
    is_column: bool = False

    @property
    def note(self) -> str:
        """What is unknown, and what to write in the configuration."""
        shown = ", ".join(map(repr, self.words[:NAMED])) + (" …" if len(self.words) > NAMED else "")
        return f"whether requests with {self.label} {shown} failed is unknown: {self.remedy}"

    @property
    def remedy(self) -> str:
        """What to write in the configuration: lines that can be copied to a TOML file."""
        if all(map(is_small_number, self.words)):
            failed = "|".join(word for word in self.words[:NAMED] if float(word)) or "[1-9].*"
            grpc = (
                'or name the column of gRPC codes: columns = { grpc_code = "…" }'
                if self.is_column
                else 'or for codes of gRPC good = "0|1|3|5|6|7|9|10|11|16" and failed = "2|4|8|12|13|14|15"'
            )
            return f'write good = "0" and failed = "{failed}" under [source] where 0 is good, {grpc}'
        # JSON escapes are valid in TOML.
        pattern = json.dumps("|".join(map(_literal, self.words[:NAMED])), ensure_ascii=False)
        return f"write failed = {pattern} or good = {pattern} under [source]"


def _literal(word: str) -> str:
    """A regular expression that matches exactly this text."""
    return "^$" if not word else re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", word)


# Names by number: https://grpc.io/docs/guides/status-codes/. Which ones are server errors follows OpenTelemetry's
# mapping for servers: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
_GRPC_NAMES = (
    "ok", "cancelled", "unknown", "invalidargument", "deadlineexceeded", "notfound", "alreadyexists",
    "permissiondenied", "resourceexhausted", "failedprecondition", "aborted", "outofrange", "unimplemented", "internal",
    "unavailable", "dataloss", "unauthenticated",
)  # fmt: skip
_GRPC_FAILED = frozenset(
    {"unknown", "deadlineexceeded", "resourceexhausted", "unimplemented", "internal", "unavailable", "dataloss"}
)
_GRPC = {
    name: Outcome.GOOD if name == "ok" else Outcome.FAILED if name in _GRPC_FAILED else Outcome.CLIENT
    for name in _GRPC_NAMES
} | {"canceled": Outcome.CLIENT}

_WORDS = {
    Outcome.GOOD: (
        "ok okay success successful succeeded pass passed good true yes y t up done complete completed finished "
        "accepted delivered served unset informational redirect redirection tasksucceeded statuscodeok statuscodeunset"
    ),
    Outcome.CLIENT: (
        "clienterror denied forbidden unauthorized badrequest notfound invalid throttled ratelimited "
        "cancelled canceled statuscodeclienterror blocked clientclosedrequest"
    ),
    Outcome.FAILED: (
        "error errors err failed fail failure failing ko nok notok bad false no n f down exception timeout timedout "
        "deadlineexceeded unavailable serviceunavailable internal internalerror internalservererror servererror "
        "badgateway gatewaytimeout aborted abort crashed crash panic reset connectionreset connectionrefused "
        "connectionerror unreachable noresponse noanswer dropped lost taskfailed statuscodeerror fatal critical dead"
    ),
}
_VOCABULARY = {word: outcome for outcome, words in _WORDS.items() for word in words.split()}
_BY_CLASS = {1: Outcome.GOOD, 2: Outcome.GOOD, 3: Outcome.GOOD, 4: Outcome.CLIENT, 5: Outcome.FAILED}

# `200`, `200.0`, `2xx`, `5XX`, `HTTP 500`, `HTTP/1.1 200 OK`, `500 Internal Server Error`, `status 404`.
_HTTP = re.compile(
    r"(?:http(?:[/ ]?\d(?:\.\d)?)?|status|code)?[\s_:]*([1-5])(?:\d\d(?:\.0+)?|xx)(?:\s+\S.*)?", re.IGNORECASE
)
_CLASS = re.compile(r"[1-5]")
# Positive codes of SMTP (RFC 5321), FTP (RFC 959) and NNTP (RFC 3977) that HTTP does not have.
_REPLY = re.compile(r"1(?:1\d|[25]0)|2(?:1\d|2\d|3\d|5\d|81)|3(?:3\d|4\d|5\d|81)")
_NUMBER = re.compile(r"\d+(?:\.0+)?")
_PREFIX = re.compile(r"^(?:grpc[ ._-]|status[ ._-]?code[ ._-]|code[ ._-])(?=\S)")
_SEPARATORS = re.compile(r"[\s_\-.:]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The vocabulary with the additions of a configuration: regular expressions that match a whole value.

    Attributes:
        good, failed: they take precedence over the vocabulary, `failed` first.
    """

    good: re.Pattern[str] | None = None
    failed: re.Pattern[str] | None = None

    @classmethod
    def of(cls, *, good: str = "", failed: str = "") -> Self:
        """Create a vocabulary with regular expressions from a configuration; empty ones add nothing."""
        return cls(*(re.compile(pattern) if pattern else None for pattern in (good, failed)))

    def stated(self, value: str) -> Outcome | None:
        """The configured outcome of a value; None if the configuration does not mention it."""
        text = value.strip()
        if self.failed is not None and self.failed.fullmatch(text):
            return Outcome.FAILED
        return Outcome.GOOD if self.good is not None and self.good.fullmatch(text) else None

    def outcome(self, value: str, dialect: Dialect = Dialect.ANY) -> Outcome:
        """The outcome that a value means.

        Args:
            value: as written, any case, any separators.
            dialect: the kind of values of its label.
        """
        text = value.strip()
        stated = self.stated(text)
        if stated is not None:
            return stated
        match dialect:
            case Dialect.EXIT_CODE if _NUMBER.fullmatch(text):
                return Outcome.GOOD if float(text) == 0 else Outcome.FAILED
            case Dialect.GRPC:
                return _grpc(text)
            case Dialect.ERROR_TYPE:
                return _error_type(text)
            case Dialect.BOOLEAN | Dialect.FAILURE_FLAG:
                return _answer(text, failure=dialect is Dialect.FAILURE_FLAG)
            case Dialect.NUMBER if is_small_number(text):
                return Outcome.UNKNOWN
            case Dialect.REPLY if _http(text) is Outcome.CLIENT and is_http(text):
                return Outcome.UNKNOWN
        return _http(text)


def dialect_of(label: str, values: Collection[str] = ()) -> Dialect:
    """The kind of values of a label or column, determined by its name, and by its values where that says too little.

    Args:
        label: its name. `values`: those that are known.
    """
    name = _SEPARATORS.sub("", label.casefold())
    if "grpc" in name or name == "rpcresponsestatuscode":
        return Dialect.GRPC
    if name in ("exitcode", "exitstatus"):
        return Dialect.EXIT_CODE
    # Programs return 0 if all went well, HTTP never does.
    is_of_http = "200" in values and all(map(is_http, values))
    if name in ("returncode", "retcode", "returnedcode"):
        return Dialect.ANY if is_of_http else Dialect.EXIT_CODE
    if name in ("errorcode", "errcode", "errno"):
        return Dialect.ANY if is_of_http else Dialect.FAILURE_FLAG
    if name in ("errortype", "exceptiontype", "exception"):
        return Dialect.ERROR_TYPE
    if re.fullmatch("(is|was|has)?(ok|success|successful|succeeded|passed)", name):
        return Dialect.BOOLEAN
    if re.fullmatch("(is|was|has)?(failed|error|failure)|err", name):
        return Dialect.FAILURE_FLAG
    return Dialect.REPLY if any(_REPLY.fullmatch(value.strip()) for value in values) else Dialect.ANY


def is_small_number(value: str) -> bool:
    """Whether it is a number below the HTTP codes: a class, a gRPC code, or an exit code."""
    return bool(_NUMBER.fullmatch(value.strip())) and float(value) < SMALL


def is_http(value: str) -> bool:
    """Whether it is an HTTP code, a class such as `2xx`, or a status line."""
    return bool(_HTTP.fullmatch(value.strip()))


def _http(text: str) -> Outcome:
    """The outcome of a code, class or status line; clients and meshes write 0 if there was no answer."""
    code = _HTTP.fullmatch(text)
    if code or _CLASS.fullmatch(text):
        return _BY_CLASS[int(code.group(1) if code else text)]
    if _NUMBER.fullmatch(text):
        return Outcome.FAILED if float(text) == 0 else Outcome.UNKNOWN
    word = _plain(text)
    # Programs write `unknown` if they do not know; only in gRPC it is a server error.
    return Outcome.UNKNOWN if word == "unknown" else _VOCABULARY.get(word, _GRPC.get(word, Outcome.UNKNOWN))


def _grpc(text: str) -> Outcome:
    if _NUMBER.fullmatch(text):
        number = int(float(text))
        return _GRPC[_GRPC_NAMES[number]] if number < len(_GRPC_NAMES) else _http(text)
    word = _plain(text)
    return _GRPC.get(word, _VOCABULARY.get(word, Outcome.UNKNOWN))


def _error_type(text: str) -> Outcome:
    """Empty: nothing failed. Otherwise a status code, or the name of an error."""
    if not text:
        return Outcome.GOOD
    status = _HTTP.fullmatch(text)
    return _BY_CLASS[int(status.group(1))] if status else Outcome.FAILED


def _answer(text: str, *, failure: bool) -> Outcome:
    word = {"1": "true", "0": "false", "1.0": "true", "0.0": "false"}.get(text, _plain(text))
    said = _VOCABULARY.get(word, Outcome.UNKNOWN)
    yes_or_no = word in ("true", "yes", "y", "t", "false", "no", "n", "f")
    if not failure or not yes_or_no:
        return said
    return Outcome.FAILED if said is Outcome.GOOD else Outcome.GOOD


def _plain(text: str) -> str:
    """A word in lower case, without separators and the prefixes that SDKs add."""
    folded = text.casefold()
    known = _SEPARATORS.sub("", folded)
    if known in _VOCABULARY or known in _GRPC:
        return known
    return _SEPARATORS.sub("", _PREFIX.sub("", folded))
