"""Columns that tell the outcome of requests: beside counts, and several of them beside one request."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.exceptions import InvalidData
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
    return [note for note in info.notes if "is unknown" in note]


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
    "column", ["status", "code", "Status Code", "http_status", "response.code", "outcome", "result", "return_code"]
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


def test_codes_that_http_does_not_have_are_replies_of_another_protocol(tmp_path: Path) -> None:
    assert numbers(written(tmp_path, by_status("code", {"250": 90, "421": 10}))) == (1000, None, None)


def test_counts_of_an_unknown_word_leave_the_errors_unknown(tmp_path: Path) -> None:
    text = by_status("status", {"ok": 90, "violet": 10})
    source = written(tmp_path, text)
    assert numbers(source) == (1000, None, None)
    assert notes(source) == [
        "whether requests with status 'violet' failed is unknown: "
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
    ("status,respCode", "200,500", FAILED), ("status,final_status", "200,failed", FAILED),
    ("status,was_ok", "200,false", FAILED), ("status,err", "200,timed out", FAILED), ("status,err", "200,", GOOD),
    ("status,errno", "200,111", FAILED), ("status,errno", "200,0", GOOD), ("status,error_code", "200,0", GOOD),
    ("status,country_code", "200,NO", GOOD),
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
    path = written(
        tmp_path, f"time,service,duration_ms,code\n{rows}", vocabulary=Vocabulary.of(good="0", failed=failed)
    )
    assert numbers(path)[1] == len([code for code in codes.split(",") if code != "0"])
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


LOG = "time,service,status,duration_ms"


# Where there was no answer many programs write -1: those that failed would be left out.
@pytest.mark.parametrize("missing", ["", "-", "NaN", "null", " ", "-1", "-0.5", "timeout", "Timed out", "inf"])
def test_a_request_without_a_duration_is_one(missing: str, tmp_path: Path) -> None:
    rows = f"{stamp(1)},shop,200,5\n{stamp(2)},shop,500,{missing}\n{stamp(3)},shop,200,7\n"
    source = written(tmp_path, f"{LOG}\n{rows}")
    assert numbers(source) == (3, 1, 0)
    answer = counts_of(source)
    assert answer.bad_rows == 0
    assert answer.frame[("shop", "latency", "inf")].sum() + answer.frame[("shop", "failed_latency", "inf")].sum() == 2
    (info,) = source.discover(BEGIN).services
    assert "requests without a duration, which are in no latency: 1" in info.notes


def test_whole_durations_that_say_no_unit_are_asked_about(tmp_path: Path) -> None:
    log = "time,service,status,duration"

    def lines(duration: str) -> str:
        return "".join(f"{stamp(second)},shop,200,{duration}\n" for second in range(1, 25))

    with pytest.raises(
        InvalidData, match=r'its column "duration" are whole .* write duration = "ms" or duration = "s"'
    ):
        written(tmp_path, f"{log}\n{lines('120')}").discover(BEGIN)
    assert numbers(written(tmp_path, f"{log}_ms\n{lines('120')}")) == (24, 0, 0)
    assert numbers(written(tmp_path, f"{log}\n{lines('120ms')}")) == (24, 0, 0)
    # What is slow after a while is slow.
    assert numbers(written(tmp_path, f"{log}\n{lines('0.1')}{lines('30')}")) == (48, 0, 0)


def test_a_log_without_durations_has_requests_and_no_latency(tmp_path: Path) -> None:
    rows = f"{stamp(1)},shop,200\n{stamp(2)},shop,500\n{stamp(3)},shop,404\n"
    source = written(tmp_path, f"time,service,status\n{rows}")
    assert numbers(source) == (3, 1, 1)
    (info,) = source.discover(BEGIN).services
    assert info.bounds == ()
    assert (
        'no latency: no row tells a duration: where a column does, write columns = { duration_ms = "…" } under [source]'
    ) in info.notes


@pytest.mark.parametrize(
    "other", ["cpu", "count", "sum(requests)", "total", "p95", "memory_percent", "took", "elapsed_time", "value"]
)
def test_a_status_beside_numbers_of_intervals_is_no_request(other: str, tmp_path: Path) -> None:
    source = written(tmp_path, f"time,service,status,{other}\n{stamp(1)},shop,200,5\n")
    with pytest.raises(InvalidData, match="its columns are"):
        source.discover(BEGIN)


def test_a_log_without_a_status_says_what_to_write(tmp_path: Path) -> None:
    source = written(tmp_path, f"time,service,duration_ms\n{stamp(1)},shop,5\n")
    with pytest.raises(InvalidData, match=r'nothing tells which requests failed: write columns = { status = "…" }'):
        source.discover(BEGIN)


def test_an_empty_status_leaves_the_errors_unknown_and_says_what_to_write(tmp_path: Path) -> None:
    text = f"{LOG}\n{stamp(1)},shop,200,5\n{stamp(2)},shop,,5\n"
    source = written(tmp_path, text)
    assert (numbers(source), counts_of(source).bad_rows) == ((2, None, None), 0)
    assert notes(source) == [
        'whether requests with status \'\' failed is unknown: write failed = "^$" or good = "^$" under [source]'
    ]
    assert numbers(written(tmp_path, text, vocabulary=Vocabulary.of(failed="^$"))) == (2, 1, 0)
    assert numbers(written(tmp_path, text, vocabulary=Vocabulary.of(good="^$"))) == (2, 0, 0)
    assert numbers(written(tmp_path, text, vocabulary=Vocabulary.of(failed="^$|KO"))) == (2, 1, 0)


def test_a_row_without_status_and_duration_is_a_bad_one(tmp_path: Path) -> None:
    source = written(tmp_path, f"{LOG}\n{stamp(1)},shop,200,5\n{stamp(2)},shop,,\n")
    assert (numbers(source), counts_of(source).bad_rows) == ((1, 0, 0), 1)


@pytest.mark.parametrize("column", ["count", "n", "itemCount", "hits", "Request Count", "cnt"])
def test_rows_that_may_stand_for_several_requests_are_asked_about(column: str, tmp_path: Path) -> None:
    rows = f"{stamp(60)},shop,200,5,1\n{stamp(120)},shop,500,5,1000\n{stamp(180)},shop,200,5,1\n"
    text = f"{LOG},{column}\n{rows}"
    with pytest.raises(InvalidData) as error:
        written(tmp_path, text).discover(BEGIN)
    assert str(error.value).endswith(
        f'its column "{column}" holds other numbers than 1, such as 1000: where a row stands for so many requests, '
        f'write columns = {{ requests = "{column}" }} under [source], and where it counts something else, columns = '
        f'{{ label = "{column}" }}'
    )
    assert numbers(written(tmp_path, text, columns={"requests": column})) == (1002, 1000, 0)
    assert numbers(written(tmp_path, text, columns={"label": column})) == (3, 1, 0)


@pytest.mark.parametrize("values", [(1, 1, 1), (1, 2, 3), (17, 18, 19)])
def test_rows_of_one_request_each_and_numbered_ones_are_requests(values: tuple[int, ...], tmp_path: Path) -> None:
    rows = "".join(f"{stamp(second)},shop,200,5,{value}\n" for second, value in enumerate(values, start=1))
    source = written(tmp_path, f"{LOG},n\n{rows}")
    assert numbers(source) == (3, 0, 0)
    append(tmp_path / "data.csv", f"{stamp(4)},shop,500,5,{values[-1] + 1 if values[-1] > 1 else 1}\n")
    assert numbers(source) == (4, 1, 0)
