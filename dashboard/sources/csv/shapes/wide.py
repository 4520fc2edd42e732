"""A wide table: each row is an interval of a service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.columns.names import (
    COMMENTS,
    FIXED,
    LATENCIES,
    MAX_VALUE,
    QUANTILES,
    ColumnNames,
    is_label,
    meaning_of,
)
from dashboard.sources.csv.columns.resources import is_resource
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.series.series import RUNNING_TOTAL
from dashboard.sources.csv.shapes.cells import measured
from dashboard.sources.csv.shapes.good_requests import (
    GOOD,
    IMPOSSIBLE_GOOD,
    chosen,
    good_columns,
    refuse_contradictions,
    requests_column,
    with_failures,
)
from dashboard.sources.csv.shapes.outcome_columns import CLIENT, CODES, FAILED, OutcomeColumns, Outcomes, plain_name
from dashboard.sources.csv.shapes.request_log import is_unitless, unitless
from dashboard.sources.csv.tables.table import UNKNOWN_OUTCOME
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit

NO_NUMBERS = ("time", "service", *COMMENTS)
IMPOSSIBLE = "requests and errors must be counts with 0 <= errors <= requests"
IMPOSSIBLE_CLIENT = "client_errors must be counts, and errors and client_errors together no more than requests"
# Names of row numbers in data frames.
INDEXES = frozenset(
    {"", "index", "unnamed: 0", "rownames", "row", "row_number", "rownum", "no", "no.", "nr", "#", "id"}
)
KNOWN = (*FIXED, *sorted(LATENCIES))


@dataclass(frozen=True, slots=True)
class Wide:
    """A file of intervals.

    Attributes:
        columns: our names → the file's; all are numbers except `time`, `service` and texts.
        duration_scale: factor of latencies to seconds; None: from the column's name.
        labels: columns that are texts by their name, whatever their content.
        goods: columns that may count good requests, so that all others have failed.
        outcomes: columns with the outcome of a row's requests, in files without errors.
        stated: our names of configured columns.
        vocabulary: the words for outcomes.
    """

    columns: dict[str, str]
    duration_scale: float | None = None
    labels: tuple[str, ...] = ()
    goods: tuple[str, ...] = ()
    outcomes: OutcomeColumns = field(default_factory=lambda: OutcomeColumns({}))
    stated: frozenset[str] = frozenset()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with counts of requests; unknown columns are gauges."""
        names, goods = columns.names, good_columns(columns)
        requests = requests_column(columns, goods)
        if not requests:
            return None
        used = columns.base
        # A configured column of good requests determines the errors, whatever an errors column contains.
        unread = {"errors"} - columns.stated if GOOD in columns.stated else set()
        numbers = {name: names[name] for name in KNOWN if name in names} | {"requests": names[requests]}
        numbers = {name: column for name, column in numbers.items() if name not in unread}
        taken = {*used.values(), *numbers.values()}
        gauges = {name: column for name, column in names.items() if name not in KNOWN and column not in taken}
        labels = tuple(name for name in gauges if is_label(name) or plain_name(name) in CODES)
        # Next to errors, a status only distinguishes rows.
        has_errors = {"errors", "client_errors"} & numbers.keys()
        outcomes = OutcomeColumns.of(columns, is_of_tool=columns.is_of_tool).only({} if has_errors else gauges)
        return cls(
            used | numbers | gauges,
            columns.duration_scale,
            labels,
            goods,
            outcomes,
            columns.stated,
            columns.vocabulary,
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """Our names of text columns besides the labels, whatever their content looks like."""
        return ()

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers."""
        texts = ("time", "service", *COMMENTS, *self.labels)
        return {column: _content(name) for name, column in self.columns.items() if name not in texts}

    def cell_values(self, chunk: pa.Table, rows: ChunkRows, counting: Counting) -> list[CellValues]:
        """The numbers of a chunk, column by column; invalid rows are rejected.

        Rows that differ in a text column, such as a pod or zone, belong to the same interval.

        Args:
            chunk: as parsed. `rows`: its times and services. `counting`: what is known of the file's counts.
        """
        texts, read = self._read(chunk, rows, counting)
        row = rows.told_apart_by(texts)
        good = chosen(read, self.goods, self.columns, rows, counting, is_stated=GOOD in self.stated)
        if self.duration_scale is None and not self.outcomes.is_of_tool:
            _refuse_unitless(read, self.columns)
        counts = {name: self.columns[name] for name in (*FIXED, good) if name in read}
        counting.check({column: read[name] for name, column in counts.items()}, rows)
        numbers = {name: values for name, (values, _) in read.items()}
        _refuse_impossible(with_failures(numbers, good) if good else numbers, rows)
        if "errors" not in self.stated:
            refuse_contradictions(numbers, self.goods, self.columns, rows)
        cells = []
        if counting.stated == RUNNING_TOTAL:
            for name, column in counts.items():
                read[name] = counting.increases(column, read[name][0], rows), read[name][1]
            for name in counts:
                rows.refuse(read[name][0] > read["requests"][0], IMPOSSIBLE)
        if good:
            numbers = with_failures({name: values for name, (values, _) in read.items()}, good)
            read["errors"] = numbers["errors"], np.zeros(len(rows.time), dtype=np.int8)
            rows.refuse(numbers["errors"] < 0, IMPOSSIBLE_GOOD)
            del read[good]
        if "errors" in read and counting.stated != RUNNING_TOTAL:
            cells += _without_errors(read["requests"][0], read["errors"][0], rows, counting)
        outcomes = self._outcomes(texts)
        if outcomes is not None:
            cells += _by_outcome(outcomes, read["requests"][0], rows, row)
        for name, (values, units) in read.items():
            missing = np.isnan(values) | (np.abs(values) > MAX_VALUE)
            for meaning, in_unit in meaning_of(name, self.duration_scale).parts(values, units):
                keys = [(str(service), meaning.measure, meaning.detail) for service in rows.services]
                of_meaning = CellValues(rows.time, rows.service, keys, in_unit, rows.series, row)
                cells.append(of_meaning.without(rows, missing | np.isnan(in_unit)))
        return cells

    def _outcomes(self, texts: dict[str, pa.ChunkedArray]) -> Outcomes | None:
        present = self.outcomes.only(texts)
        return present.outcomes(texts, self.vocabulary) if present.dialects else None

    def _read(
        self, chunk: pa.Table, rows: ChunkRows, counting: Counting
    ) -> tuple[dict[str, pa.ChunkedArray], dict[str, tuple[np.ndarray, np.ndarray]]]:
        """The columns that distinguish rows, as texts; and the numbers of all others with the `Unit` after each."""
        columns = {name: chunk[self.columns[name]] for name in self.columns if name not in NO_NUMBERS}
        texts = {name: column for name, column in columns.items() if _is_label(column)}
        for name in self.outcomes.only(columns).dialects:
            # Numbers are an outcome if configured.
            if pa.types.is_boolean(columns[name].type) or (name in self.stated and name not in texts):
                texts[name] = columns[name].cast(pa.string()).dictionary_encode()
        read = {
            name: measured(self.columns[name], column, rows) for name, column in columns.items() if name not in texts
        }
        read = {name: each for name, each in read.items() if not (name in INDEXES and _counts_rows(each[0]))}
        # A column of flags distinguishes rows of one time, but counts do not.
        counts = (name for name in self.goods if name in read and (read[name][0] > 1).any())
        known = {*KNOWN, *counts, *counting.counts, *({GOOD} & self.stated)}
        unknown = {name: values for name, (values, _) in read.items() if name not in known and not is_resource(name)}
        for name in counting.tell_apart(unknown, rows):
            texts[name] = _whole_as_texts(read.pop(name)[0])
        comments = {name: chunk[column] for name, column in self.columns.items() if self._is_comment(name, column)}
        if comments:
            rows.told_apart_by(texts)
            texts |= {name: comments[name] for name in counting.comments_apart(comments, rows)}
        return texts, read

    def _is_comment(self, name: str, column: str) -> bool:
        return name in COMMENTS and name != "time" and column not in (self.columns["time"], self.columns["service"])


def _by_outcome(outcomes: Outcomes, requests: np.ndarray, rows: ChunkRows, row: np.ndarray | None) -> list[CellValues]:
    """The requests of rows with a failed outcome, as errors.

    Args:
        outcomes: of the rows. `requests`: their numbers, shape (rows,). `rows`: of the chunk.
        row: their indices in the chunk.
    """
    unknown_outcome = outcomes.unknown & (requests > 0)
    for service, words in outcomes.unknown_words(rows.service, rows.services, unknown_outcome & ~rows.refused).items():
        rows.unknown_words.setdefault(service, set()).update(words)
    missing = np.isnan(requests)
    cells = []
    for measure, detail, is_counted in (
        ("errors", "server", outcomes.says == FAILED),
        ("errors", "client", outcomes.says == CLIENT),
        (UNKNOWN_OUTCOME, "", unknown_outcome),
    ):
        keys = [(str(service), measure, detail) for service in rows.services]
        numbers = np.where(is_counted, requests, 0.0)
        cells.append(CellValues(rows.time, rows.service, keys, numbers, rows.series, row).without(rows, missing))
    return cells if unknown_outcome.any() else cells[:2]


def _without_errors(
    requests: np.ndarray, errors: np.ndarray, rows: ChunkRows, counting: Counting
) -> list[CellValues]:  # fmt: skip
    """Cells that mark failures as unknown, as the errors of requests are missing.

    Args:
        requests, errors: numbers of the rows, shape (rows,). `rows`: of the chunk.
        counting: of the file: once errors were missing, a row with errors may replace one without.
    """
    unknown_outcome = np.isnan(errors) & (requests > 0) & ~rows.refused
    counting.lacks_errors |= bool(unknown_outcome.any())
    if not counting.lacks_errors:
        return []
    rows.note_without_errors(unknown_outcome)
    keys = [(str(service), UNKNOWN_OUTCOME, "") for service in rows.services]
    cells = CellValues(rows.time, rows.service, keys, unknown_outcome.astype(float), rows.series)
    return [cells.without(rows, np.isnan(requests))]


def _content(name: str) -> Content:
    return Content.COUNTS if name in FIXED else Content.AMOUNTS if name in LATENCIES else Content.ANY


def _counts_rows(values: np.ndarray) -> bool:
    """Whether each number is one more than that of the previous row, as in an index."""
    return len(values) > 1 and bool((np.diff(values) == 1).all())


def _whole_as_texts(values: np.ndarray) -> pa.ChunkedArray:
    missing = ~np.isfinite(values)
    whole = pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)
    return pa.chunked_array([whole.cast(pa.string()).dictionary_encode()])


def _is_label(column: pa.ChunkedArray) -> bool:
    """Whether it contains texts, none of which is a number: the type with which such a column was parsed."""
    return bool(pa.types.is_dictionary(column.type))


def _refuse_unitless(read: Mapping[str, tuple[np.ndarray, np.ndarray]], columns: Mapping[str, str]) -> None:
    """Reject a file whose quantiles may not be in seconds, judging by a part of its rows.

    Args:
        read: our names → numbers, and the `Unit` after each. `columns`: our names → the file's.

    Raises:
        InvalidData: they are whole numbers without a unit, and long.
    """
    for name in QUANTILES.keys() & read.keys():
        values, units = read[name]
        if is_unitless(values[(values > 0) & (units == Unit.NONE)]):
            raise InvalidData(unitless(columns[name]))


def _refuse_impossible(values: dict[str, np.ndarray], rows: ChunkRows) -> None:
    requests, failed = values["requests"], values.get("errors", np.zeros(len(rows.time)))
    # Not `requests < 0`: a missing count is NaN, for which this is false.
    impossible = ~(requests >= 0) | (requests > MAX_VALUE) | (failed < 0) | (failed > requests)
    rows.refuse(impossible, IMPOSSIBLE)
    if "client_errors" in values:
        # A request fails once; if errors are missing, client errors alone must not exceed requests.
        client = values["client_errors"]
        rows.refuse((client < 0) | (client + np.nan_to_num(failed) > requests), IMPOSSIBLE_CLIENT)
    for name in values.keys() & LATENCIES:
        rows.refuse(values[name] < 0, "a latency must be at least 0")
