"""A CSV source reads what can be read, as files grow, and names what cannot."""

import os
from pathlib import Path

import numpy as np
import pytest

from dashboard.exceptions import InvalidData, SourceUnavailable
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.csv_export import SHAPES, write_csv
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import read_as

NOW = 1_760_000_000 // HOUR * HOUR
WIDE = "time,service,requests,errors,p95_ms,memory\n"


def stamp(minute: int) -> str:
    return f"2025-10-09T08:{minute:02d}:00Z"


def rows(minutes: range, requests: int = 600, errors: int = 6) -> str:
    return "".join(f"{stamp(minute)},shop,{requests},{errors},120,0.5\n" for minute in minutes)


def grid_of(source: CsvSource, span: int = 600, step: int = 60) -> Grid:
    newest = source.counts(Grid(0, 0, step)).newest
    assert newest is not None
    return Grid.ending(newest, span=span, step=step)


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_the_counts_it_was_written_from(tmp_path: Path, shape: str) -> None:
    demo = DemoSource(start=NOW)
    path = tmp_path / "demo.csv"
    write_csv(demo, path, shape, start=NOW - 900, end=NOW)
    source = CsvSource([str(path)])
    assert {info.name for info in source.discover(NOW).services} >= {"checkout", "search", "auth"}
    grid = Grid(NOW - 600, NOW, 60)
    counts, truth = source.counts(grid).frame, demo.counts(grid).frame
    for service in ("checkout", "search"):
        for measure, detail in (("requests", ""), ("errors", "server")):
            got, want = counts[(service, measure, detail)].sum(), truth[(service, measure, detail)].sum()
            assert got == pytest.approx(want, rel=0.01, abs=1)


def test_wide_rows_are_rates_and_gauges_on_any_grid(tmp_path: Path) -> None:
    source = CsvSource([str(write(tmp_path, WIDE + rows(range(30))))])
    info = source.discover(NOW).services[0]
    assert (info.name, info.errors, info.threshold) == ("shop", True, None)
    for step in (15, 60, 300):
        frame = source.samples(grid_of(source, span=900, step=step)).frame
        np.testing.assert_allclose(frame[("shop", "requests", "")], 10.0)
        np.testing.assert_allclose(frame[("shop", "quantile", "0.95")], 0.12)
        np.testing.assert_allclose(frame[("shop", "saturation", "memory")], 0.5)


def test_outside_the_file_there_is_no_data_rather_than_zero(tmp_path: Path) -> None:
    source = CsvSource([str(write(tmp_path, WIDE + rows(range(10))))])
    grid = grid_of(source)
    later = Grid(grid.start + 1200, grid.end + 1200, 60)
    assert source.samples(later).frame.isna().all(axis=None)
    assert source.counts(later).frame.isna().all(axis=None)


def test_a_gap_in_the_rows_stays_a_gap(tmp_path: Path) -> None:
    source = CsvSource([str(write(tmp_path, WIDE + rows(range(5)) + rows(range(10, 15))))])
    frame = source.samples(grid_of(source, span=15 * 60)).frame
    assert int(frame[("shop", "requests", "")].isna().sum()) == 5


def test_appended_rows_are_read_without_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, WIDE + rows(range(30)))
    source = CsvSource([str(path)])
    source.discover(NOW)
    new = rows(range(30, 32))
    with path.open("a", encoding="utf-8") as file:
        file.write(new)
    answer = source.counts(Grid(0, 0, 60))
    assert answer.costs[0].bytes == len(new)
    assert answer.rows == 32
    assert answer.mergeable


def test_a_half_written_line_waits(tmp_path: Path) -> None:
    path = write(tmp_path, WIDE + rows(range(3)) + "2025-10-09T08:0")
    source = CsvSource([str(path)])
    assert source.counts(Grid(0, 0, 60)).rows == 3
    with path.open("a", encoding="utf-8") as file:
        file.write("3:00Z,shop,600,6,120,0.5\n")
    answer = source.counts(Grid(0, 0, 60))
    assert (answer.rows, answer.bad_rows) == (4, 0)


@pytest.mark.parametrize("how", ["truncated", "replaced", "rewritten larger"])
def test_a_file_that_is_another_one_is_read_anew(tmp_path: Path, how: str) -> None:
    path = write(tmp_path, WIDE + rows(range(20)))
    source = CsvSource([str(path)])
    source.discover(NOW)
    text = WIDE + rows(range(30), requests=1200)
    if how == "truncated":
        path.write_text(WIDE + rows(range(5), requests=1200), encoding="utf-8")
    elif how == "replaced":
        write(tmp_path, text, "new.csv")
        os.replace(tmp_path / "new.csv", path)
    else:
        path.write_text(text, encoding="utf-8")
    answer = source.counts(Grid(0, 0, 60))
    assert not answer.mergeable
    frame = source.samples(grid_of(source, span=120)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 20.0)


def test_a_directory_is_one_source_and_new_files_join(tmp_path: Path) -> None:
    write(tmp_path, WIDE + rows(range(5)), "a.csv")
    source = CsvSource([str(tmp_path)])
    source.discover(NOW)
    write(tmp_path, WIDE + rows(range(5)).replace("shop", "cart"), "b.csv")
    assert [info.name for info in source.discover(NOW).services] == ["cart", "shop"]


@pytest.mark.parametrize(
    ("text", "bad", "what"),
    [
        (f"{stamp(5)},shop,-5,0,120,0.5\n", 1, "0 <= errors <= requests"),
        (f"{stamp(5)},shop,5,50,120,0.5\n", 1, "0 <= errors <= requests"),
        (f"{stamp(5)},shop,1e308,0,120,0.5\n", 1, "0 <= errors <= requests"),
        (f"{stamp(5)},shop,NaN,0,120,0.5\n", 1, "0 <= errors <= requests"),
        ("yesterday,shop,5,0,120,0.5\n", 1, "the time 'yesterday' cannot be read"),
        (f"{stamp(5)},,5,0,120,0.5\n", 1, "the service has no name"),
        (f"{stamp(5)},shop,5\n", 1, "3 columns instead of 6"),
    ],
)
def test_a_bad_row_is_counted_and_shown_and_the_rest_is_used(tmp_path: Path, text: str, bad: int, what: str) -> None:
    source = CsvSource([str(write(tmp_path, WIDE + rows(range(5)) + text))])
    answer = source.counts(Grid(0, 0, 60))
    assert answer.bad_rows == bad
    assert what in answer.problems[0].what
    assert answer.problems[0].where.endswith(f"data.csv:{7 if 'columns' not in what else answer.problems[0].where[-1]}")
    assert source.samples(grid_of(source, span=120)).frame[("shop", "requests", "")].notna().all()


def test_the_later_of_two_rows_of_one_interval_wins_and_order_does_not_matter(tmp_path: Path) -> None:
    lines = rows(range(5)).splitlines(keepends=True)
    text = WIDE + "".join(reversed(lines)) + rows(range(4, 5), requests=1200)
    source = CsvSource([str(write(tmp_path, text))])
    frame = source.samples(grid_of(source, span=120)).frame
    assert frame[("shop", "requests", "")].tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    "times",
    [
        ["2025-10-09T08:00:00Z", "2025-10-09T10:01:00+02:00"],
        ["2025-10-09 08:00:00", "2025-10-09 08:01:00"],
        ["1759996800", "1759996860"],
        ["1759996800000", "1759996860000"],
        ["2025-10-09T08:00:00.250Z", "2025-10-09T08:01:00.000Z"],
    ],
)
def test_times_are_read_as_people_write_them(tmp_path: Path, times: list[str]) -> None:
    text = "time,service,requests,errors\n" + "".join(f"{time},shop,600,0\n" for time in times)
    answer = CsvSource([str(write(tmp_path, text))]).counts(Grid(0, 0, 60))
    assert answer.bad_rows == 0
    assert answer.newest == 1759996860


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("a,b,c\n1,2,3\n", "its columns are a, b, c; expected are"),
        (b"\x00\x01\x02binary\n", "binary data"),
        (b"x" * (2 << 20), "its first line is longer"),
    ],
    ids=["wrong columns", "binary", "one long line"],
)
def test_what_cannot_be_understood_is_refused_with_the_reason(tmp_path: Path, content: str | bytes, what: str) -> None:
    with pytest.raises(InvalidData, match=what):
        CsvSource([str(write(tmp_path, content))]).discover(NOW)


@pytest.mark.parametrize("text", ["", WIDE], ids=["empty", "header only"])
def test_a_file_without_rows_is_no_error_but_no_data(tmp_path: Path, text: str) -> None:
    catalog = CsvSource([str(write(tmp_path, text))]).discover(NOW)
    assert catalog.services == ()
    assert catalog.notes == ("the files hold no rows yet",)


def test_a_byte_order_mark_and_semicolons_are_understood(tmp_path: Path) -> None:
    text = "\ufeff" + (WIDE + rows(range(3))).replace(",", ";")
    assert CsvSource([str(write(tmp_path, text))]).discover(NOW).services[0].name == "shop"


def test_no_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"none\.csv: cannot be read: No such file"):
        CsvSource([str(tmp_path / "none.csv")]).discover(NOW)


def test_a_mapping_overrides_what_was_found(tmp_path: Path) -> None:
    text = (WIDE + rows(range(3))).replace("time,service", "wann,dienst")
    source = CsvSource([read_as(write(tmp_path, text), columns={"time": "wann", "service": "dienst"})])
    assert source.discover(NOW).services[0].name == "shop"


def test_a_file_without_services_is_that_of_the_service_that_is_named(tmp_path: Path) -> None:
    """As an access log, or what a load test writes."""
    rows = "".join(f"{stamp(minute)},GET,{status},120ms\n" for minute, status in ((1, 200), (2, 500), (3, "KO")))
    (tmp_path / "data.csv").write_text(f"time,method,status,duration\n{rows}", encoding="utf-8")
    (tmp_path / "more.csv").write_text(f"time,service,status,duration\n{stamp(2)},cart,200,1\n", encoding="utf-8")
    answer = CsvSource([read_as(tmp_path / "data.csv", service="checkout"), str(tmp_path)]).counts(
        Grid(NOW + HOUR, NOW + HOUR, HOUR)
    )
    assert answer.frame["checkout", "requests", ""].tolist() == [3]
    assert answer.frame["checkout", "errors", "server"].tolist() == [2]
    assert answer.frame["cart", "requests", ""].tolist() == [1]
    # Not named: that file is told, and the other one is read.
    source = CsvSource([str(tmp_path)])
    assert [info.name for info in source.discover(NOW).services] == ["cart"]
    (problem,) = source.counts(Grid(NOW + HOUR, NOW + HOUR, HOUR)).problems
    assert problem.where == f"{tmp_path}/data.csv"
    assert 'write service = "NAME" (no column tells it) under [source]' in problem.what
