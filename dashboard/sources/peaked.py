"""Sources that return the highest use of every resource in each step, for all services at once."""

from typing import Protocol, cast, runtime_checkable

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.sources.protocol import Answer, Source
from dashboard.timerange import Grid

# Seconds between samples for a source without peaks of its own.
FINE = 300
# What is requested: shares of limits and traffic, and what a source may provide in addition.
MEASURES = ("saturation", "requests", "instances", "limit")


@runtime_checkable
class PeakedSource(Source, Protocol):
    """A source that examines more than the ends of steps, and returns one number per step."""

    def peaks(self, grid: Grid) -> Answer:
        """The highest `saturation` of each resource and the highest `requests` per second in each step.

        If known, also `instances` of each service, and the `limit` of a resource in its own unit.

        Args:
            grid: hourly steps.

        Raises:
            SourceError: the upstream did not answer.
        """


def peaks_of(source: Source, grid: Grid) -> Answer:
    """Peaks from the source if it supports them, otherwise from its samples every five minutes.

    Args:
        source: the source to ask. `grid`: steps of whole multiples of five minutes.

    Raises:
        SourceError: the upstream did not answer.
    """
    if isinstance(source, PeakedSource):
        return source.peaks(grid)
    fine = Grid.between(grid.start - grid.step, grid.end, step=FINE)
    answer = source.samples(fine)
    return Answer(
        highest(answer.frame, grid), answer.costs, answer.problems, partial=answer.partial, newest=answer.newest,
        mergeable=answer.mergeable,
    )  # fmt: skip


def highest(frame: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The highest value of each measure with peaks in each step; NaN for steps without values.

    Args:
        frame: samples on a grid that divides each step. `grid`: the steps.
    """
    wanted = frame.columns.get_level_values("measure").isin(MEASURES)
    rows = frame.loc[:, wanted].to_numpy(dtype=float)
    values = rows.reshape(len(grid), len(frame) // len(grid), int(wanted.sum()))
    known = np.isfinite(values)
    peaks = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    peaks = np.where(known.any(axis=1), peaks, np.nan)
    columns = cast("list[tuple[str, str, str]]", frame.columns[wanted].tolist())
    return pd.DataFrame(peaks, index=grid.index(), columns=frames.column_index(columns))
