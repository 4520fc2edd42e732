"""Columns of few different texts, as Arrow parsed them, as codes."""

import numpy as np
import pyarrow as pa


def constant(text: str, rows: int) -> pa.ChunkedArray:
    """A column of so many rows that all hold the same text."""
    codes = pa.array(np.zeros(rows, dtype=np.int32))
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array([text]))])


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
