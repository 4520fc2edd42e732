"""A request log: one row is one request."""

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
from dashboard.sources.csv.rows.rows import ChunkRows, RequestRows
from dashboard.sources.csv.shapes.names import COMMENTS, DURATIONS, LABELS, STATUSES, ColumnNames
from dashboard.sources.csv.shapes.outcome_columns import CLIENT, FAILED, NOTHING, OutcomeColumns, Outcomes, plain_name
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import durations, is_missing, is_text, numbers

DURATION = "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it"
# This many columns that are unknown by their names are looked at.
OTHERS_MAX = 12
MAX_DURATION = 1e6
# What logs write where there was no duration.
BLANK = ("", "-")
# What some write there because there was no answer: as bad rows only failures would be left out.
NO_ANSWER = ("timeout", "timed out", "timedout", "error", "failed", "aborted", "canceled", "cancelled", "inf", "+inf")
NO_DURATION = 'no row tells a duration: where a column does, write columns = { duration_ms = "…" } under [source]'
# Names of columns of how many requests a row stands for, if they are of requests; without signs.
COUNT_NAMES = re.compile("(item|request|req|sample|hit|call|event|row)?s?(count|cnt)|n|num|times|hits|calls|repeats?")
COUNTED = (
    "its column {name} holds other numbers than 1, such as {number}: where a row stands for so many requests, write "
    "columns = {{ requests = {name} }} under [source], and where it counts something else, columns = {{ label = {name} "
    "}}"
)
# This many rows in order are numbered.
NUMBERED = 3
# Requests hardly ever take whole seconds, and so many of them: where these rows and more do, they are of another unit.
WHOLE_S, UNIT_ROWS = 10.0, 20
UNITLESS = (
    "the durations in its column {name} are whole numbers without a unit, usually above {number}: write duration = "
    '"ms" or duration = "s" under [source]'
)


@dataclass(frozen=True, slots=True)
class RequestLog:
    """A file of requests.

    Attributes:
        columns: our names → the file's; without a duration, if none is told.
        duration_scale: turns the duration into seconds.
        labels: columns that a breakdown can be asked for. `others`: further ones, where they hold few different texts.
        outcomes: the columns that tell what became of a request.
        starts: times are those of the beginning of a request, which counts when it ends.
        without_duration: what is said of requests that tell no duration; empty: such a row is a bad one.
        count: the column that may say how many requests a row stands for; empty: there is none.
        is_unitless: nothing but the durations themselves may say in which unit they are.
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
        """A file with a status and a duration; without one where its format says that each row is a request."""
        names = columns.names
        status = next((name for name in STATUSES if name in names), None)
        duration = next((name for name in DURATIONS if name in names), None)
        if status is None or (duration is None and not columns.without_duration):
            return None
        labels = tuple(name for name in LABELS if name in names)
        outcomes = OutcomeColumns.of(columns, is_told=columns.is_of_tool)
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
        """Our names of columns that hold texts, whatever they look like, beside the labels."""
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
        """The requests of a chunk; rows that are invalid are refused.

        Args:
            chunk: as parsed. `rows`: its times and services. `bounds`: of latency, in seconds, ascending.
            vocabulary: what the words of the status mean.

        Raises:
            InvalidData: a row may stand for several requests.
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
        says, untold = outcomes.says[keep], outcomes.unknown[keep]
        # A row that is refused makes no service.
        service, services = rows.services_of(keep)
        return RequestRows(
            time=rows.time[keep],
            service=service,
            services=services,
            failed=says == FAILED,
            refused=says == CLIENT,
            untold=untold,
            untold_words=outcomes.unknown_words(rows.service, rows.services, keep),
            bucket=np.where(unknown, len(bounds) + 1, np.searchsorted(bounds, durations_s))[keep],
            without_duration=self.without_duration,
            labels={label: _label(chunk[self.columns[label]], keep) for label in labels},
            bounds=bounds,
        )

    def _says_nothing(self, outcomes: Outcomes, unknown: np.ndarray) -> np.ndarray:
        """Rows of which no column tells the outcome, shape (rows,); `unknown`: those without a duration."""
        nothing: np.ndarray = outcomes.says == NOTHING
        if self.outcomes.is_told:
            return nothing
        # A request of which only the outcome is missing is one: that it cannot be told is said.
        return nothing & unknown if "duration" in self.columns else np.zeros(len(nothing), dtype=bool)

    def _refuse_counts(self, column: pa.ChunkedArray) -> None:
        """Refuse a file whose rows may stand for several requests each; `column`: of the numbers that say so."""
        values = numbers(column)
        values = values[~np.isnan(values)]
        if len(values) >= NUMBERED and (np.diff(values) == 1).all():
            # The number of the row itself.
            self.outcomes.seen.add(self.count)
        others = values[values != 1]
        if len(others) and self.count not in self.outcomes.seen:
            name = json.dumps(self.columns[self.count], ensure_ascii=False)
            raise InvalidData(COUNTED.format(name=name, number=f"{others[0]:g}"))

    def _durations(self, chunk: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Durations in seconds, and if none is told that need not be; both of shape (rows,)."""
        if "duration" not in self.columns:
            return np.full(len(chunk), np.nan), np.ones(len(chunk), dtype=bool)
        column = chunk[self.columns["duration"]]
        durations_s = durations(column, self.duration_scale)
        if self.is_unitless and not is_text(column):
            self._refuse_unitless(durations_s)
        # Where there was no answer many programs write -1.
        if self.without_duration:
            durations_s = np.where((durations_s < 0) | np.isinf(durations_s), np.nan, durations_s)
        unknown = np.isnan(durations_s)
        if not self.without_duration or not unknown.any():
            return durations_s, np.zeros(len(chunk), dtype=bool)
        if not self.outcomes.is_told:
            # What is a time or a date is something, and no duration.
            return durations_s, unknown & (not pa.types.is_temporal(column.type)) & _tells_none(column)
        texts = column.filter(pa.array(unknown)).cast(pa.string())
        unknown[unknown] = pc.is_in(texts, pa.array([*BLANK, None])).to_numpy()
        return durations_s, unknown

    def _refuse_unitless(self, durations_s: np.ndarray) -> None:
        """Refuse a file whose durations may be of another unit than seconds, which its first rows tell."""
        timed_s = durations_s[durations_s > 0]
        if len(timed_s) < UNIT_ROWS or UNITLESS in self.outcomes.seen:
            return
        self.outcomes.seen.add(UNITLESS)
        if np.median(timed_s) > WHOLE_S and (timed_s == np.floor(timed_s)).all():
            name = json.dumps(self.columns["duration"], ensure_ascii=False)
            self.outcomes.seen.discard(UNITLESS)
            raise InvalidData(UNITLESS.format(name=name, number=f"{WHOLE_S:g}"))


def _tells_none(column: pa.ChunkedArray) -> np.ndarray:
    """Which cells say that there is no duration, shape (rows,): nothing, a negative number, or that no answer came."""
    values = numbers(column)
    none: np.ndarray = is_missing(column) | (values < 0) | np.isinf(values)
    if is_text(column):
        texts = pc.utf8_lower(pc.utf8_trim_whitespace(column.cast(pa.string())))
        none |= pc.fill_null(pc.is_in(texts, pa.array(NO_ANSWER)), False).to_numpy()
    return none


def count_column(columns: ColumnNames, used: Collection[str]) -> str:
    """Our name of a column that may say how many requests a row stands for; empty if there is none.

    Args:
        columns: of the file. `used`: those that hold something else.
    """
    free = (name for name, theirs in columns.names.items() if theirs not in used and name not in columns.stated)
    return next((name for name in free if COUNT_NAMES.fullmatch(plain_name(name))), "")


def _label(column: pa.ChunkedArray, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = codes_and_texts(column)
    return np.where(codes < 0, len(texts), codes)[keep], [*(str(text) for text in texts), "none"]
