"""Detects rows of totals that spreadsheets and load tests write among those of services."""

import re
from typing import Final

import numpy as np

from dashboard.sources.csv.store import Store
from dashboard.timerange import DAY, Grid

# Names of such rows, reduced to letters.
NAMES: Final = frozenset({
    "total", "totals", "sum", "all", "overall", "aggregate", "aggregated", "grandtotal", "subtotal", "allservices",
    "summe", "gesamt", "gesamtsumme", "insgesamt", "alle", "somme", "ensemble", "totale", "suma", "totalgeneral",
    "totaal", "合计", "总计", "合計", "総計", "итого",
})  # fmt: skip
# Minimum share of times with requests at which they equal the sum of all others.
SHARE: Final = 0.9
NOTE: Final = "rows of {name} are the totals of the others, and left out: they are no service of their own"


def totals(store: Store) -> frozenset[str]:
    """The services that have a name of totals, and whose requests are the sum of all others.

    Args:
        store: everything that was read; a log only contains requests, which are never totals.
    """
    names = sorted({name for name in store.measures() if re.sub(r"[\W\d_]", "", name.casefold()) in NAMES})
    if not names or store.newest is None:
        return frozenset()
    # Steps shorter than the interval of rows are empty.
    grid = Grid.ending(store.newest, span=DAY, step=store.longest_interval)
    frame = store.frame(grid, rates=False)
    counted = [column for column in frame.columns.to_list() if column[1] == "requests"]
    requests = {column[0]: frame[column].to_numpy() for column in counted}
    others = [row for name, row in requests.items() if name not in names]
    if not others:
        return frozenset()
    summed = np.nansum(others, axis=0)
    return frozenset(name for name in names if name in requests and _are_alike(requests[name], summed))


def _are_alike(row: np.ndarray, summed: np.ndarray) -> bool:
    counted = row > 0
    return bool(counted.any()) and np.isclose(row[counted], summed[counted]).mean() >= SHARE
