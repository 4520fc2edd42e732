"""Times as people's files have them: read exactly, or refused with what to write."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.values.repeated_hours import RowOrder
from dashboard.sources.csv.values.times import TimeFormat, epoch_seconds
from dashboard.sources.csv.values.unreadable_times import beyond, unreadable
from dashboard.timerange import Grid
from tests.sources.csv.csv_text import read_as

MOMENT = datetime(2026, 11, 28, 20, 0, 5, tzinfo=UTC)
SECONDS = MOMENT.timestamp()
BERLIN = ZoneInfo("Europe/Berlin")
# Summer time ends at 01:00 UTC: 02:00–03:00 is there twice.
AUTUMN = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)


def read(texts: Sequence[str], pattern: str = "", zone: str = "UTC", newest: float | None = None) -> list[float]:
    column = pa.chunked_array([pa.array(texts, pa.string())])
    return list(epoch_seconds(column, TimeFormat(zone, pattern), RowOrder(newest)))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 21:00:05+01", "2026-11-28 21:00:05.000+01", "20261128T210005+01", "2026-11-28T15:00:05-05",
        "2026-11-28T20:00:05Z", "2026-11-28 20:00:05+00:00", "2026-11-28T21:00:05+0100", "20261128T200005Z",
        "2026-11-28 20:00:05", "2026-11-28 20:00:05 UTC", "2026-11-28 20:00:05 GMT", "2026-11-28T20:00:05,000",
        "2026-11-28 20:00:05,000+00:00", "2026-11-28 21:00:05 Europe/Berlin",
        "2026-11-28T21:00:05+01:00[Europe/Berlin]",
        "28/Nov/2026:20:00:05 +0000", "[28/Nov/2026:21:00:05 +0100]", "28/Nov/2026:20:00:05",
        "Sat, 28 Nov 2026 20:00:05 GMT", "Sat, 28 Nov 2026 21:00:05 +0100", "Sat Nov 28 20:00:05 2026",
        "Saturday, 28 Nov 2026 20:00:05 +0000", "28 Nov 2026 20:00:05", "28-Nov-2026 20:00:05", "28 Nov 2026, 20:00:05",
        "Nov 28, 2026 20:00:05", "Nov 28, 2026, 8:00:05 PM", "28 Nov 2026 08:00:05 pm",
        "2026-11-28 08:00:05 PM", "2026-11-28 8:00:05 pm", "2026-11-28 08:00:05PM", "2026-11-28 08:00:05 p.m.",
        "2026/11/28 08:00:05 PM", "2026-11-28 08:00:05.000 PM", "2026-11-28 08:00:05 PM UTC",
        "2026-11-28 09:00:05 PM CET",
        "2026-11-28 21:00:05 CET", "2026-11-28 22:00:05 CEST", "2026-11-28 15:00:05 EST", "2026-11-28 16:00:05 EDT",
        "2026-11-28 12:00:05 PST", "2026-11-28T13:00:05 (PDT)", "2026-11-29 05:00:05 JST", "28 Nov 2026 21:00:05 MEZ",
        "Sat Nov 28 20:00:05 UTC 2026", "Sat Nov 28 21:00:05 CET 2026", "Sat Nov 28 21:00:05 +0100 2026",
        "2026-11-28\u00a020:00:05", "2026-11-28\u202f20:00:05", "2026-11-28 8:00:05\u202fPM",
        "2026-11-28T15:00:05\u221205:00", "2026-11-28T15:00:05\u201305:00", "2026\u201011\u201028 20:00:05",
        "20261128200005", "1795896005", "1795896005000", "1795896005000000", "1795896005000000000", "1795896005.0",
    ],
)  # fmt: skip
def test_a_time_that_can_be_read_in_one_way_is_read(text: str) -> None:
    assert read([text]) == [SECONDS]


def test_an_abbreviation_is_that_of_the_configured_zone_where_it_has_one() -> None:
    for zone, text in (
        ("Europe/London", "2026-07-01 13:00:00 BST"), ("Asia/Shanghai", "2026-07-01 20:00:00 CST"),
        ("America/Chicago", "2026-07-01 06:00:00 CST"), ("Asia/Kolkata", "2026-07-01 17:30:00 IST"),
    ):  # fmt: skip
        assert read([text], zone=zone) == [datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()]
        assert np.isnan(read([text])).all()


def test_dates_that_are_written_as_one_number_are_local() -> None:
    for number, moment in (
        (20261128200005, datetime(2026, 11, 28, 20, 0, 5, tzinfo=BERLIN)),
        (202611282000, datetime(2026, 11, 28, 20, tzinfo=BERLIN)),
        (20261128, datetime(2026, 11, 28, tzinfo=BERLIN)),
    ):
        for kind in (pa.int64(), pa.float64()):
            column = pa.chunked_array([pa.array([number], kind)])
            assert epoch_seconds(column, TimeFormat("Europe/Berlin")).tolist() == [moment.timestamp()]
    impossible = pa.chunked_array([pa.array([20261128250005, 20261328])])
    assert np.isnan(epoch_seconds(impossible, TimeFormat())).all()


def test_numbers_are_read_in_the_unit_that_their_size_tells() -> None:
    for unit in (1, 10**3, 10**6, 10**9):
        column = pa.chunked_array([pa.array([int(SECONDS) * unit])])
        assert epoch_seconds(column, TimeFormat()).tolist() == [SECONDS]


def test_times_of_several_forms_in_one_column_are_each_read() -> None:
    texts = ["28/Nov/2026:20:00:05 +0000", "2026-11-28T20:00:05Z", "soon", "1795896005", ""]
    np.testing.assert_equal(read(texts), [SECONDS, SECONDS, np.nan, SECONDS, np.nan])


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("28.11.2026 20:00:05", "%d.%m.%Y %H:%M:%S"), ("11/28/2026 08:00:05 PM", "%m/%d/%Y %I:%M:%S %p"),
        ("05/03/2026 20:00", "%d/%m/%Y %H:%M"), ("28.11.26 20-00-05", "%d.%m.%y %H-%M-%S"),
        ("28.11.2026 21:00:05 +0100", "%d.%m.%Y %H:%M:%S %z"), ("332 2026 20:00:05", "%j %Y %H:%M:%S"),
    ],
)  # fmt: skip
def test_a_format_decides(text: str, pattern: str) -> None:
    expected = datetime.strptime(text, pattern)
    assert read([text], pattern) == [expected.replace(tzinfo=expected.tzinfo or UTC).timestamp()]


def test_a_format_takes_nothing_else() -> None:
    assert np.isnan(read(["2026-11-28T20:00:05Z", "1795896005"], "%d.%m.%Y %H:%M:%S")).all()


def test_a_unit_of_an_epoch_decides_over_the_size() -> None:
    assert read(["90000"], "ms") == [90.0]
    assert epoch_seconds(pa.chunked_array([pa.array([90_000_000])]), TimeFormat(pattern="us")).tolist() == [90.0]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("28.11.2026 20:00", 'write time_format = "%d.%m.%Y %H:%M" under [source]'),
        ("28/11/2026", 'write time_format = "%d/%m/%Y" under [source]'),
        ("11/28/2026 8:00:05 PM", 'write time_format = "%m/%d/%Y %I:%M:%S %p" under [source]'),
        (
            "05/03/2026, 20:00",
            'which number is the month? Write time_format = "%d/%m/%Y, %H:%M" or time_format = "%m/%d/%Y, %H:%M" '
            "under [source]",
        ),
        ("yesterday", 'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'),
        ("2026-02-30 20:00", "there is no such time"),
    ],
)
def test_a_time_that_cannot_be_read_tells_what_to_write(text: str, remedy: str) -> None:
    assert np.isnan(read([text])).all()
    assert unreadable(text, TimeFormat()) == f"the time {text!r} cannot be read: {remedy}"


@pytest.mark.parametrize("text", ["28.11.2026 20:00", "28/11/2026", "11/28/2026 8:00:05 PM", "11/28/2026 8:00PM"])
def test_what_is_proposed_reads_the_time(text: str) -> None:
    pattern = unreadable(text, TimeFormat()).partition('time_format = "')[2].partition('"')[0]
    assert read([text], pattern) == [datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp()]


def test_a_cell_without_a_time_is_said_to_be_missing() -> None:
    assert unreadable(None, TimeFormat()) == unreadable("  ", TimeFormat()) == "the time is missing"


def local(moments: Sequence[datetime]) -> list[str]:
    return [moment.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S") for moment in moments]


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
@pytest.mark.parametrize("services", [1, 3])
@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_the_hour_that_clocks_repeat_is_resolved_by_order(minutes: int, services: int, newest_first: bool) -> None:
    moments = [AUTUMN + timedelta(minutes=minutes * row) for row in range(300 // minutes) for _ in range(services)]
    moments = moments[::-1] if newest_first else moments
    assert read(local(moments), zone="Europe/Berlin") == [moment.timestamp() for moment in moments]


def test_rows_a_little_out_of_order_do_not_end_the_first_pass() -> None:
    moments = [AUTUMN + timedelta(minutes=5 * (row ^ 1)) for row in range(60)]
    assert read(local(moments), zone="Europe/Berlin") == [moment.timestamp() for moment in moments]


def test_two_autumns_in_one_column_are_each_resolved() -> None:
    moments = [AUTUMN - timedelta(days=364) + timedelta(minutes=5 * row) for row in range(60)]
    moments += [AUTUMN + timedelta(minutes=5 * row) for row in range(60)]
    assert read(local(moments), zone="Europe/Berlin") == [moment.timestamp() for moment in moments]


def test_rows_that_arrive_one_by_one_are_resolved_by_those_before() -> None:
    newest = AUTUMN.timestamp()
    for row in range(300):
        moment = AUTUMN + timedelta(minutes=row)
        assert read(local([moment]), zone="Europe/Berlin", newest=newest) == [moment.timestamp()]
        newest = moment.timestamp()


def test_rows_that_come_a_day_late_are_not_of_the_second_pass() -> None:
    moments = [AUTUMN + timedelta(minutes=row) for row in range(150)]
    late = read(local(moments), zone="Europe/Berlin", newest=AUTUMN.timestamp() + 86_400)
    assert late == [moment.timestamp() for moment in moments]


def test_a_time_that_clocks_leave_out_is_refused() -> None:
    np.testing.assert_equal(read(["2026-03-29 02:30:00", "2026-03-29 03:30:00"], zone="Europe/Berlin")[0], np.nan)


def test_a_file_with_german_times_is_read_by_its_format_in_its_zone(tmp_path: Path) -> None:
    rows = "".join(f"{moment:%d.%m.%Y %H:%M},shop,600,6\n" for moment in (datetime(2025, 3, 5, 9, m) for m in range(5)))
    path = tmp_path / "data.csv"
    path.write_text(f"time,service,requests,errors\n{rows}", encoding="utf-8")
    source = CsvSource([read_as(path, times=TimeFormat("Europe/Berlin", "%d.%m.%Y %H:%M"))])
    answer = source.samples(Grid.ending(datetime(2025, 3, 5, 8, 4, tzinfo=UTC).timestamp(), span=240, step=60))
    assert (answer.bad_rows, answer.rows) == (0, 5)
    assert answer.frame["shop", "requests", ""].tolist() == [10.0] * 4


@pytest.mark.parametrize("minutes", [1, 5, 15])
@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_rows_that_begin_in_the_second_pass_are_of_it(minutes: int, newest_first: bool) -> None:
    moments = [AUTUMN + timedelta(minutes=130 + minutes * row) for row in range(180 // minutes)]
    moments = moments[::-1] if newest_first else moments
    assert read(local(moments), zone="Europe/Berlin") == [moment.timestamp() for moment in moments]


@pytest.mark.parametrize("rows", [range(65, 115), range(125, 175)], ids=["first pass", "second pass"])
def test_rows_whose_pass_nothing_tells_are_refused(rows: range) -> None:
    texts = local([AUTUMN + timedelta(minutes=minute) for minute in rows])
    assert np.isnan(read(texts, zone="Europe/Berlin")).all()
    assert unreadable(texts[0], TimeFormat("Europe/Berlin")) == (
        f"the time {texts[0]!r} cannot be read: clocks show it twice that night, and no rows around it tell which is "
        "meant: write the offset"
    )


def test_an_hour_that_is_missing_beside_the_repeated_one_tells_nothing() -> None:
    """Which of the two passes is missing nobody knows."""
    moments = [AUTUMN + timedelta(minutes=minute) for minute in (*range(120), *range(180, 300))]
    expected = [np.nan if 60 <= row < 120 else moment.timestamp() for row, moment in enumerate(moments)]
    np.testing.assert_equal(read(local(moments), zone="Europe/Berlin"), expected)


def test_rows_out_of_order_where_clocks_go_back_are_each_of_their_pass() -> None:
    """Rows of three threads, each of them late by up to eight minutes."""
    moments = [AUTUMN + timedelta(minutes=row - row * 5 % 9) for row in range(300)]
    assert read(local(moments), zone="Europe/Berlin") == [moment.timestamp() for moment in moments]


def test_each_file_has_an_order_of_its_own(tmp_path: Path) -> None:
    """Two pods log the same night: the file of the second begins before the clocks go back, too."""
    lines = [f"{text},shop,600,6\n" for text in local([AUTUMN + timedelta(minutes=row) for row in range(300)])]
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("time,service,requests,errors\n" + "".join(lines), encoding="utf-8")
    reading = Reading(times=TimeFormat("Europe/Berlin"))
    source = CsvSource([FileGroup((str(tmp_path),), reading)])
    answer = source.counts(Grid.between(AUTUMN.timestamp() - 3600, AUTUMN.timestamp() + 5 * 3600, step=3600))
    assert answer.bad_rows == 0
    assert answer.frame["shop", "requests", ""].dropna().tolist() == [600.0, *[36000.0] * 4, 35400.0]


def test_parts_of_a_second_stay_exact() -> None:
    assert read(["2026-11-28T20:00:05.000001Z"]) == [SECONDS + 1e-6]


@pytest.mark.parametrize(
    "text", ["2026-11-28 22:00:05+02", "2026-11-28T22:00:05.000+02", "20261128T220005+02", "2026-11-28T20:00:05z",
             "28 Nov 2026 22:00:05 +02"],
)  # fmt: skip
def test_an_offset_of_whole_hours_and_a_small_z_are_read(text: str) -> None:
    assert read([text, "2026-11-28 17:00:05-03", "2026-11-28 20:00:05"]) == [SECONDS] * 3


@pytest.mark.parametrize("end", ["+0", "+", "-1", "+02:", "+2:00", " +0200x"])
def test_an_offset_that_is_cut_is_no_time_of_the_own_zone(end: str) -> None:
    np.testing.assert_equal(read([f"2026-11-28 20:00:05{end}", "2026-11-28 20:00:05"]), [np.nan, SECONDS])


@pytest.mark.parametrize(
    ("text", "pattern", "what"),
    [
        ("28.11.26 20:00", "", 'write time_format = "%d.%m.%y %H:%M" under [source]'),
        ("11/28/26", "", 'write time_format = "%m/%d/%y" under [source]'),
        ("26/11/28", "", "which number is the year? Write time_format = \"%d/%m/%y\" or time_format = \"%y/%m/%d\" "
         "under [source]"),
        ("2026-11-28 20:00 CST", "", 'several zones are called CST: write time_zone = "America/Chicago" or time_zone = '
         '"Asia/Shanghai", or another one'),
        ("2026-11-28 20:00 XYZ", "", 'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'),
        ("2026-11-28 13:00 PM", "", 'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'),
        ("2026-13-28 20:00:00Z", "", "there is no such time"),
        ("46354.8333", "", "spreadsheets count days so: give the column the format yyyy-mm-dd hh:mm:ss, and "
         "save it as CSV once more"),
        ("20:00:00", "", "it has no date: write the date before it, or in a column called date"),
    ],
)  # fmt: skip
def test_of_a_time_that_cannot_be_read_it_is_said_what_to_write(text: str, pattern: str, what: str) -> None:
    assert np.isnan(read([text], pattern)).all()
    assert unreadable(text, TimeFormat("UTC", pattern)) == f"the time {text!r} cannot be read: {what}"


def test_a_format_that_does_not_fit_is_named() -> None:
    how = TimeFormat("UTC", "%d.%m.%Y")
    said = 'cannot be read with time_format = "%d.%m.%Y"'
    assert (
        unreadable("2026-11-28 20:00:00", how) == f"the time '2026-11-28 20:00:00' {said}: leave it out, and it is read"
    )
    assert unreadable("28.11.2026 20:00", how) == (
        f"the time '28.11.2026 20:00' {said}: write time_format = \"%d.%m.%Y %H:%M\" under [source]"
    )


def test_numbers_of_other_years_are_told_from_each_other() -> None:
    assert "spreadsheets count days so" in beyond(46354.8333)
    assert beyond(90.0).endswith(": 90 is no epoch of these years; to times since a start add that start in the file")


@pytest.mark.parametrize(
    ("header", "cells", "known"),
    [
        ("date,time", "2026-11-28,20:00:05", {}),
        ("Time,Date", "20:00:05,2026-11-28", {}),
        ("date,time", "2026-11-28,08:00:05 PM", {}),
        ("date,time", "2026-11-28 00:00:00,20:00:05", {}),
        ("date,time", "28 Nov 2026,20:00:05", {}),
        ("date,time", "2026-11-28,2026-11-28T20:00:05Z", {}),
        ("date,time", "28.11.2026,20:00:05", {"times": TimeFormat("UTC", "%d.%m.%Y %H:%M:%S")}),
        ("Datum,Uhrzeit", "2026-11-28,20:00:05", {"columns": {"date": "Datum", "time": "Uhrzeit"}}),
        ("Time (UTC),x", "2026-11-28 20:00:05,1", {"times": TimeFormat("Europe/Berlin")}),
        ("timestamp_utc,x", "2026-11-28 20:00:05,1", {"times": TimeFormat("Europe/Berlin")}),
        ("Time [Europe/Berlin],x", "2026-11-28 21:00:05,1", {}),
        ("When (GMT),x", "2026-11-28 20:00:05,1", {
            "columns": {"time": "When (GMT)"}, "times": TimeFormat("Europe/Berlin")
        }),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rest", ["service,requests,errors", "service,status,duration_ms", "service,signal,value"])
def test_a_date_beside_a_time_and_a_zone_in_a_header_are_read(
    tmp_path: Path, header: str, cells: str, known: dict[str, Any], rest: str
) -> None:
    values = {"requests": "requests,Errors [#]", "status": "status,duration_ms", "signal": "signal,value"}
    row = {"requests": "5,1", "status": "200,7", "signal": "requests,5"}[rest.split(",")[1]]
    path = tmp_path / "data.csv"
    path.write_text(f"{header},service,{values[rest.split(',')[1]]}\n{cells},shop,{row}\n", encoding="utf-8")
    hour = int(SECONDS // 3600 * 3600)
    answer = CsvSource([read_as(path, **known)]).counts(Grid(hour, hour, 3600))
    # An hour is what they would be off.
    assert answer.newest is not None
    assert abs(answer.newest - SECONDS) < 60
    assert answer.bad_rows == 0


@pytest.mark.parametrize("services", [2, 3])
@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_rows_of_one_service_behind_those_of_another_tell_the_hour_that_clocks_repeat(
    tmp_path: Path, services: int, newest_first: bool
) -> None:
    moments = [AUTUMN + timedelta(minutes=row) for row in range(240)]
    moments = moments[::-1] if newest_first else moments
    lines = [f"{time},{name},5,1\n" for name in "abc"[:services] for time in local(moments)]
    path = tmp_path / "data.csv"
    path.write_text("time,service,requests,errors\n" + "".join(lines), encoding="utf-8")
    hour = int(AUTUMN.timestamp())
    answer = CsvSource([read_as(path, times=TimeFormat("Europe/Berlin"))]).counts(Grid(hour + 3600, hour + 14400, 3600))
    assert answer.bad_rows == 0
    for name in "abc"[:services]:
        # The first of them tells of the minute before.
        assert answer.frame[name, "requests", ""].tolist()[1:3] == [300, 300]


def test_a_service_whose_rows_are_out_of_order_does_not_tell_it() -> None:
    moments = [AUTUMN + timedelta(minutes=7 * (row * 17 % 30)) for row in range(30)]
    assert np.isnan(read(local(moments), zone="Europe/Berlin")).any()


def test_a_zone_of_a_thousand_parts_is_no_zone() -> None:
    """It is looked for in as many folders within each other."""
    assert np.isnan(read([f"2026-11-28 20:00:05 America/{'New_Yo/' * 1000}York"])).all()


@pytest.mark.parametrize("text", ["1.76441{}E+12", "1.7644{}E+12", "1.76441{}e+09"])
def test_an_epoch_that_a_spreadsheet_has_rounded_is_refused(text: str) -> None:
    texts = [text.format(digit) for digit in (1, 1, 2, 3)]
    assert np.isnan(read(texts)).all()
    assert "its last digits are lost" in unreadable(float(texts[0]), TimeFormat())
    hours = [str(1_764_000_000 + 3600 * hour) for hour in range(12)]
    assert read(hours) == [float(hour) for hour in hours]
    assert read(hours[::5]) == [float(hour) for hour in hours[::5]]
