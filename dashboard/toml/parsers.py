"""What one value of the configuration may be: each parser gives it back as the product uses it.

All of them raise `ValueError` with a sentence that says what is expected, with an example or the range.
"""

import codecs
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard import redaction
from dashboard.durations import parse_duration
from dashboard.toml.reader import KeyProblem, did_you_mean

# TOML guarantees no larger whole numbers.
WHOLE_MAX = 2**63 - 1
# Beyond lies infinity, and what no float holds.
NUMBER_MAX = 1e300
# Ten years: a longer one is a slip of the keys.
DURATION_MAX = 10 * 365 * 86400.0
# Times whose neighbourhood every zone and calendar can compute with.
YEARS = (1970, 2200)


def text(value: Any) -> str:
    """Text."""
    if not isinstance(value, str):
        raise ValueError('expected text in quotes, such as "Production"')
    return value


def whole(value: Any) -> int:
    """A whole number."""
    # To Python, true is the number 1.
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("expected a whole number")
    if abs(value) > WHOLE_MAX:
        raise ValueError("expected a whole number of at most 18 digits")
    return value


def count(value: Any) -> int:
    """A whole number that is not negative."""
    if whole(value) < 0:
        raise ValueError("expected a whole number of at least 0")
    return whole(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def port(value: Any) -> int:
    """A port."""
    if not 1 <= whole(value) <= 65535:
        raise ValueError("expected a port between 1 and 65535")
    return whole(value)


def duration(value: Any) -> float:
    """Seconds of a duration."""
    if not isinstance(value, str):
        raise ValueError('expected a duration in quotes, such as "15s"')
    seconds = parse_duration(value)
    if seconds > DURATION_MAX:
        raise ValueError("expected a duration of at most 3650d")
    return seconds


def refresh(value: Any) -> float:
    """Seconds between two refreshes, 1 s to 1 h."""
    seconds = duration(value)
    if not 1 <= seconds <= 3600:
        raise ValueError("expected a refresh interval between 1s and 1h")
    return seconds


def zone(value: Any) -> str:
    """The name of an IANA time zone."""
    try:
        ZoneInfo(text(value))
    # A folder of the database, such as Europe, raises OSError; a path out of it raises ValueError; one of thousands of
    # parts goes too deep.
    except (ZoneInfoNotFoundError, ValueError, OSError, RecursionError):
        raise ValueError(f'{value!r:.60} is no IANA time zone: write for example "Europe/Berlin"') from None
    return str(value)


def url(value: Any) -> str:
    """An address over HTTP; it may hold a password, and so is not repeated."""
    # By the rules a part of such a password would be the host or the path, and would be shown as that.
    if isinstance(value, str) and redaction.has_stray_at(value):
        raise ValueError(
            "expected an address: what stands before its @ must be percent-encoded, such as %2F for / and %23 for #, "
            "or name source.username and source.password_file"
        )
    try:
        parts = urlsplit(text(value))
        # Only reading the port shows that it is not a number.
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and value.isprintable()
    except ValueError:
        usable = False
    if not usable:
        raise ValueError('expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"')
    return text(value)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise ValueError('expected a list of texts in brackets, such as ["first", "second"]')
    for number, item in enumerate(value, start=1):
        if not isinstance(item, str) or not item:
            raise KeyProblem(number, "expected text in quotes, and not empty")
    return tuple(value)


def pattern(value: Any) -> str:
    """A regular expression, as both Python and Prometheus read it."""
    try:
        re.compile(text(value))
    # A repetition of too many digits overflows, brackets in brackets recurse: neither is a `re.error`.
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{value[:80]!r} is no regular expression: {error}") from None
    # Prometheus compiles them with RE2, which has neither: https://github.com/google/re2/wiki/Syntax
    if re.search(r"\(\?[^:i]|\\[1-9]", text(value)):
        raise ValueError(f"{value[:80]!r}: write it without look-around and back-references: Prometheus knows neither")
    return text(value)


def hosts(value: Any) -> tuple[str, ...]:
    """Host names without scheme, port and path; `*` may stand for a part."""
    for name in texts(value):
        if not re.fullmatch(r"[\w*-]+(\.[\w*-]+)*", name):
            raise ValueError(
                f'{name[:80]!r} is no host name: write it without scheme and port, as "golden.example.org"'
            )
    return texts(value)


def token(value: Any) -> str:
    """A secret that fits into a header; it is never repeated."""
    # A line break in it would let whoever writes the file add headers of their own.
    if not (text(value).isascii() and value.isprintable()):
        raise ValueError("expected a token of one line of ASCII text")
    return text(value).strip()


def table(value: Any) -> dict[str, str]:
    """A table of texts."""
    if not isinstance(value, dict):
        raise ValueError('expected a table of texts, such as { runbook = "https://example.org" }')
    for key, item in value.items():
        if not isinstance(item, str):
            raise KeyProblem(key, 'expected text in quotes, such as "https://example.org"')
    return dict(value)


# https://prometheus.io/docs/concepts/data_model/: the colon is for names of metrics alone.
LABEL = "[a-zA-Z_][a-zA-Z0-9_]*"


def labels(value: Any) -> dict[str, str]:
    """A table of label values by label name."""
    for label in table(value):
        if not re.fullmatch(LABEL, label):
            raise KeyProblem(label, "is no label name: letters, digits and _ are allowed")
    return table(value)


def label_or_none(value: Any) -> str:
    """The name of a label; an empty text for none."""
    if text(value) and not re.fullmatch(LABEL, value):
        raise ValueError(f'{value[:80]!r} is no label name: letters, digits and _ are allowed, and "" means none')
    return text(value)


def headers(value: Any) -> dict[str, str]:
    """A table of HTTP headers; their values may be secrets, and so are not repeated."""
    for name, content in table(value).items():
        # The characters of a token: RFC 9110, section 5.6.2.
        if not re.fullmatch("[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise KeyProblem(name, "is no name of a header: letters, digits and - are allowed")
        if not (content.isascii() and content.isprintable()):
            raise KeyProblem(name, "expected one line of ASCII text")
    return table(value)


def share(value: Any) -> float:
    """A share between 0 and 1, as a number or in percent."""
    percent = re.fullmatch(r"\s*([0-9.]+)\s*%\s*", value) if isinstance(value, str) else None
    try:
        ratio = float(percent[1]) / 100 if percent else number(value)
    except ValueError:
        ratio = 0.0
    if not 0 < ratio <= 1:
        raise ValueError('expected a share between 0 and 1, such as 0.02 or "2 %"')
    return ratio


def number(value: Any) -> float:
    """A number above zero."""
    # Written so that NaN, which TOML can hold, is refused, too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= NUMBER_MAX:
        raise ValueError("expected a number above 0")
    return float(value)


def local_time(value: Any) -> datetime:
    """A local time without an offset: a TOML time, or the same as text."""
    try:
        # A TOML date without a time is a `date`, which is refused: maintenance at midnight must be written so.
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError("expected a local time, such as 2026-11-01T02:00:00") from None
    if moment.tzinfo is not None:
        raise ValueError("expected a local time without an offset: it is read in time_zone")
    return _within_years(moment)


def moment(value: Any) -> datetime:
    """A time with an offset, or one without, which is read in time_zone: a TOML time, or the same as text."""
    try:
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError("expected a time, such as 2026-11-01T02:00:00Z") from None
    return _within_years(parsed)


def _within_years(moment: datetime) -> datetime:
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError(f"expected a time between the years {YEARS[0]} and {YEARS[1]}")
    return moment


# What a time needs to be one moment: https://docs.python.org/3/library/datetime.html#format-codes
TIME_PARTS = ({"%Y", "%y", "%c", "%x"}, {"%d", "%j", "%c", "%x"})
EPOCH_UNITS = ("s", "ms", "us", "ns")


def time_format(value: Any) -> str:
    """How times are written: as strptime has it, or the unit of an epoch."""
    if text(value) in EPOCH_UNITS:
        return text(value)
    parts = set(re.findall("%[A-Za-z%]", value))
    if not all(parts & needed for needed in TIME_PARTS):
        raise ValueError('expected a time with year and day, such as "%d.%m.%Y %H:%M:%S", or "s", "ms", "us" or "ns"')
    try:
        # The pattern is compiled before the text is looked at.
        datetime.strptime("", value)
    except ValueError as error:
        if "does not match" not in str(error):
            raise ValueError(f"{value[:80]!r} is no time format: {error}") from None
    except re.error as error:
        raise ValueError(f"{value[:80]!r} is no time format: {error}") from None
    return text(value)


def encoding(value: Any) -> str:
    """The encoding of a text file, as Python names it: https://docs.python.org/3/library/codecs.html"""
    try:
        # Codecs of bytes, such as base64, are none of a text.
        text(value).encode(value)
        return codecs.lookup(value).name
    except (LookupError, ValueError):
        raise ValueError('expected an encoding, such as "utf-8" or "windows-1252"') from None


def one_of(words: Sequence[str], *, what: str = "expected one of") -> Any:
    """A parser of one of some words, which names the nearest of them where another one is written.

    Args:
        words: as the file may write them. `what`: how the sentence begins that lists them.
    """

    def word(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            meant = did_you_mean(value, words) if isinstance(value, str) else ""
            raise ValueError(f"{what} {', '.join(words)}{meant}")
        return value

    return word
