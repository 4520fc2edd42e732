"""The state of the source in words: what it is doing, what is wrong, and what to do about it."""

from typing import Final, NamedTuple

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus, Trouble, Unavailable
from dashboard.ui.text import moments, units
from dashboard.ui.text.status_text import status

IN_PART: Final = "some data are missing: the source answered in part"
PARTIAL: Final = units.sentence(IN_PART)
# Maximum number of named services.
NAMES_SHOWN: Final = 3
# Maximum number of kinds of bad rows to list.
KINDS_SHOWN: Final = 20
RETRIED: Final = "The dashboard tries again by itself."


def message(source: SourceStatus, zone: str = "UTC") -> str | None:
    """What the source is doing or what is wrong with it, without a full stop; None if all is well.

    Args:
        source: its status. `zone`: IANA name of the time zone of times.
    """
    # A current failure is more urgent than the progress of reading.
    if source.error is not None:
        return source.error
    if source.state is SourceState.STARTING:
        return "Looking for services …"
    if source.reading is not None:
        return _reading(source.reading)
    if source.trouble is not None:
        return _trouble(source.trouble, source, zone)
    if source.unavailable is not None:
        return _unavailable(source.unavailable)
    if source.left_out:
        return left_out(source)
    return IN_PART if source.partial else None


def placed(source: SourceStatus, what: str) -> str:
    """A statement about a source with its location, unless it already contains it."""
    return what if source.where in what else f"{source.where}: {what}"


def left_out(source: SourceStatus) -> str:
    """The files that are not read, without a full stop; there is at least one."""
    first, number = source.left_out[0], len(source.left_out)
    said = first.what if first.where in first.what else f"{first.where}: {first.what}"
    return f"a file is left out: {said}" if number == 1 else f"{number:,} files are left out, such as {said}"


def is_about_files(source: SourceStatus) -> bool:
    """Whether the only problem is that files are left out."""
    return source.error is None and bool(source.left_out) and message(source) == left_out(source)


def number_left_out(source: SourceStatus) -> str:
    """The number of files that are not read; the reasons are given below it."""
    number = len(source.left_out)
    return f"{'a file is' if number == 1 else f'{number:,} files are'} left out, see the problems below"


def bad_rows(source: SourceStatus) -> list[str]:
    """The number of bad rows, and the first of each kind with its remedy, a line each; empty without any."""
    if not source.bad_rows:
        return []
    kinds = source.bad_kinds
    head = f"{source.bad_rows:,} of {source.rows:,} rows are bad and left out"
    lines = [f"{kind.where}: {kind.what}{_more(kind.rows)}" for kind in kinds[:KINDS_SHOWN]]
    rest = kinds[KINDS_SHOWN:]
    return [head, *lines, *([f"{len(rest):,} more kinds"] if rest else [])]


def _more(rows: int) -> str:
    return f" ({rows:,} rows)" if rows > 1 else ""


def sentence(source: SourceStatus, zone: str = "UTC") -> str:
    """The message with its full stop; an error begins unchanged, perhaps with an address or a file.

    Args:
        source: its status. `zone`: IANA name of the time zone of times.
    """
    if source.error is not None:
        # Not capitalised: it may begin with a path, where case matters.
        return f"{source.error.rstrip('.')}."
    return units.sentence(message(source, zone) or "")


def _unavailable(unavailable: Unavailable) -> str:
    names = unavailable.services
    shown = ", ".join(names[:NAMES_SHOWN]) + (f" and {len(names) - NAMES_SHOWN} more" if names[NAMES_SHOWN:] else "")
    return f"budgets{f' of {shown}' if names else ''} unavailable: {unavailable.message}"


def _reading(progress: HistoryProgress) -> str:
    done = f" {progress.done} of {progress.total}" if progress.done else ""
    return f"Reading the history …{done}"


def _moment(source: SourceStatus, zone: str) -> str:
    """Day, time and zone of the end of the data."""
    end = source.data_end or 0.0
    # Plain spaces, for terminals and programs.
    return units.plain(f"{moments.exact(end, zone, source.answered or end)} {moments.zone_name(end, zone)}")


def _trouble(trouble: Trouble, source: SourceStatus, zone: str) -> str:
    """A problem of the data, and what to do about it.

    Args:
        trouble: the problem. `source`: its status. `zone`: IANA name of the time zone of times.
    """
    remedy = f"check that {'the files are written' if source.kind == 'csv' else 'its targets are scraped'}"
    match trouble:
        case Trouble.NO_DATA if source.left_out:
            return left_out(source).removeprefix("a file is left out: ")
        case Trouble.NO_DATA if source.nothing_found:
            return f"the source answers, but no service was found: {source.nothing_found}"
        case Trouble.NO_DATA:
            return f"the source answers, but has no data: {remedy}"
        case Trouble.AGE_UNKNOWN:
            return f"nothing is taken for current: how old the samples are is not known, as {source.age_unknown_why}"
        case Trouble.FROM_THE_FUTURE:
            return "the newest sample lies in the future: check the clocks and the time zone of the data"
        case Trouble.ENDED:
            return f"data end {_moment(source, zone)}: the state shown is from then, and the present state is unknown"
        case Trouble.NOTHING_NEW:
            return f"the source answers, but nothing new arrives: {remedy}"
        case Trouble.NO_ANSWER:
            return "the source has not answered for too long: the picture is from its last answer"
        case Trouble.NOT_POLLED:
            return "the dashboard has stopped reading the source and is starting again"


def nothing_in_range(source: SourceStatus, end: float, zone: str) -> str:
    """The sentence that there are no data in a range, and since when there are.

    Args:
        source: its status. `end`: of the range, epoch seconds. `zone`: IANA name of the time zone of times.
    """
    now = source.data_end or source.answered or end
    if source.history_s is not None and end <= (first := now - source.history_s):
        return f"This range lies before the data, which begin {moments.exact(first, zone, now)}."
    return "There are no data in this range."


def begins_before(source: SourceStatus, begin: float, zone: str) -> str | None:
    """The sentence that a range begins before the data; None if it does not, or their start is unknown.

    Args:
        source: its status. `begin`: of the range, epoch seconds. `zone`: IANA name of the time zone of times.
    """
    now = source.data_end or source.answered
    if source.history_s is None or now is None or begin >= (first := now - source.history_s):
        return None
    return f"Data begin {moments.exact(first, zone, now)}: nothing is known of what lies before."


def newest_mark(source: SourceStatus, *, old: bool) -> str:
    """The label of the newest time of a chart; `old`: it is not now."""
    return "data end" if source.data_end is not None else "last answer" if old else "now"


class Banner(NamedTuple):
    """A line above a page: its colour, a bold word that may be empty, and a sentence."""

    colour: str
    word: str
    sentence: str


def banner(snapshot: Snapshot, now: float) -> Banner | None:
    """What a page says about the source above everything else; None if all is well."""
    source = snapshot.source
    shown = status(source.state)
    if source.state is SourceState.OK:
        # A source that answers may still have a message.
        note = message(source, snapshot.time_zone)
        # A message about reading in progress has no full stop.
        return Banner("grey", "", note if source.reading else units.sentence(note)) if note else None
    if source.state is SourceState.STARTING:
        since = units.duration(now - snapshot.at) if now - snapshot.at >= 1 else ""
        return Banner(shown.colour, shown.word.capitalize(), f"{message(source) or ''} {since}".strip())
    if source.data_end is not None and source.error is None:
        return Banner(shown.colour, "Past", sentence(source, snapshot.time_zone))
    # The page stays visible, so its age must be shown.
    old = f" The picture below is old: {units.age(source.age(now))}." if snapshot.services else ""
    return Banner(shown.colour, f"{shown.mark} Source {shown.word}", f"{sentence(source)}{old}")


def no_service(source: SourceStatus) -> tuple[str, ...]:
    """Why there is no service to show, and what to do about it, a line each."""
    if source.state is SourceState.STARTING:
        return ("The first data take a few seconds.",)
    if source.state is SourceState.DOWN:
        return (f"Nothing could be read from {source.where}. {RETRIED}",)
    needed = "its files hold rows with a service" if source.kind == "csv" else "its targets expose request metrics"
    check = f"Check that {needed}, and see the Sources page for what was looked for."
    return f"No service was found at {source.where}.", check


def no_objective(source: SourceStatus) -> str:
    """Why there is no objective to show, and what to do about it."""
    if source.state is SourceState.STARTING:
        return "Objectives are evaluated as soon as the source has answered."
    if source.state is SourceState.DOWN:
        return f"No objective is known: nothing could be read from {source.where}. {RETRIED}"
    return (
        "No objective is defined, and no service was found that counts requests: write one in the configuration "
        "(slos), or see the Sources page for what was looked for."
    )


# Remedies by the kind of error.
REMEDIES: Final = {
    "unavailable": "Check that the server runs and that the address and port are right. " + RETRIED,
    "timeout": "The server is too slow: raise source.timeout, or give it recording rules. " + RETRIED,
    "malformed": "Something between here and the server changes its answers, or the file is damaged.",
    "query": "The server refuses a query, shown with the message.",
    "limit": "The server allows less than is needed: raise its limit, or shorten the span.",
    "auth": "Set source.bearer_token_file, source.username and source.password_file, or source.headers.",
    "endpoint": "The address answers, but not as a Prometheus API: check its path prefix.",
}
