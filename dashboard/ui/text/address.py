"""What an address may hold, whoever wrote it: moments, ranges and names, and a sentence for what makes no sense."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from dashboard.durations import parse_duration
from dashboard.timerange import DAY

LONGEST = 31 * DAY
# Epoch seconds of 1970 and 2200: beyond lie years whose local time no zone can compute, and no data.
EARLIEST, LATEST = 0.0, datetime(2200, 1, 1, tzinfo=UTC).timestamp()
# From this number on digits are milliseconds: as seconds it would be a moment of the year 5138.
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
        span: its seconds; None without a range.
        end: epoch seconds of its end; None where it ends now, or `behind` now.
        behind: seconds that its end stays behind now.
        problem: one sentence about what was not understood, or is not shown; None when all was.
    """

    span: int | None = None
    end: float | None = None
    behind: float = 0.0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of an address: epoch seconds, and whether it moves on with the clock."""

    at: float
    moves: bool = False


def between(begin: str | None, end: str | None, *, now: float, ended: bool = False) -> Range:
    """The range of `from` and `to`, if there is one; a range that begins so many hours ago and ends now moves on.

    Args:
        begin, end: what the address holds; without an end it is now.
        now: epoch seconds of the moment that is shown. `ended`: the data end then.
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
    # Longer ranges would cost the source more than one page may.
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
    """A moment as people and other tools write it: `now`, `now-1h30m`, epoch seconds or milliseconds, ISO 8601.

    Args:
        text: what the address holds. `now`: epoch seconds.

    Raises:
        ValueError: it is none of these.
    """
    # A plus sign that was not escaped arrives as a space.
    plain = text.strip().replace(" ", "+")
    if relative := _RELATIVE.fullmatch(plain):
        sign, length = relative.groups()
        ahead = parse_duration(length) if length else 0.0
        return Moment(now - ahead if sign == "-" else now + ahead, moves=True)
    if _EPOCH.fullmatch(plain):
        number = float(plain)
        return Moment(number / 1000 if number >= MILLISECONDS else number)
    local = datetime.fromisoformat(plain)
    # Without an offset it is UTC, as in what pages write themselves.
    return Moment((local if local.tzinfo else local.replace(tzinfo=UTC)).timestamp())


def unread(texts: Mapping[str, str | None]) -> str | None:
    """Which of these moments is none, one sentence; None where all are, or are not given."""
    for name, text in texts.items():
        try:
            moment(text or "now", now=0.0)
        except ValueError:
            return f"{said(name, text or '')}, which is no time: {HOW}"
    return None


def misspelt(names: Iterable[str], known: Sequence[str]) -> Iterator[str]:
    """A sentence for each parameter that nothing reads, but that is nearly one that is read."""
    for name in names:
        near = get_close_matches(name[:40].casefold(), known, n=1, cutoff=0.75)
        if near and name not in known:
            yield f"nothing reads {shortened(name)} in the address; did you mean {near[0]}?"


def written(seconds: float) -> str:
    """A moment as pages write it: in UTC, so that a link means the same to a colleague in another zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that are like the one that is wanted, the most alike first."""
    # Cut: comparing a hostile address of megabytes would take seconds.
    every, text = sorted(set(names)), wanted[:200].casefold()
    folded = {name.casefold(): name for name in reversed(every)}
    alike = [folded[name] for name in get_close_matches(text, list(folded), n=3, cutoff=0.5)]
    # A part of a long name is not like the whole of it.
    parts = [name for name in every if len(text) > 1 and text in name.casefold()]
    return tuple(dict.fromkeys([*parts, *alike]))[:3]


def unknown(kind: str, wanted: str, names: Iterable[str]) -> str | None:
    """That nothing is called so, and what the nearest names are; None where `wanted` is empty or one of the names.

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
    """The begin of a sentence about a parameter, cut where it is long: the address says span='9y'."""
    return f"the address says {name[:40]}={shortened(text)}"


def shortened(text: str) -> str:
    """What somebody wrote, quoted and at most 80 characters of it."""
    return repr(text[:80])
