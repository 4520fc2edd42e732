"""Sparse counts of a log: the same numbers as counting every request by itself, whatever the order of rows."""

import numpy as np
import pandas as pd
import pytest

from dashboard.sources.csv.rows.request_counts import RequestCounts
from dashboard.sources.csv.rows.rows import RequestRows
from dashboard.sources.csv.tables import cell_counts
from dashboard.sources.csv.tables.cell_counts import CellCounts
from dashboard.timerange import DAY, HOUR, Grid
from tests.sources.csv.csv_text import BEGIN

BOUNDS = (0.1, 0.5, 1.0)
NAMES = ["cart", "shop", "pay"]


def requests(seed: int, count: int = 4000, span: int = 2 * DAY) -> RequestRows:
    """So many requests, in no order; one in twenty failed, as many were refused."""
    random = np.random.default_rng(seed)
    outcome = random.integers(0, 20, count)
    return RequestRows(
        time=BEGIN - random.uniform(0, span, count),
        service=random.integers(0, len(NAMES), count),
        services=NAMES,
        failed=outcome == 0,
        refused=outcome == 1,
        unknown_outcome=np.zeros(count, dtype=bool),
        bucket=random.integers(0, len(BOUNDS) + 1, count),
        labels={},
        bounds=BOUNDS,
    )


def naive(rows: RequestRows, grid: Grid, service: str) -> pd.DataFrame:
    """Each step counted by itself."""
    steps = []
    for end in range(grid.start, grid.end + 1, grid.step):
        inside = (rows.time > end - grid.step) & (rows.time <= end) & (rows.service == NAMES.index(service))
        counts = {("requests", ""): inside, ("errors", "server"): inside & rows.failed}
        counts[("errors", "client")] = inside & rows.refused
        for place, detail in enumerate(("0.1", "0.5", "1", "inf")):
            counts[("latency", detail)] = inside & ~rows.failed & (rows.bucket <= place)
            counts[("failed_latency", detail)] = inside & rows.failed & (rows.bucket <= place)
        steps.append({key: float(value.sum()) for key, value in counts.items()})
    return pd.DataFrame(steps, index=grid.index())


def counted(rows: RequestRows, parts: int = 1) -> RequestCounts:
    """The rows, taken in so many parts."""
    counts = RequestCounts(BOUNDS)
    for part in range(parts):
        some = rows.only(np.arange(len(rows.time)) % parts == part)
        counts.add(some, some.service, some.services)
    return counts


@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.parametrize("step", [60, 900, HOUR])
def test_counts_are_those_of_every_request(parts: int, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_counts, "PART", 500)
    rows = requests(parts)
    grid = Grid.ending(BEGIN - HOUR, span=20 * step, step=step)
    frame = counted(rows, parts).frame(grid, rates=False)
    for service in NAMES:
        expected = naive(rows, grid, service)
        for key in expected:
            assert frame[(service, *key)].tolist() == expected[key].tolist(), key
    assert ("cart", "measured", "") in frame or step != HOUR


def test_rates_of_the_newest_day_are_by_a_quarter_of_a_minute_and_older_ones_by_the_minute() -> None:
    rows = requests(3, count=60_000)
    counts = counted(rows, parts=3)
    newest = Grid.ending(BEGIN - 300, span=600, step=15)
    frame = counts.frame(newest, rates=True)
    np.testing.assert_allclose(frame[("shop", "requests", "")], naive(rows, newest, "shop")[("requests", "")] / 15)
    older = Grid.ending(BEGIN - DAY - HOUR, span=600, step=15)
    minutes = naive(rows, Grid.ending(older.end, span=600, step=60), "shop")[("requests", "")]
    by_step = counts.frame(older, rates=True)[("shop", "requests", "")]
    np.testing.assert_allclose(by_step, np.repeat(minutes.to_numpy(), 4) / 60)


def test_some_services_and_some_measures() -> None:
    rows = requests(4)
    counts, grid = counted(rows, parts=2), Grid.ending(BEGIN - HOUR, span=12 * HOUR, step=HOUR)
    wanted = {("requests", ""), ("latency", "0.5"), ("latency", "inf")}
    frame = counts.frame(grid, rates=False, shown={"shop": "renamed"}, measures=wanted)
    assert set(frame.columns) == {("renamed", *key) for key in (*wanted, ("measured", ""))}
    expected = naive(rows, grid, "shop")
    for key in wanted:
        assert frame[("renamed", *key)].tolist() == expected[key].tolist()


def test_only_the_newest_day_is_kept_where_only_that_is_wanted() -> None:
    counts = CellCounts(60, keep=DAY)
    for day in range(3):
        time = BEGIN + day * DAY + np.arange(0, DAY, 600.0)
        counts.add(time, np.zeros(len(time), dtype=np.int64))
    assert counts.intervals == 143 * 10 + 1
    total = sum(int(part[2].sum()) for part in counts.between(0, 1 << 30))
    assert total == 144, "of three days one is left"
    counts.add(np.array([BEGIN - DAY]), np.zeros(1, dtype=np.int64))
    assert counts.intervals == 143 * 10 + 1, "a row that is too late counts for nothing, and makes no room"


def test_nothing_is_said_of_times_that_the_log_does_not_reach() -> None:
    counts = counted(requests(5, span=HOUR))
    after = counts.frame(Grid(BEGIN + DAY, BEGIN + DAY, 60), rates=True)
    assert after.empty
    assert counts.frame(Grid(BEGIN, BEGIN, 5), rates=False).empty, "no count of a part of an interval is known"


def test_a_log_shorter_than_the_grid_is_shown_in_its_finest_steps() -> None:
    rows = requests(5, span=600)
    grid = Grid(BEGIN - HOUR + 15, BEGIN, 15)
    rates = counted(rows).frame(grid, rates=True)["shop", "requests", ""].fillna(0) * 15
    np.testing.assert_allclose(rates, naive(rows, grid, "shop")["requests", ""])


def test_beyond_the_newest_day_a_log_is_known_by_the_minute() -> None:
    rows = requests(6)
    grid = Grid(BEGIN - DAY - 600, BEGIN - DAY, 15)
    rates = counted(rows).frame(grid, rates=True)["shop", "requests", ""] * 60
    minutes = naive(rows, Grid(BEGIN - DAY - 600, BEGIN - DAY, 60), "shop")["requests", ""]
    np.testing.assert_allclose(rates[::4], minutes)
