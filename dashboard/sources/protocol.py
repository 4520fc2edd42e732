"""What every source answers: which services there are, their signals, and their event counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from dashboard import frames
from dashboard.slo.indicators import Column, Query
from dashboard.slo.objective import Slo
from dashboard.timerange import Grid

DEFAULT_THRESHOLD = 0.5
QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing a service can run out of.

    Attributes:
        name: as shown, for example `memory`, `pool`, `in flight`; the detail of its column.
        unit: `ratio` when a limit is known (measure `saturation`), else the raw unit such as `bytes`, `cores`, `1`.
        unverified: the query comes from general knowledge and was never seen on a live server.
    """

    name: str
    unit: str = "ratio"
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """One service as the source knows it, before any number.

    Attributes:
        name: unique within the source, shown everywhere.
        preset: which instrumentation it was recognised by; empty where only its objectives tell of it.
        bounds: latency bucket bounds in seconds, ascending, without infinity; empty when there are no buckets.
        threshold: the bucket bound that splits fast from too slow, in seconds; None without buckets.
        split: successful and failed requests have latencies of their own.
        errors: the source can tell failed requests; when False, no error ratio is ever shown.
        labels: labels a breakdown can be asked for, such as `route`, `instance`, `code`.
        notes: one line each: what could not be found or is uncertain.
    """

    name: str
    preset: str
    bounds: tuple[float, ...] = ()
    threshold: float | None = None
    split: bool = False
    errors: bool = True
    labels: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    notes: tuple[str, ...] = ()
    team: str = ""
    tier: int | None = None
    links: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything discovery found.

    Attributes:
        scrape: seconds between two samples of the source; the data are stale beyond a few of these.
        history_s: how far back the source may be asked; None when unknown.
        intervals: the same for each instrumentation. The rate windows follow from them: when they change, what is
            held cannot be continued by a tail.
        count_step: the shortest step, in seconds, over which events can be counted well.
        recorded: objectives that somebody's recording rules already keep.
    """

    services: tuple[ServiceInfo, ...]
    scrape: float
    notes: tuple[str, ...] = ()
    history_s: float | None = None
    intervals: tuple[float, ...] = ()
    count_step: int = 60
    recorded: tuple[Slo, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryCost:
    """One question put to the upstream: a PromQL query or a file read."""

    query: str
    purpose: str
    seconds: float
    bytes: int
    series: int
    points: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A flaw that does not stop the source: a bad row, a partial answer, a hint of the server."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A samples frame on the whole grid asked for, and how it came about.

    Attributes:
        partial: the upstream says that data are missing; shown with a badge, never stored as closed.
        newest: epoch seconds of the newest raw sample known to the source, None when it has none.
        fresh: False when the tail cannot be merged (a file was replaced, the expression changed): ask for all again.
    """

    frame: pd.DataFrame
    costs: tuple[QueryCost, ...] = ()
    problems: tuple[Problem, ...] = ()
    partial: bool = False
    newest: float | None = None
    fresh: bool = True
    rows: int = 0
    bad_rows: int = 0


def unanswered(queries: Sequence[Query], grid: Grid) -> Answer:
    """The answer of a source without a query language."""
    remedy = "this source has no query language: name a service's measure instead (type: signals)"
    return Answer(frames.samples({}, grid), problems=tuple(Problem(query.text, remedy) for query in queries))


def in_words(column: Column) -> str:
    """How a column is counted where no query says it."""
    of = {"latency": "requests answered within", "errors": "failed requests,"}.get(column.measure, column.measure)
    return f"{of} {column.detail}".strip() + f" of {column.service}"


class Source(Protocol):
    """One way in. Methods raise `SourceError`; no data is not an error but NaN columns or no columns."""

    kind: str
    where: str

    def discover(self, now: float) -> Catalog:
        """Find the services; called at start and every few minutes, never assumed to be cheap."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Signals at each grid point, requests per second over at least the step; all services or one."""

    def counts(self, grid: Grid) -> Answer:
        """Event counts over each step: requests, errors/server, and latency at the thresholds and "inf".

        Steps follow each other without gap or overlap: what falls between two samples is counted once.
        """

    def queried(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Values of the operator's queries in columns named by `Query.key`: of a counter its increase over each step.

        A query without any series is a column of NaN; one that is refused is a problem, and no column.
        """

    def expression(self, column: Column) -> str:
        """How a column is counted, in the source's own words: for Prometheus the PromQL of the counter, no range."""

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Like `samples` for one service, with the label's values in the place of the service."""

    def close(self) -> None:
        """Release connections and files."""
