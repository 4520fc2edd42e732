"""What headers say beside the name of a column: a zone, a unit, or that the numbers are no counts."""

from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.values.times import TimeFormat
from tests.sources.csv.csv_text import BEGIN, bad_rows_of, counts_of, read_as, source_of, stamp

BERLIN = "2025-10-09 10:01:00"  # of summer: two hours before UTC.


def in_zone(path: Path, zone: str, **reading: object) -> CsvSource:
    return CsvSource([FileGroup((str(path),), Reading(times=TimeFormat(zone), **reading))])  # type: ignore[arg-type]


@pytest.mark.parametrize("header", ["Time (CET)", "time [CEST]", "Timestamp (MEZ)", "Date(CET)"])
def test_a_zone_in_the_header_is_that_of_the_configuration_or_asked_about(tmp_path: Path, header: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"{header},service,requests,errors\n{BERLIN},shop,100,1\n", encoding="utf-8")
    source = in_zone(path, "Europe/Berlin")
    assert counts_of(source).newest == BEGIN + 60
    for columns in ({}, {"time": header}):
        with pytest.raises(InvalidData, match=r'read as of UTC: write time_zone = "Europe/Berlin" at the top'):
            counts_of(in_zone(path, "UTC", columns=columns))


def test_offsets_in_the_cells_go_before_the_header(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", f"Time (EST),service,requests,errors\n{stamp(60)},shop,100,1\n")
    assert counts_of(source).newest == BEGIN + 60


def test_a_shared_abbreviation_names_its_zones(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"Time (CST),service,requests,errors\n{BERLIN},shop,100,1\n", encoding="utf-8")
    with pytest.raises(InvalidData, match='time_zone = "America/Chicago" or time_zone = "Asia/Shanghai"'):
        counts_of(CsvSource([str(path)]))


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("req/s", "is none of counts, as its header says: a rate per second is no count: export how many"),
        ("per minute", "is none of counts, as its header says: a rate per minute is no count: export how many"),
        ("%", "is none of counts, as its header says: a share is no count: name the column of counts"),
        ("thousands", "is in multiples, as its header says: export how many there were in full"),
        ("k", "is in multiples, as its header says: export how many there were in full"),
    ],
)
@pytest.mark.parametrize("name", ["requests", "errors"])
def test_a_unit_in_the_header_that_is_none_of_counts_is_refused(
    tmp_path: Path, name: str, unit: str, reason: str
) -> None:
    path = tmp_path / "data.csv"
    header = f"{name.title()} ({unit})"
    columns = {"requests": "requests", "errors": "errors"} | {name: header}
    text = f"time,service,{columns['requests']},{columns['errors']}\n{stamp(60)},shop,100,1\n"
    path.write_text(text, encoding="utf-8")
    ((line, what),) = bad_rows_of(counts_of(CsvSource([read_as(path, columns=columns)])))
    assert (line, what.startswith(f"{header} {reason}")) == ("2", True)
    assert counts_of(CsvSource([read_as(path, columns=columns, unit="count")])).bad_rows == 0


def test_units_in_headers_are_read(tmp_path: Path) -> None:
    header = "Time (UTC),Service,Requests (count),Errors [count],p95 (ms),Good Requests (#)"
    text = f"{header}\n{stamp(60)},shop,100,1,250,99\n"
    source = source_of(tmp_path / "data.csv", text)
    assert counts_of(source).bad_rows == 0
    assert ("quantile", "0.95") in source._reader.store.measures()["shop"]


@pytest.mark.parametrize(
    ("column", "cell", "line"),
    [
        ("error", "", 'write columns = { status = "error" } under [source]'),
        ("level", "ERROR", 'write columns = { status = "level" } under [source]'),
        ("failed_reason", "", 'write columns = { status = "failed_reason" } under [source]'),
    ],
)
def test_the_column_that_may_tell_what_failed_is_offered(tmp_path: Path, column: str, cell: str, line: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"time,service,{column},duration_ms\n{stamp(60)},shop,{cell},12\n", encoding="utf-8")
    with pytest.raises(InvalidData) as refused:
        counts_of(CsvSource([str(path)]))
    assert str(refused.value).endswith(line)


def test_of_errors_in_words_the_empty_cell_is_good(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    rows = "".join(f"{stamp(at)},shop,{'connection refused' if at < 3 else ''},12\n" for at in range(1, 11))
    path.write_text(f"time,service,error,duration_ms\n{rows}", encoding="utf-8")
    frame = counts_of(CsvSource([read_as(path, columns={"status": "error"})])).frame
    assert (frame["shop", "requests", ""].sum(), frame["shop", "errors", "server"].sum()) == (10, 2)


def test_columns_of_good_requests_and_of_client_errors_are_offered(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"time,service,hits,passed_count,good\n{stamp(60)},shop,100,99,99\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=r'write columns = \{ requests = "hits" \} under'):
        counts_of(CsvSource([str(path)]))
