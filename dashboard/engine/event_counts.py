"""What the ledger needs, asked of a source: terms of indicators become series on a grid."""

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np

from dashboard import frames
from dashboard.slo.event_requests import EventRequest
from dashboard.slo.events import Values, age
from dashboard.slo.indicators import Column, Key, Query, Term, Threshold, simple, terms
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid

COUNTED = ("requests", "errors", "latency", "failed_latency")
# How far back the last request is looked for where no threshold limits its age.
LOOK_BACK = 3600.0


def fetch(source: Source, request: EventRequest) -> tuple[Values, list[Answer]]:
    """Series of all terms that a request's objectives need, by key, and the answers they came with."""
    # SLOs of one service share most terms: each is fetched once.
    wanted = {term for slo in request.slos for term in terms(slo.indicator)}
    values: dict[Key, np.ndarray] = {}
    answers: list[Answer] = []
    for answer in _answers(source, wanted, request.grid):
        answers.append(answer)
        values |= _series(answer)
    ages = [term for term in wanted if _is_age(term)]
    if ages:
        answer, since = _ages(source, ages, request.grid, _look_back(request.slos))
        answers.append(answer)
        values |= since
    return values, answers


def _is_age(term: Term) -> bool:
    """It is the time since requests were last counted."""
    return isinstance(term, Column) and term.measure == "age"


def _look_back(slos: Iterable[Slo]) -> float:
    """Seconds within which a last request tells good from bad: up to the widest limit on an age."""
    indicators = [part for slo in slos for part in simple(slo.indicator)]
    limits = [part.limit for part in indicators if isinstance(part, Threshold) and _is_age(part.value)]
    return max(limits, default=LOOK_BACK)


def _answers(source: Source, wanted: Iterable[Term], grid: Grid) -> Iterator[Answer]:
    columns = [term for term in wanted if isinstance(term, Column) and not _is_age(term)]
    # Counts of all services are one answer; gauges are fetched for the few services that have an SLO of one.
    if any(term.measure in COUNTED for term in columns):
        yield source.counts(grid)
    for service in sorted({term.service for term in columns if term.measure not in COUNTED}):
        yield source.samples(grid, service)
    # Sorted: a set has another order in each process, and costs and problems should keep theirs.
    queries = [term for term in wanted if isinstance(term, Query)]
    if queries:
        yield source.query_values(sorted(queries, key=lambda query: query.text), grid)


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
