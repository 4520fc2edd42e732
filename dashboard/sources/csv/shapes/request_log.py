"""A request log: one row is one request."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.columns import codes_and_texts
from dashboard.sources.csv.numerals import Content
from dashboard.sources.csv.quantities import durations
from dashboard.sources.csv.rows import ChunkRows, RequestRows
from dashboard.sources.csv.shapes.names import COMMENTS, DURATIONS, LABELS, STATUSES, ColumnNames
from dashboard.sources.csv.shapes.outcome_columns import CLIENT, FAILED, NOTHING, OutcomeColumns, Outcomes

DURATION = "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it"
# So many columns that are not known by their names are looked at.
OTHERS_MAX = 12
MAX_DURATION = 1e6
# What logs write where there was no duration.
BLANK = ("", "-")


@dataclass(frozen=True, slots=True)
class RequestLog:
    """A file of requests.

    Attributes:
        columns: our names → the file's; without a duration, where none is told.
        duration_scale: turns the duration into seconds.
        labels: columns that a breakdown can be asked for. `others`: further ones, where they hold few different texts.
        outcomes: the columns that tell what became of a request.
        starts: times are those of the beginning of a request, which counts when it ends.
        without_duration: what is said of requests that tell no duration; empty: such a row is a bad one.
    """

    columns: dict[str, str]
    duration_scale: float = 1.0
    labels: tuple[str, ...] = field(default=())
    outcomes: OutcomeColumns = field(default_factory=lambda: OutcomeColumns({}))
    starts: bool = False
    without_duration: str = ""
    others: tuple[str, ...] = ()

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
        others = {name: names[name] for name in names if name not in COMMENTS and names[name] not in used.values()}
        others = dict(islice(others.items(), OTHERS_MAX))
        scale = DURATIONS[duration] if columns.duration_scale is None and duration else columns.duration_scale or 1.0
        return cls(used | others, scale, labels, outcomes, columns.starts, columns.without_duration, tuple(others))

    @property
    def texts(self) -> tuple[str, ...]:
        """Our names of columns that hold texts, whatever they look like, beside the labels."""
        return tuple(self.outcomes.dialects)

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers, and of texts that may be labels."""
        texts = {self.columns[name]: Content.TEXTS for name in self.others}
        return texts | ({self.columns["duration"]: Content.AMOUNTS} if "duration" in self.columns else {})

    def requests(
        self, chunk: pa.Table, rows: ChunkRows, bounds: tuple[float, ...], vocabulary: Vocabulary
    ) -> RequestRows:
        """The requests of a chunk; rows that make no sense are refused.

        Args:
            chunk: as parsed. `rows`: its times and services. `bounds`: of latency, in seconds, ascending.
            vocabulary: what the words of the status mean.
        """
        durations_s, unknown = self._durations(chunk)
        rows.refuse(~((durations_s >= 0) & (durations_s <= MAX_DURATION)) & ~unknown, DURATION)
        if self.starts:
            begun = rows.time.astype(float)
            rows.time = np.add(begun, durations_s, out=begun.copy(), where=~(rows.refused | unknown))
        told = {name: chunk[self.columns[name]] for name in self.outcomes.dialects}
        outcomes = self.outcomes.outcomes(told, vocabulary)
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
        return nothing

    def _durations(self, chunk: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Durations in seconds, and where none is told that need not be; both of shape (rows,)."""
        if "duration" not in self.columns:
            return np.full(len(chunk), np.nan), np.ones(len(chunk), dtype=bool)
        column = chunk[self.columns["duration"]]
        durations_s = durations(column, self.duration_scale)
        unknown = np.isnan(durations_s)
        if not self.without_duration or not unknown.any():
            return durations_s, np.zeros(len(chunk), dtype=bool)
        texts = column.filter(pa.array(unknown)).cast(pa.string())
        unknown[unknown] = pc.is_in(texts, pa.array([*BLANK, None])).to_numpy()
        return durations_s, unknown


def _label(column: pa.ChunkedArray, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = codes_and_texts(column)
    return np.where(codes < 0, len(texts), codes)[keep], [*(str(text) for text in texts), "none"]
