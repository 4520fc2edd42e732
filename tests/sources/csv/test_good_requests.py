"""Columns of good requests: all others have failed; what may be another thing is asked about."""

from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.preview import previews
from dashboard.sources.csv.reading import FileGroup
from dashboard.sources.csv.source import CsvSource
from tests.sources.csv.csv_text import BEGIN, append, bad_rows_of, counts_of, read_as, requests_of, source_of, stamp


def table(header: str, *cells: str) -> str:
    """Rows of minutes behind a header without its time and service."""
    rows = "".join(f"{stamp(60 * number)},shop,{cell}\n" for number, cell in enumerate(cells, start=1))
    return f"time,service,{header}\n{rows}"


def errors_of(source: CsvSource, detail: str = "server") -> float:
    return float(counts_of(source).frame["shop", "errors", detail].sum())


@pytest.mark.parametrize("requests", ["requests", "total", "Total Requests", "requests_total"])
@pytest.mark.parametrize("good", ["good", "success", "Successes", "successful", "ok", "passed", "Successful Requests"])
def test_requests_without_the_good_ones_have_failed(tmp_path: Path, requests: str, good: str) -> None:
    source = source_of(tmp_path / "data.csv", table(f"{requests},{good}", "100,45", "100,100", "50,0"))
    assert (requests_of(source), errors_of(source), counts_of(source).bad_rows) == (250, 105, 0)
    info = source.discover(BEGIN).services[0]
    assert info.errors
    assert info.resources == ()


def test_the_configuration_names_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(table("requests,fine,errors", "100,45,0", "100,100,0"), encoding="utf-8")
    assert errors_of(CsvSource([read_as(path, columns={"good": "fine", "requests": "requests"})])) == 55
    # What counts errors by its own name is not looked at then, and may be named itself.
    assert errors_of(CsvSource([read_as(path, columns={"errors": "errors"})])) == 0


def test_the_client_s_errors_are_neither(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", table("total,good,client_errors", "100,45,5", "100,90,10"))
    assert (errors_of(source), errors_of(source, "client")) == (50, 15)


@pytest.mark.parametrize(
    ("header", "cells"),
    [("total,good", "100,101"), ("total,good", "100,-1"), ("total,good,client_errors", "100,95,6")],
)
def test_more_good_ones_than_requests_are_refused(tmp_path: Path, header: str, cells: str) -> None:
    ((line, what),) = bad_rows_of(counts_of(source_of(tmp_path / "data.csv", table(header, cells))))
    assert line == "2"
    assert "requests" in what


def test_a_row_without_its_good_ones_is_not_good(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", table("total,good", "100,100", "100,"))
    frame = counts_of(source).frame
    assert requests_of(source) == 200
    assert ("shop", "errors", "server") not in frame.columns
    assert "rows without errors beside their requests" in " ".join(source.discover(BEGIN).services[0].notes)


def test_running_totals_of_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    # It begins anew before the third row.
    path.write_text(table("total,good", "1000,990", "1100,1080", "200,190", "260,245"), encoding="utf-8")
    source = CsvSource([read_as(path, unit="running total")])
    assert (requests_of(source), errors_of(source)) == (100 + 200 + 60, 10 + 10 + 5)


def test_answers_to_a_question_are_told_from_counts(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    text = table("ok,requests", "1,94", "0,6", "1,100")
    source = source_of(path, text)
    asked = (
        'ok holds 0 and 1 alone: write columns = { good = "ok" } under [source] where it counts good requests, or '
        'columns = { ok = "ok" } where it tells what became of all requests of a row'
    )
    assert {what for _, what in bad_rows_of(counts_of(source))} == {asked}
    assert errors_of(CsvSource([read_as(path, columns={"good": "ok"})])) == 198
    assert errors_of(CsvSource([read_as(path, columns={"ok": "ok"})])) == 6
    append(path, f"{stamp(240)},shop,95,100\n")
    assert (requests_of(source), errors_of(source), counts_of(source).bad_rows) == (300, 203, 0)
    own = tmp_path / "own.csv"
    own.write_text(table("good,requests", "1,94"), encoding="utf-8")
    assert errors_of(CsvSource([read_as(own, columns={"good": "good"})])) == 93
    # Whose number is 1 is the same in both ways.
    single = source_of(tmp_path / "single.csv", table("ok,requests", "1,1", "0,1", "0,0"))
    assert errors_of(single) == 1


def test_words_are_outcomes_and_no_counts(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", table("ok,requests", "true,94", "false,6"))
    assert (requests_of(source), errors_of(source)) == (100, 6)


def test_columns_that_do_not_add_up_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, table("requests,errors,success", "100,0,45", "100,5,95"))
    asked = (
        "success 45 and errors 0 are together not requests 100: write columns = { good = \"success\" } or columns = { "
        'errors = "errors" } under [source], whichever tells the failures'
    )  # fmt: skip
    assert bad_rows_of(counts_of(source)) == [("2", asked)]
    assert errors_of(CsvSource([read_as(path, columns={"good": "success"})])) == 60
    assert errors_of(CsvSource([read_as(path, columns={"errors": "errors"})])) == 5


@pytest.mark.parametrize("name", ["failures", "failed", "5xx", "Error Count", "http_5xx", "dropped", "503"])
def test_a_column_of_more_failures_than_errors_is_asked_about(tmp_path: Path, name: str) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, table(f"requests,errors,{name}", "100,0,50", "100,3,2"))
    ((line, what),) = bad_rows_of(counts_of(source))
    assert (line, what.startswith(f"{name.lower()} 50 is more than errors 0: write columns")) == ("2", True) or (
        what.startswith(f"{name} 50 is more than errors 0: write columns")
    )
    assert errors_of(CsvSource([read_as(path, columns={"errors": name})])) == 52
    assert errors_of(CsvSource([read_as(path, columns={"errors": "errors"})])) == 3


@pytest.mark.parametrize(
    "name", ["error_rate", "error_percent", "4xx", "client_failures", "rejected", "p99_timeout_ms", "success_rate"]
)
def test_shares_and_what_is_of_the_client_are_not(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path / "data.csv", table(f"requests,errors,{name}", "100,0,50", "100,3,40"))
    assert (errors_of(source), counts_of(source).bad_rows) == (3, 0)


def test_a_request_log_with_a_total_of_something_else_is_one(tmp_path: Path) -> None:
    text = f"time,service,ok,duration_ms,total\n{stamp(60)},shop,true,12,900\n{stamp(61)},shop,false,13,901\n"
    source = source_of(tmp_path / "data.csv", text)
    assert (requests_of(source), errors_of(source)) == (2, 1)


def test_two_columns_of_good_ones_that_differ_are_asked_about(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", table("total,good,passed", "100,45,45", "100,45,50"))
    ((line, what),) = bad_rows_of(counts_of(source))
    assert (line, what.startswith("good and passed differ: write columns = { good = ")) == ("3", True)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(table("requests,errors", "100,0"), encoding="utf-8")
    with pytest.raises(InvalidData, match=r"has no column 'fine', which source\.columns names for good"):
        counts_of(CsvSource([read_as(path, columns={"good": "fine"})]))


def test_the_first_rows_are_shown_with_the_failures_that_follow(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(table("total,ok", "100,95", "100,0"), encoding="utf-8")
    (preview,) = previews([FileGroup((str(path),))])
    assert [problem.what.split(", shop, ")[1] for problem in preview.rows] == [
        "100 requests, 5 errors", "100 requests, 100 errors",
    ]  # fmt: skip
