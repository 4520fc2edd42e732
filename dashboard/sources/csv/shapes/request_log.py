"""A request log: one row is one request."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.columns import codes_and_texts, floats
from dashboard.sources.csv.rows import ChunkRows, RequestRows
from dashboard.sources.csv.shapes.names import ColumnNames

STATUSES = ("status", "code", "status_code", "ok")
# Column → factor that turns it into seconds.
DURATIONS = {"duration_s": 1.0, "latency_s": 1.0, "duration": 1.0, "duration_ms": 1e-3, "latency_ms": 1e-3,
             "response_time_ms": 1e-3, "duration_us": 1e-6}  # fmt: skip
LABELS = ("route", "path", "instance", "method", "version", "region", "code", "status")
MAX_DURATION = 1e6
FAILED_TEXTS = ("false", "error", "failed")
# What a column `ok` says of a failure, besides.
FALSE_TEXTS = ("0", "no", "n", "f")


@dataclass(frozen=True, slots=True)
class RequestLog:
    """A file of requests.

    Attributes:
        columns: our names → the file's.
        duration_scale: turns the duration into seconds.
        labels: columns that a breakdown can be asked for.
        status_is_success: the status says whether it was a success, as a column `ok` does.
    """

    columns: dict[str, str]
    duration_scale: float = 1.0
    labels: tuple[str, ...] = field(default=())
    status_is_success: bool = False

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with a status and a duration."""
        names = columns.names
        status = next((name for name in STATUSES if name in names), None)
        duration = next((name for name in DURATIONS if name in names), None)
        if status is None or duration is None:
            return None
        labels = tuple(name for name in LABELS if name in names)
        used = columns.base | {"status": names[status], "duration": names[duration]}
        used |= {name: names[name] for name in labels}
        return cls(used, DURATIONS[duration], labels, status == "ok")

    def requests(self, chunk: pa.Table, rows: ChunkRows, bounds: tuple[float, ...]) -> RequestRows:
        """The requests of a chunk; rows that make no sense are refused.

        Args:
            chunk: as parsed. `rows`: its times and services. `bounds`: of latency, in seconds, ascending.
        """
        duration = floats(chunk, self.columns["duration"]) * self.duration_scale
        rows.refuse(~((duration >= 0) & (duration <= MAX_DURATION)), "the duration is no number of at least 0")
        status, texts = codes_and_texts(chunk[self.columns["status"]])
        rows.refuse(status < 0, "the status is missing")
        failed, refused = self._outcomes([str(text).strip().lower() for text in texts])
        keep = ~rows.refused
        return RequestRows(
            time=rows.time[keep],
            service=rows.service[keep],
            services=[str(name) for name in rows.services],
            failed=failed[status][keep],
            refused=refused[status][keep],
            bucket=np.searchsorted(bounds, duration[keep]),
            labels={label: _label(chunk[self.columns[label]], keep) for label in self.labels},
            bounds=bounds,
        )

    def _outcomes(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Which of the statuses mean a failure of the server, and which of the client; the last is no status."""
        failing = (*FAILED_TEXTS, *FALSE_TEXTS) if self.status_is_success else FAILED_TEXTS
        by_class = not self.status_is_success
        failed = [text in failing or (by_class and text.startswith("5")) for text in texts]
        refused = [text.startswith("4") for text in texts]
        return np.array([*failed, False]), np.array([*refused, False])


def _label(column: pa.ChunkedArray, keep: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = codes_and_texts(column)
    return np.where(codes < 0, len(texts), codes)[keep], [*(str(text) for text in texts), "none"]
