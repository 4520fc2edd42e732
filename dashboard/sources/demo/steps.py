"""Events of the demo, converted to the steps of a grid."""

from collections.abc import Iterator

import numpy as np

from dashboard.sources.demo.world import CELL
from dashboard.timerange import Grid

# A rate over four cells, as four scrapes make one with Prometheus; a single cell of a quiet service is all noise.
RATE_WINDOW = 4 * CELL
# This many cells are computed at once: for larger arrays the system gives new memory each time, which takes longer than
# the arithmetic.
BLOCK = 20_000


def cells(grid: Grid, *, reach: int = 0) -> np.ndarray:
    """The numbers of all cells the grid covers, oldest first; steps shorter than `reach` look that far back."""
    return np.arange((grid.start - max(grid.step, reach)) // CELL, grid.end // CELL)


def blocks(cells: np.ndarray) -> Iterator[np.ndarray]:
    """The cells, this many at a time; one block if there are none."""
    return (cells[begin : begin + BLOCK] for begin in range(0, max(len(cells), 1), BLOCK))


def rate(amounts: np.ndarray, grid: Grid) -> np.ndarray:
    """Events per second over the step, or over the rate window where the step is shorter, shape (…, grid).

    Args:
        amounts: events in each cell, shape (…, cells). `grid`: the steps.
    """
    if grid.step >= RATE_WINDOW:
        return sums(amounts, grid) / grid.step
    windows = np.lib.stride_tricks.sliding_window_view(amounts, RATE_WINDOW // CELL, axis=-1)
    windows = windows[..., :: grid.step // CELL, :]
    seconds = np.maximum((~np.isnan(windows)).sum(axis=-1), 1) * CELL
    # What was not scraped at the end of its window has no rate there.
    rates: np.ndarray = np.where(np.isnan(windows[..., -1]), np.nan, np.nansum(windows, axis=-1) / seconds)
    return rates


def sums(amounts: np.ndarray, grid: Grid) -> np.ndarray:
    """Cells, shape (…, cells), added up to the steps; a step is NaN only when none of its cells was scraped."""
    steps = amounts.reshape(*amounts.shape[:-1], len(grid), -1)
    scraped = ~np.isnan(steps)
    total: np.ndarray = np.where(scraped.any(axis=-1), np.where(scraped, steps, 0.0).sum(axis=-1), np.nan)
    return total


def means(levels: np.ndarray, grid: Grid) -> np.ndarray:
    """The mean of the cells of each step that were scraped."""
    steps = levels.reshape(len(grid), -1)
    scraped = (~np.isnan(steps)).sum(axis=1)
    means: np.ndarray = np.where(scraped > 0, np.nansum(steps, axis=1) / np.maximum(scraped, 1), np.nan)
    return means


def highest(values: np.ndarray, grid: Grid) -> np.ndarray:
    """The highest of the values in each step; NaN where it holds none."""
    steps = values.reshape(len(grid), -1)
    known = np.isfinite(steps)
    highest: np.ndarray = np.where(known.any(axis=1), np.where(known, steps, -np.inf).max(axis=1), np.nan)
    return highest
