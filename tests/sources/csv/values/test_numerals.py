"""Thousands and decimal signs: all values of a column tell them; what they do not tell is refused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import Grid
from tests.sources.csv.csv_text import BEGIN, append, bad_rows_of, counts_of, read_as, requests_of, source_of, stamp

HEADER = "time;service;requests;errors;p95"


def text_of(requests: Sequence[str], *, sign: str = ";", p95: str = "0,25") -> str:
    lines = [f"{stamp(60 * number)};shop;{cell};0;{p95}" for number, cell in enumerate(requests, 1)]
    quoted = [line.replace(";", sign) if sign == ";" else _quoted(line, sign) for line in (HEADER, *lines)]
    return "\n".join(quoted) + "\n"


def _quoted(line: str, sign: str) -> str:
    return sign.join(f'"{cell}"' if sign in cell else cell for cell in line.split(";"))


@pytest.mark.parametrize(
    ("cells", "requests"),
    [
        (["5.400", "800", "1.234.567"], 1_240_767),
        (["1,234.0", "5,400", "7"], 6641),
        (["1.234,0", "5.400", "7"], 6641),
        (["1 234", "5 400", "1 234 567"], 1_241_201),
        (["1\u202f234", "1\u00a0000", "3"], 2237),
        (["1'234", "1’000", "12'000'000"], 12_002_234),
        (["5,0", "7,0", "12"], 24),
        (["5.0", "7.00", "1234.000"], 1246),
        (["1.2 K", "3,5 K", "1 M"], 1_004_700),
        (["1_000", "2e3", "+5"], 3005),
        (["12 req", "8 requests", "1"], 21),
        # India groups by two digits but for the last three.
        (["12,34,567", "1,23,45,678", "5,400"], 13_585_645),
    ],
)
@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_all_values_of_a_column_tell_its_signs(tmp_path: Path, cells: list[str], requests: int, sign: str) -> None:
    if "3,5 K" in cells:
        cells = ["1,2 K", "3,5 K", "1 M"]
    source = source_of(tmp_path / "data.csv", text_of(cells, sign=sign))
    assert requests_of(source) == requests
    assert bad_rows_of(counts_of(source)) == []


@pytest.mark.parametrize(("cell", "sign", "other"), [("5.400", ".", ","), ("5,400", ",", "."), ("5.000", ".", ",")])
def test_a_count_that_can_be_read_in_two_ways_is_refused_with_what_to_write(
    tmp_path: Path, cell: str, sign: str, other: str
) -> None:
    text = text_of(["900", cell], p95="1 s")
    source = source_of(tmp_path / "data.csv", text)
    whole, decimals = cell.replace(sign, ""), cell.replace(",", ".")
    written = f'write decimal = "{other}" ({whole}) or decimal = "{sign}" ({decimals}) under [source]'
    assert bad_rows_of(counts_of(source)) == [("3", f'requests "{cell}" can be {whole} or {decimals}: {written}')]
    assert requests_of(source) == 900
    read = CsvSource([read_as(tmp_path / "data.csv", decimal=other)])
    assert requests_of(read) == 900 + float(whole)


def test_what_a_column_was_found_to_be_holds_for_rows_that_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, text_of(["1.234.567", "5.400"]))
    assert requests_of(source) == 1_239_967
    append(path, f"{stamp(180)};shop;1.000;0;0,25\n{stamp(240)};shop;2,500;0;0,25\n{stamp(300)};shop;1,000.5;0;0,25\n")
    assert requests_of(source) == 1_240_967
    assert bad_rows_of(counts_of(source)) == [
        ("5", "requests 2.5 is no count: it has a fraction"),
        ("6", "requests '1,000.5' is no number"),
    ]


def test_a_column_that_contradicts_itself_leaves_nothing_to_a_guess(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", text_of(["1,234.0", "1.234,0", "2,345.0", "5.400"]))
    assert requests_of(source) == 1234 + 2345
    assert [line for line, _ in bad_rows_of(counts_of(source))] == ["3", "5"]


def test_latencies_with_a_decimal_comma_are_read_beside_counts_with_points(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", text_of(["5.400", "1.000.000"], p95="1,250"))
    assert requests_of(source) == 1_005_400
    # Of one to a thousand seconds with three digits nobody can tell by themselves.
    source = source_of(tmp_path / "other.csv", text_of(["540", "100"], p95="1,250"))
    assert [line for line, _ in bad_rows_of(counts_of(source))] == ["2", "3"]


@pytest.mark.parametrize(
    ("cells", "p95", "requests", "bad"),
    [
        # A file is written by one program: a point is no decimal sign where a comma is.
        (["5.400", "900"], "0,25", 6300, []),
        (["5,400", "900"], "0.25", 6300, []),
        # Nor is a decimal sign of others enough for a count.
        (["5.000", "900"], "0.25", 900, ["2"]),
        (["5,000", "900"], "0,25", 900, ["2"]),
        (["5.400", "900"], "250", 900, ["2"]),
    ],
)
def test_other_columns_tell_the_signs_of_counts(
    tmp_path: Path, cells: list[str], p95: str, requests: int, bad: list[str]
) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, text_of(cells, p95=p95))
    assert requests_of(source) == requests
    assert [line for line, _ in bad_rows_of(counts_of(source))] == bad
    append(path, f"{stamp(180)};shop;{cells[0]};0;{p95}\n")
    more = 0 if bad else 5400
    assert requests_of(source) == requests + more


def test_decimals_of_a_program_are_no_thousands(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", text_of(["5", "7"], sign=",", p95="1.250"))
    assert requests_of(source) == 12
    assert bad_rows_of(counts_of(source)) == []


@pytest.mark.parametrize("pod", ["", ";a"])
def test_beside_a_count_that_can_be_read_in_two_ways_nothing_is_told_of_failures(tmp_path: Path, pod: str) -> None:
    header = "time;service;requests;errors" + (";pod" if pod else "")
    cells = [("900", "0"), ("5.400", "5.400"), *[("700", "0")] * 5]
    lines = [f"{stamp(60 * number)};shop;{count};{failed}{pod}" for number, (count, failed) in enumerate(cells, 1)]
    lines.append(f"{stamp(60)};only;5.400;5.400{pod}")
    source = source_of(tmp_path / "data.csv", "\n".join([header, *lines, ""]))
    frame = source.counts(Grid(BEGIN + 60, BEGIN + 180, 60)).frame
    assert frame["shop", "requests", ""].fillna(-1).tolist() == [900, -1, 700]
    assert frame["shop", "errors", "server"].fillna(-1).tolist() == [0, -1, 0]
    assert ("shop", "errors", "server") not in counts_of(source).frame.columns
    assert [info.name for info in source.discover(BEGIN).services] == ["shop"]


def test_numbers_that_a_spreadsheet_takes_for_texts_are_numbers(tmp_path: Path) -> None:
    text = f'time,service,requests,errors\n{stamp(60)},shop,="1200",="12"\n{stamp(120)},shop,="1200",3\n'
    source = source_of(tmp_path / "data.csv", text)
    assert requests_of(source) == 2400
    assert counts_of(source).bad_rows == 0


@pytest.mark.parametrize("label", ["dc", "data_center", "site", "stage", "team"])
def test_a_label_of_numbers_and_texts_tells_rows_apart(tmp_path: Path, label: str) -> None:
    cells = [f"{stamp(60 * minute)},shop,{cell},200,1\n" for minute in (1, 2) for cell in ("1", "2", "eu")]
    source = source_of(tmp_path / "data.csv", f"time,service,{label},requests,errors\n{''.join(cells)}")
    assert requests_of(source) == 1200
    assert counts_of(source).bad_rows == 0
