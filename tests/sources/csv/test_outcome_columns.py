"""Columns that tell the outcome of requests: beside counts, and several of them beside one request."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.source import CsvSource
from tests.sources.csv.csv_text import BEGIN, append, counts_of, read_as, stamp

Numbers = tuple[float, float | None, float | None]


def numbers(source: CsvSource) -> Numbers:
    """Requests of `shop`, those that failed, and those that were the client's fault; None where nobody can tell."""
    frame = counts_of(source).frame["shop"]
    errors = [
        frame[("errors", kind)].sum() if ("errors", kind) in frame.columns else None for kind in ("server", "client")
    ]
    return float(frame[("requests", "")].sum()), errors[0], errors[1]


def notes(source: CsvSource) -> list[str]:
    """What is said of the only service beside its numbers."""
    (info,) = source.discover(BEGIN).services
    return [note for note in info.notes if "cannot be told" in note]


def by_status(column: str, counts: dict[str, int], more: str = "", cell: str = "") -> str:
    """Ten minutes of rows of counts, one for each value of a column."""
    rows = (
        f"{stamp(60 * minute)},shop,{value},{count}{cell}\n"
        for minute in range(1, 11)
        for value, count in counts.items()
    )
    return f"time,service,{column},requests{more}\n" + "".join(rows)


def written(folder: Path, text: str, **more: object) -> CsvSource:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return CsvSource([read_as(path, **more)])


@pytest.mark.parametrize(
    "column", ["status", "code", "Status Code", "http_status", "response.code", "outcome", "result"]
)
def test_counts_by_code_are_requests_and_errors(column: str, tmp_path: Path) -> None:
    source = written(tmp_path, by_status(column, {"200": 85, "404": 5, "503": 10}))
    assert numbers(source) == (1000, 100, 50)


@pytest.mark.parametrize(
    ("column", "counts"),
    [
        ("status", {"ok": 90, "error": 10}),
        ("outcome", {"success": 90, "failure": 10}),
        ("result", {"2xx": 90, "5xx": 10}),
        ("status_class", {"2": 90, "5": 10}),
        ("ok", {"true": 90, "false": 10}),
        ("ok", {"yes": 90, "no": 10}),
        ("ok", {"1": 90, "0": 10}),
        ("error", {"false": 90, "true": 10}),
        ("is_error", {"False": 90, "True": 10}),
        ("grpc_status", {"OK": 90, "UNAVAILABLE": 10}),
        ("grpc_code", {"0": 90, "14": 10}),
        ("exit_code", {"0": 90, "137": 10}),
    ],
)  # fmt: skip
def test_counts_by_word_are_requests_and_errors(column: str, counts: dict[str, int], tmp_path: Path) -> None:
    assert numbers(written(tmp_path, by_status(column, counts))) == (1000, 100, 0)


def test_counts_of_an_unknown_word_leave_the_errors_unknown(tmp_path: Path) -> None:
    text = by_status("status", {"ok": 90, "violet": 10})
    source = written(tmp_path, text)
    assert numbers(source) == (1000, None, None)
    assert notes(source) == [
        "whether requests with status 'violet' failed cannot be told: "
        'write failed = "violet" or good = "violet" under [source]'
    ]
    assert numbers(written(tmp_path, text, vocabulary=Vocabulary.of(failed="violet"))) == (1000, 100, 0)


def test_beside_errors_a_status_only_tells_rows_apart(tmp_path: Path) -> None:
    source = written(tmp_path, by_status("status", {"200": 90, "500": 10}, ",errors", ",1"))
    assert numbers(source)[:2] == (1000, 20)
    (info,) = source.discover(BEGIN).services
    assert "status" in info.labels


@pytest.mark.parametrize("column", ["signal", "series", "service_name", "kind"])
def test_counts_by_any_other_text_add_up(column: str, tmp_path: Path) -> None:
    assert numbers(written(tmp_path, by_status(column, {"a": 90, "b": 10})))[0] == 1000


def test_running_totals_by_status_are_told_apart(tmp_path: Path) -> None:
    rows = "".join(
        f"{stamp(60 * minute)},shop,{status},{start + each * minute}\n"
        for minute in range(21)
        for status, start, each in (("200", 50_000, 90), ("500", 700, 10))
    )
    source = written(tmp_path, "time,service,status,requests\n" + rows, unit="running total")
    assert numbers(source) == (2000, 200, 0)


# Columns and cells of one request → what it is.
GOOD, CLIENT, FAILED, UNKNOWN = "good", "client", "failed", "unknown"
TOGETHER = [
    ("status,ok", "200,false", FAILED), ("status,ok", "200,true", GOOD), ("status,ok", "500,true", FAILED),
    ("status,ok", "404,false", CLIENT), ("status,ok", "404,true", CLIENT), ("ok,status", "true,500", FAILED),
    ("status,success", "200,0", FAILED), ("status,success", "200,1", GOOD), ("status,failed", "200,yes", FAILED),
    ("status,code", "200,500", FAILED), ("status,error", "200,connection refused", FAILED),
    ("status,error", "200,", GOOD), ("status,error", "200,none", GOOD), ("status,error", "200,ECONNRESET", FAILED),
    ("status,error_message", "200,boom", FAILED), ("status,exception", "404,NotFound", CLIENT),
    ("status,grpc_status", "200,14", FAILED), ("status,grpc_status", "200,0", GOOD),
    ("status,grpc_code", "200,5", CLIENT),
    ("status,outcome", "200,timeout", FAILED), ("status,exit_code", "200,1", FAILED),
    ("status,error", ",connection refused", FAILED), ("status,ok", "violet,true", GOOD),
    ("status,ok", "violet,false", FAILED), ("status,code", "200,14", UNKNOWN), ("status,code", "200,0", GOOD),
    ("status,ok", "0,true", GOOD), ("status,ok", "0,false", FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "cells", "outcome"), TOGETHER)
def test_a_request_has_failed_when_one_of_its_columns_says_so(
    columns: str, cells: str, outcome: str, tmp_path: Path
) -> None:
    rows = "".join(f"{stamp(second)},shop,5,{cells}\n" for second in range(1, 11))
    source = written(tmp_path, f"time,service,duration_ms,{columns}\n{rows}")
    expected = {GOOD: (10, 0, 0), CLIENT: (10, 0, 10), FAILED: (10, 10, 0), UNKNOWN: (10, None, None)}
    assert numbers(source) == expected[outcome]
    assert bool(notes(source)) == (outcome is UNKNOWN)


def test_the_configuration_names_the_column_that_decides(tmp_path: Path) -> None:
    text = f"time,service,duration_ms,status,ok\n{stamp(1)},shop,5,200,false\n"
    assert numbers(written(tmp_path, text)) == (1, 1, 0)
    assert numbers(written(tmp_path, text, columns={"status": "status"})) == (1, 0, 0)
    assert numbers(written(tmp_path, text, columns={"status": "status", "ok": "ok"})) == (1, 1, 0)


@pytest.mark.parametrize(("codes", "failed"), [("0,1,2", "1|2"), ("0,14", "14"), ("0", "[1-9].*"), ("1", "1")])
def test_small_numbers_without_codes_of_http_are_asked_about(codes: str, failed: str, tmp_path: Path) -> None:
    """Codes of gRPC and of programs are good where they are 0, and that is no answer where codes are of HTTP."""
    rows = "".join(f"{stamp(second)},shop,5,{code}\n" for second, code in enumerate(codes.split(","), start=1))
    text = f"time,service,duration_ms,code\n{rows}"
    source = written(tmp_path, text)
    assert numbers(source)[1] is None
    (note,) = notes(source)
    assert f'write good = "0" and failed = "{failed}" under [source]' in note
    assert "columns = { grpc_code = " in note
    told = written(
        tmp_path, f"time,service,duration_ms,code\n{rows}", vocabulary=Vocabulary.of(good="0", failed=failed)
    )
    assert numbers(told)[1] == len([code for code in codes.split(",") if code != "0"])
    grpc = written(tmp_path, text, columns={"grpc_code": "code"})
    assert numbers(grpc)[1] == len([code for code in codes.split(",") if code in ("2", "14")])


@pytest.mark.parametrize("seen", ["200", "2xx", "HTTP/1.1 200 OK"])
def test_no_answer_beside_codes_of_http_is_a_failure(seen: str, tmp_path: Path) -> None:
    source = written(tmp_path, f"time,service,duration_ms,code\n{stamp(1)},shop,5,{seen}\n{stamp(2)},shop,5,0\n")
    assert numbers(source) == (2, 1, 0)
    append(tmp_path / "data.csv", f"{stamp(3)},shop,5,0\n")
    assert numbers(source) == (3, 2, 0), "codes of HTTP were seen before"


def test_the_configuration_knows_the_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "golden.toml"
    (tmp_path / "data.csv").write_text(f"time,service,duration_ms,rc\n{stamp(1)},shop,5,0\n", encoding="utf-8")
    config.write_text(
        '[source]\nkind = "csv"\npaths = ["data.csv"]\ncolumns = { exit_code = "rc" }\n', encoding="utf-8"
    )
    main(["status", "--config", str(config), "--at", stamp(60), "--format", "json"])
    (service,) = json.loads(capsys.readouterr().out)["services"]
    assert service["signals"]["error_ratio"] == 0
