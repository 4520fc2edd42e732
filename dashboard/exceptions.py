"""All errors shown to users; each says what is wrong, where, and what to do.

DashboardError
├ ConfigError            file, key, what is expected
├ StateError             the state store: where, what it says
└ SourceError            which source, which query or file
  ├ SourceUnavailable    refused, cut off, 5xx: worth retrying, the last snapshot is kept
  │ └ SourceTimeout      no answer in time
  ├ InvalidData          an answer or a file that cannot be understood
  ├ QueryRejected        the server understood the request and refuses it: shown with the query
  │ └ LimitExceeded      too many points, too long a query
  ├ AccessDenied         401, 403
  └ WrongEndpoint        something answers there, but not the expected API
"""


class DashboardError(Exception):
    """The root of all errors; its text is one line that can be shown to a user."""


class ConfigError(DashboardError):
    """The configuration is wrong.

    Args:
        problems: one line each, with file, key and remedy.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StateError(DashboardError):
    """The state store cannot be read or written; nothing was confirmed that is not stored."""


class SourceError(DashboardError):
    """A source did not return what was requested.

    Args:
        message: one line for the user.
        query: the query or file that failed, if any.
    """

    # By default, repeating the request gives the same answer.
    retryable = False
    kind = "source"

    def __init__(self, message: str, *, query: str = "") -> None:
        super().__init__(message)
        self.query = query


class SourceUnavailable(SourceError):
    """No usable answer; a later request may succeed."""

    retryable = True
    kind = "unavailable"


class SourceTimeout(SourceUnavailable):
    """No answer in time.

    Args:
        message: one line for the user.
        query: the query that timed out.
        by_server: the server itself cancelled the query, so a smaller one may succeed.
    """

    kind = "timeout"

    def __init__(self, message: str, *, query: str = "", by_server: bool = False) -> None:
        super().__init__(message, query=query)
        self.by_server = by_server


class InvalidData(SourceError):
    """An answer or a file that cannot be parsed."""

    # A proxy's error page, or a file that is being written, may be gone next time.
    retryable = True
    kind = "malformed"


class QueryRejected(SourceError):
    """The server rejects the query; repeating it gives the same answer."""

    kind = "query"


class LimitExceeded(QueryRejected):
    """The answer would be larger than the server allows.

    Args:
        message: one line for the user.
        query: the rejected query.
        limit: what is limited, in the words of the source.
    """

    kind = "limit"

    def __init__(self, message: str, *, query: str = "", limit: str = "") -> None:
        super().__init__(message, query=query)
        self.limit = limit


class AccessDenied(SourceError):
    """Credentials are missing or wrong."""

    kind = "auth"


class WrongEndpoint(SourceError):
    """The address answers, but not with the expected API."""

    kind = "endpoint"
