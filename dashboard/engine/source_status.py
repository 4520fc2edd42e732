"""How the source is: after a refresh that it answered, and after one that failed. Values; `ui/text` words them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.exceptions import DashboardError
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Catalog, FilesAlike
from dashboard.sources.protocol import Answer, BadRows, Problem, QueryCost

# After so many failures in a row a source that was seen is down, and no longer stale.
DOWN_AFTER = 3


class SourceState(StrEnum):
    """Whether the source's answers may be believed as current."""

    STARTING = "starting"
    OK = "ok"
    STALE = "stale"
    DOWN = "down"


class Trouble(StrEnum):
    """What is wrong with the data beside errors: the source answers without new ones, or it was not asked lately."""

    NO_DATA = "no_data"
    AGE_UNKNOWN = "age_unknown"
    FROM_THE_FUTURE = "from_the_future"
    NOTHING_NEW = "nothing_new"
    ENDED = "ended"
    NO_ANSWER = "no_answer"
    NOT_POLLED = "not_polled"


@dataclass(frozen=True, slots=True)
class HistoryProgress:
    """The past is being read: `done` of `total` requests to the source were answered; more may follow from them."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Budgets that the source refuses to count.

    Attributes:
        message: what it says, one line. `services`: whose budgets; empty where they are those of all.
    """

    message: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How the source is.

    Attributes:
        error: what the last refresh failed with, one line for people; None after one that was answered.
            `error_kind`: the `kind` of that exception.
        trouble: what is wrong with data that came; None while nothing is.
        nothing_found: why there is no service though the source has something, one line; empty where nothing is known.
        untold_age: why the source does not tell how old its data are, one line; empty where it does.
        reading: how far the history was read, while it is.
        newest: epoch seconds of the newest raw sample; None before any came.
        data_end: of the newest sample where the data have ended: the picture is of that moment. None while they go on.
        history_s: seconds that the data reach back; None when unknown.
        answered: epoch seconds of the last refresh that was answered; None before any was.
        costs: the queries of that refresh.
        ticks, failures: refreshes that were answered, and that failed, since the start.
        notes: what the source and the configuration want people to know.
        files: those that it reads, by what they were taken for.
        unavailable: budgets that it refuses to count; None where it counts all.
        partial: the source said of an answer that data may be missing, or such hours are still held.
        rows, bad_rows: rows of files that were read, and that were left out.
        bad_kinds: the rows that were left out, by file and reason.
        left_out: files of which nothing can be used, and why. `series`: of the live window.
        tick_seconds: how long the last refresh took until it was judged.
        scrape: seconds between two samples of the source.
        last_error, last_error_at: the newest error, and when (epoch seconds); they stay after the source recovered.
        patience: seconds after which samples are old.
    """

    kind: str
    where: str
    state: SourceState
    error: str | None = None
    error_kind: str | None = None
    trouble: Trouble | None = None
    nothing_found: str = ""
    untold_age: str = ""
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
    patience: float = 60.0

    def age(self, now: float) -> float | None:
        """Seconds since the newest sample, never negative; None when there is none."""
        return None if self.newest is None else max(0.0, now - self.newest)

    @property
    def further_bad_kinds(self) -> tuple[BadRows, ...]:
        """Kinds of bad rows without those that are the reason why a file is left out, which are said with it."""
        reasons = [problem.what for problem in self.left_out]
        return tuple(
            kind for kind in self.bad_kinds if not any(what.endswith(f"{kind.where}: {kind.what}") for what in reasons)
        )

    @property
    def further_notes(self) -> tuple[str, ...]:
        """Notes without those that a file which is left out has for its reason."""
        return tuple(note for note in self.notes if note not in {problem.what for problem in self.left_out})


def after_answer(
    before: SourceStatus,
    answers: Sequence[Answer],
    slos_without_signals: Sequence[SloReport],
    *,
    now: float,
    patience: float,
    reading: HistoryProgress | None,
    data_end: float | None = None,
) -> SourceStatus:
    """The status after the source answered.

    Args:
        before: the status until now.
        answers: all of this refresh, that of the live window first.
        slos_without_signals: SLOs of services that no signal tells of: their newest measure is the newest sample.
        now: epoch seconds. `patience`: seconds after which samples are old.
        reading: how far the history was read, while the refresh goes on.
        data_end: epoch seconds of the newest sample, where the data have ended.
    """
    newest = max((*_measured(slos_without_signals), *_sampled(answers)), default=None)
    # By the distance: a clock that is an hour ahead would keep samples fresh for an hour after the last one.
    old = newest is None or (abs(now - newest) > patience and all(slo.stale for slo in slos_without_signals))
    # Rows of files are read once for every answer: the others would count them again.
    live = answers[0]
    trouble = _trouble(newest, now, patience, old=old, untold=live.untold_age)
    return replace(
        before,
        state=SourceState.STALE if old else SourceState.OK,
        error=None,
        error_kind=None,
        trouble=Trouble.ENDED if data_end is not None else trouble,
        untold_age=live.untold_age,
        reading=reading,
        newest=newest,
        data_end=data_end,
        answered=now,
        costs=tuple(cost for answer in answers for cost in answer.costs),
        # Bad rows are counted by their kind.
        problems=_unique(problem for answer in answers for problem in answer.problems if not problem.is_row),
        partial=not all(answer.in_full for answer in answers),
        rows=live.rows,
        bad_rows=live.bad_rows,
        bad_kinds=live.bad_kinds,
        left_out=live.left_out,
        ticks=before.ticks + (reading is None),
        patience=patience,
    )


def with_catalog(status: SourceStatus, catalog: Catalog, notes: Iterable[str] = ()) -> SourceStatus:
    """The status with what the search for services has told.

    Args:
        status: without it. `catalog`: what was found. `notes`: further ones, after those of the catalog.
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
    """The status after a refresh that failed.

    Args:
        before: the status until now.
        error: what it failed with.
        in_row: how many refreshes have failed since the last answer, this one included.
        now: epoch seconds.
    """
    return replace(
        before,
        state=SourceState.STALE if before.newest is not None and in_row < DOWN_AFTER else SourceState.DOWN,
        error=str(error),
        # Errors of sources alone have a kind: any other that gets here is a fault of ours.
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


def _trouble(newest: float | None, now: float, patience: float, *, old: bool, untold: str) -> Trouble | None:
    """What is wrong with data that came; None while nothing is.

    Args:
        newest: epoch seconds of the newest sample, so far as it is known. `now`: epoch seconds.
        patience: seconds after which samples are old. `old`: they are. `untold`: why their age is not known.
    """
    if newest is None:
        return Trouble.AGE_UNKNOWN if untold else Trouble.NO_DATA
    if newest - now > patience:
        return Trouble.FROM_THE_FUTURE
    return Trouble.NOTHING_NEW if old else None


def _unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    # A set would show the problems in another order at every refresh.
    return tuple(dict.fromkeys(problems))
