"""Tables whose columns, or rows, are series of services: exact counts, or a refusal that says what to write."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.shapes import service_columns
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, append, bad_rows_of, counts_of, read_as, row, stamp

MINUTES = range(1, 61)


def table(header: str, *cells: str, minutes: range = MINUTES) -> str:
    """A row a minute; in the cells `{}` stands for its number."""
    rows = (",".join([stamp(60 * minute), *(cell.format(minute) for cell in cells)]) for minute in minutes)
    return "\n".join([header, *rows, ""])


def read(folder: Path, text: str, **reading: Any) -> CsvSource:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    return CsvSource([read_as(path, **reading)])


def counted(source: CsvSource) -> dict[tuple[str, str, str], float]:
    """The counts of the first hour, without how much of it was measured."""
    sums = counts_of(source).frame.iloc[0].to_dict()
    return {key: value for key, value in sums.items() if key[1] != "measured"}


def bad(source: CsvSource) -> tuple[int, list[tuple[str, str]]]:
    answer = counts_of(source)
    return answer.bad_rows, bad_rows_of(answer)


@pytest.mark.parametrize(
    ("unit", "cell", "requests"),
    [
        ("count", "6", 360),
        ("increase", "6.5", 390),
        ("per second", "0.5", 1800),
        ("per minute", "1.5", 90),
        ("running total", "{}", 59),
        # A unit that is written says more than the configuration.
        ("", "0.5 req/s", 1800),
        ("count", "90 req/min", 5400),
    ],
)
def test_numbers_are_counted_by_their_unit(unit: str, cell: str, requests: float, tmp_path: Path) -> None:
    source = read(tmp_path, table("time,a,b", cell, cell), signal="requests", unit=unit)
    assert counted(source) == pytest.approx({("a", "requests", ""): requests, ("b", "requests", ""): requests})
    assert bad(source) == (0, [])


def test_rates_are_counted_over_the_distance_of_their_rows(tmp_path: Path) -> None:
    text = table("time,a", "2", minutes=range(5, 61, 5))
    assert counted(read(tmp_path, text, signal="requests", unit="per second")) == {("a", "requests", ""): 7200}


@pytest.mark.parametrize(
    ("signal", "unit", "reason"),
    [
        ("", "", r'where the columns are services, write signal = "requests" and unit = "count" or "per second"'),
        ("requests", "", r'nothing tells whether the requests of a are counts or rates: write unit = "count"'),
        ("p95", "", r'nothing tells the unit of p95: write duration = "ms" or "s"'),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_to_write(
    signal: str, unit: str, reason: str, tmp_path: Path
) -> None:  # fmt: skip
    with pytest.raises(InvalidData, match=reason):
        read(tmp_path, table("time,a,b", "6", "6"), signal=signal, unit=unit).discover(BEGIN)


@pytest.mark.parametrize(("signal", "cell"), [("requests", "42%"), ("requests", "409 ms"), ("errors", "3 MB/s")])
def test_no_share_and_no_latency_is_a_count(signal: str, cell: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=f"the numbers of a have a unit that {signal} are not counted in"):
        read(tmp_path, table("time,a", cell), signal=signal, unit="count").discover(BEGIN)


def test_columns_that_are_called_by_what_they_count_are_no_services(tmp_path: Path) -> None:
    text = table('time,"requests: a","errors: a"', "6", "1")
    assert counted(read(tmp_path, text, signal="requests", unit="count")) == {
        ("a", "requests", ""): 360, ("a", "errors", "server"): 60,
    }  # fmt: skip
    with pytest.raises(InvalidData, match="nothing in 'requests' tells the service"):
        read(tmp_path, table("time,requests,errors", "6", "1"), signal="requests", unit="count").discover(BEGIN)


def test_the_sum_of_all_services_is_none(tmp_path: Path) -> None:
    source = read(tmp_path, table("time,a,b,Total", "6", "4", "10"), signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 360, ("b", "requests", ""): 240}
    alone = read(tmp_path, table("time,Total", "10"), signal="requests", unit="count", service="shop")
    assert counted(alone) == {("shop", "requests", ""): 600}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            table("time,region,a", "eu", "6"),
            "the column 'region' tells rows of one time apart, where services are columns",
        ),
        (table("time,a,a", "6", "6"), "two columns are called 'a': give each its own name"),
        (
            table("time,a", "6") + table("time,b", "9"),
            "its columns change in the middle, to one called 'b': split the file there",
        ),
        (table("time,200,500", "6", "1"), "nothing in '200' tells the service: write service = "),
    ],
)
def test_what_would_be_counted_wrong_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=reason):
        read(tmp_path, text, signal="requests", unit="count").discover(BEGIN)


def test_the_header_of_the_same_table_in_its_middle_is_a_bad_row(tmp_path: Path) -> None:
    text = table("time,a", "6", minutes=range(1, 31)) + table("time,a", "6", minutes=range(31, 61))
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 360}
    assert [line for line, _ in bad(source)[1]] == ["32"]


def test_outcomes_are_columns_of_one_service(tmp_path: Path) -> None:
    source = read(tmp_path, table("time,2xx,404,500", "7", "2", "1"), signal="requests", unit="count", service="shop")
    assert counted(source) == {
        ("shop", "requests", ""): 600, ("shop", "errors", "server"): 60, ("shop", "errors", "client"): 120,
    }  # fmt: skip


def test_a_column_of_services_and_one_of_counts_are_series_as_rows(tmp_path: Path) -> None:
    text = "time,service,count\n" + "".join(f"{stamp(60 * minute)},a,6\n" for minute in MINUTES)
    assert counted(read(tmp_path, text, signal="requests", unit="count")) == {("a", "requests", ""): 360}


def test_without_errors_nothing_is_said_of_availability_but_what_to_write(tmp_path: Path) -> None:
    source = read(tmp_path, table("time,a", "6"), signal="requests", unit="count")
    (info,) = source.discover(BEGIN).services
    assert not info.errors
    assert info.notes == (
        "whether requests fail is unknown: nothing holds their errors; name the file that does as [[source.files]] "
        'with paths = ["errors.csv"], signal = "errors" and its unit',
    )


def test_several_files_give_requests_and_errors(tmp_path: Path) -> None:
    """Of b nothing is written where none failed; c never failed, and is in no file of errors."""
    for name, text in {
        "requests": table("time,a,b,c", "60", "30", "10"),
        "errors": table("time,a,b", "6", ""),
        "p95": table("time,a", "409 ms"),
        "cpu": table("time,a", "42 %"),
    }.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    source = CsvSource(
        [
            *(read_as(tmp_path / f"{name}.csv", signal=name, unit="count") for name in ("requests", "errors")),
            *(read_as(tmp_path / f"{name}.csv", signal=name) for name in ("p95", "cpu")),
        ]
    )
    assert [(info.name, info.errors) for info in source.discover(BEGIN).services] == [
        ("a", True), ("b", True), ("c", False),
    ]  # fmt: skip
    assert counted(source) == {
        ("a", "requests", ""): 3600, ("b", "requests", ""): 1800, ("c", "requests", ""): 600,
        ("a", "errors", "server"): 360, ("b", "errors", "server"): 0,
    }  # fmt: skip
    samples = source.samples(Grid(BEGIN + HOUR, BEGIN + HOUR, 60)).frame
    assert samples[("a", "quantile", "0.95")].tolist() == [pytest.approx(0.409)]
    assert samples[("a", "saturation", "cpu")].tolist() == [pytest.approx(0.42)]


HEADER = 'time,"{service=""a"",code=""200""}","{service=""a"",code=""404""}","{service=""a"",code=""500""}"'


def test_statuses_in_names_are_added_up_by_the_vocabulary(tmp_path: Path) -> None:
    """A status that did not come in a minute has no number there."""
    text = table(HEADER, "10", "2", "") + "" + table("", "10", "2", "1", minutes=range(61, 62))[1:]
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {
        ("a", "requests", ""): 720, ("a", "errors", "server"): 0, ("a", "errors", "client"): 120,
    }  # fmt: skip
    next_minute = source.counts(Grid(BEGIN + 61 * 60, BEGIN + 61 * 60, 60)).frame
    assert next_minute[("a", "errors", "server")].tolist() == [1]


def test_a_series_of_all_requests_is_not_added_to_those_of_each_status(tmp_path: Path) -> None:
    text = table('time,"{service=""a""}","{service=""a"",code=""500""}"', "100", "7")
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 6000, ("a", "errors", "server"): 420}


def test_an_unknown_status_is_never_good(tmp_path: Path) -> None:
    text = table('time,"{service=""a"",code=""200""}","{service=""a"",code=""violet""}"', "10", "1")
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 660}
    (info,) = source.discover(BEGIN).services
    assert "whether requests with status 'violet' failed is unknown" in info.notes[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("12,lots", "b is 'lots', which is no number, or has another unit than the others"),
        ("12,-1", "b is -1: it is below 0, or beyond what anybody counts"),
        ("12,0.5", "b is 0.5: a count is a whole number: write unit = "),
        ("12,1e16", "b is 1e+16: it is below 0, or beyond what anybody counts"),
        ("12", "2 columns instead of 3"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line_and_reason(line: str, reason: str, tmp_path: Path) -> None:
    text = table("time,a,b", "6", "6", minutes=range(1, 60)) + f"{stamp(HOUR)},{line}\n"
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 354, ("b", "requests", ""): 354}
    count, [(place, said)] = bad(source)
    assert (count, place) == (1, "61")
    assert said.startswith(reason)


def test_more_failures_than_requests_are_a_bad_row(tmp_path: Path) -> None:
    text = table('time,"{service=""a""}","{service=""a"",code=""500""}"', "1", "{}", minutes=range(1, 3))
    source = read(tmp_path, text, signal="requests", unit="count")
    assert counted(source) == {("a", "requests", ""): 1, ("a", "errors", "server"): 1}
    assert bad(source) == (1, [("3", "more requests failed than came")])


def test_a_table_of_services_is_followed_while_it_grows(tmp_path: Path) -> None:
    source = read(tmp_path, table("time,a", "{}", minutes=range(31)), signal="requests", unit="running total")
    assert counted(source) == {("a", "requests", ""): 30}
    append(tmp_path / "export.csv", table("", "{}", minutes=range(31, 61))[1:])
    assert counted(source) == {("a", "requests", ""): 60}


ROWS = "time,service,pod,code,value\n"


def pods(minutes: range, value: int = 10) -> str:
    """Two pods of a service, of which the second fails a tenth."""
    return "".join(
        f"{stamp(60 * minute + late)},a,{pod},{code},{count}\n"
        for minute in minutes
        for pod, late, code, count in (("p1", 0, 200, value), ("p2", 7, 200, value - 1), ("p2", 7, 500, 1))
    )


def test_series_as_rows_add_up_each_once(tmp_path: Path) -> None:
    """The pods are scraped seconds apart; a row that is written again is counted once."""
    source = read(tmp_path, ROWS + pods(MINUTES) + pods(range(60, 61)), signal="requests", unit="count")
    assert counted(source) == {
        ("a", "requests", ""): 1200, ("a", "errors", "server"): 60, ("a", "errors", "client"): 0,
    }  # fmt: skip
    append(tmp_path / "export.csv", pods(range(60, 61), value=20))
    assert counted(source)[("a", "requests", "")] == 1220


def test_counters_as_rows_grow_by_series(tmp_path: Path) -> None:
    text = '"Series";"Time";"Value"\n' + "".join(
        f"\"http_requests_total{{job='a',code='{code}'}}\";{stamp(60 * minute)};{minute * each}\n"
        for code, each in (("200", 10), ("500", 1))
        for minute in range(61)
    )
    source = read(tmp_path, text)
    assert counted(source) == {
        ("a", "requests", ""): 660, ("a", "errors", "server"): 60, ("a", "errors", "client"): 0,
    }  # fmt: skip


def test_a_bad_value_of_a_series_has_its_line(tmp_path: Path) -> None:
    text = ROWS + pods(MINUTES) + f"{stamp(60)},a,p3,200,many\n{stamp(60)},,p3,200,1\n"
    source = read(tmp_path, text, signal="requests", unit="per second")
    assert bad(source) == (
        2,
        [
            ("182", "the value is 'many', which is no number, or has another unit than the others"),
            ("183", 'nothing tells the service: write service = "checkout" under [source]'),
        ],
    )


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("time,service,requests,errors\n" + "".join(row(60 * minute, 10, 1) for minute in range(60)), {}),
        (
            "time,service,signal,value\n"
            + "".join(
                f"{stamp(60 * minute)},shop,{signal},{value}\n"
                for minute in range(60)
                for signal, value in (("requests", 10), ("errors", 1))
            ),
            {},
        ),
        (
            table(HEADER.replace('""a""', '""shop""'), "9", "", "1", minutes=range(60)),
            {"signal": "requests", "unit": "count"},
        ),
        (
            "time,service,status,value\n"
            + "".join(
                f"{stamp(60 * minute)},shop,{status},{value}\n"
                for minute in range(60)
                for status, value in (("200", 9), ("500", 1))
            ),
            {"signal": "requests", "unit": "count"},
        ),
    ],
    ids=["wide", "tidy", "columns", "rows"],
)  # fmt: skip
def test_a_row_that_is_stamped_at_its_start_tells_of_the_interval_after_it(
    text: str, reading: dict[str, str], tmp_path: Path
) -> None:
    """The first hour holds all sixty rows; stamped at their end, one of them would lie before."""
    at_start = read(tmp_path, text, stamp="start", **reading)
    assert (counted(at_start)[("shop", "requests", "")], counted(at_start)[("shop", "errors", "server")]) == (600, 60)
    assert counts_of(at_start).newest == BEGIN + HOUR
    at_end = read(tmp_path, text, stamp="end", **reading)
    assert counted(at_end)[("shop", "requests", "")] == 590
    assert counts_of(at_end).newest == BEGIN + HOUR - 60


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_blocks_of_rows_count_as_all_rows_at_once(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Running totals, the newest row first, with a bad row among them."""
    monkeypatch.setattr(service_columns, "BLOCK_CELLS", block)
    header, *rows = table("time,a,b", "{}", "{}", minutes=range(61)).splitlines()
    rows[30] = f"{stamp(1800)},30,-30"
    text = "\n".join([header, *reversed(rows), ""])
    source = read(tmp_path, text, signal="requests", unit="running total")
    assert counted(source) == {("a", "requests", ""): 60, ("b", "requests", ""): 60}
    assert bad(source) == (1, [("32", "b is -30: it is below 0, or beyond what anybody counts")])


def test_cells_that_hold_what_nobody_writes_are_bad_rows(tmp_path: Path) -> None:
    text = ROWS + pods(MINUTES) + f"{stamp(60)},a,p\0\0,200,1e999\n"
    assert bad(read(tmp_path, text, signal="requests", unit="count")) == (
        1, [("182", "the value is inf: it is below 0, or beyond what anybody counts")],
    )  # fmt: skip


def test_an_unknown_status_that_is_corrected_to_none_is_told_again(tmp_path: Path) -> None:
    violet = f"{stamp(60)},a,p1,violet,{{}}\n"
    source = read(tmp_path, ROWS + pods(MINUTES) + violet.format(3), signal="requests", unit="count")
    assert ("a", "errors", "server") not in counted(source)
    append(tmp_path / "export.csv", violet.format(0))
    assert counted(source)[("a", "errors", "server")] == 60


def test_a_series_of_all_requests_that_comes_after_those_of_each_status_is_refused(tmp_path: Path) -> None:
    """The requests of the statuses are counted: those of the whole would be added to them."""
    source = read(tmp_path, ROWS + pods(MINUTES), signal="requests", unit="count")
    assert counted(source)[("a", "requests", "")] == 1200
    append(tmp_path / "export.csv", f"{stamp(60)},a,p1,,30\n")
    with pytest.raises(InvalidData, match="a has series with and without a status: export only those with one"):
        source.discover(BEGIN)


def test_a_service_with_a_nul_in_its_name_is_one(tmp_path: Path) -> None:
    text = "time,service,value\n" + "".join(f"{stamp(60 * minute)},a\0b,6\n" for minute in MINUTES)
    assert counted(read(tmp_path, text, signal="requests", unit="count")) == {("a\0b", "requests", ""): 360}


def test_thousands_of_services_are_columns(tmp_path: Path) -> None:
    names = [f"service-{number:04}" for number in range(3000)]
    rows = (f"{stamp(60 * minute)}{',6' * len(names)}\n" for minute in range(1, 21))
    source = read(tmp_path, ",".join(["time", *names]) + "\n" + "".join(rows), signal="requests", unit="count")
    answer: Answer = counts_of(source)
    sums = answer.frame.xs("requests", axis=1, level="measure").iloc[0]
    assert (len(sums), set(sums)) == (3000, {120.0})
