"""The month of an hour, and the file of a month."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

_FILE = re.compile(r"(hours|latency)-(\d{4}-\d{2})\.parquet")


def file_name(kind: str, month: object) -> str:
    """The name of a month's file; `kind`: hours or latency, `month`: such as 2026-11."""
    return f"{kind}-{month}.parquet"


def files_of(paths: Iterable[Path], kind: str, first: str = "", last: str = "9999-12") -> list[Path]:
    """The files of months among some files, in order.

    Args:
        paths: of any files. `kind`: hours or latency. `first`, `last`: months, inclusive.
    """
    matches = ((path, _FILE.fullmatch(path.name)) for path in paths)
    return sorted(path for path, match in matches if match and match[1] == kind and first <= match[2] <= last)


def months_of(ends: np.ndarray) -> np.ndarray:
    """The months of hours, such as 2026-11: an hour that ends at midnight belongs to the month before."""
    months: np.ndarray = (ends - 1).astype("datetime64[s]").astype("datetime64[M]")
    return months


def month_of(moment: float) -> str:
    return datetime.fromtimestamp(max(moment, 0.0), UTC).strftime("%Y-%m")
