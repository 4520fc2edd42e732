"""The vocabulary of outcomes: what the value of a status label or column says of a request.

One place for every source. A word that is not in it is UNKNOWN: it is never counted as good, and never as failed.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Outcome(StrEnum):
    """What became of a request. CLIENT is refused for what the caller did: it does not count against the service."""

    GOOD = "good"
    CLIENT = "client"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Dialect(StrEnum):
    """What the values of a label are: a number means another thing in each.

    GRPC: status names and numbers. ERROR_TYPE: OpenTelemetry's `error.type`, empty where nothing failed. BOOLEAN: an
    answer to "was it good?". FAILURE_FLAG: an answer to "did it fail?". EXIT_CODE: of a program, 0 where it did well.
    ANY: a status in any words; numbers, classes and status lines are HTTP's.
    """

    GRPC = "grpc"
    EXIT_CODE = "exit code"
    ERROR_TYPE = "error type"
    BOOLEAN = "boolean"
    FAILURE_FLAG = "failure flag"
    ANY = "any"


# Codes of gRPC and of most programs are below, those of HTTP begin at 100.
SMALL = 20
# Labels that may tell the outcome of a request, the plainest first. A server puts `exported_` before a label of a
# metric that has the name of one of its target.
OUTCOME_LABELS = (
    "success", "ok", "failed", "is_error", "error", "error_type", "exception", "outcome", "result", "status",
    "status_code", "code", "http_status", "http_status_code", "http_code", "http_response_status_code", "response_code",
    "response_status", "status_class", "statusCode", "responseCode", "httpStatus", "httpStatusCode", "result_code",
    "response_code_class", "grpc_code", "grpc_status", "rpc_grpc_status_code", "rpc_response_status_code",
    "exported_code", "exported_status", "exported_status_code",
)  # fmt: skip
# Of thousands of unknown words the first are enough to see what they are.
NAMED = 10


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """Values of a status label or column that nobody knows the meaning of: what they count is not told.

    Attributes:
        label: of the source, such as `status`. `words`: its values, sorted.
    """

    label: str
    words: tuple[str, ...]

    @property
    def note(self) -> str:
        """What cannot be told, and what to write in the configuration."""
        shown = ", ".join(map(repr, self.words[:NAMED])) + (" …" if len(self.words) > NAMED else "")
        return f"whether requests with {self.label} {shown} failed cannot be told: {self.remedy}"

    @property
    def remedy(self) -> str:
        """What to write in the configuration: lines that can be copied into a TOML file."""
        if all(map(is_small_number, self.words)):
            failed = "|".join(word for word in self.words[:NAMED] if float(word)) or "[1-9].*"
            return (
                f'write good = "0" and failed = "{failed}" under [source] where 0 is good, or name the column of gRPC '
                'codes: columns = { grpc_code = "…" }'
            )
        # The escapes of JSON are valid in TOML.
        pattern = json.dumps("|".join(map(_literal, self.words[:NAMED])), ensure_ascii=False)
        return f"write failed = {pattern} or good = {pattern} under [source]"


def _literal(word: str) -> str:
    """A regular expression for exactly this text."""
    return "^$" if not word else re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", word)


# Names by number: https://grpc.io/docs/guides/status-codes/. Which of them are the server's fault is OpenTelemetry's
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
        "clienterror rejected denied forbidden unauthorized badrequest notfound invalid throttled ratelimited "
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
_NUMBER = re.compile(r"\d+(?:\.0+)?")
_PREFIX = re.compile(r"^(?:grpc[ ._-]|status[ ._-]?code[ ._-]|code[ ._-])(?=\S)")
_SEPARATORS = re.compile(r"[\s_\-.:]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The vocabulary, and what a configuration adds to it: regular expressions that a value must match as a whole.

    Attributes:
        good, failed: they decide before any word of the vocabulary does, `failed` first.
    """

    good: re.Pattern[str] | None = None
    failed: re.Pattern[str] | None = None

    @classmethod
    def of(cls, *, good: str = "", failed: str = "") -> Self:
        """The vocabulary with regular expressions from a configuration; empty ones add nothing."""
        return cls(*(re.compile(pattern) if pattern else None for pattern in (good, failed)))

    def stated(self, value: str) -> Outcome | None:
        """What the configuration says of a value; None where it says nothing."""
        text = value.strip()
        if self.failed is not None and self.failed.fullmatch(text):
            return Outcome.FAILED
        return Outcome.GOOD if self.good is not None and self.good.fullmatch(text) else None

    def outcome(self, value: str, dialect: Dialect = Dialect.ANY) -> Outcome:
        """What a value says of a request.

        Args:
            value: as written, any case, any separators.
            dialect: what the values of its label are.
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
        return _http(text)


def dialect_of(label: str) -> Dialect:
    """What the values of a label or column are, by its name."""
    name = _SEPARATORS.sub("", label.casefold())
    if "grpc" in name or name == "rpcresponsestatuscode":
        return Dialect.GRPC
    if name in ("exitcode", "exitstatus", "returncode"):
        return Dialect.EXIT_CODE
    if name in ("errortype", "exceptiontype", "exception"):
        return Dialect.ERROR_TYPE
    if name in ("ok", "success", "successful", "succeeded", "issuccess", "passed"):
        return Dialect.BOOLEAN
    if name in ("failed", "error", "iserror", "haserror", "isfailed", "failure"):
        return Dialect.FAILURE_FLAG
    return Dialect.ANY


def is_small_number(value: str) -> bool:
    """A number below the codes of HTTP: a class of them, a code of gRPC, or what a program ended with."""
    return bool(_NUMBER.fullmatch(value.strip())) and float(value) < SMALL


def is_http(value: str) -> bool:
    """A code of HTTP, a class such as `2xx`, or a status line."""
    return bool(_HTTP.fullmatch(value.strip()))


def _http(text: str) -> Outcome:
    """A code, a class or a status line; 0 is what clients and meshes write where no answer came at all."""
    code = _HTTP.fullmatch(text)
    if code or _CLASS.fullmatch(text):
        return _BY_CLASS[int(code.group(1) if code else text)]
    if _NUMBER.fullmatch(text):
        return Outcome.FAILED if float(text) == 0 else Outcome.UNKNOWN
    word = _plain(text)
    # `unknown` is what programs write where they cannot tell; only to gRPC it is a failure of the server.
    return Outcome.UNKNOWN if word == "unknown" else _VOCABULARY.get(word, _GRPC.get(word, Outcome.UNKNOWN))


def _grpc(text: str) -> Outcome:
    if _NUMBER.fullmatch(text):
        number = int(float(text))
        return _GRPC[_GRPC_NAMES[number]] if number < len(_GRPC_NAMES) else _http(text)
    word = _plain(text)
    return _GRPC.get(word, _VOCABULARY.get(word, Outcome.UNKNOWN))


def _error_type(text: str) -> Outcome:
    """Empty: nothing failed. Else a status code, or the name of what went wrong."""
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
    """A word without case, separators and the prefixes that SDKs put before it."""
    folded = text.casefold()
    known = _SEPARATORS.sub("", folded)
    if known in _VOCABULARY or known in _GRPC:
        return known
    return _SEPARATORS.sub("", _PREFIX.sub("", folded))
