"""The first rows as they are understood, with their places, and the reason of those that are bad."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.cli import main
from dashboard.sources.csv.spec import CsvSpec
from tests.sources.csv.csv_text import BEGIN

LOG = """Time;Service;Status Code;duration (ms);route;comment
2025-10-09 10:00:01;shop;200;12,5;/cart;
2025-10-09 10:00:02;shop;503;1.250,0;/cart;

28.11.2025;shop;200;1;/;
2025-10-09 10:00:03;shop;404;fast;/cart
2025-10-09 10:00:03;shop;404;5,1 s;/cart;
2025-10-09 10:00:03;shop;quux;500us;;
"""
WIDE = """time,service,requests,errors,p95 [ms],cpu,pod
2025-10-09 08:00:00,shop,"1,200,000",3,12.5,42 %,a
2025-10-09 08:01:00,shop,1,0.5,12.5,42 %,b
"""
TIDY = "time\tservice\tsignal\tvalue\n1760000000\tshop\trequests\t1.2 K\n1760000000\tshop\tp95_ms\t40\n"
JMETER = "timeStamp,elapsed,label,responseCode,success\n1760000000500,120,home,200,true\n"


def shown(path: Path, text: str, zone: str = "UTC", **known: str) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """What is said of a file, and line and text of its rows."""
    path.write_text(text, encoding="utf-8")
    (preview,) = CsvSpec(paths=(str(path),), **known).previews(zone)
    return preview.facts, [(row.where.removeprefix(f"{path}:"), row.what) for row in preview.rows]


def test_a_request_log(tmp_path: Path) -> None:
    facts, rows = shown(tmp_path / "log.csv", LOG, "Europe/Berlin")
    assert facts == (
        'a request log, a row is a request; UTF-8, delimiter ";"',
        "times as they are found, without an offset in Europe/Berlin",
        "columns: time = Time, service = Service, status_code = Status Code, duration = duration (ms), route = route",
        "not read: comment",
        "durations without a unit are in ms",
        "duration (ms) has signs between thousands, and the decimal sign ,",
    )
    assert rows == [
        ("2", "2025-10-09 10:00:01+02:00, shop, 1 request, good, 0.0125 s, route /cart"),
        ("3", "2025-10-09 10:00:02+02:00, shop, 1 request, failed, 1.25 s, route /cart"),
        ("5", "bad: the time '28.11.2025' cannot be read: write time_format = \"%d.%m.%Y\" under [source]"),
        ("6", "bad: 5 columns instead of 6"),
        ("7", "2025-10-09 10:00:03+02:00, shop, 1 request, refused by the client's fault, 5.1 s, route /cart"),
        ("8", "2025-10-09 10:00:03+02:00, shop, 1 request, nobody can tell whether it failed, 0.0005 s, route "),
    ]


def test_a_wide_table_with_the_texts_that_tell_its_rows_apart(tmp_path: Path) -> None:
    facts, rows = shown(tmp_path / "wide.csv", WIDE)
    assert "requests has signs between thousands, and the decimal sign ." in facts
    assert rows == [
        ("2", "2025-10-09 08:00:00+00:00, shop, 1200000 requests, 3 errors, p95 0.0125 s, cpu 0.42, pod a"),
        ("3", "bad: errors 0.5 is no count: it has a fraction"),
    ]


@pytest.mark.parametrize(
    ("text", "first", "rows"),
    [
        (
            TIDY,
            "a tidy table, a row is a number; UTF-8, delimiter tab",
            ["2025-10-09 08:53:20+00:00, shop, 1200 requests", "2025-10-09 08:53:20+00:00, shop, p95 0.04 s"],
        ),
        (
            JMETER,
            'JMeter: a request log, a row is a request; UTF-8, delimiter ","',
            ["2025-10-09 08:53:20.620+00:00, data, 1 request, good, 0.12 s, status true, route home, code 200"],
        ),
        (
            '192.0.2.1 - - [09/Oct/2025:08:53:20 +0000] "GET /cart HTTP/1.1" 502 15 "-" "curl/8"\n',
            "an access log as nginx and Apache write it: a request log, a row is a request; UTF-8, delimiter blank",
            ["2025-10-09 08:53:20+00:00, data, 1 request, failed, no duration, status 502, path /cart, method GET"],
        ),
        ("time,service,requests\n", 'a wide table, a row is an interval of a service; UTF-8, delimiter ","', []),
        ("", "it holds no header and no row yet", []),
    ],
    ids=["tidy", "jmeter", "access log", "header", "empty"],
)
def test_other_files(tmp_path: Path, text: str, first: str, rows: list[str]) -> None:
    facts, said = shown(tmp_path / "data.csv", text)
    assert (facts[0], [what for _, what in said]) == (first, rows)


def test_a_file_that_cannot_be_read_is_named_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("one,two\n1,2\n", encoding="utf-8")
    pq.write_table(pa.table({"time": [BEGIN], "service": ["shop"], "requests": [5]}), tmp_path / "b.csv")
    foreign, wide = CsvSpec(paths=(str(tmp_path),)).previews("UTC")
    assert foreign.facts[0].startswith("its columns are one, two; expected are a time, service and")
    assert wide.facts[0].startswith("a wide table, a row is an interval of a service; Parquet")
    assert [row.what for row in wide.rows] == ["2025-10-09 08:00:00+00:00, shop, 5 requests"]


def test_check_prints_it_before_all_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(WIDE, encoding="utf-8")
    assert main(["check", "--csv", str(path), "--show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f'golden-signals: {path}: a wide table, a row is an interval of a service; UTF-8, delimiter ","'
    assert f"golden-signals: {path}:3 bad: errors 0.5 is no count: it has a fraction" in lines


def test_there_is_nothing_to_show_of_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--prometheus", "http://127.0.0.1:1", "--show"]) == 2
    said = "golden-signals: --show is for CSV files, and the source is of kind prometheus: leave it out\n"
    assert capsys.readouterr().err == said
