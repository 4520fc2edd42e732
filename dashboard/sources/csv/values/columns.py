"""Columns of few distinct texts as codes."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

# Non-breaking, wide and zero-width blanks, which come from spreadsheets and web pages.
WIDE_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]")


def constant(text: str, rows: int) -> pa.ChunkedArray:
    """A column with the same text in each row."""
    codes = pa.array(np.zeros(rows, dtype=np.int32))
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array([text]))])


def codes_and_texts(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """A column of few distinct texts as codes, shape (rows,), -1 for missing ones, and the texts of the codes."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes: np.ndarray = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts: np.ndarray = whole.dictionary.to_numpy(zero_copy_only=False)
    return _without_blanks(codes, texts)


def without_blanks(text: str) -> str:
    """A text without surrounding blanks, and with special blanks replaced by plain ones, which look the same."""
    return text if text.isascii() and text == text.strip() else WIDE_BLANKS.sub(" ", text).strip()


def _without_blanks(codes: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes and texts as from `codes_and_texts`, with texts that only differ in blanks merged."""
    plain = ["" if text is None else without_blanks(str(text)) for text in texts]
    places = {text: place for place, text in enumerate(dict.fromkeys(filter(None, plain)))}
    if len(places) == len(texts) and plain == list(texts):
        return codes, texts
    # The last element is for rows without a text.
    place_of = np.array([*(places.get(text, -1) for text in plain), -1], dtype=codes.dtype)
    return place_of[codes], np.array(list(places), dtype=object)


def texts_of(codes: np.ndarray, texts: Sequence[str | None]) -> pa.ChunkedArray:
    """A column of texts, shape (rows,); `codes`: of each row, indices of `texts`."""
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(texts, pa.string()))]
    )  # fmt: skip


def combined(columns: Sequence[pa.ChunkedArray], text: Callable[..., str | None]) -> pa.ChunkedArray:
    """A column of texts computed from those of others.

    Args:
        columns: of few distinct texts.
        text: computes the text, with `""` for missing ones; called once for each combination.
    """
    coded = [codes_and_texts(column) for column in columns]
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for codes, texts in coded:
        key = key * (len(texts) + 1) + codes + 1
    numbers, first = pd.factorize(key)[0], pd.Series(key).drop_duplicates().index
    known = [[*(str(text) for text in texts), ""] for _, texts in coded]
    combinations = [text(*(texts[codes[row]] for (codes, _), texts in zip(coded, known, strict=True))) for row in first]
    return texts_of(numbers, combinations)


def with_columns(chunk: pa.Table, columns: dict[str, pa.ChunkedArray | np.ndarray]) -> pa.Table:
    """A table with further columns, by their names."""
    for name, values in columns.items():
        chunk = chunk.append_column(name, pa.array(values) if isinstance(values, np.ndarray) else values)
    return chunk
