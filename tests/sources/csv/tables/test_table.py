"""A table in blocks: what was written is read again on any grid, and rows that are far apart take no room."""

import numpy as np
import pandas as pd
import pytest

from dashboard.sources.csv.tables import table as tables
from dashboard.sources.csv.tables.table import Table
from dashboard.sources.csv.tables.table_block import BLOCK_ROWS, Put
from dashboard.timerange import Grid

BEGIN = 29_000_000 * 60
REQUESTS, CPU = ("shop", "requests", ""), ("shop", "gauge", "cpu")


def numbers(rows: int = 3000, seed: int = 1) -> pd.DataFrame:
    """A value of each column in two of three minutes."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.integers(0, 100, (rows, 2)).astype(float), columns=pd.Index(["requests", "cpu"]))
    frame[random.random((rows, 2)) < 1 / 3] = np.nan
    frame.index = pd.Index(BEGIN + np.arange(rows) * 60)
    return frame


def filled(frame: pd.DataFrame, parts: int, *, shuffled: bool) -> Table:
    """A table into which the frame was written in so many parts."""
    table = Table(60)
    columns = table.column_numbers([REQUESTS, CPU])
    rows, places = np.nonzero(~np.isnan(frame.to_numpy()))
    order = np.random.default_rng(2).permutation(len(rows)) if shuffled else np.arange(len(rows))
    for part in np.array_split(order, parts):
        ends = frame.index.to_numpy()[rows[part]]
        table.put(ends, columns[places[part]], frame.to_numpy()[rows[part], places[part]])
    return table


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("parts", [1, 9])
@pytest.mark.parametrize("step", [60, 300, 3600, 50_000 // 60 * 60])
def test_steps_hold_what_was_written(parts: int, step: int, shuffled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PART_CELLS", 2000)
    frame = numbers()
    table = filled(frame, parts, shuffled=shuffled)
    grid = Grid.ending(BEGIN + 2000 * 60, span=1700 * 60, step=step)
    values = table.on_grid(grid, [REQUESTS, CPU], rates=False)
    for place, end in enumerate(range(grid.start, grid.end + 1, step)):
        inside = frame[(frame.index > end - step) & (frame.index <= end)]
        expected = [inside["requests"].sum(min_count=1), inside["cpu"].mean()]
        np.testing.assert_allclose(values[place], expected, rtol=1e-12, err_msg=str(end))
    seconds = table.measured_seconds(grid, [REQUESTS])
    assert seconds.sum() == frame.loc[grid.start - step + 1 : grid.end, "requests"].notna().sum() * 60


def test_a_row_of_another_century_takes_a_block() -> None:
    table = filled(numbers(), 3, shuffled=False)
    cells = table.cells
    table.put(np.array([60 * BLOCK_ROWS]), table.column_numbers([REQUESTS]), np.array([7.0]))
    assert table.cells == cells + BLOCK_ROWS
    assert table.on_grid(Grid(60 * BLOCK_ROWS, 60 * BLOCK_ROWS, 60), [REQUESTS], rates=False).tolist() == [[7.0]]


def test_services_that_come_and_go_take_room_while_they_are_there() -> None:
    table = Table(60)
    minutes = np.arange(60) * 60
    for pod in range(500):
        (column,) = table.column_numbers([(f"pod-{pod}", "requests", "")])
        table.put(BEGIN + pod * 3600 + minutes, np.repeat(column, 60), np.ones(60))
    assert table.cells < 20 * 500 * 60, "a dense table has 500 * 500 * 60"
    keys = [("pod-0", "requests", ""), ("pod-499", "requests", "")]
    sums = table.on_grid(Grid(BEGIN + 3540, BEGIN + 3540, 36_000 // 3600 * 3540), keys, rates=False)
    assert sums.shape == (1, 2)


def test_sums_and_the_largest_of_a_cell() -> None:
    table = Table(60)
    (requests, cpu) = table.column_numbers([REQUESTS, CPU])
    for values in ([5.0, 1.0], [3.0, 2.0]):
        ends = np.full(2, BEGIN)
        table.put(ends, np.full(2, requests), np.array(values), Put.SUM)
        table.put(ends, np.full(2, cpu), np.array(values), Put.LARGEST)
    at = Grid(BEGIN, BEGIN, 60)
    assert table.on_grid(at, [REQUESTS, CPU], rates=False).tolist() == [[11.0, 5.0]]
    assert table.peak([int(cpu)]) == 5
    ends, values = table.removed(CPU)
    assert (ends.tolist(), values.tolist()) == ([BEGIN], [5.0])
    assert CPU not in table.columns
    (other,) = table.column_numbers([("cart", "requests", "")])
    assert other not in (requests, cpu), "the number of a column that is gone is not used again"
