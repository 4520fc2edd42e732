"""Counts are counts: what is a ratio, a rate or a running total is refused with what to write, and never counted."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dashboard.sources.csv.counting import LONE_TOTAL
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import (
    BEGIN,
    TIDY,
    WIDE,
    append,
    bad_rows_of,
    counts_of,
    read_as,
    requests_of,
    row,
    source_of,
    stamp,
)

RATE = "a rate per second is no count: export how many there were in each interval"
SHARE = "a share is no count: name the column of counts in columns under [source]"
RATIO = f"holds numbers of at most 1, so it seems to be a ratio: {SHARE}"
TOTAL = (
    'only rises, as a running total does: write unit = "running total" under [source] to count its increases, '
    'or unit = "count" where every row has counts of its own'
)


def wide(cells: Sequence[tuple[object, object]], *, first: int = 1) -> str:
    return "".join(row(60 * number, *cell) for number, cell in enumerate(cells, first))


def tidy(cells: Sequence[tuple[object, object]], *, first: int = 1) -> str:
    return "".join(
        f"{stamp(60 * number)},shop,{signal},{value}\n"
        for number, cell in enumerate(cells, first)
        for signal, value in zip(("requests", "errors"), cell, strict=True)
    )


SHAPES = pytest.mark.parametrize(("header", "text"), [(WIDE, wide), (TIDY, tidy)], ids=["wide", "tidy"])
Text = Callable[..., str]


def errors_of(source: CsvSource) -> float:
    return float(counts_of(source).frame[("shop", "errors", "server")].sum())


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([(600, 0.02), (600, 1), (600, 0.5), (600, 0), (600, 0.25)], f"errors {RATIO}"),
        # Of few rows, all that are not 0.
        ([(600, 0), (600, 0.02)], f"errors {RATIO}"),
        ([(16.7, 0), (15, 0), (17.2, 0), (18.5, 0)], f"requests has fractions: {RATE}"),
    ],
    ids=["ratio", "small ratio", "rate"],
)
@SHAPES
def test_a_column_of_ratios_or_rates_refuses_all_of_its_rows(
    tmp_path: Path, header: str, text: Text, cells: list[tuple[object, object]], reason: str
) -> None:
    source = source_of(tmp_path / "data.csv", header + text(cells))
    answer = counts_of(source)
    assert answer.bad_rows == len(cells) * (1 if header == WIDE else 2)
    assert {what for _, what in bad_rows_of(answer)} == {reason}
    assert answer.frame.empty


@SHAPES
def test_what_later_rows_tell_of_a_column_holds_for_the_first_ones(tmp_path: Path, header: str, text: Text) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, header + text([(600, 0), (600, 1), (600, 1)]))
    assert errors_of(source) == 2
    # One fraction is a slip, three are ratios.
    append(path, text([(600, 0.5)], first=4))
    assert errors_of(source) == 2
    append(path, text([(600, 0.5), (600, 0.25), (600, 0.125)], first=5))
    assert counts_of(source).frame.empty
    again = CsvSource([str(path)])
    assert counts_of(again).bad_rows == counts_of(source).bad_rows == 7 * (1 if header == WIDE else 2)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("12 req/s", RATE),
        ("42 %", SHARE),
        ("3 ms", "a duration is no count"),
        ("1.5 MB", "an amount of data is no count"),
    ],
)
def test_a_unit_tells_that_a_number_is_no_count(tmp_path: Path, cell: str, reason: str) -> None:
    source = source_of(tmp_path / "data.csv", WIDE + row(60) + row(120, cell))
    assert bad_rows_of(counts_of(source)) == [("3", f"requests: {reason}")]


@SHAPES
def test_a_running_total_is_offered_as_such_and_counted_when_it_is_said(
    tmp_path: Path, header: str, text: Text
) -> None:
    path = tmp_path / "data.csv"
    # A process starts anew after half of the rows.
    totals = [(1000 + 60 * number, 10 + number // 4) for number in range(20)]
    totals += [(30 + 60 * number, number // 4) for number in range(20)]
    source = source_of(path, header + text(totals))
    assert {what for _, what in bad_rows_of(counts_of(source))} == {f"requests {TOTAL}"}
    assert counts_of(source).frame.empty

    running = CsvSource([read_as(path, unit="running total")])
    assert (requests_of(running), errors_of(running)) == (60 * 19 + 30 + 60 * 19, 8)
    assert bad_rows_of(counts_of(running)) == []
    append(path, text([(1300, 5), (1290, 6)], first=41))
    # From 1170 and 4; then it falls, and has begun anew.
    assert (requests_of(running), errors_of(running)) == (2310 + 130 + 1290, 8 + 1 + 1)

    each = CsvSource([read_as(path, unit="count")])
    assert requests_of(each) == sum(total for total, _ in totals) + 1300 + 1290


def test_a_file_that_is_followed_from_its_first_row_is_a_running_total_as_soon_as_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE)
    for number in range(1, 26):
        append(path, row(60 * number, 600 * number))
        answer = counts_of(source)
    assert answer.bad_rows == 25
    assert bad_rows_of(answer)[0] == ("2", f"requests {TOTAL}")


def test_requests_that_grow_are_no_total_where_they_vary(tmp_path: Path) -> None:
    counts = [(100 + 2 * number - 5 * (number % 8 == 7), number % 2) for number in range(40)]
    source = source_of(tmp_path / "data.csv", WIDE + wide(counts))
    assert (requests_of(source), errors_of(source)) == tuple(map(sum, zip(*counts, strict=True)))
    steady = source_of(tmp_path / "steady.csv", WIDE + wide([(600, 3)] * 40))
    assert (requests_of(steady), errors_of(steady)) == (24_000, 120)


# (requests, errors) of few rows that are running totals, by their size or by how evenly they rise.
SHORT_TOTALS = {
    "a long-lived process": [(100_000, 100), (100_060, 101), (100_120, 102), (100_180, 103)],
    "three rows": [(100_000, 400), (100_060, 401), (100_121, 402)],
    "without new errors": [(100_000, 100), (100_060, 100), (100_120, 100), (100_180, 100)],
    "from its beginning": [(60, 0), (121, 1), (179, 1), (240, 1), (302, 2), (361, 2)],
    "of another size": [(1000 + 97 * number + 31 * (number % 3), 5 + number // 2) for number in range(10)],
    "beside requests of each minute": [(5000 - 7 * (number % 3), number) for number in range(1, 7)],
    "beside errors of each minute": [(100_000 + 60 * number, (2, 0, 3)[number % 3]) for number in range(5)],
    "begun anew again and again": [(60 * (number % 6 + 1), (number % 6 + 1) * 5) for number in range(40)],
    "errors now and then": [(5000 - 7 * (number % 3), 12 + number // 6) for number in range(31)],
}
# And those that may as well be counts of each minute: they are counted.
SHORT_COUNTS = {
    "two rows": [(100, 0), (110, 0)],
    "an incident begins": [(600 - number % 3, max(0, number - 24) ** 2 // 3) for number in range(30)],
    "steps": [(600, 3)] * 15 + [(700, 3)] * 15,
    "a morning": [(100, 0), (180, 0), (320, 1), (700, 1), (1200, 1), (2100, 1), (2500, 1)],
    "varying": [(100_000, 100), (100_260, 104), (100_320, 101), (99_180, 103)],
}


@SHAPES
@pytest.mark.parametrize("name", SHORT_TOTALS)
def test_few_rows_of_a_running_total_are_refused(tmp_path: Path, name: str, header: str, text: Text) -> None:
    source = source_of(tmp_path / "data.csv", header + text(SHORT_TOTALS[name]))
    answer = counts_of(source)
    assert answer.frame.empty
    assert answer.bad_rows == answer.rows
    assert 'write unit = "' in answer.problems[0].what


@SHAPES
@pytest.mark.parametrize("name", SHORT_COUNTS)
def test_few_rows_that_may_be_counts_are_counted(tmp_path: Path, name: str, header: str, text: Text) -> None:
    source = source_of(tmp_path / "data.csv", header + text(SHORT_COUNTS[name]))
    requests, errors = map(sum, zip(*SHORT_COUNTS[name], strict=True))
    assert (requests_of(source), errors_of(source), counts_of(source).bad_rows) == (requests, errors, 0)


def test_counts_that_have_only_risen_are_counted_and_said(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + wide([(100, 0), (110, 0)]))
    said = 'its counts have only risen so far: if they are running totals, unit = "running total" says so'
    assert said in source.discover(BEGIN).files[0].what
    assert requests_of(source) == 210
    append(path, wide([(90, 0)], first=3))
    assert said not in source.discover(BEGIN).files[0].what
    assert said not in CsvSource([read_as(path, unit="count")]).discover(BEGIN).files[0].what


@SHAPES
def test_what_few_rows_seem_to_be_later_rows_may_contradict(tmp_path: Path, header: str, text: Text) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, header)
    for number, requests in enumerate((100_000, 100_060, 100_120, 100_180), start=1):
        append(path, text([(requests, number)], first=number))
        answer = counts_of(source)
    assert answer.frame.empty
    append(path, text([(99_000, 2)], first=5))
    assert (requests_of(source), errors_of(source), counts_of(source).bad_rows) == (499_360, 12, 0)
    again = CsvSource([str(path)])
    assert (requests_of(again), errors_of(again), counts_of(again).bad_rows) == (499_360, 12, 0)


@pytest.mark.parametrize("total", ["requests", "errors"])
def test_a_total_beside_counts_of_each_interval_is_refused(tmp_path: Path, total: str) -> None:
    counts = [(100_000 + 60 * number, number % 3) for number in range(60)]
    if total == "errors":
        counts = [(5_000 + number % 7, number) for number in range(60)]
    path = tmp_path / "data.csv"
    answer = counts_of(source_of(path, WIDE + wide(counts)))
    assert (answer.rows, answer.bad_rows) == (60, 60)
    assert answer.problems[0].what == f"{total} {LONE_TOTAL}"
    said = CsvSource([read_as(path, unit="count")])
    assert (requests_of(said), errors_of(said)) == tuple(map(sum, zip(*counts, strict=True)))


def test_totals_are_those_of_each_pod(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    lines = [
        f"{stamp(60 * number)},shop,{1000 * pod + 60 * number * pod},{6 * number * (pod == 2)},pod-{pod}\n"
        for number in range(1, 11)
        for pod in (1, 2)
    ]
    path.write_text("time,service,requests,errors,pod\n" + "".join(lines), encoding="utf-8")
    source = CsvSource([read_as(path, unit="running total")])
    assert (requests_of(source), errors_of(source)) == (9 * 180, 54)
    append(path, f"{stamp(300)},shop,1,0,pod-1\n{stamp(660)},shop,1660,0,pod-1\n")
    assert requests_of(source) == 9 * 180 + 60
    late = ("22", "a running total that is older than one before it tells no increase")
    assert bad_rows_of(counts_of(source)) == [late]


def test_a_total_that_fails_more_often_than_it_is_asked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(WIDE + wide([(100, 0), (110, 20), (200, 20)]), encoding="utf-8")
    source = CsvSource([read_as(path, unit="running total")])
    assert [line for line, _ in bad_rows_of(counts_of(source))] == ["3"]
    assert (requests_of(source), errors_of(source)) == (90, 0)


def test_a_refused_row_makes_no_service(tmp_path: Path) -> None:
    refused = [
        "time,service,requests,errors\n",
        f"28.11.2025,other,600,0\n{stamp(120)},many,5,9\n{stamp(120)},half,5.5,0\n{stamp(120)},word,many,0\n",
        f"{stamp(120)},point,5.400,0\n2150-01-01T00:00:00Z,later,5,0\n",
    ]
    source = source_of(tmp_path / "data.csv", WIDE + row(60) + "".join(refused) + row(180))
    grid = Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)
    assert [info.name for info in source.discover(0).services] == ["shop"]
    assert set(source.counts(grid).frame.columns.get_level_values(0)) == {"shop"}
    assert source.counts(grid).bad_rows == 7
    assert bad_rows_of(source.counts(grid))[0] == ("3", "the header stands here once more")


@pytest.mark.parametrize("shape", ["log", "tidy", "pods"])
def test_files_that_are_put_one_behind_the_other_have_one_bad_row(tmp_path: Path, shape: str) -> None:
    header, cells = {
        "log": ("time,service,status,duration_ms,tier\n", ["shop,200,5,gold"]),
        "tidy": (TIDY, ["shop,requests,5", "shop,errors,1"]),
        "pods": ("time,service,requests,errors,pod,cpu\n", ["shop,3,1,a,0.5", "shop,2,0,b,0.5"]),
    }[shape]
    first, second = ("".join(f"{stamp(seconds)},{cell}\n" for cell in cells) for seconds in (60, 120))
    source = source_of(tmp_path / "data.csv", header + first + header + second)
    (shop,) = source.discover(BEGIN).services
    assert (shop.name, set(shop.labels)) == ("shop", {"log": {"status", "tier"}, "tidy": set(), "pods": {"pod"}}[shape])
    assert requests_of(source) == (2 if shape == "log" else 10)
    assert bad_rows_of(counts_of(source)) == [(str(len(cells) + 2), "the header stands here once more")]
    for label in shop.labels:
        values = source.breakdown(Grid(BEGIN + 120, BEGIN + 120, 60), "shop", label).frame.columns.get_level_values(0)
        assert label not in values


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize(
    ("columns", "other"),
    [
        ("requests,errors,client_errors", "requests,client_errors,errors"),
        ("requests,errors,p50,p95", "requests,errors,p95,p50"),
        ("requests,errors,cpu", "requests,errors,memory"),
    ],
)
def test_rows_behind_a_header_of_another_order_are_refused(
    tmp_path: Path, columns: str, other: str, in_pieces: bool
) -> None:
    path = tmp_path / "data.csv"
    rest = ",0.5" * (columns.count(",") - 1)
    lines = [f"{stamp(60 * number)},shop,100,1{rest.replace('0.5', '1')}\n" for number in range(1, 10)]
    pieces = [f"time,service,{columns}\n", *lines[:3], f"time,service,{other}\n", *lines[3:6]]
    pieces += [f"time,service,{columns}\n", *lines[6:]]
    source = source_of(path, pieces[0] if in_pieces else "".join(pieces))
    for piece in pieces[1:] if in_pieces else ():
        append(path, piece)
        counts_of(source)
    said = (
        "the header stands in the file once more with other columns, or in another order: put what is behind it into "
        "a file of its own"
    )
    header = "the header stands here once more"
    assert bad_rows_of(counts_of(source)) == [("5", header), ("6", said), ("7", said), ("8", said), ("9", header)]
    assert (requests_of(source), errors_of(source)) == (600, 6)


def test_a_request_fails_once(tmp_path: Path) -> None:
    cells = ["100,60,40"] * 4 + ["100,60,41", "100,0,101", "100,5,-1", "100,,101"]
    lines = "".join(f"{stamp(60 * number)},shop,{cell}\n" for number, cell in enumerate(cells, 1))
    source = source_of(tmp_path / "data.csv", "time,service,requests,errors,client_errors\n" + lines)
    said = "client_errors must be counts, and errors and client_errors together no more than requests"
    assert bad_rows_of(counts_of(source)) == [(line, said) for line in ("6", "7", "8", "9")]
    assert (requests_of(source), errors_of(source)) == (400, 240)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_no_more_requests_fail_than_there_are_at_a_time_of_a_tidy_file(
    tmp_path: Path, order: tuple[int, int, int]
) -> None:
    # Requests, errors and client errors of each minute.
    minutes = [(100, 60, 40)] * 4 + [(100, 0, 0), (100, 60, 41), (100, 200, 0), (50, 0, 51), (300, 200, 0)]
    names = ("requests", "errors", "client_errors")
    lines = [
        f"{stamp(60 * number)},shop,{names[place]},{cells[place]}\n"
        for number, cells in enumerate(minutes, 1)
        for place in order
    ]
    source = source_of(tmp_path / "data.csv", TIDY + "".join(lines))
    said = "errors and client_errors together must be no more than the requests of the same time"
    assert bad_rows_of(counts_of(source)) == [(str(line), said) for line in range(17, 22)]
    assert counts_of(source).bad_rows == 9
    assert (requests_of(source), errors_of(source)) == (800, 440)
