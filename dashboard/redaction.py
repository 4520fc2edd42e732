"""Removes secrets from URLs in messages: passwords, and tokens in query strings.

Text that cannot be parsed as a URL is cut by its characters alone: too much rather than a part of a password.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

HIDDEN = "…"
# Up to the last @ of a word, encoded or not, because a password may contain one; or of the text, if it may contain
# blanks. Also for URLs typed without a scheme.
_USER_INFORMATION, _USER_WITH_BLANKS = re.compile(r"(://)[^\s]*(?:@|%40)"), re.compile(r"(://)[\s\S]*(?:@|%40)")
_USER_ALONE = re.compile(r"()(?<!\S)['\"]?[^\s:'\"…]+:(?!//)[^\s]*(?:@|%40)")
# `http://admin:hunter2`, with the host missing: the part after the colon is not a port.
_NO_PORT = re.compile(r"(://[^\s/:@\[\]]+:)(?!\d{1,5}(?![^\s/?#\"'`,;:.)\]}]))[^\s]+")
_QUERY = re.compile(r"(://[^\s?#]*[?#])[^\s]+")
_ADDRESS = re.compile(r"://[^\s?#]*")
# Path parameters: `/prefix;token=…/more`.
_PATH_PARAMETER = re.compile(r";[^/;\s'\"]+")
# Values whose names say that they are secrets, as servers and libraries repeat them in messages.
_NAMED = re.compile(
    r"\b((?:[\w-]*[-_])?(?:token|secret|password|passwd|pwd|api[-_]?key|signature|sig|authorization|credentials?|jwt)"
    r"(?:=|%3d))(?!…)(?:\"[^\"]*\"|'[^']*'|[^\s&;,'\"()<>]+)",
    re.IGNORECASE,
)


def redacted(text: str, *, typed: bool = False) -> str:
    """Remove user names, passwords, query strings and path parameters from all URLs in a text.

    A value that is named as a secret, as in `token=…`, is removed anywhere.

    Args:
        text: a message. `typed`: it repeats user input, in which a password may contain blanks.
    """
    for pattern in (_USER_WITH_BLANKS, _USER_ALONE) if typed else (_USER_INFORMATION,):
        text = pattern.sub(rf"\1{HIDDEN}@", text)
    text = _NO_PORT.sub(rf"\1{HIDDEN}", text)
    text = _ADDRESS.sub(lambda address: without_parameters(address.group()), text)
    return _NAMED.sub(rf"\1{HIDDEN}", _QUERY.sub(rf"\1{HIDDEN}", text))


def without_parameters(path: str) -> str:
    """A path without its parameters (everything after a semicolon)."""
    return _PATH_PARAMETER.sub(f";{HIDDEN}", path)


def has_stray_at(url: str) -> bool:
    """Whether there is an @ after the host: a password contains a character that ended the host too early."""
    return "@" in "".join(re.split(r"[/?#]", url.partition("://")[2])[1:])


def without_secrets(parts: SplitResult) -> str:
    """A URL reduced to scheme, host, port and path, for display."""
    return without_parameters(without_credentials(parts))


def without_credentials(parts: SplitResult) -> str:
    """A URL reduced to scheme, host, port and path, for requests; its path may still contain a token."""
    host = parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, netloc + (f":{parts.port}" if parts.port else ""), parts.path, "", ""))


def shown(url: str) -> str:
    """A parsed URL without secrets."""
    return without_secrets(urlsplit(url.rstrip("/")))
