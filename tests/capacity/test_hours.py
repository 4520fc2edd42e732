"""The table of hours: every value in its hour and its column, whatever order they come in."""

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.capacity.hours import HOURS, ResourceHours
from dashboard.timerange import HOUR, Grid

END = 1_790_000_000 // HOUR * HOUR


def peaks(end: int, hours: int, service: str = "shop", **more: float) -> pd.DataFrame:
    """Hours of one service whose use tells the hour that it is of, in thousandths since 30 days before `END`."""
    grid = Grid.ending(end, span=hours * HOUR, step=HOUR)
    use = numbered(np.arange(grid.start, grid.end + 1, HOUR))
    values = {(service, "saturation", "memory"): use, (service, "requests", ""): 1000 * use}
    return frames.samples(
        values | {(service, "limit", name): np.full(hours, limit) for name, limit in more.items()}, grid
    )


def numbered(ends: np.ndarray) -> np.ndarray:
    return np.asarray((ends - (END - HOURS * HOUR)) / HOUR / 1000)


def test_hours_go_to_their_places_the_newest_first_and_the_past_part_by_part() -> None:
    held = ResourceHours().extended(peaks(END, 24), ["shop"])
    held = held.extended(peaks(END - 24 * HOUR, HOURS - 24), ["shop"])
    ends = END - HOUR * np.arange(HOURS - 1, -1, -1)
    assert held.use[:, 0] == pytest.approx(numbered(ends))
    assert held.traffic[:, 0] == pytest.approx(1000 * numbered(ends))
    later = held.extended(peaks(END + 3 * HOUR, 2), ["shop"])
    assert (later.end, later.begin) == (END + 3 * HOUR, END + 3 * HOUR - HOURS * HOUR)
    assert later.use[-2:, 0] == pytest.approx(numbered(np.array([END + 2 * HOUR, END + 3 * HOUR])))
    assert np.isnan(later.use[-3, 0]), "an hour that nobody told is not known"
    assert later.use[:-3, 0] == pytest.approx(held.use[3:, 0])


def test_what_is_no_longer_answered_was_measured_all_the_same() -> None:
    held = ResourceHours().extended(peaks(END, 4), ["shop"])
    empty = peaks(END, 4) * np.nan
    assert held.extended(empty, ["shop"]).use[-4:, 0] == pytest.approx(held.use[-4:, 0])


def test_columns_keep_their_values_when_services_come_and_go() -> None:
    held = ResourceHours().extended(peaks(END, 4, memory=8.0), ["shop"])
    both = held.extended(peaks(END, 4, "cart"), ["shop", "cart"])
    assert both.resources == (("cart", "memory"), ("shop", "memory"))
    assert both.use[-4:, 1] == pytest.approx(held.use[-4:, 0])
    assert both.limits == {("shop", "memory"): 8.0}
    alone = both.extended(peaks(END, 4, "cart"), ["cart"])
    assert alone.resources == (("cart", "memory"),)
    assert alone.limits == {}
    assert alone.use[-4:, 0] == pytest.approx(both.use[-4:, 0])


def test_a_gap_of_more_than_thirty_days_leaves_nothing_of_before() -> None:
    held = ResourceHours().extended(peaks(END, 24), ["shop"])
    later = held.extended(peaks(END + 2 * HOURS * HOUR, 1), ["shop"])
    assert np.isfinite(later.use[:, 0]).sum() == 1
