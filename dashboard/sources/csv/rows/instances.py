"""Detects columns with names or numbers of instances, which distinguish rows of one time and service."""

import numpy as np
import pandas as pd

from dashboard.sources.csv.rows.rows import ChunkRows

# Maximum number of shards or lanes that a number may distinguish.
NUMBERED = 1000
# Names of instances that change recur at least this often; up to this share of rows may be corrections.
RECURS, CORRECTED_SHARE = 3, 0.2


def tells_apart(values: np.ndarray, rows: ChunkRows) -> bool:
    """Whether numbers distinguish rows, each once at every time; `values`: shape (rows,), of these `rows`."""
    kept = ~rows.refused & np.isfinite(values)
    numbers = values[kept]
    different = np.unique(numbers)
    if not 2 <= len(different) <= NUMBERED or not are_whole(numbers):
        return False
    moments = pd.DataFrame({"time": rows.time[kept], "service": rows.service[kept]})
    moment = moments.groupby(["time", "service"], sort=False).ngroup().to_numpy()
    sizes = np.bincount(moment)
    # A rewritten gauge that changed has many more values than there are rows at one time.
    is_regular = len(sizes) >= 2 and np.median(sizes) >= 2 and len(different) <= 2 * np.median(sizes)
    return bool(is_regular) and not pd.DataFrame({"moment": moment, "number": numbers}).duplicated().any()


def moments_of(rows: ChunkRows, signal: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """An index for the time of each accepted row, for rows that nothing known distinguishes; and their services.

    Args:
        rows: of a chunk. `signal`: code of the signal of each row, if rows have one, shape (rows,).
    """
    kept = ~rows.refused
    keys = {"time": rows.time[kept], "service": rows.service[kept]}
    if rows.series is not None:
        keys["series"] = rows.series[kept]
    if signal is not None:
        keys["signal"] = signal[kept]
    moments = pd.DataFrame(keys)
    return moments.groupby(list(keys), sort=False).ngroup().to_numpy(), rows.service[kept]


def names_instances(texts: np.ndarray, moment: np.ndarray, service: np.ndarray) -> bool:
    """Whether texts are names of instances: each time of a service has several, each once.

    Args:
        texts: codes, shape (rows,). `moment`, `service`: indices for each row, shape (rows,).
    """
    if not len(moment):
        return False
    sizes = np.bincount(moment)
    first = np.unique(moment, return_index=True)[1]
    medians = pd.Series(sizes).groupby(service[first]).median()
    usual = medians.reindex(service).to_numpy()
    several = usual >= 2
    instances = pd.DataFrame({"moment": moment, "text": texts})[several]
    if instances["moment"].nunique() < 2:
        return False
    # Single or constant comments are not names; a row of an instance may be corrected.
    different, again = instances["text"].nunique(), int(instances.duplicated().sum())
    recurs = different <= max(2 * float(usual.max()), len(instances) / RECURS)
    return different >= 2 and recurs and again <= CORRECTED_SHARE * len(instances)


def are_whole(values: np.ndarray) -> bool:
    """Whether all numbers are whole."""
    return bool((values == np.rint(values)).all())
