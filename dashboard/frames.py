"""The two frame contracts, and the constructor that every frame passes through.

**samples**: UTC `DatetimeIndex` named `time`, sorted, unique; float columns; NaN means no data. Columns are a
`MultiIndex` of (service, measure, detail); a frame of one service has (measure, detail).

**events**: the same index; columns `good` and `valid`, 0 <= good <= valid: counts over the step ending at the index.

| measure         | detail                        | unit and meaning                                                |
|-----------------|-------------------------------|-----------------------------------------------------------------|
| requests        | ""                            | all requests                                                    |
| errors          | "server" or "client"          | failed requests of that class                                   |
| latency         | upper bound, seconds, "inf"   | requests at or under the bound (cumulative), successful ones    |
| failed_latency  | upper bound, seconds, "inf"   | failed requests at or under the bound (cumulative)              |
| quantile        | "0.5", "0.95", "0.99"         | seconds, if a source has quantiles but no buckets               |
| mean            | ""                            | mean latency in seconds, if there are neither                   |
| saturation      | resource, e.g. "memory"       | share of the limit, 0–1 (may exceed 1)                          |
| usage           | resource, e.g. "in flight"    | its raw unit (see `Resource`), if no limit is known             |
| instances       | ""                            | number of instances; only in hourly peaks, if known             |
| limit           | resource, e.g. "memory"       | its limit in its own unit; only in hourly peaks                 |
| measured        | ""                            | seconds with requests; only in hourly counts, if known          |

Request measures are per second in `Source.samples` and counts per step in `Source.counts`.
If successful and failed latency cannot be separated, `latency` contains all requests.
"""

from typing import Final

import numpy as np
import pandas as pd

from dashboard.exceptions import InvalidData
from dashboard.timerange import Grid

LEVELS: Final = ["service", "measure", "detail"]


def column_index(columns: list[tuple[str, str, str]]) -> pd.MultiIndex:
    """Columns of a samples frame from (service, measure, detail) triples; also for an empty list."""
    if not columns:
        return pd.MultiIndex.from_arrays([[], [], []], names=LEVELS)
    return pd.MultiIndex.from_tuples(columns, names=LEVELS)


def samples(values: dict[tuple[str, str, str], np.ndarray], grid: Grid) -> pd.DataFrame:
    """Construct a samples frame on the whole grid.

    Args:
        values: (service, measure, detail) → one value per grid point, shape (points,), NaN for no data.
        grid: times of the rows.

    Raises:
        InvalidData: the length of an array differs from that of the grid.
    """
    for name, array in values.items():
        if len(array) != len(grid):
            # Broadcasting or cutting a series to fit would put its values at wrong times.
            raise InvalidData(f"series {name} has {len(array)} points, the grid has {len(grid)}")
    data = np.column_stack(list(values.values())).astype(float) if values else np.empty((len(grid), 0))
    return pd.DataFrame(data, index=grid.index(), columns=column_index(list(values)))


def of_service(frame: pd.DataFrame, service: str) -> pd.DataFrame:
    """The (measure, detail) columns of one service; no columns if the service is missing."""
    # A mask instead of `xs`, which raises a KeyError for a missing service.
    columns = frame.columns.get_level_values("service") == service
    return frame.loc[:, columns].droplevel("service", axis=1)


def of_measure(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The columns of one measure in a frame of one service, named by detail; no columns if there are none."""
    columns = frame.columns.get_level_values("measure") == measure
    return frame.loc[:, columns].droplevel("measure", axis=1)


def series(frame: pd.DataFrame, measure: str, detail: str = "") -> pd.Series:
    """One column of a frame of one service, T values; all NaN if it is missing.

    Args:
        frame: T rows, columns (measure, detail).
        measure: what is measured, such as `errors`.
        detail: which part of it, such as `server`; empty if there is none.
    """
    key = (measure, detail)
    if key in frame.columns:
        return frame[key]
    # Not 0: nothing is known about what was not measured.
    return pd.Series(np.nan, index=frame.index)


def values(frame: pd.DataFrame, measure: str, detail: str = "") -> np.ndarray:
    """Like `series` but without the index, which takes longer than the numbers: for loops over thousands of services.

    Args:
        frame: T rows, columns (measure, detail), each once.
        measure: what is measured. `detail`: which part of it; empty if there is none.
    """
    key = (measure, detail)
    if key not in frame.columns:
        return np.full(len(frame), np.nan)
    column: np.ndarray = frame.to_numpy()[:, frame.columns.get_loc(key)]
    return column
