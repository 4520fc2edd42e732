"""Columns as Arrow parsed them, as arrays: texts as codes, numbers as floats."""

import numpy as np
import pandas as pd
import pyarrow as pa


def codes_and_texts(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """A column of few different texts as codes, shape (rows,), -1 where there is none, and the texts they stand for."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes: np.ndarray = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts: np.ndarray = whole.dictionary.to_numpy(zero_copy_only=False)
    empty = [code for code, text in enumerate(texts) if text is None or not str(text).strip()]
    return np.where(np.isin(codes, empty), -1, codes) if empty else codes, texts


def floats(chunk: pa.Table, name: str) -> np.ndarray:
    """A column as floats, shape (rows,); NaN where it holds none."""
    column = chunk[name]
    # One cell that is no number makes Arrow take the whole column for text.
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        coerced: np.ndarray = pd.to_numeric(column.to_pandas(), errors="coerce").to_numpy(dtype=float)
        return coerced
    # A column without any value has no type.
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    values: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy()
    return values
