"""How the source is, in a line: what it is doing, what is wrong, and what to do about it."""

from dashboard.engine.source_status import HistoryProgress, SourceState, SourceStatus, Trouble

PARTIAL = "some data are missing: the source answered in part"


def message(source: SourceStatus) -> str | None:
    """What the source is doing or what is wrong with it, without a full stop; None while all is well."""
    if source.error is not None:
        return source.error
    if source.state is SourceState.STARTING:
        return "Looking for services …"
    if source.reading is not None:
        return _reading(source.reading)
    return None if source.trouble is None else _trouble(source.trouble, source.kind)


def _reading(progress: HistoryProgress) -> str:
    done = f" {progress.done} of {progress.total}" if progress.done else ""
    return f"Reading the history …{done}"


def _trouble(trouble: Trouble, kind: str) -> str:
    remedy = f"check that {'the files are written' if kind == 'csv' else 'its targets are scraped'}"
    match trouble:
        case Trouble.NO_DATA:
            return f"the source answers, but has no data: {remedy}"
        case Trouble.FROM_THE_FUTURE:
            return "the newest sample lies in the future: check the clocks and the time zone of the data"
        case Trouble.NOTHING_NEW:
            return f"the source answers, but nothing new arrives: {remedy}"
