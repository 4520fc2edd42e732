"""Addresses in messages without the secrets that people write into them: a password, a token after a question mark.

What cannot be read as an address is cut by its signs alone: rather too much than a part of a password.
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

HIDDEN = "…"
# Up to the last @ of a word, encoded or not, as a password may hold one; of the text, where it may hold blanks, too.
# And what somebody typed without a scheme.
_USER_INFORMATION, _USER_WITH_BLANKS = re.compile(r"(://)[^\s]*(?:@|%40)"), re.compile(r"(://)[\s\S]*(?:@|%40)")
_USER_ALONE = re.compile(r"()(?<!\S)['\"]?[^\s:'\"…]+:(?!//)[^\s]*(?:@|%40)")
# `http://admin:hunter2`, whose host was forgotten: what stands in the place of a port and is none.
_NO_PORT = re.compile(r"(://[^\s/:@\[\]]+:)(?!\d{1,5}(?![^\s/?#\"'`,;:.)\]}]))[^\s]+")
_QUERY = re.compile(r"(://[^\s?#]*[?#])[^\s]+")
_ADDRESS = re.compile(r"://[^\s?#]*")
# Parameters of a path: `/prefix;token=…/more`.
_PATH_PARAMETER = re.compile(r";[^/;\s'\"]+")
# What a name says is one, wherever it stands, as servers and libraries repeat it.
_NAMED = re.compile(
    r"\b((?:[\w-]*[-_])?(?:token|secret|password|passwd|pwd|api[-_]?key|signature|sig|authorization|credentials?|jwt)"
    r"(?:=|%3d))(?!…)(?:\"[^\"]*\"|'[^']*'|[^\s&;,'\"()<>]+)",
    re.IGNORECASE,
)


def redacted(text: str, *, typed: bool = False) -> str:
    """A text whose addresses show neither user names and passwords nor what follows a question mark or a semicolon.

    A value that is named as a secret, as in `token=…`, is cut wherever it stands.

    Args:
        text: a message. `typed`: it repeats what somebody typed, where blanks may be part of a password.
    """
    for pattern in (_USER_WITH_BLANKS, _USER_ALONE) if typed else (_USER_INFORMATION,):
        text = pattern.sub(rf"\1{HIDDEN}@", text)
    text = _NO_PORT.sub(rf"\1{HIDDEN}", text)
    text = _ADDRESS.sub(lambda address: without_parameters(address.group()), text)
    return _NAMED.sub(rf"\1{HIDDEN}", _QUERY.sub(rf"\1{HIDDEN}", text))


def without_parameters(path: str) -> str:
    """A path without what follows its semicolons."""
    return _PATH_PARAMETER.sub(f";{HIDDEN}", path)


def has_stray_at(url: str) -> bool:
    """An @ stands behind the host: before it is a password with a sign in it that ends the host too early."""
    return "@" in "".join(re.split(r"[/?#]", url.partition("://")[2])[1:])


def without_secrets(parts: SplitResult) -> str:
    """An address of its scheme, host, port and path alone, to be shown."""
    return without_parameters(without_credentials(parts))


def without_credentials(parts: SplitResult) -> str:
    """An address of its scheme, host, port and path alone, to be asked: a path may hold a token."""
    host = parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, netloc + (f":{parts.port}" if parts.port else ""), parts.path, "", ""))


def shown(url: str) -> str:
    """An address that was read before, without secrets."""
    return without_secrets(urlsplit(url.rstrip("/")))
