"""Detects labels and columns that may contain the outcome of requests, by the words of their names."""

import re

# Words in label names: those for outcomes, those for faults among them, and further allowed words.
FAULTS = frozenset({"error", "errors", "err", "errno", "exception", "failed", "failure", "fail"})
TELLING = FAULTS | {"success", "successful", "succeeded", "ok", "outcome", "result", "status", "code"}
STATUSES = frozenset({"outcome", "result", "status", "code"})
BESIDE = frozenset({
    "http", "grpc", "rpc", "response", "resp", "res", "rsp", "reply", "return", "returned", "ret", "request", "req",
    "server", "call", "final", "exit", "has", "is", "was", "type", "class", "family", "group", "category", "name",
    "kind", "reason", "exported",
})  # fmt: skip
# Where a word ends without an underscore: `statusCode`, `HTTPStatus`.
_END = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Words that are written as one: `httpcode`.
_JOINED = re.compile("(?:http|response|resp|request|return|status|code|error|result|class)+")
_JOINED_WORD = re.compile("http|response|resp|request|return|status|code|error|result|class")


def may_tell(label: str) -> bool:
    """Whether a label's name consists of words for outcomes, such as `has_error` and `httpResponseCode`."""
    words = words_of(label)
    return bool(words & TELLING) and words <= TELLING | BESIDE


def is_status(column: str) -> bool:
    """Whether a column's name says that it holds codes or words for outcomes; it counts nothing, as `status_500` does.

    Args:
        column: its name. Those with a word for faults or success may count, too.
    """
    words = words_of(column)
    return may_tell(column) and bool(words & STATUSES) and not words & FAULTS and not re.search(r"\d", column)


def words_of(label: str) -> set[str]:
    """The words of a name in lower case."""
    words = re.findall("[a-z]+", _END.sub("_", label).casefold())
    return {part for word in words for part in (_JOINED_WORD.findall(word) if _JOINED.fullmatch(word) else [word])}
