"""Parses URL parameters typed by anybody: times, ranges and names, with a sentence for what is invalid."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from dashboard.durations import parse_duration
from dashboard.timerange import DAY

LONGEST = 31 * DAY
# Epoch seconds of 1970 and 2200: beyond that, local times cannot be computed, and there are no data.
EARLIEST, LATEST = 0.0, datetime(2200, 1, 1, tzinfo=UTC).timestamp()
# Larger numbers are milliseconds: as seconds they would be after the year 5138.
MILLISECONDS = 1e11
HOW = "write now-6h, epoch seconds or milliseconds, or ISO 8601 such as 2026-11-22T18:00Z"
IN_FUTURE = "the range of the address lies in the future, where nothing is known yet"
BEYOND_DATA = "the range of the address lies behind the end of the data"
UNTIL_NOW = "the range of the address ends in the future: it is shown until now"
UNTIL_END = "the range of the address ends behind the data: it is shown until their end"
_EPOCH = re.compile(r"\d{9,14}(\.\d{1,6})?")
_RELATIVE = re.compile(r"now(?:([+-])(.{1,20}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Range:
    """A span between two moments.

    Attributes:
        span: its length in seconds; None without a range.
        end: epoch seconds of its end; None if it ends now, or `behind` now.
        behind: by how many seconds its end lags behind now.
        problem: one sentence about what is invalid or cannot be shown; None if there is nothing.
    """

    span: int | None = None
    end: float | None = None
    behind: float = 0.0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in a URL: epoch seconds, and whether it is relative to now."""

    at: float
    moves: bool = False


def between(begin: str | None, end: str | None, *, now: float, ended: bool = False) -> Range:
    """The range of `from` and `to`, if there is one; a range relative to now moves on.

    Args:
        begin, end: what the address holds; without an end it is now.
        now: epoch seconds of the displayed time. `ended`: the data end then.
    """
    if not begin and not end:
        return Range()
    if not begin:
        return Range(problem=f"the address has a to, but no from: {HOW}")
    if problem := unread({"from": begin, "to": end}):
        return Range(problem=problem)
    return _range(moment(begin, now=now), moment(end or "now", now=now), now=now, ended=ended)


def _range(first: Moment, last: Moment, *, now: float, ended: bool) -> Range:
    if not EARLIEST <= min(first.at, last.at) <= max(first.at, last.at) <= LATEST:
        return Range(problem="the range of the address must lie between the years 1970 and 2200")
    # Longer ranges would cost the source too much for one page.
    if not 60 <= last.at - first.at <= LONGEST:
        return Range(problem="the range of the address must begin a minute to 31 days before it ends")
    if first.at > now - 60:
        return Range(problem=BEYOND_DATA if ended else IN_FUTURE)
    moves = first.moves and last.moves
    if last.at > now:
        return Range(max(60, int(now - first.at)), None if moves else now, problem=UNTIL_END if ended else UNTIL_NOW)
    span = int(last.at - first.at)
    return Range(span, behind=now - last.at) if moves else Range(span, last.at)


def moment(text: str, *, now: float) -> Moment:
    """Parse a time: `now`, `now-1h30m`, epoch seconds or milliseconds, ISO 8601.

    Args:
        text: what the address holds. `now`: epoch seconds.

    Raises:
        ValueError: it is invalid.
    """
    # An unescaped plus sign arrives as a space.
    plain = text.strip().replace(" ", "+")
    if relative := _RELATIVE.fullmatch(plain):
        sign, length = relative.groups()
        ahead = parse_duration(length) if length else 0.0
        return Moment(now - ahead if sign == "-" else now + ahead, moves=True)
    if _EPOCH.fullmatch(plain):
        number = float(plain)
        return Moment(number / 1000 if number >= MILLISECONDS else number)
    local = datetime.fromisoformat(plain)
    # Without an offset it is UTC, as in the URLs that pages write.
    return Moment((local if local.tzinfo else local.replace(tzinfo=UTC)).timestamp())


def unread(texts: Mapping[str, str | None]) -> str | None:
    """A sentence about the first invalid time; None if all are valid or missing."""
    for name, text in texts.items():
        try:
            moment(text or "now", now=0.0)
        except ValueError:
            return f"{said(name, text or '')}, which is no time: {HOW}"
    return None


def misspelt(names: Iterable[str], known: Sequence[str]) -> Iterator[str]:
    """A sentence for each unknown parameter that resembles a known one."""
    for name in names:
        near = get_close_matches(name[:40].casefold(), known, n=1, cutoff=0.75)
        if near and name not in known:
            yield f"nothing reads {shortened(name)} in the address; did you mean {near[0]}?"


def written(seconds: float) -> str:
    """A time for a URL: in UTC, so that a link means the same in every zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that resemble the requested one, most similar first."""
    # Truncated: comparing megabytes of a hostile URL would take seconds.
    every, text = sorted(set(names)), wanted[:200].casefold()
    folded = {name.casefold(): name for name in reversed(every)}
    alike = [folded[name] for name in get_close_matches(text, list(folded), n=3, cutoff=0.5)]
    # A part of a long name does not resemble the whole.
    parts = [name for name in every if len(text) > 1 and text in name.casefold()]
    return tuple(dict.fromkeys([*parts, *alike]))[:3]


def unknown(kind: str, wanted: str, names: Iterable[str]) -> str | None:
    """A sentence that nothing has this name, and the nearest names; None if `wanted` is empty or exists.

    Args:
        kind: of what is meant, such as "service". `wanted`: what the address holds. `names`: those there are.
    """
    every = set(names)
    if not wanted or wanted in every:
        return None
    alike = nearest(wanted, every)
    meant = f"; did you mean {' or '.join(alike)}?" if alike else ""
    return f"no {kind} is called {shortened(wanted)}{meant}"


def said(name: str, text: str) -> str:
    """The start of a sentence about a parameter, truncated if long: the address says span='9y'."""
    return f"the address says {name[:40]}={shortened(text)}"


def shortened(text: str) -> str:
    """User input in quotes, truncated to 80 characters."""
    return repr(text[:80])
