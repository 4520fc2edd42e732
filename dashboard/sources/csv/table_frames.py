"""Converts a table to the frames of the contract."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.sources.csv.columns.resources import is_measured_in_shares, may_be_saturation
from dashboard.sources.csv.tables.table import COUNTED, OUTCOMES, UNKNOWN_OUTCOME, Key
from dashboard.timerange import HOUR, Grid

# A gauge with no value above this is a share of its limit.
SHARE_MAX = 1.5
# A gauge with a maximum in this range is in percent, if its name suggests a share and contains no other unit.
PER_CENTS = (50.0, 100.0)


class Numbers(Protocol):
    """Input for frames: numbers by column that can be requested on any grid."""

    base: int
    columns: dict[Key, int]

    @property
    def rows(self) -> int:
        """The number of rows; 0 if empty."""

    def peak(self, columns: list[int]) -> float:
        """The maximum of columns (by index); NaN without values."""

    def on_grid(self, grid: Grid, keys: list[Key], *, rates: bool) -> np.ndarray:
        """Values, shape (points, keys): counts, or rates and gauges."""

    def measured_seconds(self, grid: Grid, keys: list[Key]) -> np.ndarray:
        """Seconds of each step with data, shape (points, keys)."""


def frame_of(table: Numbers | None, grid: Grid, *, rates: bool, service: str | None = None) -> pd.DataFrame:
    """A samples frame of a table, shape (points, columns); gauges become `saturation` or `usage`.

    Args:
        table: None if nothing was read.
        grid: the points.
        rates: requests per second and gauges; False: only counts.
        service: restrict to this one; None: all.
    """
    if table is None or not table.rows or (not rates and grid.step < table.base):
        return frames.samples({}, grid)
    keys = [key for key in table.columns if service in (None, key[0]) and (rates or key[1] in COUNTED)]
    if not keys:
        return frames.samples({}, grid)
    values = table.on_grid(grid, keys, rates=rates)
    values[_is_unknown(values, keys)] = np.nan
    known = [place for place, key in enumerate(keys) if key[1] != UNKNOWN_OUTCOME]
    if len(known) < len(keys):
        keys, values = [keys[place] for place in known], values[:, known]
    columns = _columns(table, keys)
    per_cents = in_per_cents(table)
    if per_cents:
        values[:, [key[1] == "gauge" and key[2] in per_cents for key in keys]] /= 100
    # Coverage is stored by the hour.
    requests = [] if rates or grid.step != HOUR else [key for key in keys if key[1] == "requests"]
    if requests:
        values = np.hstack([values, table.measured_seconds(grid, requests)])
        columns += [(name, "measured", "") for name, _, _ in requests]
    # A service that has gone has no column, instead of one without values.
    holds = ~np.isnan(values).all(axis=0)
    if not holds.all():
        values, columns = values[:, holds], [columns[place] for place in np.flatnonzero(holds)]
    return pd.DataFrame(values, grid.index(), frames.column_index(columns))


def _is_unknown(values: np.ndarray, keys: list[Key]) -> np.ndarray:
    """Mask of unknown outcomes, shape (points, keys): where a request has an unknown status."""
    unknown = {key[0]: values[:, place] > 0 for place, key in enumerate(keys) if key[1] == UNKNOWN_OUTCOME}
    unknown = {name: moments for name, moments in unknown.items() if moments.any()}
    hidden = np.zeros(values.shape, dtype=bool)
    for place, (name, measure, _) in enumerate(keys if unknown else ()):
        if measure in OUTCOMES and name in unknown:
            hidden[:, place] = unknown[name]
    return hidden


def _columns(table: Numbers, keys: list[Key]) -> list[Key]:
    """Columns of the contract for keys of a table."""
    measures = gauge_measures(table)
    return [
        (name, measures.get(detail, measure) if measure == "gauge" else measure, detail)
        for name, measure, detail in keys
    ]


def gauge_measures(table: Numbers) -> dict[str, str]:
    """Gauge → `saturation` if it is a share of a limit by its name and numbers, otherwise `usage`."""
    return {
        name: "saturation"
        if may_be_saturation(name) and (not peak > SHARE_MAX or _is_per_cent(name, peak))
        else "usage"
        for name, peak in _peaks(table).items()
    }


def in_per_cents(table: Numbers) -> dict[str, float]:
    """Gauges in percent according to all of their numbers but not their names, with their maximum."""
    return {name: peak for name, peak in _peaks(table).items() if may_be_saturation(name) and _is_per_cent(name, peak)}


def _is_per_cent(name: str, peak: float) -> bool:
    low, high = PER_CENTS
    return low < peak <= high and is_measured_in_shares(name)


def _peaks(table: Numbers) -> dict[str, float]:
    """The maximum of each gauge over all services."""
    columns: dict[str, list[int]] = {}
    for (_, measure, detail), column in table.columns.items():
        if measure == "gauge":
            columns.setdefault(detail, []).append(column)
    return {name: table.peak(places) for name, places in columns.items()}


def side_by_side(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join frames on the same grid; of columns that occur several times, the first one is used."""
    frame, *others = parts
    for other in others:
        again = other.columns.intersection(frame.columns)
        frame = frame.fillna(other[again]) if len(again) else frame
        frame = pd.concat([frame, other.drop(columns=again)], axis=1)
    return frame
