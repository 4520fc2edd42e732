"""Every error a user may meet; each says what is wrong, where, and what to do.

DashboardError
├ ConfigError            file, key, what is expected
├ StateError             the state store: where, what it says
└ SourceError            which source, which query or file
  ├ SourceUnavailable    refused, cut off, 5xx: worth retrying, the last good picture stays
  │ └ SourceTimeout      no answer in time
  ├ InvalidData          an answer or a file that cannot be understood
  ├ QueryRejected        the server understood the request and refuses it: shown with the query
  │ └ LimitExceeded      too many points, too long a query
  ├ AccessDenied         401, 403
  └ WrongEndpoint        something answers there, but not the expected API
"""


class DashboardError(Exception):
    """The root: its text is one line fit for a user's eyes."""


class ConfigError(DashboardError):
    """The configuration is wrong.

    Args:
        problems: one line each, with file, key and remedy.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StateError(DashboardError):
    """The state store cannot be read or written; nothing was acknowledged that is not kept."""


class SourceError(DashboardError):
    """A source did not give what was asked.

    Args:
        message: one line for the user.
        query: the query or file it happened with, if any.
    """

    # Asking again gives the same answer, unless a kind knows better.
    retryable = False
    kind = "source"

    def __init__(self, message: str, *, query: str = "") -> None:
        super().__init__(message)
        self.query = query


class SourceUnavailable(SourceError):
    """Nothing usable came back; asking again later may help."""

    retryable = True
    kind = "unavailable"


class SourceTimeout(SourceUnavailable):
    """No answer within the time allowed.

    Args:
        message: one line for the user.
        query: that was put.
        by_server: the server itself gave up on the query: a smaller one may be answered.
    """

    kind = "timeout"

    def __init__(self, message: str, *, query: str = "", by_server: bool = False) -> None:
        super().__init__(message, query=query)
        self.by_server = by_server


class InvalidData(SourceError):
    """An answer or a file that cannot be understood."""

    # A proxy's error page, or a file that is being written, may be gone the next time.
    retryable = True
    kind = "malformed"


class QueryRejected(SourceError):
    """The server refuses the query; asking again gives the same answer."""

    kind = "query"


class LimitExceeded(QueryRejected):
    """The answer would be larger than the server allows.

    Args:
        message: one line for the user.
        query: that was put.
        limit: what is limited, as the source calls it.
    """

    kind = "limit"

    def __init__(self, message: str, *, query: str = "", limit: str = "") -> None:
        super().__init__(message, query=query)
        self.limit = limit


class AccessDenied(SourceError):
    """Credentials are missing or wrong."""

    kind = "auth"


class WrongEndpoint(SourceError):
    """The address answers, but it is not the API that was expected."""

    kind = "endpoint"
