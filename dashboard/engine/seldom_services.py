"""Services whose samples lie about as far apart as the live window is long: shown as of their newest one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.engine.service_reports import by_service
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source
from dashboard.timerange import Grid

# A service is seldom measured when so little of the live window lies between two of its samples.
SELDOM_S = LIVE_SPAN / 2
# Its newest sample is looked for in so many intervals, at so many points, and once a minute.
INTERVALS, POINTS, EVERY_S = 2.5, 600, 60


class SeldomServices:
    """Asks for them beside the live window, which a row an hour or a day is hardly ever in.

    Args:
        source: is asked for samples of the last intervals.

    Attributes:
        samples: service → samples like those of the live window, (measure, detail) columns, until its newest one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._intervals: Mapping[str, float] = {}
        self._at = float("-inf")
        self.samples: dict[str, pd.DataFrame] = {}

    def advance(self, catalog: Catalog, at: float) -> None:
        """Bring them up to a moment.

        Args:
            catalog: says how far samples lie apart. `at`: epoch seconds.
        """
        intervals = {info.name: info.scrape_interval or catalog.scrape_interval for info in catalog.services}
        intervals = {name: interval for name, interval in intervals.items() if interval >= SELDOM_S}
        if intervals != self._intervals or not 0 <= at - self._at < EVERY_S:
            self._intervals, self._at = intervals, at
            self.samples = self._read(len(catalog.services), at) if intervals else {}

    def _read(self, services: int, at: float) -> dict[str, pd.DataFrame]:
        span = INTERVALS * max(self._intervals.values())
        step = max(60, int(-(-span // (POINTS * 60))) * 60)
        grid = Grid.ending(at, span=span, step=step)
        # Of many others nothing is needed.
        if 2 * len(self._intervals) >= services:
            frames = by_service(self._source.samples(grid).frame)
        else:
            frames = {}
            for name in self._intervals:
                frames |= by_service(self._source.samples(grid, name).frame)
        return {name: _live(frames[name], grid) for name in self._intervals if name in frames}


def _live(samples: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Samples on the live step until the newest one; each longer step's values stand for all of it."""
    measured = np.flatnonzero(~np.isnan(samples.to_numpy()).all(axis=1))
    end = grid.start + int(measured[-1]) * grid.step if len(measured) else grid.end
    live = Grid.ending(end, span=LIVE_SPAN, step=LIVE_STEP)
    ends = np.arange(live.start, live.end + 1, LIVE_STEP)
    rows = np.clip(-((grid.start - ends) // grid.step), 0, len(grid) - 1)
    return pd.DataFrame(samples.to_numpy()[rows], index=live.index(), columns=samples.columns)
