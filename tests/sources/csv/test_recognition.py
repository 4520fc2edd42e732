"""A file's shape is known by its columns, in whatever case and order, and under names that the operator maps."""

import re
from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Dialect
from dashboard.sources.csv.columns.names import Meaning, meaning_of
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.recognition import no_csv, recognise
from dashboard.sources.csv.shapes.recognition import shape_of
from dashboard.sources.csv.shapes.request_log import RequestLog
from dashboard.sources.csv.shapes.suggestions import errors_column
from dashboard.sources.csv.shapes.tidy import Tidy
from dashboard.sources.csv.shapes.wide import Wide
from dashboard.sources.csv.source import CsvSource


@pytest.mark.parametrize(
    ("columns", "shape"),
    [
        ("time,service,status,duration_ms", RequestLog),
        ("service,ok,latency_s,timestamp", RequestLog),
        ("TIME,Service,Code,Duration", RequestLog),
        ("time,service,requests,errors", Wide),
        ("time,service,requests,status,duration", Wide),
        ("time,service,signal,value", Tidy),
        ("@timestamp,service,signal,value,requests", Tidy),
    ],
)
def test_the_shape_is_known_by_its_columns(columns: str, shape: type) -> None:
    assert isinstance(shape_of("a.csv", columns.split(","), Reading()), shape)


@pytest.mark.parametrize("columns", ["service,requests", "time,requests", "time,service", "time,service,note", ""])
def test_what_has_no_shape_is_refused_with_its_columns(columns: str) -> None:
    with pytest.raises(InvalidData, match=rf"a\.csv: its columns are {columns.replace(',', ', ')}; expected are"):
        shape_of("a.csv", columns.split(","), Reading())


def test_a_log_knows_its_units_labels_and_what_its_status_means() -> None:
    shape = shape_of("a.csv", ["time", "service", "route", "ok", "duration_us", "user"], Reading())
    assert isinstance(shape, RequestLog)
    assert (shape.duration_scale, shape.labels) == (1e-6, ("route",))
    assert shape.outcomes.dialects == {"ok": Dialect.BOOLEAN}
    # Whether it is a label its values tell.
    assert shape.others == ("user",)


def test_comments_of_tidy_rows_are_no_labels() -> None:
    shape = shape_of("a.csv", ["time", "service", "signal", "value", "unit", "zone"], Reading())
    assert shape.labels == ("zone",)


def test_a_mapping_names_columns_that_nobody_would_find() -> None:
    shape = shape_of("a.csv", ["wann", "dienst", "requests"], Reading(columns={"time": "wann", "service": "dienst"}))
    assert isinstance(shape, Wide)
    assert shape.columns == {"time": "wann", "service": "dienst", "requests": "requests"}


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("requests", Meaning("requests", "")),
        ("errors", Meaning("errors", "server")),
        ("client_errors", Meaning("errors", "client")),
        ("p95", Meaning("quantile", "0.95")),
        ("p95_ms", Meaning("quantile", "0.95", 0.001)),
        ("cpu", Meaning("gauge", "cpu")),
    ],
)
def test_a_name_says_what_its_numbers_are(name: str, meaning: Meaning) -> None:
    assert meaning_of(name) == meaning


def test_a_mapping_wins_over_the_name_that_a_column_has() -> None:
    log = shape_of("a.csv", ["time", "service", "status", "duration"], Reading(columns={"duration_ms": "duration"}))
    assert isinstance(log, RequestLog)
    assert (log.columns["duration"], log.duration_scale) == ("duration", 1e-3)


def test_a_column_that_is_mapped_is_nothing_else() -> None:
    shape = shape_of("a.csv", ["time", "service", "hits", "cpu"], Reading(columns={"requests": "hits"}))
    assert shape.columns == {"time": "time", "service": "service", "requests": "hits", "cpu": "cpu"}


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ("timestamp,service_name,http_status,response_time",
         'columns = { service = "service_name", status = "http_status", duration = "response_time" } and '
         'duration = "ms" or "s"'),
        ("date,app,calls,failures", 'columns = { service = "app", requests = "calls", errors = "failures" }'),
        ("time,status,duration_ms", 'service = "NAME" (no column tells it)'),
        ("Zeit,Dienst,Anfragen,Fehler",
         'columns = { time = "Zeit", service = "Dienst", requests = "Anfragen", errors = "Fehler" }'),
    ],
)  # fmt: skip
def test_a_file_with_columns_of_other_names_is_told_what_to_write(columns: str, line: str) -> None:
    with pytest.raises(InvalidData, match=re.escape(f"; write {line} under [source]")):
        shape_of("a.csv", columns.split(","), Reading())


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ("time,service,requests,errors,errors", "has 2 columns 'errors': call one of them otherwise, in its header"),
        ("time,service,status,duration,time", "has 2 columns 'time': call one of them otherwise, in its header"),
        ("time,service,signal,value,pod,pod", "has 2 columns 'pod': call one of them otherwise, in its header"),
        ("time,service,requests,errors,Errors", "its columns 'errors' and 'Errors' are both errors: write columns = { "
         'errors = "errors" } or columns = { errors = "Errors" } under [source]'),
        ("time,service,requests,p95_ms,P95 (ms)", "its columns 'p95_ms' and 'P95 (ms)' are both p95_ms: write columns "
         '= { p95_ms = "p95_ms" } or columns = { p95_ms = "P95 (ms)" } under [source]'),
        ("time,service,requests,cpu %,CPU %", "its columns 'cpu %' and 'CPU %' are both cpu %: write columns = { "
         '"cpu %" = "cpu %" } or columns = { "cpu %" = "CPU %" } under [source]'),
    ],
)  # fmt: skip
def test_of_two_columns_of_one_name_neither_is_taken(columns: str, reason: str) -> None:
    with pytest.raises(InvalidData, match=re.escape(f"a.csv: {reason}")):
        shape_of("a.csv", columns.split(","), Reading())


def test_units_of_counts_in_brackets_say_nothing_more() -> None:
    shape = shape_of("a.csv", ["Time (UTC)", "Service", "Requests (count)", "Errors [#]"], Reading())
    assert shape.columns == {
        "time": "Time (UTC)", "service": "Service", "requests": "Requests (count)", "errors": "Errors [#]"
    }  # fmt: skip
    with pytest.raises(InvalidData):
        shape_of("a.csv", ["time", "service", "requests (per second)"], Reading())


def test_a_mapping_says_which_of_two_columns_is_meant() -> None:
    names = ["time", "service", "requests", "errors", "Errors"]
    assert shape_of("a.csv", names, Reading(columns={"errors": "Errors"})).columns["errors"] == "Errors"
    # Columns that are not counted, such as those behind commas at the end, may be alike.
    assert isinstance(
        shape_of("a.csv", ["time", "service", "status", "duration", "note", "note"], Reading()), RequestLog
    )


def test_a_service_by_a_column_and_by_name_cannot_both_be_right() -> None:
    reading = Reading(columns={"service": "app"}, service="shop")
    reason = (
        "a.csv: has its service from the column 'app', as source.columns says, or is 'shop', as source.service or "
        "--service says: only one of them can be right"
    )
    with pytest.raises(InvalidData, match=re.escape(reason)):
        shape_of("a.csv", ["time", "app", "requests"], reading)


def test_what_is_suggested_is_read() -> None:
    columns = {"service": "service_name", "status": "http_status", "duration": "response_time"}
    names = ["timestamp", "service_name", "http_status", "response_time"]
    assert isinstance(shape_of("a.csv", names, Reading(columns=columns, duration="ms")), RequestLog)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"time":"2026-11-28T20:00:00Z","status":200}', "JSON: write the time"),
        ('[{"time": 1, "status": 200}', "JSON: write the time"),
        *((line, "JSON: write the time") for line in ("[", "{", "[1, 2]", "[[1]]", "[]", '\x1e{"a": 1}', "[null]")),
        ('INFO:     127.0.0.1:4000 - "GET / HTTP/1.1" 200 OK', "an access log of uvicorn without times"),
        ("ts=2026-11-28T20:00:00Z service=shop status=200 dur=12ms", "logfmt: write the time"),
        ('level=info msg="GET /, 200" status=200', "logfmt: write the time"),
        ("Nov 28 20:00:00 host app[12]: GET / 200", "a log of the system (syslog): name the access log"),
        ("<34>1 2026-11-28T20:00:00Z host app: GET / 200", "a log of the system (syslog): name the access log"),
        (
            "2026/11/28 20:00:00 [error] 12#12: *0 connect() failed (111: refused)",
            "an error log, which has no requests",
        ),
        ("[Sat Nov 28 20:00:00.123 2026] [core:error] [pid 1] File missing", "an error log, which has no requests"),
        ("<!DOCTYPE html>", "XML or HTML: save it as CSV"),
        (
            '2026-11-28T20:00:00Z heroku[router]: at=info method=GET path="/" status=200 bytes=1',
            "logfmt: write the time",
        ),
        ('2026/11/28 20:00:00\tINFO\thandled request\t{"status": 200}', "JSON behind other text: write the time"),
    ],
)
def test_what_is_no_csv_is_called_by_what_it_is(line: str, what: str) -> None:
    with pytest.raises(InvalidData, match=re.escape(f"a.log: is no CSV but {what}")):
        recognise("a.log", [line, line], Reading())


@pytest.mark.parametrize("columns", ["time,service,requests", "a=b,service", "Nov,Dec", "time;error"])
def test_a_csv_is_called_nothing_else(columns: str) -> None:
    assert no_csv([columns]) == ""


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        ("time,service,requests,5xx,4xx", "5xx"),
        ("time,service,requests,failures", "failures"),
        ("time,service,requests,server_errors", "server_errors"),
        ("time,service,requests,failure_rate", ""),
        ("time,service,requests,failed,5xx", ""),
        ("time,service,requests,cpu", ""),
    ],
)
def test_a_column_that_holds_errors_by_its_name_is_offered(columns: str, column: str) -> None:
    assert errors_column(columns.split(",")) == column


def test_where_a_table_has_requests_alone_the_line_for_its_errors_is_said(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("time,service,requests,5xx\n2026-11-28T20:00:00Z,shop,100,55\n", encoding="utf-8")
    (alike,) = CsvSource([str(path)]).discover(1_795_896_000).files
    assert alike.remedy == 'where this is wrong, write columns = { errors = "5xx" } under [source]'
    path.write_text("time,service,requests,errors,5xx\n2026-11-28T20:00:00Z,shop,100,5,5\n", encoding="utf-8")
    (alike,) = CsvSource([str(path)]).discover(1_795_896_000).files
    assert alike.remedy == "where this is wrong, write columns = { … } under [source]"
