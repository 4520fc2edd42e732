"""What every source answers: which services there are, their signals, and their event counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

import pandas as pd

from dashboard import frames
from dashboard.outcomes import UnknownWords
from dashboard.slo.indicators import Column, Query
from dashboard.slo.objective import Slo
from dashboard.slo.selections import Selection
from dashboard.timerange import Grid

# Seconds that separate fast from slow where nobody says so; the nearest bucket bound is used.
DEFAULT_THRESHOLD = 0.5
# The unit of a resource whose limit is known.
RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing a service can run out of.

    Attributes:
        name: as shown, for example `memory`, `pool`, `in flight`; the detail of its column.
        unit: `ratio` when a limit is known (measure `saturation`), else the raw unit such as `bytes`, `cores`, `1`.
        unverified: the query comes from general knowledge and was never seen on a live server.
    """

    name: str
    unit: str = RATIO
    unverified: bool = False

    @property
    def measure(self) -> str:
        """The measure of its column: `saturation` of a known limit, or `usage` in its unit."""
        return "saturation" if self.unit == RATIO else "usage"


class Origin(Enum):
    """How a service came to be known."""

    DISCOVERED = "the source has signals of it"
    CONFIGURED = "the configuration names it, but the source has no signals of it"
    SLOS = "only SLOs tell of it"


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """One service as the source knows it, before any number.

    Attributes:
        name: unique within the source; its cluster, where that is known, goes before a slash.
        waits: its requests wait by design, as those of long polling do: how long they take says nothing of it.
        title: as pages show it: without the cluster where that is unique. Empty: the name.
        cluster: where it runs, of several that the source measures; empty when unknown.
        preset: the instrumentation it was recognised by, for display; empty where only SLOs tell of the service.
        bounds: latency bucket bounds in seconds, ascending, without infinity; empty when there are no buckets.
        threshold: the bucket bound that separates fast from slow, in seconds; None without buckets.
        latency_by_outcome: the latency of successful requests is known apart from that of failed ones.
        errors: the source can tell failed requests; when False, no error ratio is ever shown.
        unknown_words: values of its status labels that nobody knows the meaning of: where requests with them are
            counted, failures are not told.
        labels: labels a breakdown can be asked for, such as `route`, `instance`, `code`.
        resources: what can run out, each a column of measure `saturation` or `usage`.
        notes: one line each: what could not be found or is uncertain.
        team: who runs it; empty when unknown.
        tier: its importance, 1 the highest; None when unknown.
        links: title → URL, such as `runbook`.
        origin: how it came to be known.
        scrape_interval: seconds between two of its samples; None: as the catalog says of all.
        count_step: the shortest step, in seconds, over which its events can be counted well; None: the catalog's.
    """

    name: str
    preset: str
    bounds: tuple[float, ...] = ()
    threshold: float | None = None
    latency_by_outcome: bool = False
    errors: bool = True
    unknown_words: tuple[UnknownWords, ...] = ()
    labels: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    notes: tuple[str, ...] = ()
    team: str = ""
    tier: int | None = None
    links: dict[str, str] = field(default_factory=dict)
    origin: Origin = Origin.DISCOVERED
    scrape_interval: float | None = None
    count_step: int | None = None
    waits: bool = False
    title: str = ""
    cluster: str = ""

    @property
    def shown(self) -> str:
        """Its name on pages."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything discovery found.

    Attributes:
        services: sorted by name or in the order of the source; each name once.
        scrape_interval: seconds between two samples; the data are stale beyond a few of these.
        notes: one line each: what the source as a whole lacks or warns of.
        history_s: seconds that the source may be asked back; None when unknown.
        intervals: the scrape interval of each instrumentation, in seconds. The rate windows follow from them: when
            they change, the samples at hand cannot be continued by a tail.
        count_step: the shortest step, in seconds, over which events of all services can be counted well.
        recorded: SLOs that recording rules on the server already keep.
        suggestions: blocks of the configuration that would keep what was found without a preset.
        counts_newest: the source is a `ScrapedSource`.
        offers: what the source could count besides, on targets that have a service, a line each.
        reading: what the source will answer by once it adopts this catalog; its own business.
    """

    services: tuple[ServiceInfo, ...]
    scrape_interval: float
    notes: tuple[str, ...] = ()
    history_s: float | None = None
    intervals: tuple[float, ...] = ()
    count_step: int = 60
    recorded: tuple[Slo, ...] = ()
    suggestions: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    counts_newest: bool = False
    reading: object = field(default=None, repr=False, compare=False)

    def named(self, name: str) -> ServiceInfo | None:
        """The service of a name, or of a title that no other has; None without any."""
        titled = None
        for info in self.services:
            if info.name == name:
                return info
            titled = info if info.title == name else titled
        return titled

    def count_steps(self, slos: Sequence[Slo]) -> list[int]:
        """Of each SLO the seconds of its service's steps; where the source does not know that service, of all."""
        steps = {info.name: info.count_step or self.count_step for info in self.services}
        return [steps.get(slo.service, self.count_step) for slo in slos]

    def scrape_intervals(self, slos: Sequence[Slo]) -> list[float]:
        """Of each SLO the seconds between two samples of its service."""
        intervals = {info.name: info.scrape_interval or self.scrape_interval for info in self.services}
        slowest = max(self.intervals, default=self.scrape_interval)
        return [intervals.get(slo.service, slowest) for slo in slos]


@dataclass(frozen=True, slots=True)
class QueryCost:
    """What one query of the upstream cost: a PromQL query or the reading of a file.

    Attributes:
        query: its text, or the paths that were read.
        purpose: what was asked for, such as `requests`.
        seconds: from the request to the last byte of the answer.
        bytes, series, points: the size of the answer.
    """

    query: str
    purpose: str
    seconds: float
    bytes: int
    series: int
    points: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not stop the source: a bad row, a partial answer, a warning of the server.

    Attributes:
        where: the query, or the file and line. `what`: one line for the user.
    """

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the upstream does not answer, in however small a question.

    Attributes:
        service, measure: whose counts of what they are; empty where it is a query.
        query: text of the operator's query; empty where it is a service.
        what: one line for the user, with the setting that would allow it where that is known.
        is_limit: it could be answered if more were allowed; else the upstream does not understand it.
    """

    service: str
    measure: str
    query: str
    what: str
    is_limit: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A samples frame on the whole grid that was asked for, and how it came about.

    Attributes:
        frame: shape (points of the grid, columns), as `dashboard.frames` describes it; NaN is no data.
        costs: one for each query that was sent upstream.
        problems: what was left out or is doubtful.
        refused: what is not in it because the upstream refuses it; not asked again for some minutes.
        warned: the upstream warns that data may be missing; used, said, and asked for again from time to time.
        partial: it says that data are missing: what is absent may be there all the same, so nothing is good by it.
        newest: epoch seconds of the newest raw sample known to the source, None when it has none.
        mergeable: False when a tail cannot continue what was answered before (a file was replaced): ask for all again.
        rows, bad_rows: rows read so far and those of them that were refused; 0 for a source without rows.
        selections: what operators' queries select now, as far as the source knows.
    """

    frame: pd.DataFrame
    costs: tuple[QueryCost, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warned: bool = False
    partial: bool = False
    newest: float | None = None
    mergeable: bool = True
    rows: int = 0
    bad_rows: int = 0
    selections: tuple[Selection, ...] = ()

    @property
    def in_full(self) -> bool:
        """The upstream has no doubt that this is all it has."""
        return not (self.warned or self.partial)


def no_query_language(queries: Sequence[Query], grid: Grid) -> Answer:
    """The answer to operators' queries of a source that has no query language: no columns, a problem for each."""
    remedy = "this source has no query language: name a service's measure instead (type: signals)"
    return Answer(frames.samples({}, grid), problems=tuple(Problem(query.text, remedy) for query in queries))


def column_description(column: Column) -> str:
    """How a column is counted, in English, for sources without a query language."""
    subjects = {"latency": "requests answered within", "errors": "failed requests,"}
    subject = subjects.get(column.measure, column.measure)
    return f"{subject} {column.detail}".strip() + f" of {column.service}"


class Source(Protocol):
    """One way in. Methods raise `SourceError`; no data is not an error but NaN columns or no columns.

    Attributes:
        kind: which source this is, for display, such as `prometheus`.
        where: its address or paths, without credentials.
    """

    kind: str
    where: str

    def discover(self, now: float) -> Catalog:
        """Find the services; called at start and every few minutes, never assumed to be cheap.

        It runs beside refreshes: what they are answered by changes once `adopt` is called and not before.

        Args:
            now: epoch seconds.
        """

    def adopt(self, catalog: Catalog) -> None:
        """Answer by what a search found: called between two refreshes, with a catalog of `discover`."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Signals at each grid point, requests per second over at least the step.

        Args:
            service: only this one; all when None.
        """

    def counts(self, grid: Grid) -> Answer:
        """Event counts over each step: requests, errors/server, and latency at the thresholds and "inf".

        Steps follow each other without gap or overlap: what falls between two samples is counted once.
        """

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Values of the operator's queries in columns named by `Query.key`: of a counter its increase over each step.

        A query without any series is a column of NaN; one that is refused is a problem, and no column.
        """

    def expression(self, column: Column) -> str:
        """How a column is counted, in the source's own words: for Prometheus the PromQL of the counter, no range."""

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service, with the label's values in the place of the service.

        Args:
            grid: the points, in epoch seconds.
            service: its name in the catalog.
            label: one of its `ServiceInfo.labels`.
        """

    def close(self) -> None:
        """Release connections and files."""


@runtime_checkable
class ScrapedSource(Source, Protocol):
    """A source of counters that are read now and then: it can tell what each reading added, when it came."""

    def newest_counts(self, grid: Grid) -> Answer:
        """Event counts of steps that may be shorter than a scrape interval: what a scrape found is of its step alone.

        Nothing is estimated, so that steps add up to what was counted up to the newest scrape.
        """

    def newest_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Counters of the operator's queries in the same way, in columns named by `Query.key`."""
