"""Fetches the events that the ledger needs: indicator terms become series on a grid."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np

from dashboard import frames
from dashboard.exceptions import QueryRejected, SourceTimeout
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.event_rows import Gaps
from dashboard.slo.events import Values, age
from dashboard.slo.indicators import Column, Key, Query, Term, Threshold, simple, terms
from dashboard.slo.objective import Slo
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import Answer, Refusal, ScrapedSource, SelectiveSource, Source
from dashboard.timerange import Grid

COUNTED = ("requests", "errors", "latency", "failed_latency")
# How far back the last request is searched for if no threshold limits its age.
LOOK_BACK = 3600.0

# Asks one question; returns the answer and its series by key.
Ask = Callable[[], tuple[Answer, dict[Key, np.ndarray]]]


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """The answer of a source to a request for events.

    Attributes:
        values: series of all terms of the request's objectives, by key.
        answers: the answers they came with.
        gaps: objectives for which an answer may lack data; None if everything is complete.
        refusals: why an objective cannot be counted, in order of the objectives; None if it can.
    """

    values: Values
    answers: list[Answer]
    gaps: Gaps | None
    refusals: list[Refusal | None]


def fetch(source: Source, request: EventRequest) -> Fetched:
    """Ask once for each term of the objectives; a refused term does not affect the others.

    Raises:
        SourceError: the source did not answer.
    """
    # SLOs of one service share most terms.
    wanted = {term for slo in request.slos for term in terms(slo.indicator)}
    values: dict[Key, np.ndarray] = {}
    answered: list[tuple[Answer, list[Term]]] = []
    refused: dict[Term, Refusal] = {}
    for asked_terms, ask in _questions(source, wanted, request):
        try:
            answer, series = ask()
        except (QueryRejected, SourceTimeout) as error:
            if isinstance(error, SourceTimeout) and not (error.by_server and seconds_left() > 0):
                raise
            refusal = Refusal("", "", error.query, str(error), is_limit=error.kind != "query")
            refused |= dict.fromkeys(asked_terms, refusal)
            continue
        answered.append((answer, asked_terms))
        values |= series
        refused |= _refused_terms(asked_terms, answer)
    answers = [answer for answer, _ in answered]
    return Fetched(values, answers, _gaps(request.slos, answered), _refusals(request.slos, refused))


def _refusals(slos: Sequence[Slo], refused: Mapping[Term, Refusal]) -> list[Refusal | None]:
    """For each objective, why it cannot be counted; None if it can."""
    # Among thousands, hardly ever one.
    if not refused:
        return [None] * len(slos)
    needed = [terms(slo.indicator) for slo in slos]
    return [next((refused[term] for term in slo_terms if term in refused), None) for slo_terms in needed]


def _refused_terms(asked_terms: Iterable[Term], answer: Answer) -> dict[Term, Refusal]:
    """The terms without an answer, and why."""
    by_key = {(refusal.service, refusal.measure, refusal.query): refusal for refusal in answer.refused}
    if not by_key:
        return {}
    keys = {
        term: (term.service, term.measure, "") if isinstance(term, Column) else ("", "", term.text)
        for term in asked_terms
    }
    return {term: by_key[key] for term, key in keys.items() if key in by_key}


def _gaps(slos: Sequence[Slo], answered: Iterable[tuple[Answer, Iterable[Term]]]) -> Gaps | None:
    """The objectives for which an answer to their terms may lack data."""
    warned: set[Term] = set()
    partial: set[Term] = set()
    for answer, asked_terms in answered:
        warned.update(asked_terms if not answer.in_full else ())
        partial.update(asked_terms if answer.partial else ())
    if not warned:
        return None
    needed = [set(terms(slo.indicator)) for slo in slos]
    return Gaps(
        np.array([bool(warned & slo_terms) for slo_terms in needed], dtype=bool),
        np.array([bool(partial & slo_terms) for slo_terms in needed], dtype=bool),
    )


def _is_age(term: Term) -> bool:
    """Whether the term is the time since requests were last counted."""
    return isinstance(term, Column) and term.measure == "age"


def _look_back(slos: Iterable[Slo]) -> float:
    """Seconds within which a last request is relevant: the widest limit on an age."""
    indicators = [part for slo in slos for part in simple(slo.indicator)]
    limits = [part.limit for part in indicators if isinstance(part, Threshold) and _is_age(part.value)]
    return max(limits, default=LOOK_BACK)


def _questions(source: Source, wanted: Iterable[Term], request: EventRequest) -> Iterator[tuple[list[Term], Ask]]:
    """The questions for a source, each with the terms that it answers."""
    columns = [term for term in wanted if isinstance(term, Column) and not _is_age(term)]
    needed = [column for column in columns if column.measure in COUNTED]
    if request.level is Level.NEWEST:
        assert isinstance(source, ScrapedSource), "its catalog says so"
        counts, query_values = source.newest_counts, source.newest_values
    else:
        counts, query_values = partial(_counts_of, source, needed), source.query_values
    grid = request.grid
    # Counts of all services come in one answer; gauges are fetched only for the few services with an SLO on one.
    counted: list[Term] = [*needed]
    if counted:
        yield counted, lambda: _with_series(counts(grid))
    gauges = [column for column in columns if column.measure not in COUNTED]
    for service in sorted({column.service for column in gauges}):
        of_service: list[Term] = [column for column in gauges if column.service == service]
        yield of_service, partial(_samples, source, grid, service)
    # Sorted, as the order of a set differs between processes and would change the order of costs and problems.
    queries = sorted((term for term in wanted if isinstance(term, Query)), key=lambda query: query.text)
    if queries:
        yield list(queries), lambda: _with_series(query_values(queries, grid))
    ages = [term for term in wanted if _is_age(term)]
    if ages:
        yield ages, lambda: _ages(source, ages, grid, _look_back(request.slos))


def _counts_of(source: Source, columns: Sequence[Column], grid: Grid) -> Answer:
    return source.counts_of(columns, grid) if isinstance(source, SelectiveSource) else source.counts(grid)


def _samples(source: Source, grid: Grid, service: str) -> tuple[Answer, dict[Key, np.ndarray]]:
    return _with_series(source.samples(grid, service))


def _with_series(answer: Answer) -> tuple[Answer, dict[Key, np.ndarray]]:
    columns = cast("list[Key]", answer.frame.columns.tolist())
    return answer, dict(zip(columns, answer.frame.to_numpy().T, strict=True))


def _ages(source: Source, ages: Iterable[Term], grid: Grid, look_back: float) -> tuple[Answer, dict[Key, np.ndarray]]:
    """Seconds since requests were last counted, searched for in `look_back` seconds before the grid."""
    # One step more than the limit, so that a request exactly that old is still found.
    start = grid.start - (int(look_back // grid.step) + 1) * grid.step
    requests = [Column(term.key[0], "requests") for term in ages]
    answer = _counts_of(source, requests, Grid(start, grid.end, grid.step))
    since: dict[Key, np.ndarray] = {}
    for term in ages:
        service = term.key[0]
        counts = frames.series(frames.of_service(answer.frame, service), "requests").to_numpy()
        since[term.key] = age(counts, grid.step)[-len(grid) :]
    return answer, since
