"""What the ledger needs, asked of a source: terms of indicators become series on a grid."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from dashboard import frames
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import Doubts
from dashboard.slo.events import Values, age
from dashboard.slo.indicators import Column, Key, Query, Term, Threshold, simple, terms
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Answer, ScrapedSource, Source
from dashboard.timerange import Grid

COUNTED = ("requests", "errors", "latency", "failed_latency")
# How far back the last request is looked for where no threshold limits its age.
LOOK_BACK = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """What a source answered to a request.

    Attributes:
        values: series of all terms that the request's objectives need, by key.
        answers: that they came with.
        doubts: for which objectives an answer may lack something; None where all is there.
    """

    values: Values
    answers: list[Answer]
    doubts: Doubts | None


def fetch(source: Source, request: EventRequest) -> Fetched:
    """Ask for the terms of a request's objectives, each once."""
    # SLOs of one service share most terms.
    wanted = {term for slo in request.slos for term in terms(slo.indicator)}
    values: dict[Key, np.ndarray] = {}
    answered = list(_answers(source, wanted, request))
    for answer, _ in answered:
        values |= _series(answer)
    ages = [term for term in wanted if _is_age(term)]
    if ages:
        answer, since = _ages(source, ages, request.grid, _look_back(request.slos))
        answered.append((answer, ages))
        values |= since
    return Fetched(values, [answer for answer, _ in answered], _doubts(request.slos, answered))


def _doubts(slos: Sequence[Slo], answered: Iterable[tuple[Answer, Iterable[Term]]]) -> Doubts | None:
    """For which objectives an answer to their terms may lack something."""
    warned: set[Term] = set()
    partial: set[Term] = set()
    for answer, asked_terms in answered:
        warned.update(asked_terms if not answer.in_full else ())
        partial.update(asked_terms if answer.partial else ())
    if not warned:
        return None
    needed = [set(terms(slo.indicator)) for slo in slos]
    return Doubts(
        np.array([bool(warned & slo_terms) for slo_terms in needed], dtype=bool),
        np.array([bool(partial & slo_terms) for slo_terms in needed], dtype=bool),
    )


def _is_age(term: Term) -> bool:
    """It is the time since requests were last counted."""
    return isinstance(term, Column) and term.measure == "age"


def _look_back(slos: Iterable[Slo]) -> float:
    """Seconds within which a last request tells good from bad: up to the widest limit on an age."""
    indicators = [part for slo in slos for part in simple(slo.indicator)]
    limits = [part.limit for part in indicators if isinstance(part, Threshold) and _is_age(part.value)]
    return max(limits, default=LOOK_BACK)


def _answers(source: Source, wanted: Iterable[Term], request: EventRequest) -> Iterator[tuple[Answer, list[Term]]]:
    """The answers to all terms but ages, each with the terms that it was asked for."""
    if request.level is Level.NEWEST:
        assert isinstance(source, ScrapedSource), "its catalog says so"
        counts, query_values = source.newest_counts, source.newest_values
    else:
        counts, query_values = source.counts, source.query_values
    grid = request.grid
    columns = [term for term in wanted if isinstance(term, Column) and not _is_age(term)]
    # Counts of all services are one answer; gauges are fetched for the few services that have an SLO of one.
    counted: list[Term] = [column for column in columns if column.measure in COUNTED]
    if counted:
        yield counts(grid), counted
    gauges = [column for column in columns if column.measure not in COUNTED]
    for service in sorted({column.service for column in gauges}):
        yield source.samples(grid, service), [column for column in gauges if column.service == service]
    # Sorted: a set has another order in each process, and costs and problems should keep theirs.
    queries = sorted((term for term in wanted if isinstance(term, Query)), key=lambda query: query.text)
    if queries:
        yield query_values(queries, grid), list(queries)


def _series(answer: Answer) -> dict[Key, np.ndarray]:
    columns = cast("list[Key]", answer.frame.columns.tolist())
    return dict(zip(columns, answer.frame.to_numpy().T, strict=True))


def _ages(source: Source, ages: Iterable[Term], grid: Grid, look_back: float) -> tuple[Answer, dict[Key, np.ndarray]]:
    """Seconds since requests were last counted, looked for over `look_back` seconds before the grid."""
    # A step more than the limit, so that a request just as old as that is still seen.
    start = grid.start - (int(look_back // grid.step) + 1) * grid.step
    answer = source.counts(Grid(start, grid.end, grid.step))
    since: dict[Key, np.ndarray] = {}
    for term in ages:
        service = term.key[0]
        counts = frames.series(frames.of_service(answer.frame, service), "requests").to_numpy()
        since[term.key] = age(counts, grid.step)[-len(grid) :]
    return answer, since
