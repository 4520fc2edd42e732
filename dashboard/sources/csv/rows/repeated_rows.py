"""Rows of a service and time that nothing tells apart: corrections, or instances without a name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from dashboard.sources.csv.tables.table import COUNTED, Key

# What rows of one time are, as the configuration says: each counts, or the last one alone.
ADD, REPLACE = "add", "replace"
ROWS: Final = (ADD, REPLACE)
UNNAMED = (
    "several rows of this service are of the same time and no column tells them apart: write "
    f'rows = "{ADD}" under [source] where they add up, as those of several instances do, or rows = "{REPLACE}" where '
    "the last of each time counts"
)
TOTALS = f'of running totals rows = "{ADD}" cannot be: a column must tell whose they are'
# Rows are of instances where more than this share of all moments has several; corrections are rarer, and differ in
# no more moments, or in no larger share, than this.
USUAL_SHARE, RARE, RARE_SHARE = 0.5, 4, 0.02


@dataclass(slots=True)
class RepeatedRows:
    """Moments of services that several rows tell of."""

    # Service → its moments with several rows, ascending, and those where they differ.
    _repeated: dict[str, np.ndarray] = field(default_factory=dict)
    _different: dict[str, np.ndarray] = field(default_factory=dict)

    def note(self, keys: Mapping[int, Key], columns: np.ndarray, moments: np.ndarray, differs: np.ndarray) -> None:
        """Add numbers that took the place of others.

        Args:
            keys: number of a column → (service, measure, detail).
            columns: numbers of theirs, shape (numbers,).
            moments: a number for the time of each and for what tells rows apart, shape (numbers,).
            differs: whether each differs from the one before it, shape (numbers,).
        """
        for column in np.unique(columns).tolist():
            service, measure, _ = keys[column]
            own = columns == column
            if measure in COUNTED:
                self._repeated[service] = _with(self._repeated.get(service), moments[own])
            self._different[service] = _with(self._different.get(service), moments[own & differs])

    def rows_of(self, service: str) -> int:
        """How many moments of a service had rows that later ones replaced."""
        return len(self._repeated.get(service, ()))

    def unnamed(self, moments: Mapping[str, int]) -> Iterator[str]:
        """Services whose rows are those of several instances without a name; `moments`: service → how many it has."""
        for service, repeated in self._repeated.items():
            different = len(np.intersect1d(repeated, self._different[service], assume_unique=True))
            is_usual = len(repeated) > USUAL_SHARE * moments.get(service, 0)
            if is_usual and different > max(RARE, RARE_SHARE * len(repeated)):
                yield service

    def __bool__(self) -> bool:
        return bool(self._repeated)


def _with(moments: np.ndarray | None, new: np.ndarray) -> np.ndarray:
    return np.unique(new if moments is None else np.concatenate([moments, new]))
