"""Counts of events by every combination of label values, before and now: the input of an explanation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """Bad and valid events of C combinations of the values of L labels.

    Attributes:
        labels: names, L of them. `values`: of each label; the empty text if a combination lacks the label.
        codes: position of each combination's value in `values`, shape (L, C).
        bad_before, valid_before: events of the time to compare with, shape (C,).
        bad, valid: events of the time to explain, shape (C,).
    """

    labels: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: np.ndarray
    bad_before: np.ndarray
    valid_before: np.ndarray
    bad: np.ndarray
    valid: np.ndarray

    @classmethod
    def of(cls, labels: Sequence[str], keys: Iterable[tuple[str, ...]], counts: np.ndarray) -> Self:
        """A table from counts of combinations.

        Args:
            labels: names. `keys`: for each combination the values of the labels, without duplicates.
            counts: bad and valid events before, then bad and valid ones now, shape (4, C).
        """
        texts = list(keys)
        columns = list(zip(*texts, strict=True)) or [() for _ in labels]
        places = [{value: place for place, value in enumerate(dict.fromkeys(column))} for column in columns]
        codes = [[at[value] for value in column] for at, column in zip(places, columns, strict=True)]
        # Two counters may be estimated differently: bad events must not exceed valid ones.
        bad_before, valid_before, bad, valid = counts.reshape(4, -1)
        return cls(
            tuple(labels),
            tuple(map(tuple, places)),
            np.array(codes, dtype=np.int64).reshape(len(labels), len(texts)),
            bad_before,
            np.maximum(valid_before, bad_before),
            bad,
            np.maximum(valid, bad),
        )

    @classmethod
    def empty(cls) -> Self:
        """An empty table."""
        return cls.of((), (), np.empty((4, 0)))

    def __len__(self) -> int:
        return len(self.bad)

    def only(self, kept: Sequence[int]) -> Self:
        """A table with some of the labels only, positions ascending; combinations that become equal are added up."""
        texts = [self.values[place] for place in kept]
        key, _ = grouped(self.codes[list(kept)], [len(values) for values in texts], len(self))
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        four = (self.bad_before, self.valid_before, self.bad, self.valid)
        return type(self)(
            tuple(self.labels[place] for place in kept),
            tuple(texts),
            self.codes[list(kept)][:, first],
            *(np.bincount(group, each, len(first)) for each in four),
        )


def grouped(codes: np.ndarray, sizes: Sequence[int], count: int) -> tuple[np.ndarray, int]:
    """Number equal columns of codes from 0.

    Args:
        codes: shape (labels, count), each below its size. `sizes`: of each label. `count`: of combinations.

    Returns:
        The number of the group of each combination, shape (count,), and an upper bound of them; groups may be empty.
    """
    key = np.zeros(count, dtype=np.int64)
    for row, size in zip(codes, sizes, strict=True):
        key = key * size + row
        # Products of many values would overflow: renumber those that occur.
        if count and key.max(initial=0) > 4 * count:
            key = np.unique(key, return_inverse=True)[1]
    return key, int(key.max(initial=-1)) + 1
