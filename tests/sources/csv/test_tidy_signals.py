"""Signals of tidy tables that nobody has explained, though their names sound like requests, errors or latency."""

from pathlib import Path

import pytest

from dashboard.sources.csv.shapes.unknown_outcomes import asked_about, more_failures
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import Grid
from tests.sources.csv.csv_text import (
    BEGIN,
    TIDY,
    append,
    bad_rows_of,
    counts_of,
    read_as,
    requests_of,
    source_of,
    stamp,
)

ERRORS = ("shop", "errors", "server")


def rows(**signals: object) -> str:
    """Three minutes of numbers by signal."""
    return TIDY + "".join(
        f'{stamp(60 * minute)},shop,"{signal}",{value}\n' for minute in (1, 2, 3) for signal, value in signals.items()
    )


def asked(signal: str) -> str:
    return f'write columns = {{ errors = "{signal}" }} under [source]'


@pytest.mark.parametrize(
    "signal",
    ["failures", "failed", "error", "errs", "Failed Requests", "exceptions", "5xx", "http_5xx", "errors_total"],
)
def test_a_signal_that_sounds_like_failures_is_asked_about(tmp_path: Path, signal: str) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, rows(**{"requests": 100, signal: 50, "errors": 0}))
    answer = counts_of(source)
    assert {what for _, what in bad_rows_of(answer)} == {
        f"{signal} seems to count requests that failed: {asked(signal)} where it does, or columns = {{ label = "
        f'"{signal}" }} where it is something else'
    }
    # Nobody can tell what failed: it is not green.
    assert ERRORS not in answer.frame.columns
    assert requests_of(source) == 300
    mapped = CsvSource([read_as(path, columns={"errors": signal})])
    assert (counts_of(mapped).frame[ERRORS].sum(), counts_of(mapped).bad_rows) == (150, 0)
    other = CsvSource([read_as(path, columns={"label": signal})])
    assert (counts_of(other).frame[ERRORS].sum(), counts_of(other).bad_rows) == (0, 0)


def test_none_of_it_hides_nothing(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", rows(requests=100, failures=0, errors=2))
    assert (counts_of(source).frame[ERRORS].sum(), counts_of(source).bad_rows) == (6, 3)


@pytest.mark.parametrize("signal", ["success", "good", "ok", "2xx", "successful_requests"])
def test_good_requests_are_asked_about(tmp_path: Path, signal: str) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, rows(**{"requests": 100, signal: 45, "errors": 0}))
    (what,) = {what for _, what in bad_rows_of(counts_of(source))}
    assert what.startswith(f"{signal} seems to count requests that went well, which does not tell what failed: write ")
    assert ERRORS not in counts_of(source).frame.columns
    assert counts_of(CsvSource([read_as(path, columns={"label": signal})])).frame[ERRORS].sum() == 0


def test_the_four_words_are_asked_about_and_understood_when_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, rows(latency=0.95, traffic=20, errors=1, saturation=0.5))
    answer = counts_of(source)
    assert (answer.rows, answer.bad_rows, source.discover(BEGIN).services) == (12, 12, ())
    said = [what for _, what in bad_rows_of(answer)]
    assert any('write columns = { p95 = "latency" } under [source]' in what for what in said)
    assert any('write columns = { requests = "traffic" } under [source]' in what for what in said)
    mapped = CsvSource([read_as(path, columns={"requests": "traffic", "p95": "latency"})])
    assert (requests_of(mapped), counts_of(mapped).frame[ERRORS].sum(), counts_of(mapped).bad_rows) == (60, 3, 0)
    (info,) = mapped.discover(BEGIN).services
    assert [resource.name for resource in info.resources] == ["saturation"]
    frame = mapped.samples(Grid(BEGIN + 60, BEGIN + 180, 60)).frame
    assert frame["shop", "quantile", "0.95"].tolist() == [0.95] * 3


def test_a_ratio_of_the_four_words_is_no_count_and_its_service_not_well(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows(traffic=20, errors=0.01, saturation=0.5), encoding="utf-8")
    source = CsvSource([read_as(path, columns={"requests": "traffic"})])
    assert source.discover(BEGIN).services == ()
    assert "holds numbers of at most 1" in bad_rows_of(counts_of(source))[0][1]


@pytest.mark.parametrize(
    "signal", ["error_rate", "error_ratio", "failure_percent", "4xx", "client_failures", "availability", "apdex", "cpu",
               "queue", "error budget", "errors_per_cent"]
)  # fmt: skip
def test_other_signals_are_none_of_these(tmp_path: Path, signal: str) -> None:
    source = source_of(tmp_path / "data.csv", rows(**{"requests": 100, signal: 0.5, "errors": 1}))
    assert (counts_of(source).frame[ERRORS].sum(), counts_of(source).bad_rows) == (3, 0)


def test_a_signal_that_begins_later_is_asked_about_then(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, rows(requests=100, errors=0))
    assert counts_of(source).frame[ERRORS].sum() == 0
    append(path, f"{stamp(240)},shop,requests,100\n{stamp(240)},shop,errors,0\n{stamp(240)},shop,failures,50\n")
    answer = counts_of(source)
    assert (answer.bad_rows, requests_of(source)) == (1, 400)
    assert ERRORS not in answer.frame.columns


def test_one_mapping_serves_files_of_both_shapes(tmp_path: Path) -> None:
    (tmp_path / "tidy.csv").write_text(rows(requests=100, failures=50), encoding="utf-8")
    wide = "".join(f"{stamp(60 * minute)},cart,10,4\n" for minute in (1, 2))
    (tmp_path / "wide.csv").write_text(f"time,service,requests,failures\n{wide}", encoding="utf-8")
    source = CsvSource([read_as(tmp_path, columns={"errors": "failures"})])
    frame = counts_of(source).frame
    assert (frame[ERRORS].sum(), frame["cart", "errors", "server"].sum()) == (150, 8)


@pytest.mark.parametrize("name", ["failed\nhere", "ok\u2028x", "errors\x85", "traffic"])
def test_what_is_asked_about_a_name_with_line_ends_is_one_line(name: str) -> None:
    for message in (asked_about(name), more_failures(name, 2, 1)):
        assert len(message.splitlines()) == 1
