"""What every source answers: which services there are, their signals, and their event counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pandas as pd

from dashboard import frames
from dashboard.ranking import Ranking
from dashboard.slo.indicators import Column, Query
from dashboard.slo.selections import Selection
from dashboard.sources.catalog import Catalog
from dashboard.timerange import Grid


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
        is_row: it is a bad row, of which there may be many more.
    """

    where: str
    what: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows of a file that are left out, all for the same reason.

    Attributes:
        rows: how many. `where`: file and line of the first of them.
        what: one line for the user: why that one is left out, and what to write.
    """

    rows: int
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
        untold_age: why the upstream does not say when that was taken, one line; empty where it does or has none.
        dates: text of an operator's query for a value → epoch seconds of the newest raw sample that it is made of:
            a server goes on to answer with a value for minutes. What is not in it was not asked, or is not told.
        may_end: its data need not go on: where they have ended, their end is what people want to see.
        mergeable: False when a tail cannot continue what was answered before (a file was replaced): ask for all again.
        changed_since: epoch seconds after which values may be others than when the same was last answered, as rows of
            the past have joined or were corrected; None where nothing has changed.
        rows, bad_rows: rows read so far and those of them that were refused; 0 for a source without rows.
        bad_kinds: the bad rows by file and reason, those that were met first first.
        left_out: files of which nothing can be used, and why.
        selections: what operators' queries select now, as far as the source knows.
    """

    frame: pd.DataFrame
    costs: tuple[QueryCost, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warned: bool = False
    partial: bool = False
    newest: float | None = None
    untold_age: str = ""
    dates: Mapping[str, float] = field(default_factory=dict)
    may_end: bool = False
    mergeable: bool = True
    changed_since: float | None = None
    rows: int = 0
    bad_rows: int = 0
    bad_kinds: tuple[BadRows, ...] = ()
    left_out: tuple[Problem, ...] = ()
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
    match column.measure, column.detail:
        case "latency", "inf":
            counted = "requests answered, however long it took,"
        case "latency", bound:
            counted = f"requests answered within {bound} s"
        case "errors", detail:
            counted = f"failed requests, {detail}"
        case measure, detail:
            counted = f"{measure} {detail}".strip()
    return f"{counted} of {column.service}"


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


@runtime_checkable
class RankedSource(Source, Protocol):
    """A source that can tell the values of a label that matter before it is asked for all the points of each."""

    def ranking(self, grid: Grid, service: str, label: str) -> Ranking | None:
        """Values of a label by their bad requests over the whole grid; None where there are few, or nobody can tell.

        Args:
            grid: the span, in epoch seconds. `service`: its name in the catalog. `label`: one of its labels.
        """

    def breakdown_of(self, values: Sequence[str], grid: Grid, service: str, label: str) -> Answer:
        """As `breakdown`, of these values of the label alone.

        Args:
            values: of the label. `grid`: the points, in epoch seconds.
            service: its name in the catalog. `label`: one of its labels.
        """


@runtime_checkable
class SelectiveSource(Source, Protocol):
    """A source that can leave out counts nobody needs: most columns of a log are bounds that no objective looks at."""

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """As `counts`, of these columns at least, with the seconds measured where `counts` has them."""
