"""Bad rows are counted and said in one line each, and the others are used."""

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dashboard.exceptions import SourceError
from dashboard.sources.csv.rows.row_checks import NO_UTF_8
from dashboard.sources.csv.shapes.request_log import DURATION
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import DAY, HOUR, Grid, utc
from tests.sources.csv.csv_text import (
    BEGIN,
    IMPOSSIBLE_COUNTS,
    LOG,
    TIDY,
    WIDE,
    append,
    bad_rows_of,
    counts_of,
    read_as,
    requests_of,
    row,
    rows,
    source_of,
    stamp,
)

UNREADABLE = 'cannot be read: write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (row(360, -600), IMPOSSIBLE_COUNTS),
        (row(360, "1e300"), IMPOSSIBLE_COUNTS),
        (row(360, "inf"), IMPOSSIBLE_COUNTS),
        (row(360, "NaN"), IMPOSSIBLE_COUNTS),
        (row(360, ""), IMPOSSIBLE_COUNTS),
        (row(360, "many"), "requests 'many' is no number"),
        (row(360, 600, 601), IMPOSSIBLE_COUNTS),
        (row(360, 600, -1), IMPOSSIBLE_COUNTS),
        (row(360, service=""), "the service has no name"),
        ("NaN,shop,600,0\n", "the time is missing"),
        ("2025-02-30T08:00:00Z,shop,600,0\n", "the time '2025-02-30T08:00:00Z' cannot be read: there is no such time"),
        ("0,shop,600,0\n", f"the time '0' {UNREADABLE}"),
        ("1970-01-01T00:00:00Z,shop,600,0\n", "the time lies before 2000 or after 2100"),
        ("9999-12-31T00:00:00Z,shop,600,0\n", "the time lies before 2000 or after 2100"),
        ("\0\0\0,\0\n", "2 columns instead of 4"),
        ("<html><body>502 Bad Gateway</body></html>\n", "1 columns instead of 4"),
        (row(360).replace("\n", ",,,\n"), "7 columns instead of 4"),
    ],
)
def test_a_bad_row_is_counted_with_its_line_and_the_others_are_used(tmp_path: Path, bad: str, what: str) -> None:
    source = source_of(tmp_path / "data.csv", WIDE + rows(5) + bad + rows(4, first=7))
    answer = counts_of(source)
    assert answer.bad_rows == 1
    assert bad_rows_of(answer) == [("7", what)]
    assert answer.problems[0].where == f"{tmp_path}/data.csv:7"
    assert requests_of(source) == 9 * 600


def test_blanks_around_a_service_make_no_other_one(tmp_path: Path) -> None:
    names = ("shop", "shop ", " shop", "\tshop", "\u00a0shop", "shop\u202f", "\ufeffshop", "shop\u200b")
    text = "".join(row(60 * minute, 600, 1, name) for minute, name in enumerate(names, 1))
    source = source_of(tmp_path / "data.csv", WIDE + text)
    assert [service.name for service in source.discover(BEGIN).services] == ["shop"]
    assert requests_of(source) == 600 * len(names)
    # Inside of a name nobody sees a difference between blanks either.
    text = row(60, service="my shop") + row(120, service="my\u00a0shop") + row(180, service="\u00a0")
    source = source_of(tmp_path / "more.csv", WIDE.replace(",", ", ") + text.replace(",", ", "))
    assert requests_of(source, "my shop") == 1200
    assert bad_rows_of(counts_of(source)) == [("4", "the service has no name")]


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        (WIDE + row(60, 600) + row(60, 30, 0, "cart"), 630),
        (f"{TIDY}{stamp(60)},shop,requests,600\n{stamp(60)},cart,requests,30\n", 630),
        (f"{LOG}{stamp(1)},shop,/,200,5\n{stamp(1)},cart,/,200,5\n", 2),
        (f"time,shop,cart\n{stamp(60)},600,30\n", 630),
    ],
)
def test_the_configured_service_has_all_rows_whatever_their_columns_tell(
    tmp_path: Path, text: str, requests: int
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    known = {"signal": "requests", "unit": "count"} if text.startswith("time,shop") else {}
    source = CsvSource([read_as(path, service="other", **known)])
    catalog = source.discover(BEGIN)
    assert [service.name for service in catalog.services] == ["other"]
    assert requests_of(source, "other") == requests
    said = 'every row is of other, as service = "other" says, whatever the column service tells'
    assert (said in catalog.files[0].what) is (not known)


def test_the_line_is_right_after_blank_lines_refused_rows_and_quoted_line_ends(tmp_path: Path) -> None:
    text = f'{LOG}\n{stamp(1)},shop,"/a\n/b",200,5\n\n{stamp(2)},shop\n{stamp(3)},shop,/,200,fast\n'
    path = tmp_path / "data.csv"
    source = source_of(path, text)
    assert bad_rows_of(counts_of(source)) == [
        ("6", "2 columns instead of 5"),
        ("7", DURATION),
    ]
    append(path, f"{stamp(4)},shop,/,200,5\n{stamp(5)},shop,/,,\n")
    assert bad_rows_of(counts_of(source))[-1] == ("9", "the status is missing")


@pytest.mark.parametrize(
    ("head", "text", "what"),
    [
        ("time,service,requests,errors,p95_ms\n", row(60).replace("\n", ",-5\n"), "a latency must be at least 0"),
        (TIDY, f"{stamp(60)},shop,p95,-0.1\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,requests,-1\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,cpu,1e300\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,,1\n", "the signal has no name"),
        (LOG, f"{stamp(60)},shop,/,200,fast\n", DURATION),
        (LOG, f"{stamp(60)},shop,/,,\n", "the status is missing"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_every_shape(tmp_path: Path, head: str, text: str, what: str) -> None:
    answer = counts_of(source_of(tmp_path / "data.csv", head + text))
    assert (answer.bad_rows, bad_rows_of(answer)) == (1, [("2", what)])


def test_only_the_first_bad_rows_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    answer = counts_of(source_of(tmp_path / "data.csv", WIDE + "nonsense\n" * 1000 + row(60, -1) * 1000 + rows(5)))
    assert answer.bad_rows == 2000
    assert [line for line, _ in bad_rows_of(answer)] == ["2", "3", "4", "5", "6"]


def test_a_byte_that_is_no_utf8_costs_its_row_and_not_the_file(tmp_path: Path) -> None:
    damaged, more = row(240, service="café"), (rows(2, first=5), row(420, service="crème"))
    source = source_of(
        tmp_path / "data.csv", WIDE.encode() + rows(3).encode() + damaged.encode("cp1252") + "".join(more).encode()
    )
    assert bad_rows_of(counts_of(source)) == [("5", NO_UTF_8)]
    assert requests_of(source) == 5 * 600


def test_duplicates_count_once_and_order_does_not_matter(tmp_path: Path) -> None:
    lines = rows(10).splitlines(keepends=True)
    shuffled = [lines[place] for place in np.random.default_rng(7).permutation(10)]
    source = source_of(tmp_path / "data.csv", WIDE + "".join(shuffled) + "".join(shuffled[:4]))
    assert requests_of(source) == 10 * 600


def test_a_log_may_be_unsorted_and_each_row_is_a_request(tmp_path: Path) -> None:
    lines = [f"{stamp(second)},shop,/,{500 if second % 10 == 0 else 200},5\n" for second in range(1, 601)]
    source = source_of(tmp_path / "data.csv", LOG + "".join(reversed(lines)) + lines[0] * 3)
    frame = counts_of(source).frame
    assert frame[("shop", "requests", "")].sum() == 603
    assert frame[("shop", "errors", "server")].sum() == 60


def test_offsets_may_be_mixed_in_one_file(tmp_path: Path) -> None:
    at = utc(BEGIN)
    times = [
        at.strftime("%Y-%m-%dT%H:01:00Z"),
        at.tz_convert("+02:00").strftime("%Y-%m-%dT%H:02:00+02:00"),
        at.strftime("%Y-%m-%d %H:03:00"),
        str(BEGIN + 240),
        str((BEGIN + 300) * 1000),
        at.tz_convert("-05:00").strftime("%Y-%m-%dT%H:06:00-0500"),
    ]
    source = source_of(tmp_path / "data.csv", WIDE + "".join(f"{time},shop,600,0\n" for time in times))
    answer = source.counts(Grid(BEGIN + 60, BEGIN + 360, 60))
    assert answer.bad_rows == 0
    assert answer.frame[("shop", "requests", "")].tolist() == [600] * 6


@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolon", "tab"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
def test_other_delimiters_and_line_ends_and_a_byte_order_mark(tmp_path: Path, delimiter: str, ends: str) -> None:
    text = (WIDE + rows(5) + row(360, -1)).replace(",", delimiter).replace("\n", ends)
    source = source_of(tmp_path / "data.csv", "\ufeff" + text)
    assert bad_rows_of(counts_of(source)) == [("7", IMPOSSIBLE_COUNTS)]
    assert requests_of(source) == 5 * 600


def test_a_log_in_epoch_milliseconds(tmp_path: Path) -> None:
    lines = [f"{(BEGIN + second) * 1000 + 250},shop,/,200,5\n" for second in range(600)]
    source = source_of(tmp_path / "data.csv", LOG + "".join(lines))
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 600, 60)).frame
    assert counts_of(source).bad_rows == 0
    np.testing.assert_allclose(frame[("shop", "requests", "")], 1.0)


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    routes = ["/a,b", '/say ""hi""', "/two\nlines", "/three\r\nmore,\nlines"]
    text = "".join(f'{stamp(second)},"shop","{routes[second % 4]}",200,"5"\n' for second in range(1, 41))
    source = source_of(tmp_path / "data.csv", LOG + text)
    assert counts_of(source).bad_rows == 0
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 60, 60), "shop", "route").frame.xs("requests", axis=1, level=1)
    assert (parts.sum() * 60).round().to_list() == [10] * 4
    assert {name for name, _ in parts} == {route.replace('""', '"') for route in routes}


@pytest.mark.parametrize("field", ['"/open', '5" disk', '"/a,b'], ids=["unclosed", "stray", "unclosed with delimiter"])
def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it(tmp_path: Path, field: str) -> None:
    line = f"{stamp(30)},shop,{field},200,5\n"
    good = "".join(f"{stamp(second)},shop,/,200,5\n" for second in range(1, 21))
    answer = counts_of(source_of(tmp_path / "data.csv", LOG + good + line + good))
    assert answer.frame[("shop", "requests", "")].sum() + answer.bad_rows == 41
    assert answer.bad_rows == (field == '"/a,b')


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false"), ("yes", "no"), ("True", "False")])
def test_the_column_ok_tells_failures_however_it_is_written(tmp_path: Path, yes: str, no: str) -> None:
    lines = "".join(f"{stamp(second)},shop,{no if second % 4 == 0 else yes},5\n" for second in range(1, 41))
    source = source_of(tmp_path / "data.csv", "time,service,ok,duration_ms\n" + lines)
    assert counts_of(source).frame[("shop", "errors", "server")].sum() == 10


def test_every_error_of_a_file_is_a_source_error(tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    for number in range(60):
        text = bytearray((LOG + "".join(f"{stamp(second)},shop,/,200,5\n" for second in range(9))).encode())
        for place in noise.integers(0, len(text), 12):
            text[place] = noise.integers(1, 256)
        with suppress(SourceError):
            counts_of(source_of(tmp_path / f"{number}.csv", bytes(text)))


ASTRAY = "the time lies months away from nearly all others"


def bad_reasons(source: CsvSource) -> list[str]:
    return [reason for _, reason in bad_rows_of(counts_of(source))]


@pytest.mark.parametrize("year", [2001, 2031])
def test_a_row_of_another_year_is_one_bad_row(tmp_path: Path, year: int) -> None:
    text = f"{WIDE}{rows(30)}{year}-01-01T00:00:00Z,shop,600,0\n{rows(29, first=31)}"
    source = source_of(tmp_path / "data.csv", text)
    assert bad_rows_of(counts_of(source)) == [("32", ASTRAY)]
    assert requests_of(source) == 59 * 600


def test_a_row_of_another_year_that_arrives_later_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + rows(30))
    assert bad_reasons(source) == []
    append(path, "2001-01-01T00:00:00Z,shop,600,0\n")
    assert bad_reasons(source) == [ASTRAY]


def test_rows_of_two_seasons_are_both_true(tmp_path: Path) -> None:
    earlier = "".join(f"{stamp(60 * number - 200 * DAY)},shop,600,0\n" for number in range(10))
    assert bad_reasons(source_of(tmp_path / "data.csv", WIDE + earlier + rows(30))) == []


def test_two_rows_say_nothing_of_each_other(tmp_path: Path) -> None:
    earlier = f"{stamp(-100 * DAY)},shop,600,0\n"
    assert bad_reasons(source_of(tmp_path / "data.csv", WIDE + earlier + rows(1))) == []


@pytest.mark.parametrize("name", ["NA", "null", "nan", "NULL", "None", "#N/A"])
def test_a_service_may_be_called_as_what_is_missing_elsewhere(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path / "data.csv", WIDE + "".join(row(minute, service=name) for minute in range(5)))
    answer = counts_of(source)
    assert (answer.bad_rows, {service for service, *_ in answer.frame.columns}) == (0, {name})


def test_durations_with_their_unit_are_read_whatever_the_column_is_called(tmp_path: Path) -> None:
    texts = ("90ms", "0.2s", "200", "1m", "fast")
    lines = "".join(f"{stamp(60 + row)},shop,/,200,{text}\n" for row, text in enumerate(texts))
    answer = counts_of(source_of(tmp_path / "data.csv", LOG + lines))
    assert bad_rows_of(answer) == [("6", DURATION)]
    within = {bound: answer.frame["shop", "latency", bound].sum() for bound in ("0.1", "0.5", "inf")}
    assert within == {"0.1": 1, "0.5": 3, "inf": 4}


def test_wide_rows_of_several_pods_add_up(tmp_path: Path) -> None:
    """One pod of six fails: by the last row alone the service would fail in nothing."""
    lines = "".join(
        f"{stamp(60 * minute + 60)},shop,{1000 // 5},{6 if pod == 0 else 0},pod-{pod},{0.9 if pod == 3 else 0.2}\n"
        for minute in range(60)
        for pod in range(6)
    )
    answer = counts_of(source_of(tmp_path / "data.csv", "time,service,requests,errors,pod,cpu\n" + lines))
    assert answer.frame["shop", "requests", ""].tolist() == [72_000]
    assert answer.frame["shop", "errors", "server"].tolist() == [360]
    source = source_of(tmp_path / "again.csv", "time,service,requests,errors,pod,cpu\n" + lines)
    samples = source.samples(Grid(BEGIN + HOUR, BEGIN + HOUR, 60)).frame
    assert samples["shop", "saturation", "cpu"].tolist() == [0.9]
    assert ("shop", "saturation", "pod") not in samples.columns


def test_a_wide_row_that_is_written_again_replaces_the_one_before(tmp_path: Path) -> None:
    lines = f"{stamp(60)},shop,600,6\n{stamp(60)},shop,700,7\n{stamp(120)},shop,600,6\n"
    assert counts_of(source_of(tmp_path / "data.csv", WIDE + lines)).frame["shop", "requests", ""].tolist() == [1300]


def test_a_row_of_a_pod_that_is_written_again_replaces_the_one_before(tmp_path: Path) -> None:
    lines = f"{stamp(60)},shop,600,6,a\n{stamp(60)},shop,600,6,b\n{stamp(60)},shop,700,7,a\n{stamp(120)},shop,0,0,a\n"
    answer = counts_of(source_of(tmp_path / "data.csv", "time,service,requests,errors,pod\n" + lines))
    assert answer.frame["shop", "requests", ""].tolist() == [1300]


def test_only_what_can_run_out_is_saturation_and_per_cents_are_shares(tmp_path: Path) -> None:
    gauges = {"availability": 0.99, "apdex": 0.9, "success_rate": 1, "error_rate": 0.01, "avg_latency": 0.2, "p90": 0.3,
              "cpu": 0.5, "cpu_percent": 97, "memory_pct": 0.5, "pool_usage": 0.7, "queue": 40}  # fmt: skip
    header = f"time,service,requests,errors,{','.join(gauges)}\n"
    line = f"{stamp(60)},shop,600,6,{','.join(map(str, gauges.values()))}\n"
    source = source_of(tmp_path / "data.csv", header + line)
    row = source.samples(Grid(BEGIN + 60, BEGIN + 60, 60)).frame.iloc[0]["shop"]
    assert row["saturation"].to_dict() == {"cpu": 0.5, "cpu_percent": 0.97, "memory_pct": 0.005, "pool_usage": 0.7}
    assert set(row["usage"].index) == gauges.keys() - row["saturation"].index.to_list()


def test_a_comment_does_not_tell_wide_rows_apart(tmp_path: Path) -> None:
    lines = f"{stamp(60)},shop,600,6,first\n{stamp(60)},shop,700,7,corrected\n{stamp(120)},shop,600,6,\n"
    answer = counts_of(source_of(tmp_path / "data.csv", "time,service,requests,errors,comment\n" + lines))
    assert answer.frame["shop", "requests", ""].tolist() == [1300]


@pytest.mark.parametrize("cell", ["2025-10-09", "08:00:01", "2025-10-09T08:00:01", "2025-10-09T08:00:01Z"])
@pytest.mark.parametrize(
    ("header", "row"),
    [("time,seen,service,requests,errors", "shop,600,6"), ("time,seen,service,signal,value", "shop,requests,600")],
    ids=["wide", "tidy"],
)
def test_a_further_column_of_dates_or_times_is_no_number(tmp_path: Path, header: str, row: str, cell: str) -> None:
    source = source_of(tmp_path / "data.csv", f"{header}\n{stamp(60)},{cell},{row}\n{stamp(120)},{cell},{row}\n")
    assert requests_of(source) == 1200


@pytest.mark.parametrize("cell", ["2025-10-09", "08:00:01", "2025-10-09T08:00:01Z"])
def test_a_count_or_a_duration_that_is_a_date_is_a_bad_row(tmp_path: Path, cell: str) -> None:
    assert counts_of(source_of(tmp_path / "log.csv", LOG + f"{stamp(60)},shop,/,200,{cell}\n")).bad_rows == 1
    assert counts_of(source_of(tmp_path / "wide.csv", WIDE + f"{stamp(60)},shop,{cell},0\n")).bad_rows == 1


@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [
        (LOG, "shop,/,200,5", "stray,/,200,fast"),
        (WIDE, "shop,600,6", "stray,600,601"),
        (TIDY, "shop,requests,600", "stray,requests,-1"),
    ],
    ids=["log", "wide", "tidy"],
)
def test_a_refused_row_makes_no_service(tmp_path: Path, header: str, good: str, bad: str) -> None:
    """Nor does a second header, as two files one after another have it."""
    lines = f"{header}{stamp(60)},{good}\n{stamp(60)},{bad}\n{header}{stamp(120)},{good}\n"
    source = source_of(tmp_path / "data.csv", lines)
    assert [service.name for service in source.discover(BEGIN).services] == ["shop"]
    assert counts_of(source).bad_rows == 2


def test_a_row_of_days_to_come_is_a_bad_row_and_keeps_no_live_file_from_being_current(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    source = source_of(path, WIDE + rows(30))
    append(path, row(31 * 60))
    now = BEGIN + 31 * 60
    os.utime(path, (now, now))
    assert requests_of(source) == 31 * 600
    # Another month by mistake; a zone that is taken for another is a matter of hours.
    append(path, row(31 * 60 + 30 * DAY) + row(32 * 60) + row(33 * 60 + 14 * HOUR))
    os.utime(path, (now + 60, now + 60))
    answer = counts_of(source)
    assert bad_rows_of(answer) == [("33", "the time lies days after the file was written")]
    assert answer.newest == BEGIN + 33 * 60 + 14 * HOUR


@pytest.mark.parametrize("written_at", [0, 315_532_800, BEGIN + 365 * DAY], ids=["1970", "an archive", "copied later"])
def test_a_file_whose_own_time_says_nothing_is_read_as_it_is(tmp_path: Path, written_at: int) -> None:
    path = tmp_path / "a.csv"
    source = source_of(path, WIDE + "".join(row(day * DAY) for day in range(80)))
    os.utime(path, (written_at, written_at))
    assert counts_of(source).bad_rows == 0


def test_a_file_that_is_all_of_days_to_come_is_read_and_told_by_its_newest_row(tmp_path: Path) -> None:
    begin = 4_000_000_020
    source = source_of(tmp_path / "a.csv", WIDE + "".join(f"{begin + 60 * at},shop,1,0\n" for at in range(50)))
    answer = counts_of(source)
    assert (answer.bad_rows, answer.newest) == (0, begin + 49 * 60)
