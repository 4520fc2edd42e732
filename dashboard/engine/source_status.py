"""How the source is: after a tick that it answered, and after one that failed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboard.engine.snapshot import SourceState, SourceStatus
from dashboard.exceptions import DashboardError
from dashboard.slo.report import SloReport
from dashboard.sources.protocol import Answer, Problem

# After so many failures in a row a source that was seen is down, and no longer stale.
DOWN_AFTER = 3


def answered(
    before: SourceStatus,
    answers: Sequence[Answer],
    slos_without_signals: Sequence[SloReport],
    *,
    now: float,
    patience: float,
    message: str | None,
    series: int,
) -> SourceStatus:
    """After a tick that was answered.

    Args:
        lone: objectives of services that no signal tells of: their newest measure is the newest sample.
        now: epoch seconds. `patience`: seconds after which samples are old. `message`: what is being done, while the
            tick goes on. `series`: of the live window.
    """
    newest = max((*_measured(slos_without_signals), *_sampled(answers)), default=None)
    old = newest is None or (abs(now - newest) > patience and all(slo.stale for slo in slos_without_signals))
    first = answers[0]
    return replace(
        before,
        state=SourceState.STALE if old else SourceState.OK,
        message=message or _trouble(before.kind, newest, now, patience, old=old),
        error_kind=None,
        newest=newest,
        answered=now,
        costs=tuple(cost for answer in answers for cost in answer.costs),
        problems=_unique(problem for answer in answers for problem in answer.problems),
        partial=any(answer.partial for answer in answers),
        rows=first.rows,
        bad_rows=first.bad_rows,
        series=series,
        ticks=before.ticks + (message is None),
    )


def failed(before: SourceStatus, error: DashboardError, *, in_row: int, now: float) -> SourceStatus:
    """After a tick that failed; `in_row`: how many have, this one included."""
    return replace(
        before,
        state=SourceState.STALE if before.newest is not None and in_row < DOWN_AFTER else SourceState.DOWN,
        message=str(error),
        error_kind=getattr(error, "kind", "internal"),
        failures=before.failures + 1,
        last_error=str(error),
        last_error_at=now,
    )


def _measured(slos: Iterable[SloReport]) -> Iterable[float]:
    return (slo.measured_at for slo in slos if slo.measured_at is not None)


def _sampled(answers: Iterable[Answer]) -> Iterable[float]:
    return (answer.newest for answer in answers if answer.newest is not None)


def _trouble(kind: str, newest: float | None, now: float, patience: float, *, old: bool) -> str | None:
    """What is wrong with data that came, and what to do; None while nothing is."""
    remedy = f"check that {'the files are written' if kind == 'csv' else 'its targets are scraped'}"
    if newest is None:
        return f"the source answers, but has no data: {remedy}"
    if newest - now > patience:
        return "the newest sample lies in the future: check the clocks and the time zone of the data"
    return f"the source answers, but nothing new arrives: {remedy}" if old else None


def _unique(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))
