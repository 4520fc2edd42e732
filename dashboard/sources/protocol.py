"""The interface of every source: its services, their signals, and their event counts."""

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
    """The cost of one upstream query: a PromQL query or reading a file.

    Attributes:
        query: its text, or the paths of the files.
        purpose: what was requested, such as `requests`.
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
    """Something that does not stop the source: a bad row, a partial answer, a warning of the server.

    Attributes:
        where: the query, or the file and line. `what`: one line for the user.
        is_row: it is a bad row, of which there may be many more.
    """

    where: str
    what: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows of a file that are left out for the same reason.

    Attributes:
        rows: their number. `where`: file and line of the first of them.
        what: why it is left out and what to write, in one line for the user.
    """

    rows: int
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that the upstream does not answer, however small it is.

    Attributes:
        service, measure: whose counts of what was requested; empty for a query.
        query: text of the operator's query; empty for a service.
        what: one line for the user, with the setting that would allow it if known.
        is_limit: it could be answered with a higher limit; otherwise the upstream does not understand it.
    """

    service: str
    measure: str
    query: str
    what: str
    is_limit: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A samples frame on the whole requested grid, and how it was obtained.

    Attributes:
        frame: shape (points of the grid, columns), as described in `dashboard.frames`; NaN is no data.
        costs: one for each upstream query.
        problems: what was left out or is doubtful.
        refused: what is missing because the upstream refuses it; not requested again for some minutes.
        warned: the upstream warns that data may be missing; they are used, marked, and requested again now and then.
        partial: the upstream says that data are missing: absent events may have happened, so nothing is good.
        newest: epoch seconds of the newest raw sample; None without samples.
        age_unknown_why: why the time of the newest sample is unknown, one line; otherwise empty.
        dates: text of an operator's value query → epoch seconds of the newest raw sample behind it, because a server
            repeats a value for minutes. Queries that are missing were not asked, or their age is unknown.
        may_end: its data may end, like those of files; then they are shown as of their end.
        mergeable: False if earlier answers cannot be continued (a file was replaced) and everything must be requested.
        changed_since: epoch seconds after which values may differ from earlier answers, because rows of the past were
            added or corrected; None if nothing has changed.
        rows, bad_rows: rows read so far, and rejected ones; 0 for a source without rows.
        bad_kinds: bad rows by file and reason, in the order in which they were found.
        left_out: files that cannot be used at all, and why.
        selections: what operators' queries select now, if the source knows.
    """

    frame: pd.DataFrame
    costs: tuple[QueryCost, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warned: bool = False
    partial: bool = False
    newest: float | None = None
    age_unknown_why: str = ""
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
        """Whether the upstream is sure that the answer is complete."""
        return not (self.warned or self.partial)


def no_query_language(queries: Sequence[Query], grid: Grid) -> Answer:
    """The answer of a source without query language: no columns, and a problem for each query."""
    remedy = "this source has no query language: name a service's measure instead (type: signals)"
    return Answer(frames.samples({}, grid), problems=tuple(Problem(query.text, remedy) for query in queries))


def column_description(column: Column) -> str:
    """A description in English of how a column is counted, for sources without a query language."""
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
    """A source of data. Methods raise `SourceError`; missing data are not an error but NaN columns or no columns.

    Attributes:
        kind: the kind of source, for display, such as `prometheus`.
        where: its address or paths, without credentials.
    """

    kind: str
    where: str

    def discover(self, now: float) -> Catalog:
        """Find the services; called at the start and every few minutes. It may be slow.

        It runs in parallel to refreshes, whose answers only change once `adopt` is called.

        Args:
            now: epoch seconds.
        """

    def adopt(self, catalog: Catalog) -> None:
        """Use the result of `discover` from now on; called between two refreshes."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        """Signals at each grid point; requests are per second, over at least one step.

        Args:
            service: restricts the answer to one service; None: all.
        """

    def counts(self, grid: Grid) -> Answer:
        """Event counts over each step: requests, errors/server, and latency at the thresholds and "inf".

        Steps are adjacent without gap or overlap, so that an increase between two samples is counted once.
        """

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """Values of operators' queries in columns named by `Query.key`; for a counter, its increase over each step.

        A query without series is a NaN column; a rejected query is a problem without a column.
        """

    def expression(self, column: Column) -> str:
        """How a column is counted, in the source's language: for Prometheus, PromQL of the counter without range."""

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        """Requests, errors and latency of one service, with the values of a label in place of the service.

        Args:
            grid: the points, in epoch seconds.
            service: its name in the catalog.
            label: one of its `ServiceInfo.labels`.
        """

    def close(self) -> None:
        """Release connections and files."""


@runtime_checkable
class ScrapedSource(Source, Protocol):
    """A source of counters that are scraped: it can return the increase found by each scrape at the scrape's time."""

    def newest_counts(self, grid: Grid) -> Answer:
        """Event counts of steps that may be shorter than a scrape interval; an increase belongs to its scrape's step.

        Nothing is estimated, so the steps add up to the count at the newest scrape.
        """

    def newest_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        """The same for counters in operators' queries, in columns named by `Query.key`."""


@runtime_checkable
class RankedSource(Source, Protocol):
    """A source that can rank the values of a label before all points of each are requested."""

    def ranking(self, grid: Grid, service: str, label: str) -> Ranking | None:
        """Values of a label by their bad requests over the whole grid; None if there are few, or it cannot be known.

        Args:
            grid: the span, in epoch seconds. `service`: its name in the catalog. `label`: one of its labels.
        """

    def breakdown_of(self, values: Sequence[str], grid: Grid, service: str, label: str) -> Answer:
        """Like `breakdown`, restricted to these values of the label.

        Args:
            values: of the label. `grid`: the points, in epoch seconds.
            service: its name in the catalog. `label`: one of its labels.
        """


@runtime_checkable
class SelectiveSource(Source, Protocol):
    """A source that can omit unneeded counts: most columns of a log are bounds that no objective uses."""

    def counts_of(self, columns: Sequence[Column], grid: Grid) -> Answer:
        """Like `counts`, with at least these columns, and with measured seconds if `counts` has them."""
