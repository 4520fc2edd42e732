"""A request log: each row is a request."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.columns.names import COMMENTS, DURATIONS, LABELS, STATUSES, ColumnNames
from dashboard.sources.csv.rows.rows import ChunkRows, RequestRows
from dashboard.sources.csv.shapes.outcome_columns import CLIENT, FAILED, NOTHING, OutcomeColumns, Outcomes, plain_name
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import durations, is_missing, is_text, numbers

DURATION = "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it"
# Maximum number of columns with unknown names to examine.
OTHERS_MAX = 12
MAX_DURATION = 1e6
# Texts for a missing duration.
BLANK = ("", "-")
# Texts for a missing response: as bad rows, only failures would be dropped.
NO_ANSWER = ("timeout", "timed out", "timedout", "error", "failed", "aborted", "canceled", "cancelled", "inf", "+inf")
NO_DURATION = 'no row tells a duration: where a column does, write columns = { duration_ms = "…" } under [source]'
# Names, without signs, of columns with the number of requests that a row represents.
COUNT_NAMES = re.compile("(item|request|req|sample|hit|call|event|row)?s?(count|cnt)|n|num|times|hits|calls|repeats?")
COUNTED = (
    "its column {name} holds other numbers than 1, such as {number}: where a row stands for so many requests, write "
    "columns = {{ requests = {name} }} under [source], and where it counts something else, columns = {{ label = {name} "
    "}}"
)
# Minimum number of rows to recognise row numbers.
NUMBERED = 3
# Durations are rarely whole numbers of seconds and this long: with at least UNIT_ROWS rows, another unit is assumed.
WHOLE_S, UNIT_ROWS = 10.0, 20
UNITLESS = (
    "the durations in its column {name} are whole numbers without a unit, usually above {number}: write duration = "
    '"ms" or duration = "s" under [source]'
)


@dataclass(frozen=True, slots=True)
class RequestLog:
    """A file of requests.

    Attributes:
        columns: our names → the file's; without `duration` if there is none.
        duration_scale: factor of the duration to seconds.
        labels: columns available for breakdowns. `others`: further ones, if they have few distinct texts.
        outcomes: the columns with the outcome of a request.
        starts: times are the start of a request, which is counted at its end.
        without_duration: the note for requests without a duration; empty: such rows are bad.
        count: the column that may contain the number of requests of a row; empty: there is none.
        is_unitless: only the durations themselves may show their unit.
    """

    columns: dict[str, str]
    duration_scale: float = 1.0
    labels: tuple[str, ...] = field(default=())
    outcomes: OutcomeColumns = field(default_factory=lambda: OutcomeColumns({}))
    starts: bool = False
    without_duration: str = ""
    others: tuple[str, ...] = ()
    count: str = ""
    is_unitless: bool = False

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with a status and a duration, or without one if its format says that each row is a request."""
        names = columns.names
        status = next((name for name in STATUSES if name in names), None)
        duration = next((name for name in DURATIONS if name in names), None)
        if status is None or (duration is None and not columns.without_duration):
            return None
        labels = tuple(name for name in LABELS if name in names)
        outcomes = OutcomeColumns.of(columns, is_of_tool=columns.is_of_tool)
        used = columns.base | {name: names[name] for name in outcomes.dialects}
        used |= {"duration": names[duration]} if duration is not None else {}
        used |= {name: names[name] for name in labels}
        count = "" if columns.is_of_tool else count_column(columns, used.values())
        used |= {count: names[count]} if count else {}
        others = {name: names[name] for name in names if name not in COMMENTS and names[name] not in used.values()}
        others = dict(islice(others.items(), OTHERS_MAX))
        scale = DURATIONS[duration] if columns.duration_scale is None and duration else columns.duration_scale or 1.0
        without = columns.without_duration or ("" if columns.is_of_tool else NO_DURATION)
        unitless = duration == "duration" and columns.duration_scale is None and not columns.is_of_tool
        return cls(used | others, scale, labels, outcomes, columns.starts, without, tuple(others), count, unitless)

    @property
    def texts(self) -> tuple[str, ...]:
        """Our names of text columns besides the labels, whatever their content looks like."""
        return tuple(self.outcomes.dialects)

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers, and of texts that may be labels."""
        texts = {self.columns[name]: Content.TEXTS for name in self.others}
        texts |= {self.columns[self.count]: Content.COUNTS} if self.count else {}
        return texts | ({self.columns["duration"]: Content.AMOUNTS} if "duration" in self.columns else {})

    def requests(
        self, chunk: pa.Table, rows: ChunkRows, bounds: tuple[float, ...], vocabulary: Vocabulary
    ) -> RequestRows:
        """The requests of a chunk; invalid rows are rejected.

        Args:
            chunk: as parsed. `rows`: its times and services. `bounds`: of latency, in seconds, ascending.
            vocabulary: the words for outcomes.

        Raises:
            InvalidData: a row may represent several requests.
        """
        if self.count:
            self._refuse_counts(chunk[self.columns[self.count]])
        durations_s, unknown = self._durations(chunk)
        rows.refuse(~((durations_s >= 0) & (durations_s <= MAX_DURATION)) & ~unknown, DURATION)
        if self.starts:
            begun = rows.time.astype(float)
            rows.time = np.add(begun, durations_s, out=begun.copy(), where=~(rows.refused | unknown))
        statuses = {name: chunk[self.columns[name]] for name in self.outcomes.dialects}
        outcomes = self.outcomes.outcomes(statuses, vocabulary)
        rows.refuse(self._says_nothing(outcomes, unknown), "the status is missing")
        labels = (*self.labels, *(name for name in self.others if self.columns[name] in chunk.column_names))
        keep = ~rows.refused
        says, unknown_outcome = outcomes.says[keep], outcomes.unknown[keep]
        # A rejected row does not create a service.
        service, services = rows.services_of(keep)
        return RequestRows(
            time=rows.time[keep],
            service=service,
            services=services,
            failed=says == FAILED,
            refused=says == CLIENT,
            unknown_outcome=unknown_outcome,
            unknown_words=outcomes.unknown_words(rows.service, rows.services, keep),
            bucket=np.where(unknown, len(bounds) + 1, np.searchsorted(bounds, durations_s))[keep],
            without_duration=self.without_duration,
            labels={label: _label(chunk[self.columns[label]], keep) for label in labels},
            bounds=bounds,
        )

    def _says_nothing(self, outcomes: Outcomes, unknown: np.ndarray) -> np.ndarray:
        """Mask of rows without any outcome, shape (rows,); `unknown`: rows without a duration."""
        nothing: np.ndarray = outcomes.says == NOTHING
        if self.outcomes.is_of_tool:
            return nothing
        # A request of which only the outcome is missing is counted, with a note.
        return nothing & unknown if "duration" in self.columns else np.zeros(len(nothing), dtype=bool)

    def _refuse_counts(self, column: pa.ChunkedArray) -> None:
        """Reject a file whose rows may represent several requests; `column`: the numbers of requests."""
        values = numbers(column)
        values = values[~np.isnan(values)]
        if len(values) >= NUMBERED and (np.diff(values) == 1).all():
            # These are row numbers.
            self.outcomes.seen.add(self.count)
        others = values[values != 1]
        if len(others) and self.count not in self.outcomes.seen:
            name = json.dumps(self.columns[self.count], ensure_ascii=False)
            raise InvalidData(COUNTED.format(name=name, number=f"{others[0]:g}"))

    def _durations(self, chunk: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Durations in seconds, and a mask of rows that may lack one; both of shape (rows,)."""
        if "duration" not in self.columns:
            return np.full(len(chunk), np.nan), np.ones(len(chunk), dtype=bool)
        column = chunk[self.columns["duration"]]
        durations_s = durations(column, self.duration_scale)
        if self.is_unitless and not is_text(column):
            self._refuse_unitless(durations_s)
        # Many programs write -1 if there was no response.
        if self.without_duration:
            durations_s = np.where((durations_s < 0) | np.isinf(durations_s), np.nan, durations_s)
        unknown = np.isnan(durations_s)
        if not self.without_duration or not unknown.any():
            return durations_s, np.zeros(len(chunk), dtype=bool)
        if not self.outcomes.is_of_tool:
            # A time or date is neither a duration nor missing.
            return durations_s, unknown & (not pa.types.is_temporal(column.type)) & _tells_none(column)
        texts = column.filter(pa.array(unknown)).cast(pa.string())
        unknown[unknown] = pc.is_in(texts, pa.array([*BLANK, None])).to_numpy()
        return durations_s, unknown

    def _refuse_unitless(self, durations_s: np.ndarray) -> None:
        """Reject a file whose durations may not be in seconds, judging by its first rows."""
        timed_s = durations_s[durations_s > 0]
        if len(timed_s) < UNIT_ROWS or UNITLESS in self.outcomes.seen:
            return
        self.outcomes.seen.add(UNITLESS)
        if is_unitless(timed_s):
            self.outcomes.seen.discard(UNITLESS)
            raise InvalidData(unitless(self.columns["duration"]))


def is_unitless(timed: np.ndarray) -> bool:
    """Whether durations without a unit are probably not seconds; `timed`: positive ones, shape (rows,)."""
    return len(timed) >= UNIT_ROWS and bool(np.median(timed) > WHOLE_S and (timed == np.floor(timed)).all())


def unitless(column: str) -> str:
    """Why a file with such durations is rejected; `column`: their name in the file."""
    return UNITLESS.format(name=json.dumps(column, ensure_ascii=False), number=f"{WHOLE_S:g}")


def _tells_none(column: pa.ChunkedArray) -> np.ndarray:
    """Mask of cells for a missing duration, shape (rows,): empty, negative, or a text for a missing response."""
    values = numbers(column)
    none: np.ndarray = is_missing(column) | (values < 0) | np.isinf(values)
    if is_text(column):
        texts = pc.utf8_lower(pc.utf8_trim_whitespace(column.cast(pa.string())))
        none |= pc.fill_null(pc.is_in(texts, pa.array(NO_ANSWER)), False).to_numpy()
    return none


def count_column(columns: ColumnNames, used: Collection[str]) -> str:
    """Our name of a column that may contain the number of requests of a row; empty if there is none.

    Args:
        columns: of the file. `used`: columns with another meaning.
    """
    free = (name for name, theirs in columns.names.items() if theirs not in used and name not in columns.stated)
    return next((name for name in free if COUNT_NAMES.fullmatch(plain_name(name))), "")


def _label(column: pa.ChunkedArray, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = codes_and_texts(column)
    return np.where(codes < 0, len(texts), codes)[keep], [*(str(text) for text in texts), "none"]
