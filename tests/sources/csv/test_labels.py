"""Breakdowns of request logs by their labels."""

from pathlib import Path

import numpy as np

from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, LOG, requests_of, source_of, stamp


def test_a_day_of_many_services_and_routes_is_broken_down(tmp_path: Path) -> None:
    rows = [
        f"{BEGIN - second * 1700},s{service},/{route},200,5"
        for second in range(50, 0, -1)
        for service in range(25)
        for route in range(32)
    ]
    source = source_of(tmp_path / "a.csv", LOG + "\n".join([*rows, ""]))
    source.discover(BEGIN)
    grid = Grid.ending(BEGIN, span=24 * HOUR, step=HOUR)
    for service in ("s0", "s24"):
        parts = source.breakdown(grid, service, "route").frame
        requests = parts.loc[:, parts.columns.get_level_values("measure") == "requests"]
        whole = source.samples(grid, service).frame[(service, "requests", "")]
        np.testing.assert_allclose(requests.sum(axis=1)[2:], whole[2:], rtol=1e-6)
        assert whole[2:].sum() > 0
        assert "other values" in requests.columns.get_level_values("service")


def test_a_label_that_is_no_utf8_is_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    source = source_of(
        tmp_path / "data.csv", f"{LOG}{stamp(60)},shop,/café,200,5\n".encode().replace("é".encode(), b"\xff")
    )
    assert requests_of(source) == 1
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 60, 60), "shop", "route").frame
    assert set(parts.columns.get_level_values(0)) == {"/caf\ufffd"}


def test_values_without_end_are_one_and_the_first_ones_keep_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    few = "".join(f"{stamp(second)},s{second % 2},/{second % 6},200,5\n" for second in range(1, 61))
    source = source_of(path, LOG + few)
    source.discover(BEGIN)
    many = "".join(f"{stamp(60 + number / 100)},s{number % 2},/id/{number},200,5\n" for number in range(1, 5000))
    with path.open("a") as file:
        file.write(many + few)
    grid = Grid.ending(BEGIN + 120, span=120, step=60)
    parts = source.breakdown(grid, "s0", "route").frame
    requests = parts.xs("requests", axis=1, level="measure").droplevel("detail", axis=1) * 60
    values = [*(f"/{value}" for value in (2, 4, 0)), *(f"/id/{number}" for number in range(2, 56, 2)), "other values"]
    assert list(requests.columns) == values, "thirty values, and one for all others"
    assert requests["/2"].sum() == 2 * 10
    assert requests["/id/2"].sum() == 1
    assert requests["other values"].sum() == 4999 // 2 - 27
    assert "none" not in values
