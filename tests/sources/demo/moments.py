"""When the demo of the tests begins, and grids around it."""

import pandas as pd

from dashboard.sources.demo.scenario import SERVICES
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR, Grid

START = 1_760_000_000 // HOUR * HOUR
MINUTE = 60
NAMES = {service.name for service in SERVICES}


def around(begin: int, end: int, step: int = MINUTE) -> Grid:
    """The steps between two moments, in seconds relative to the start."""
    return Grid.between(START + begin, START + end, step=step)


def level(demo: DemoSource, service: str, resource: str, grid: Grid) -> pd.Series:
    series: pd.Series = demo.samples(grid, service).frame[(service, "saturation", resource)]
    return series
