"""All selections of one to three label values, and their events summed up at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dashboard.oncall.combinations import Combinations, grouped

# Number of labels combined to triples: those whose values differ most. Pairs are made of all labels.
TRIPLE_LABELS = 8
DEPTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The selections by some labels: all existing combinations of their values.

    Attributes:
        labels: positions of the labels, ascending. `group`: of each combination, shape (C,). `count`: of groups.
        first: a combination of each group, shape (count,); -1 for empty groups.
    """

    labels: tuple[int, ...]
    group: np.ndarray
    count: int
    first: np.ndarray

    def sums(self, weights: np.ndarray) -> np.ndarray:
        """Sums of weights by group; `weights`: of the combinations, shape (C,)."""
        return np.bincount(self.group, weights, self.count)


def candidates(table: Combinations, order: Sequence[int], depth: int) -> Iterator[Candidates]:
    """The selections by this number of labels at once.

    Args:
        table: of all combinations. `order`: positions of the labels, most informative first. `depth`: labels at once.
    """
    among = sorted(order[:TRIPLE_LABELS] if depth == DEPTH else order)
    for labels in combinations(among, depth):
        yield _by(table, labels)


def _by(table: Combinations, labels: tuple[int, ...]) -> Candidates:
    group, count = grouped(table.codes[list(labels)], [len(table.values[place]) for place in labels], len(table))
    first = np.full(count, -1)
    first[group[::-1]] = np.arange(len(table))[::-1]
    return Candidates(labels, group, count, first)
