"""A request log: one row is one request."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.outcomes import Dialect, Outcome, Vocabulary, dialect_of
from dashboard.sources.csv.columns import codes_and_texts
from dashboard.sources.csv.numerals import Content
from dashboard.sources.csv.quantities import durations
from dashboard.sources.csv.rows import ChunkRows, RequestRows
from dashboard.sources.csv.shapes.names import COMMENTS, DURATIONS, LABELS, STATUSES, ColumnNames

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
        dialect: what the values of the status are.
        starts: times are those of the beginning of a request, which counts when it ends.
        without_duration: what is said of requests that tell no duration; empty: such a row is a bad one.
    """

    columns: dict[str, str]
    duration_scale: float = 1.0
    labels: tuple[str, ...] = field(default=())
    dialect: Dialect = Dialect.ANY
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
        used = columns.base | {"status": names[status]}
        used |= {"duration": names[duration]} if duration is not None else {}
        used |= {name: names[name] for name in labels}
        others = {name: names[name] for name in names if name not in COMMENTS and names[name] not in used.values()}
        others = dict(islice(others.items(), OTHERS_MAX))
        # By the file's own name: a status may be mapped from a column of gRPC codes.
        dialect = Dialect.BOOLEAN if status == "ok" else dialect_of(names[status])
        scale = DURATIONS[duration] if columns.duration_scale is None and duration else columns.duration_scale or 1.0
        return cls(used | others, scale, labels, dialect, columns.starts, columns.without_duration, tuple(others))

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
        status, texts = codes_and_texts(chunk[self.columns["status"]])
        rows.refuse(status < 0, "the status is missing")
        words = [str(text) for text in texts]
        # The last place is that of rows without a status, which are refused.
        outcomes = np.array([*(vocabulary.outcome(word, self.dialect) for word in words), Outcome.UNKNOWN])
        labels = (*self.labels, *(name for name in self.others if self.columns[name] in chunk.column_names))
        keep = ~rows.refused
        outcome = outcomes[status][keep]
        # A row that is refused makes no service.
        service, services = rows.services_of(keep)
        return RequestRows(
            time=rows.time[keep],
            service=service,
            services=services,
            failed=outcome == Outcome.FAILED,
            refused=outcome == Outcome.CLIENT,
            untold=outcome == Outcome.UNKNOWN,
            untold_words=_untold_words(rows, status, words, outcomes),
            bucket=np.where(unknown, len(bounds) + 1, np.searchsorted(bounds, durations_s))[keep],
            without_duration=self.without_duration,
            labels={label: _label(chunk[self.columns[label]], keep) for label in labels},
            bounds=bounds,
        )

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


def _untold_words(rows: ChunkRows, status: np.ndarray, words: list[str], outcomes: np.ndarray) -> dict[str, set[str]]:
    """Service → the words that the vocabulary does not know, of the rows that are not refused."""
    places = np.flatnonzero(~rows.refused & (outcomes == Outcome.UNKNOWN)[status])
    untold: dict[str, set[str]] = {}
    for service, word in np.unique(np.column_stack([rows.service[places], status[places]]), axis=0):
        untold.setdefault(str(rows.services[service]), set()).add(words[word])
    return untold


def _label(column: pa.ChunkedArray, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = codes_and_texts(column)
    return np.where(codes < 0, len(texts), codes)[keep], [*(str(text) for text in texts), "none"]
