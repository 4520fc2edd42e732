"""The grid is absolute, so that two answers can be merged."""

import pytest

from dashboard.timerange import Grid, step_for


def test_a_grid_ends_on_the_last_multiple_and_covers_the_span() -> None:
    grid = Grid.ending(1_000_007, span=60, step=15)
    assert (grid.start, grid.end, len(grid), grid.span) == (999_960, 1_000_005, 4, 60)
    assert list(grid.index().as_unit("s").asi8) == [999_960, 999_975, 999_990, 1_000_005]
    assert str(grid.index().tz) == "UTC"
    assert grid.index().name == "time"


def test_a_tail_holds_the_points_after_its_start_and_at_least_one() -> None:
    grid = Grid(0, 60, 15)
    assert grid.tail(30) == Grid(45, 60, 15)
    assert grid.tail(1000) == Grid(60, 60, 15)
    assert grid.tail(-100) == grid


@pytest.mark.parametrize(("start", "end", "step"), [(1, 16, 15), (0, 16, 15), (30, 15, 15), (0, 15, 0)])
def test_an_unaligned_grid_is_refused(start: int, end: int, step: int) -> None:
    with pytest.raises(ValueError, match="is no grid"):
        Grid(start, end, step)


def test_one_point_may_lie_anywhere() -> None:
    assert Grid(4515, 4515, 3600).span == 3600


@pytest.mark.parametrize(
    ("span", "step"), [(900, 15), (3600, 15), (21600, 60), (86400, 300), (7 * 86400, 1800), (30 * 86400, 7200)]
)
def test_no_chart_has_more_than_480_points(span: int, step: int) -> None:
    assert step_for(span) == step
    assert span / step_for(span) <= 480


def test_a_grid_is_taken_from_its_end_in_parts() -> None:
    grid = Grid(60, 600, 60)
    parts, left = [], grid
    while left is not None:
        parts.append(left.newest(4))
        left = left.before(parts[-1])
    assert parts == [Grid(420, 600, 60), Grid(180, 360, 60), Grid(60, 120, 60)]
    assert grid.newest(float("inf")) == grid
    assert len(grid.newest(0)) == 1
