"""The status of the source, after answered and failed refreshes, as values; `ui/text` has the words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.exceptions import DashboardError
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Catalog, FilesAlike
from dashboard.sources.protocol import Answer, BadRows, Problem, QueryCost

# After this many consecutive failures, a source that has answered before is down instead of stale.
DOWN_AFTER = 3


class SourceState(StrEnum):
    """Whether the source's answers are current."""

    STARTING = "starting"
    OK = "ok"
    STALE = "stale"
    DOWN = "down"


class Trouble(StrEnum):
    """Problems of the data other than errors: answers without new data, or a source that was not asked recently."""

    NO_DATA = "no_data"
    AGE_UNKNOWN = "age_unknown"
    FROM_THE_FUTURE = "from_the_future"
    NOTHING_NEW = "nothing_new"
    ENDED = "ended"
    NO_ANSWER = "no_answer"
    NOT_POLLED = "not_polled"


@dataclass(frozen=True, slots=True)
class HistoryProgress:
    """The past is being read: `done` of `total` requests were answered; more may follow from them."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Budgets that the source refuses to count.

    Attributes:
        message: the message of the source, one line. `services`: whose budgets; empty: all.
    """

    message: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The status of the source.

    Attributes:
        error: why the last refresh failed, one line for users; None after a successful one.
            `error_kind`: the `kind` of that exception.
        trouble: a problem of the data; None if there is none.
        nothing_found: why there is no service although the source has data, one line; empty if unknown.
        age_unknown_why: why the age of the data is unknown, one line; empty if it is known.
        reading: progress while the history is being read.
        newest: epoch seconds of the newest raw sample; None before the first.
        data_end: epoch seconds of the newest sample if the data have ended, which is then the displayed time; or None.
        history_s: seconds of history; None if unknown.
        answered: epoch seconds of the last successful refresh; None before the first.
        costs: the queries of that refresh.
        ticks, failures: numbers of successful and failed refreshes since the start.
        notes: messages of source and configuration for users.
        files: the files that it reads, by detected format.
        unavailable: budgets that it refuses to count; None if it counts all.
        partial: an answer was partial, or hours from such answers are still in use.
        rows, bad_rows: rows of files that were read, and rows that were left out.
        bad_kinds: rows that were left out, by file and reason.
        left_out: files that cannot be used at all, and why. `series`: number of series in the live window.
        tick_seconds: duration of the last refresh up to the evaluation.
        scrape: seconds between two samples of the source.
        last_error, last_error_at: the newest error and its time in epoch seconds; kept after the source has recovered.
        stale_after_s: seconds after which samples are old.
    """

    kind: str
    where: str
    state: SourceState
    error: str | None = None
    error_kind: str | None = None
    trouble: Trouble | None = None
    nothing_found: str = ""
    age_unknown_why: str = ""
    reading: HistoryProgress | None = None
    newest: float | None = None
    data_end: float | None = None
    history_s: float | None = None
    answered: float | None = None
    costs: tuple[QueryCost, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[FilesAlike, ...] = ()
    unavailable: Unavailable | None = None
    partial: bool = False
    rows: int = 0
    bad_rows: int = 0
    bad_kinds: tuple[BadRows, ...] = ()
    left_out: tuple[Problem, ...] = ()
    series: int = 0
    ticks: int = 0
    failures: int = 0
    tick_seconds: float | None = None
    scrape: float | None = None
    last_error: str | None = None
    last_error_at: float | None = None
    stale_after_s: float = 60.0

    def age(self, now: float) -> float | None:
        """Seconds since the newest sample, never negative; None if there is none."""
        return None if self.newest is None else max(0.0, now - self.newest)

    @property
    def further_bad_kinds(self) -> tuple[BadRows, ...]:
        """Kinds of bad rows, except those that are the reason for leaving a file out."""
        reasons = [problem.what for problem in self.left_out]
        return tuple(
            kind for kind in self.bad_kinds if not any(what.endswith(f"{kind.where}: {kind.what}") for what in reasons)
        )

    @property
    def further_notes(self) -> tuple[str, ...]:
        """Notes, except those that are the reason for leaving a file out."""
        return tuple(note for note in self.notes if note not in {problem.what for problem in self.left_out})


def after_answer(
    before: SourceStatus,
    answers: Sequence[Answer],
    slos_without_signals: Sequence[SloReport],
    *,
    now: float,
    stale_after_s: float,
    reading: HistoryProgress | None,
    data_end: float | None = None,
) -> SourceStatus:
    """The status after a successful refresh.

    Args:
        before: the previous status.
        answers: all answers of this refresh, that of the live window first.
        slos_without_signals: SLOs of services without signals: their newest measurement is the newest sample.
        now: epoch seconds. `stale_after_s`: seconds after which samples are old.
        reading: progress of reading the history, while it continues.
        data_end: epoch seconds of the newest sample, if the data have ended.
    """
    newest = max((*_measured(slos_without_signals), *_sampled(answers)), default=None)
    # Use the distance: a clock an hour ahead would keep samples fresh for an hour after the last one.
    old = newest is None or (abs(now - newest) > stale_after_s and all(slo.stale for slo in slos_without_signals))
    # Rows of files are read once for all answers; adding them up would count them repeatedly.
    live = answers[0]
    trouble = _trouble(newest, now, stale_after_s, old=old, age_unknown_why=live.age_unknown_why)
    return replace(
        before,
        state=SourceState.STALE if old else SourceState.OK,
        error=None,
        error_kind=None,
        trouble=Trouble.ENDED if data_end is not None else trouble,
        age_unknown_why=live.age_unknown_why,
        reading=reading,
        newest=newest,
        data_end=data_end,
        answered=now,
        costs=tuple(cost for answer in answers for cost in answer.costs),
        # Bad rows are counted by kind.
        problems=_unique(problem for answer in answers for problem in answer.problems if not problem.is_row),
        partial=not all(answer.in_full for answer in answers),
        rows=live.rows,
        bad_rows=live.bad_rows,
        bad_kinds=live.bad_kinds,
        left_out=live.left_out,
        ticks=before.ticks + (reading is None),
        stale_after_s=stale_after_s,
    )


def with_catalog(status: SourceStatus, catalog: Catalog, notes: Iterable[str] = ()) -> SourceStatus:
    """Add the results of the search for services to a status.

    Args:
        status: the status. `catalog`: the catalog. `notes`: further notes, after those of the catalog.
    """
    return replace(
        status,
        notes=(*catalog.notes, *notes),
        files=catalog.files,
        nothing_found=catalog.nothing_found,
        scrape=catalog.scrape_interval,
        history_s=catalog.history_s,
    )


def after_failure(before: SourceStatus, error: DashboardError, *, in_row: int, now: float) -> SourceStatus:
    """The status after a failed refresh.

    Args:
        before: the previous status.
        error: the error.
        in_row: number of consecutive failures, including this one.
        now: epoch seconds.
    """
    return replace(
        before,
        state=SourceState.STALE if before.newest is not None and in_row < DOWN_AFTER else SourceState.DOWN,
        error=str(error),
        # Only source errors have a kind; any other error here is a bug of ours.
        error_kind=getattr(error, "kind", "internal"),
        trouble=None,
        reading=None,
        failures=before.failures + 1,
        last_error=str(error),
        last_error_at=now,
    )


def _measured(slos: Iterable[SloReport]) -> Iterable[float]:
    return (slo.measured_at for slo in slos if slo.measured_at is not None)


def _sampled(answers: Iterable[Answer]) -> Iterable[float]:
    return (answer.newest for answer in answers if answer.newest is not None)


def _trouble(
    newest: float | None, now: float, stale_after_s: float, *, old: bool, age_unknown_why: str
) -> Trouble | None:
    """A problem of the data; None if there is none.

    Args:
        newest: epoch seconds of the newest sample, if known. `now`: epoch seconds.
        stale_after_s: seconds after which samples are old. `old`: they are. `age_unknown_why`: as in `Answer`.
    """
    if newest is None:
        return Trouble.AGE_UNKNOWN if age_unknown_why else Trouble.NO_DATA
    if newest - now > stale_after_s:
        return Trouble.FROM_THE_FUTURE
    return Trouble.NOTHING_NEW if old else None


def _unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    # Not a set, which would change the order of the problems at every refresh.
    return tuple(dict.fromkeys(problems))
