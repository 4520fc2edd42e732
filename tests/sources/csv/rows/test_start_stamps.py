"""Rows that are stamped at the start of their interval, of services whose intervals differ."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, append, read_as, row, stamp

HOURS = 5
ROWS_OF_SERIES = "time,service,metric,value\n"


def hourly(source: CsvSource, service: str) -> list[float]:
    """Requests of a service in each hour: the one before `BEGIN`, and those after it."""
    source.discover(BEGIN)
    frame = source.counts(Grid(BEGIN, BEGIN + (HOURS + 1) * HOUR, HOUR)).frame
    return [round(requests, 6) for requests in frame[service, "requests", ""].fillna(0).tolist()]


def moments(every: int) -> range:
    return range(0, HOURS * HOUR, every)


def mixed(intervals: dict[str, int], header: str = WIDE) -> list[str]:
    """Rows of ten requests a minute, in the order of time."""
    shapes = {
        WIDE: "{at},{service},{requests},0\n", TIDY: "{at},{service},requests,{requests}\n",
        ROWS_OF_SERIES: "{at},{service},requests,{requests}\n",
    }  # fmt: skip
    every_row = sorted((at, service, every) for service, every in intervals.items() for at in moments(every))
    return [
        shapes[header].format(at=stamp(at), service=service, requests=every // 6) for at, service, every in every_row
    ]


def source_at_start(folder: Path, files: Iterable[str], **reading: str) -> CsvSource:
    for number, text in enumerate(files):
        (folder / f"{number}.csv").write_text(text, encoding="utf-8")
    return CsvSource([read_as(folder, stamp="start", **reading)])


@pytest.mark.parametrize("header", [WIDE, TIDY, ROWS_OF_SERIES])
@pytest.mark.parametrize("others", [60, 300])
def test_each_service_is_moved_by_its_own_interval(header: str, others: int, tmp_path: Path) -> None:
    """By the shortest of all most of an hour's requests would lie in the hour before."""
    intervals = {"minutely": others, "b": 900, "c": 1800, "d": HOUR}
    reading = {"signal": "requests", "unit": "count"} if header == ROWS_OF_SERIES else {}
    source = source_at_start(tmp_path, [header + "".join(mixed(intervals, header))], **reading)
    for service in intervals:
        assert hourly(source, service) == [0, *[600] * HOURS, 0], service


def test_rows_that_arrive_one_by_one_are_moved_by_what_the_later_ones_tell(tmp_path: Path) -> None:
    source = source_at_start(tmp_path, [WIDE])
    for line in mixed({"a": 300, "b": HOUR}):
        append(tmp_path / "0.csv", line)
        source.discover(BEGIN)
    assert hourly(source, "a") == hourly(source, "b") == [0, *[600] * HOURS, 0]


@pytest.mark.parametrize("shape", ["wide", "columns"])
def test_files_that_interleave_tell_one_interval_together(shape: str, tmp_path: Path) -> None:
    """Of each alone the rows are twice as far apart."""
    columns = [f"{stamp(at)},200\n" for at in moments(1200)]
    rows = mixed({"a": 1200}) if shape == "wide" else columns
    header, reading = (WIDE, {}) if shape == "wide" else ("time,a\n", {"signal": "requests", "unit": "count"})
    source = source_at_start(tmp_path, [header + "".join(rows[part::2]) for part in (0, 1)], **reading)
    assert hourly(source, "a") == [0, *[600] * HOURS, 0]


def test_a_missing_row_and_a_single_one_are_moved_as_the_others_are(tmp_path: Path) -> None:
    rows = [row(at, 150, service="a") for at in moments(900) if at != 2700]
    source = source_at_start(tmp_path, [WIDE + "".join([*rows, row(4 * HOUR, 7, service="once")])])
    assert hourly(source, "a") == [0, 450, *[600] * (HOURS - 1), 0]
    assert sum(hourly(source, "once")) == 7


def interleaved(every: int, files: int) -> Iterator[str]:
    """Services as columns, each file with every so manieth row."""
    rows = [f"{stamp(at + every)},{every // 6}\n" for at in moments(every)]
    for number in range(files):
        yield "time,a\n" + "".join(rows[number::files])


@pytest.mark.parametrize("unit", ["count", "per second"])
@pytest.mark.parametrize("files", [2, 3])
@pytest.mark.parametrize("every", [600, 900, 1200])
def test_services_as_columns_that_are_split_row_by_row_keep_their_hours(
    every: int, files: int, unit: str, tmp_path: Path
) -> None:
    for number, text in enumerate(interleaved(every, files)):
        (tmp_path / f"{number}.csv").write_text(text, encoding="utf-8")
    source = CsvSource([read_as(tmp_path, signal="requests", unit=unit)])
    of_hour = 600 if unit == "count" else HOUR * every // 6
    assert hourly(source, "a") == [0, *[of_hour] * HOURS, 0]
