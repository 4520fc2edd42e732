"""The ledger's questions put to a source: terms of indicators become series on a grid."""

from collections.abc import Iterable
from typing import cast

import numpy as np

from dashboard import frames
from dashboard.slo.events import Values, age
from dashboard.slo.indicators import Column, Key, Query, Term, terms
from dashboard.slo.ledger import EventRequest
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid

COUNTED = ("requests", "errors", "latency", "failed_latency")
# How far back the last request is looked for when an age is asked for and no limit is known.
LOOK_BACK = 3600.0


def asked(source: Source, ask: EventRequest) -> tuple[Values, list[Answer]]:
    """Series of all terms that an ask's objectives need, by key, and the answers they came with."""
    wanted = {term for slo in ask.slos for term in terms(slo.indicator)}
    values: dict[Key, np.ndarray] = {}
    answers: list[Answer] = []
    for answer in _answers(source, wanted, ask.grid):
        answers.append(answer)
        values |= _series(answer)
    limits = [slo.limit for slo in ask.slos if slo.kind == "freshness" and slo.limit is not None]
    ages = [term for term in wanted if isinstance(term, Column) and term.measure == "age"]
    if ages:
        answer, found = _ages(source, ages, ask.grid, max(limits, default=LOOK_BACK))
        answers.append(answer)
        values |= found
    return values, answers


def _answers(source: Source, wanted: Iterable[Term], grid: Grid) -> Iterable[Answer]:
    columns = [term for term in wanted if isinstance(term, Column) and term.measure != "age"]
    if any(term.measure in COUNTED for term in columns):
        yield source.counts(grid)
    for service in sorted({term.service for term in columns if term.measure not in COUNTED}):
        yield source.samples(grid, service)
    queries = [term for term in wanted if isinstance(term, Query)]
    if queries:
        yield source.queried(sorted(queries, key=lambda query: query.text), grid)


def _series(answer: Answer) -> dict[Key, np.ndarray]:
    columns = cast("list[Key]", answer.frame.columns.tolist())
    return dict(zip(columns, answer.frame.to_numpy().T, strict=True))


def _ages(source: Source, ages: Iterable[Column], grid: Grid, limit: float) -> tuple[Answer, dict[Key, np.ndarray]]:
    """Seconds since requests were last counted, looked for as far back as the limit reaches."""
    rows = len(grid)
    start = grid.start - (int(limit // grid.step) + 1) * grid.step
    answer = source.counts(Grid(start, grid.end, grid.step))
    found: dict[Key, np.ndarray] = {}
    for term in ages:
        counts = frames.series(frames.of_service(answer.frame, term.service), "requests").to_numpy()
        found[term.key] = age(counts, grid.step)[-rows:]
    return answer, found
