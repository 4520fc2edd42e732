"""Detects whether indistinguishable rows of a service and time are corrections, or instances without a name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from dashboard.sources.csv.tables.table import COUNTED, Key

# The configured meaning of several rows at one time: all count, or only the last one.
ADD, REPLACE = "add", "replace"
ROWS: Final = (ADD, REPLACE)
UNNAMED = (
    "several rows of this service are of the same time and no column tells them apart: write "
    f'rows = "{ADD}" under [source] where they add up, as those of several instances do, or rows = "{REPLACE}" where '
    "the last of each time counts"
)
TOTALS = f'of running totals rows = "{ADD}" cannot be: a column must tell whose they are'
# Rows are from instances if more than USUAL_SHARE of all times have several. Corrections are rarer, and differ at no
# more than RARE times or the share RARE_SHARE.
USUAL_SHARE, RARE, RARE_SHARE = 0.5, 4, 0.02


@dataclass(slots=True)
class RepeatedRows:
    """Times of services with several rows."""

    # Service → its times with several rows, ascending, and those where they differ.
    _repeated: dict[str, np.ndarray] = field(default_factory=dict)
    _different: dict[str, np.ndarray] = field(default_factory=dict)

    def note(self, keys: Mapping[int, Key], columns: np.ndarray, moments: np.ndarray, differs: np.ndarray) -> None:
        """Add numbers that replaced others.

        Args:
            keys: index of a column → (service, measure, detail).
            columns: their indices, shape (numbers,).
            moments: an index for the time and labels of each, shape (numbers,).
            differs: whether each differs from the previous one, shape (numbers,).
        """
        for column in np.unique(columns).tolist():
            service, measure, _ = keys[column]
            own = columns == column
            if measure in COUNTED:
                self._repeated[service] = _with(self._repeated.get(service), moments[own])
            self._different[service] = _with(self._different.get(service), moments[own & differs])

    def rows_of(self, service: str) -> int:
        """The number of times at which rows of a service were replaced by later ones."""
        return len(self._repeated.get(service, ()))

    def unnamed(self, moments: Mapping[str, int]) -> Iterator[str]:
        """Services with rows of several unnamed instances; `moments`: service → number of its times."""
        for service, repeated in self._repeated.items():
            different = len(np.intersect1d(repeated, self._different[service], assume_unique=True))
            is_usual = len(repeated) > USUAL_SHARE * moments.get(service, 0)
            if is_usual and different > max(RARE, RARE_SHARE * len(repeated)):
                yield service

    def __bool__(self) -> bool:
        return bool(self._repeated)


def _with(moments: np.ndarray | None, new: np.ndarray) -> np.ndarray:
    return np.unique(new if moments is None else np.concatenate([moments, new]))
