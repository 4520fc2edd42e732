"""Services with samples about as far apart as the live window is long: shown as of their newest sample."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.engine.service_reports import by_service
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source
from dashboard.timerange import Grid

# A service belongs here if its samples are at least this many seconds apart.
SPARSE_S = LIVE_SPAN / 2
# The newest sample is searched for in this many intervals, at this many points, once a minute.
INTERVALS, POINTS, EVERY_S = 2.5, 600, 60


class SparseServices:
    """Requests their samples separately, as a row per hour or day is hardly ever in the live window.

    Args:
        source: asked for samples of the last intervals.

    Attributes:
        samples: service → samples on the live step up to its newest one, (measure, detail) columns.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._intervals: Mapping[str, float] = {}
        self._at = float("-inf")
        self.samples: dict[str, pd.DataFrame] = {}

    def advance(self, catalog: Catalog, at: float) -> None:
        """Update the samples.

        Args:
            catalog: knows the scrape intervals. `at`: epoch seconds.
        """
        intervals = {info.name: info.scrape_interval or catalog.scrape_interval for info in catalog.services}
        intervals = {name: interval for name, interval in intervals.items() if interval >= SPARSE_S}
        if intervals != self._intervals or not 0 <= at - self._at < EVERY_S:
            self._intervals, self._at = intervals, at
            self.samples = self._read(len(catalog.services), at) if intervals else {}

    def _read(self, services: int, at: float) -> dict[str, pd.DataFrame]:
        span = INTERVALS * max(self._intervals.values())
        step = max(60, int(-(-span // (POINTS * 60))) * 60)
        grid = Grid.ending(at, span=span, step=step)
        # If most services are others, ask for each of these separately.
        if 2 * len(self._intervals) >= services:
            frames = by_service(self._source.samples(grid).frame)
        else:
            frames = {}
            for name in self._intervals:
                frames |= by_service(self._source.samples(grid, name).frame)
        return {name: _live(frames[name], grid) for name in self._intervals if name in frames}


def _live(samples: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Samples on the live step up to the newest one; each value is repeated over its longer step."""
    measured = np.flatnonzero(~np.isnan(samples.to_numpy()).all(axis=1))
    end = grid.start + int(measured[-1]) * grid.step if len(measured) else grid.end
    live = Grid.ending(end, span=LIVE_SPAN, step=LIVE_STEP)
    ends = np.arange(live.start, live.end + 1, LIVE_STEP)
    rows = np.clip(-((grid.start - ends) // grid.step), 0, len(grid) - 1)
    return pd.DataFrame(samples.to_numpy()[rows], index=live.index(), columns=samples.columns)
