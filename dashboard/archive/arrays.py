"""Arrays by name as a table, for the next process to continue with."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from dashboard.archive.files import Damaged

KIND = "arrays"
_SCHEMA = pa.schema(
    [("name", pa.string()), ("dtype", pa.string()), ("shape", pa.list_(pa.int64())), ("data", pa.large_binary())]
)


def table_of(values: Mapping[str, np.ndarray]) -> pa.Table:
    """A row for each array."""
    every = [np.ascontiguousarray(value) for value in values.values()]
    columns = [
        pa.array(list(values), pa.string()),
        pa.array([value.dtype.str for value in every], pa.string()),
        pa.array([list(value.shape) for value in every], pa.list_(pa.int64())),
        pa.array([value.tobytes() for value in every], pa.large_binary()),
    ]
    return pa.table(columns, schema=_SCHEMA)


def of_table(table: pa.Table, path: Path) -> dict[str, np.ndarray]:
    """Arrays by name, from a table that was read from a file at `path`.

    Raises:
        Damaged: the table has other contents.
    """
    try:
        table = table.cast(_SCHEMA)
        names, dtypes, shapes = (table[name].to_pylist() for name in ("name", "dtype", "shape"))
        return {
            name: _array(table["data"][row].as_buffer(), dtype, shape)
            for row, (name, dtype, shape) in enumerate(zip(names, dtypes, shapes, strict=True))
        }
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path}: is damaged: {error}") from None


def _array(buffer: pa.Buffer, dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.hasobject:
        raise ValueError("arrays of objects are not read")
    # A copy, as the caller modifies it.
    return np.frombuffer(buffer, dtype=kind).reshape(shape).copy()
