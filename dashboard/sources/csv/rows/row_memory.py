"""Remembers the counts of a file, so that a row written again replaces the old one, however much later.

Counts of several rows of one cell are summed: those of pods, and those of slightly early or late rows. To count each
row only once, it is identified by a hash of its time, column and texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.values.columns import codes_and_texts

# Odd factors: https://en.wikipedia.org/wiki/Hash_function#Fibonacci_hashing
_SPREAD, _PLACE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


def series_of(labels: Sequence[pa.ChunkedArray]) -> np.ndarray:
    """A hash for each combination of texts, shape (rows,); a missing text is treated as empty."""
    series = np.zeros(len(labels[0]), dtype=np.uint64)
    for place, label in enumerate(labels, start=1):
        codes, texts = codes_and_texts(label)
        # The last element is for rows without a text.
        numbers = np.append(pd.util.hash_array(np.array([str(text) for text in texts], dtype=object)), np.uint64(0))
        series += numbers.astype(np.uint64)[codes] * np.uint64(2 * place + 1)
    return series


def identities(time: np.ndarray, column: np.ndarray, series: np.ndarray | None) -> np.ndarray:
    """A hash for each count, shape (counts,).

    Args:
        time: epoch seconds. `column`: indices of their columns. `series`: hashes of their texts; None without any.
    """
    moment: np.ndarray = pd.util.hash_array(time.astype(float)).astype(np.uint64)
    identity: np.ndarray = moment ^ (column.astype(np.uint64) * _SPREAD)
    if series is not None:
        identity += series * _PLACE
    return identity


def last_of_each(identity: np.ndarray) -> np.ndarray:
    """The indices of the last count of each identity, by identity."""
    _, from_end = np.unique(identity[::-1], return_index=True)
    places: np.ndarray = len(identity) - 1 - from_end
    return places


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counts by identity, ascending, and the range of their times in epoch seconds."""

    identity: np.ndarray
    value: np.ndarray
    oldest: float
    newest: float


@dataclass(slots=True)
class RowMemory:
    """All counts so far, in runs of decreasing size, so that adding has logarithmic cost."""

    _parts: list[_Counts] = field(default_factory=list)

    def exchanged(self, identity: np.ndarray, value: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Replace counts by `value`; returns the old values, NaN for new ones, shape (counts,).

        Args:
            identity: ascending, unique. `value`: of each. `time`: epoch seconds.
        """
        if not len(identity):
            return value
        before, is_new = np.full(len(value), np.nan), np.ones(len(value), dtype=bool)
        oldest, newest = float(time.min()), float(time.max())
        for part in self._parts:
            if part.oldest <= newest and oldest <= part.newest:
                places = np.searchsorted(part.identity, identity).clip(max=len(part.identity) - 1)
                again = part.identity[places] == identity
                before[again] = part.value[places[again]]
                part.value[places[again]] = value[again]
                is_new &= ~again
        if is_new.any():
            self._take(_Counts(identity[is_new], value[is_new], oldest, newest))
        return before

    def _take(self, part: _Counts) -> None:
        while self._parts and len(self._parts[-1].identity) <= 2 * len(part.identity):
            part = _merged(self._parts.pop(), part)
        self._parts.append(part)


def _merged(one: _Counts, other: _Counts) -> _Counts:
    identity = np.concatenate([one.identity, other.identity])
    order = np.argsort(identity, kind="stable")
    value = np.concatenate([one.value, other.value])
    return _Counts(identity[order], value[order], min(one.oldest, other.oldest), max(one.newest, other.newest))
