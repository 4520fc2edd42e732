"""Reads untrusted messages: texts without control characters, times in any unit, links of http and https only."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dashboard.redaction import redacted

# Maximum lengths of a name, a text and an address; maximum number of tags and links of one change.
NAME, TEXT, ADDRESS = 300, 4000, 1000
TAGS, LINKS = 60, 10
# Seconds that a sender's clock may be ahead; seconds for which a replay of a message without a time is recognised.
AHEAD_S, REPLAY_S = 300.0, 300.0
PLANNED_S = 31 * 86_400.0
# Units of epochs by size: seconds until the year 5138, then milliseconds, microseconds and nanoseconds since 1973.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
# Control characters except line ends and tabs, invisible ones, and those that change the text direction.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class EventRefused(ValueError):
    """A message without an acceptable change: one sentence for its sender."""


@dataclass(frozen=True, slots=True)
class Message:
    """A received message.

    Attributes:
        body: parsed JSON. `now`: time of arrival in epoch seconds. `headers`: by their names in lower case.
    """

    body: Any
    now: float
    headers: Mapping[str, str] = field(default_factory=dict)

    def at(self, *keys: str) -> Any:
        """A value of the body by its path; None if missing."""
        return value_at(self.body, *keys)

    def table(self, *keys: str) -> Mapping[str, Any]:
        """A table of the body by its path.

        Raises:
            EventRefused: it is missing.
        """
        value = self.at(*keys)
        if not isinstance(value, dict):
            raise EventRefused(f"{'.'.join(keys) or 'the body'} is no JSON object")
        return value


def value_at(value: Any, *keys: str) -> Any:
    """A value within nested tables by its path; None if missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any, most: int = TEXT) -> str:
    """A text without control and invisible characters, truncated; empty if it is not a text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    words = str(value)[: 4 * most]
    cleaned = _HIDDEN.sub("", words.replace("\r\n", "\n")).strip()
    return cleaned if len(cleaned) <= most else f"{cleaned[: most - 1]}…"


def name(value: Any) -> str:
    """A text of one line and moderate length."""
    return text(" ".join(text(value).split()), NAME)


def required(value: Any, what: str) -> str:
    """A required name.

    Raises:
        EventRefused: it is missing.
    """
    words = name(value)
    if not words:
        raise EventRefused(f"{what} is missing")
    return words


def moment(value: Any, what: str) -> float | None:
    """Epoch seconds from an epoch in any unit, as number or text, or from ISO 8601; None if missing.

    Args:
        value: as sent; 0 counts as missing, as Go writes it. `what`: its name, for the message.

    Raises:
        EventRefused: it is not a time.
    """
    if value is None or value == "" or (value == 0 and not isinstance(value, bool)):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso(value, what)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _no_time(what)
    for limit, unit in _UNITS:
        # False for NaN.
        if 0 <= value < limit:
            return value / unit
    raise _no_time(what)


def _iso(value: str, what: str) -> float:
    words = value.strip()[:64]
    try:
        parsed = datetime.fromisoformat(re.sub(r"^(\S+ \S+) (UTC|[+-]\d{2}:?\d{2})$", _zone, words))
    except ValueError:
        raise _no_time(what) from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _zone(match: re.Match[str]) -> str:
    # The format of Ruby: "2021-04-28 21:50:00 +0200".
    return match[1] + ("Z" if match[2] == "UTC" else match[2])


def _no_time(what: str) -> EventRefused:
    return EventRefused(f"{what} is no time: write epoch milliseconds, or ISO 8601 such as 2026-11-29T12:00:00Z")


def tags(value: Any) -> tuple[str, ...]:
    """Tags from a list, or from a text with blanks or commas between them; without duplicates.

    Raises:
        EventRefused: there are too many, or they are invalid.
    """
    words = re.split(r"[\s,]+", value) if isinstance(value, str) else value
    if words is None:
        return ()
    if not isinstance(words, list):
        raise EventRefused("tags is no list of texts")
    if len(words) > TAGS:
        raise EventRefused(f"there are more than {TAGS} tags")
    return tuple(dict.fromkeys(tag for tag in map(name, words) if tag))


def links(*values: Any) -> tuple[str, ...]:
    """Addresses of http and https, without duplicates, passwords and tokens; others are left out."""
    return tuple(dict.fromkeys(link for link in map(_link, values) if link))[:LINKS]


def _link(value: Any) -> str:
    if not isinstance(value, str) or len(value) > ADDRESS or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    # An address whose secret would be redacted does not work without it.
    return value.strip() if is_web and "=…" not in redacted(parts.query) else ""


def listed(value: Any) -> Sequence[Any]:
    """A list as sent; empty if it is not a list."""
    return value[:TAGS] if isinstance(value, list) else ()


def digest(*parts: Any) -> str:
    """A short digest of the parts, independent of the order of their keys."""
    written = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def keys_of_undated(written: str, now: float) -> tuple[str, tuple[str, ...]]:
    """The key of a message without a time, and the key it would have had some minutes before, to detect a replay.

    Args:
        written: the digest of the message. `now`: time of arrival in epoch seconds.
    """
    number = int(now // REPLAY_S)
    return f"{written}@{number}", (f"{written}@{number - 1}",)
