"""Files of load test tools are recognised and counted to the request, and a broken row is named by its line."""

import contextlib
import functools
import gzip
import math
import os
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.exceptions import InvalidData, SourceError
from dashboard.signals import latency
from dashboard.sources.csv.formats.intervals import WholeTest
from dashboard.sources.csv.formats.jmeter import JMETER
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.spec import Opening
from dashboard.timerange import DAY, HOUR, Grid, utc
from tests.sources.csv.csv_text import BEGIN, append, bad_rows_of, counts_of, read_as, source_of
from tests.sources.csv.formats.load_test_texts import ALL, FAILED, LOAD_TESTS, REQUESTS


def written(folder: Path, name: str, further: str = "") -> CsvSource:
    """A load test that ended 80.4 seconds after BEGIN."""
    path = folder / LOAD_TESTS[name].name
    path.write_text(LOAD_TESTS[name].text + further)
    os.utime(path, (BEGIN + 80.4, BEGIN + 80.4))
    return CsvSource([str(path)])


def counted(source: CsvSource, service: str = "visit") -> pd.Series:
    """What was counted in the hour after BEGIN, by (measure, detail)."""
    row: pd.Series = counts_of(source).frame[service].iloc[0]
    return row


def quantiles(source: CsvSource, service: str = "visit") -> tuple[float, float]:
    """p50 and p95 of the hour after BEGIN, in seconds."""
    samples = source.samples(Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)).frame[service]
    assert isinstance(samples, pd.DataFrame)
    row = latency.quantiles(samples).iloc[0]
    return float(row["0.5"]), float(row.get("0.95", np.nan))


@pytest.mark.parametrize("name", LOAD_TESTS)
def test_every_request_counts_once_with_its_outcome_and_its_duration(name: str, tmp_path: Path) -> None:
    test, source = LOAD_TESTS[name], written(tmp_path, name)
    assert [info.name for info in source.discover(BEGIN + HOUR).services] == ["visit"]
    row = counted(source)
    assert (row["requests", ""], row["errors", "server"]) == (REQUESTS, FAILED)
    assert quantiles(source) == pytest.approx((test.p50, test.p95), nan_ok=True)
    assert counts_of(source).bad_rows == 0


@pytest.mark.parametrize("name", LOAD_TESTS)
def test_a_broken_row_is_named_by_its_line_and_the_rest_is_used(name: str, tmp_path: Path) -> None:
    test = LOAD_TESTS[name]
    source = written(tmp_path, name, test.broken)
    answer = counts_of(source)
    assert answer.frame["visit", "requests", ""].sum() == REQUESTS
    [(line, reason)] = bad_rows_of(answer)
    assert int(line) == test.text.count("\n") + 1
    assert test.reason in reason


@pytest.mark.parametrize("name", [name for name, test in LOAD_TESTS.items() if test.grows])
def test_a_file_that_grows_while_it_is_read_is_counted_as_one_that_is_complete(name: str, tmp_path: Path) -> None:
    test, path = LOAD_TESTS[name], tmp_path / LOAD_TESTS[name].name
    half = len(test.text) * 2 // 3
    source = source_of(path, test.text[:half])
    assert 0 < counted(source)["requests", ""] < REQUESTS
    append(path, test.text[half:])
    row = counted(source)
    assert (row["requests", ""], row["errors", "server"]) == (REQUESTS, FAILED)


@pytest.mark.parametrize("name", [name for name, test in LOAD_TESTS.items() if test.route])
def test_requests_are_told_apart_by_the_name_that_the_test_gives_them(name: str, tmp_path: Path) -> None:
    test, source = LOAD_TESTS[name], written(tmp_path, name)
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 180, 60), "visit", "route").frame
    assert parts[test.route, "errors", "server"].sum() * 60 == pytest.approx(FAILED)


def test_the_binary_log_of_newer_gatling_is_refused_with_what_to_do(tmp_path: Path) -> None:
    source = source_of(tmp_path / "simulation.log", b"\0\0\0\0\x063.13.1\0\0\0\x0ashop.Visit\0\0\n")
    with pytest.raises(InvalidData, match=r"simulation\.log: is Gatling: .* is binary, .* gatling-log-parser"):
        source.discover(BEGIN)


def test_a_request_that_starts_before_midnight_counts_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    midnight = BEGIN // DAY * DAY
    path.write_text(f"time,service,status,duration_s\n{midnight - 2},shop,200,5\n{midnight - 2},shop,200,1\n")
    for stamp, of_the_day_before in (("start", 1), ("end", 2), ("", 2)):
        source = CsvSource([read_as(path, stamp=stamp)])
        counts = source.counts(Grid(midnight, midnight + 60, 60)).frame["shop", "requests", ""]
        assert np.nan_to_num(counts.to_numpy()).tolist() == [of_the_day_before, 2 - of_the_day_before]


@pytest.mark.parametrize("name", ["hey", "wrk", "Locust's statistics"])
def test_the_configuration_says_when_a_test_began_whose_file_has_no_times(name: str, tmp_path: Path) -> None:
    path = tmp_path / LOAD_TESTS[name].name
    path.write_text(LOAD_TESTS[name].text)
    for start in (utc(BEGIN + 60), utc(BEGIN + 60 + 9 * HOUR).replace(tzinfo=None)):
        source = CsvSpec((str(path),), start=start).open(Opening(0.0, time_zone="Asia/Tokyo"))
        per_minute = source.counts(Grid(BEGIN + 60, BEGIN + 180, 60)).frame["visit", "requests", ""].fillna(0)
        assert per_minute.tolist() == [0, REQUESTS, 0]


@pytest.mark.parametrize("name", ["failures", "exceptions"])
def test_what_locust_writes_beside_its_counts_is_refused_with_the_file_to_name(name: str, tmp_path: Path) -> None:
    header = {"failures": "Method,Name,Error,Occurrences", "exceptions": "Count,Message,Traceback,Nodes"}[name]
    source = source_of(tmp_path / f"visit_{name}.csv", f"{header}\nGET,/,500,2\n")
    with pytest.raises(InvalidData, match=rf"visit_{name}\.csv: is Locust's {name}: .*_stats_history\.csv"):
        source.discover(BEGIN)


def test_of_several_runs_of_wrk_in_one_file_only_the_last_has_a_time(tmp_path: Path) -> None:
    text = LOAD_TESTS["wrk"].text
    source = written(tmp_path, "wrk", text)
    assert counted(source)["requests", ""] == REQUESTS
    [(line, reason)] = bad_rows_of(counts_of(source))
    assert (line, reason) == (
        "1", "of several runs in one file only the last has a time: write each to a file of its own"
    )  # fmt: skip


@pytest.mark.parametrize("name", LOAD_TESTS)
def test_the_catalog_names_the_tool_and_what_to_write_where_it_is_another(name: str, tmp_path: Path) -> None:
    [alike] = written(tmp_path, name).discover(BEGIN + HOUR).files
    assert alike.names == (str(tmp_path / LOAD_TESTS[name].name),)
    assert alike.what.startswith(f"{LOAD_TESTS[name].title}: a ")
    assert 'write service = "…" to call it otherwise than the file, or format = "' in alike.remedy


def test_files_that_are_read_alike_are_named_together(tmp_path: Path) -> None:
    test = LOAD_TESTS["JMeter"]
    for name in ("a.jtl", "b.jtl"):
        (tmp_path / name).write_text(test.text.replace("Home", name))
    (tmp_path / "c.jtl.gz").write_bytes(gzip.compress(test.text.encode()))
    (tmp_path / "plain.csv").write_text(f"time,service,requests\n{BEGIN},shop,60\n")
    groups = CsvSource([read_as(tmp_path, service="shop")]).discover(BEGIN + HOUR).files
    assert [tuple(Path(name).name for name in alike.names) for alike in groups] == [
        ("a.jtl", "b.jtl"), ("c.jtl.gz",), ("plain.csv",)
    ]  # fmt: skip
    assert [alike.what for alike in groups] == [
        f"JMeter: a request log, a row is a request; {JMETER.note}",
        f"JMeter: a request log, a row is a request; compressed; {JMETER.note}",
        'a wide table, a row is an interval of a service; every row is of shop, as service = "shop" says, whatever the '
        "column service tells",
    ]
    assert groups[0].remedy == 'where this is wrong, write format = "plain" to read it by its columns under [source]'


def test_the_sums_of_locust_are_left_out_beside_its_history(tmp_path: Path) -> None:
    (tmp_path / "visit_stats.csv").write_text(LOAD_TESTS["Locust's statistics"].text)
    assert [info.name for info in CsvSource([str(tmp_path)]).discover(BEGIN).services] == ["visit_stats"]
    (tmp_path / "visit_stats_history.csv").write_text(LOAD_TESTS["Locust's history"].text)
    source = CsvSource([str(tmp_path)])
    assert [info.name for info in source.discover(BEGIN).services] == ["visit"]
    assert [problem.what for problem in counts_of(source).problems] == [
        "is Locust's statistics: visit_stats_history.csv tells more of the same test: name that file"
    ]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n', "is XML: JMeter writes CSV with -J"),
        ('{"type":"Metric","data":{"name":"http_reqs"},"metric":"http_reqs"}\n', "is k6's JSON: .* --out csv=FILE"),
        ('{"metric":"http_reqs","type":"Point","data":{"value":1}}\n', "is k6's JSON: k6 writes CSV"),
        ('{"attack":"","seq":0,"code":200,"latency":1}\n', "is vegeta's JSON: .* vegeta encode --to csv"),
        ("Requests      [total, rate, throughput]  20, 1.0, 1.0\n", "is vegeta's report: .* vegeta encode --to csv"),
        ("\nSummary:\n  Total:\t20.0 secs\n", "is hey's summary: .* -o csv"),
    ],
)
def test_what_holds_no_requests_is_refused_with_how_to_write_them(text: str, refusal: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=rf"visit\.log: {refusal}"):
        source_of(tmp_path / "visit.log", text).discover(BEGIN)


def history(*totals: tuple[int, int]) -> str:
    """A history of Locust with these totals of requests and failures, one row a second."""
    header, _, row, *_ = LOAD_TESTS["Locust's history"].text.splitlines()
    cells = row.split(",")
    lines = [
        ",".join([f"{BEGIN + 60 + second}", *cells[1:3], ALL, *cells[4:17], f"{requests}", f"{failures}", *cells[19:]])
        for second, (requests, failures) in enumerate(totals)
    ]
    return "\n".join([header, *lines, ""])


def test_totals_that_locust_resets_begin_anew_together(tmp_path: Path) -> None:
    """Of the failures nothing shows it: there are as many again."""
    source = source_of(tmp_path / "visit_stats_history.csv", history((10, 2), (3, 2), (5, 2)))
    row = counted(source)
    assert (row["requests", ""], row["errors", "server"]) == (10 + 3 + 2, 2 + 2 + 0)


def test_requests_that_only_grow_in_number_are_no_running_totals_of_their_own(tmp_path: Path) -> None:
    """Users that join one by one send more requests in each second than in the one before."""
    source = source_of(
        tmp_path / "visit_stats_history.csv", history(*((second * second, 0) for second in range(60)))
    )  # fmt: skip
    assert counted(source)["requests", ""] == 59 * 59
    assert counts_of(source).problems == ()


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_file_is_read_or_refused_and_never_breaks(seed: int, tmp_path: Path) -> None:
    chance, path = random.Random(seed), tmp_path / "visit.log"
    cells = [b'"', b"\n", b"\t", b"NaN", b"inf", b"-1", b"1e400", b"\xff", b"", b"N/A", b"9" * 20, b"1.234,5", b"true"]
    for test in LOAD_TESTS.values():
        for _ in range(4):
            lines = (test.text + test.broken).encode().splitlines(keepends=True)
            for _ in range(chance.randint(1, 4)):
                place, again = chance.randrange(len(lines)), chance.choice(lines)
                parts = lines[place].split(b",")
                parts[chance.randrange(len(parts))] = chance.choice(cells)
                lines[place] = chance.choice((b",".join(parts), b"", again, lines[place][:9]))
            path.write_bytes(b"".join(lines))
            os.utime(path, (BEGIN + 80.4, BEGIN + 80.4))
            with contextlib.suppress(SourceError):
                requests = counts_of(CsvSource([read_as(path, service="visit")])).frame.get(("visit", "requests", ""))
                # Each damage may give one row more.
                assert requests is None or requests.sum() <= REQUESTS + 4


def test_a_run_of_wrk_without_any_answer_has_failed(tmp_path: Path) -> None:
    text = (
        LOAD_TESTS["wrk"]
        .text.replace("19 requests", "0 requests")
        .replace("Requests/sec:      0.95", "Requests/sec: 0.00")
    )
    path = tmp_path / "visit.txt"
    path.write_text(text.replace("read 1,", "read 700,").replace("  Non-2xx or 3xx responses: 1\n", ""))
    os.utime(path, (BEGIN + 80, BEGIN + 80))
    row = counted(CsvSource([str(path)]))
    assert (row["requests", ""], row["errors", "server"]) == (700, 700)


OTHER_USERS = (("Users 1", "Users 2"), (",default,", ",other,"), ("visit\t", "visitors\t"), (",0,16,", ",0,17,"),
               (",0.0300,", ",0.0301,"), (",0,,Aggregated", ",4,,Aggregated"))  # fmt: skip


@pytest.mark.parametrize("name", LOAD_TESTS)
def test_tests_of_one_service_that_run_at_the_same_time_add_up(name: str, tmp_path: Path) -> None:
    test = LOAD_TESTS[name]
    # Of a file and its copy only one counts: the second test has other users, and other sizes of answers.
    other = functools.reduce(lambda text, words: text.replace(*words), OTHER_USERS, test.text)
    for folder, text in (("a", test.text), ("b", other)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / test.name).write_text(text)
        os.utime(tmp_path / folder / test.name, (BEGIN + 80.4, BEGIN + 80.4))
    source = CsvSource([read_as(tmp_path / folder / test.name, service="visit") for folder in ("a", "b")])
    row = counted(source)
    assert (row["requests", ""], row["errors", "server"]) == (2 * REQUESTS, 2 * FAILED)


def test_a_file_of_another_format_than_the_configuration_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "visit.csv"
    path.write_text(LOAD_TESTS["k6"].text)
    assert counted(CsvSource([read_as(path, format="k6")]))["requests", ""] == REQUESTS
    with pytest.raises(InvalidData, match=r'visit\.csv: is no file of format = "jmeter", which \[source\] names'):
        CsvSource([read_as(path, format="jmeter")]).discover(BEGIN)


def test_a_column_that_a_file_without_a_header_lacks_is_named_beside_those_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "visit.csv"
    path.write_text(LOAD_TESTS["vegeta"].text)
    with pytest.raises(
        InvalidData, match=r"has no column 'host', which source\.columns names for service: it has time,"
    ):
        CsvSource([read_as(path, columns={"service": "host"})]).discover(BEGIN)


@pytest.mark.parametrize("name", ["hey", "Gatling"])
def test_times_without_end_are_bad_rows(name: str, tmp_path: Path) -> None:
    broken = {"hey": "inf,0,0,0,0,0,200,inf\n", "Gatling": "REQUEST\t\thome\tinf\tinf\tOK\t \n"}[name]
    source = written(tmp_path, name, broken)
    assert counted(source)["requests", ""] == REQUESTS
    assert counts_of(source).bad_rows == 1


@pytest.mark.parametrize("counts", [(math.inf, math.inf), (math.nan, 0.0), (5.5, 0.0), (3.0, 4.0)])
def test_sums_of_a_test_that_cannot_be_are_refused(counts: tuple[float, float]) -> None:
    whole = WholeTest(1e9, 10.0, *counts)
    assert whole.reason.startswith("requests and errors must be counts")
    assert whole.intervals(["p50"])["requests"].to_pylist() == [0.0]
