"""Bad CSV: what is wrong is counted or said in one line, the last good picture stays, and no restart is needed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.exceptions import InvalidData, SourceError, SourceUnavailable
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid, utc
from tests.steady import Clock

BEGIN = 1_760_000_000 // HOUR * HOUR
WIDE = "time,service,requests,errors\n"
TIDY = "time,service,signal,value\n"
LOG = "time,service,route,status,duration_ms\n"
ROOT = Path(__file__).parents[3]


def stamp(seconds: float) -> str:
    return utc(BEGIN + seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(seconds: float, requests: object = 600, errors: object = 0, service: str = "shop") -> str:
    return f"{stamp(seconds)},{service},{requests},{errors}\n"


def rows(count: int, *, every: int = 60, first: int = 1, requests: int = 600) -> str:
    return "".join(row(number * every, requests) for number in range(first, first + count))


def written(path: Path, text: str | bytes) -> CsvSource:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return CsvSource([str(path)])


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def hour(source: CsvSource) -> Answer:
    return source.counts(Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR))


def requests_of(source: CsvSource, service: str = "shop") -> float:
    return float(hour(source).frame[(service, "requests", "")].sum())


def told(answer: Answer) -> list[tuple[str, str]]:
    """Line and reason of the bad rows shown."""
    return [(problem.where.rpartition(":")[2], problem.what) for problem in answer.problems]


# --- rows ------------------------------------------------------------------------------------------------------------

COUNTS = "requests and errors must be counts with 0 <= errors <= requests"


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (row(360, -600), COUNTS),
        (row(360, "1e300"), COUNTS),
        (row(360, "inf"), COUNTS),
        (row(360, "NaN"), COUNTS),
        (row(360, ""), COUNTS),
        (row(360, "many"), COUNTS),
        (row(360, 600, 601), COUNTS),
        (row(360, 600, -1), COUNTS),
        (row(360, service=""), "the service has no name"),
        ("NaN,shop,600,0\n", "the time cannot be read"),
        ("2025-02-30T08:00:00Z,shop,600,0\n", "the time cannot be read"),
        ("0,shop,600,0\n", "the time cannot be read"),
        ("1970-01-01T00:00:00Z,shop,600,0\n", "the time lies before 2000 or after 2100"),
        ("9999-12-31T00:00:00Z,shop,600,0\n", "the time lies before 2000 or after 2100"),
        ("\0\0\0,\0\n", "2 columns instead of 4"),
        ("<html><body>502 Bad Gateway</body></html>\n", "1 columns instead of 4"),
        (row(360).replace("\n", ",,,\n"), "7 columns instead of 4"),
    ],
)
def test_a_bad_row_is_counted_with_its_line_and_the_others_are_used(tmp_path: Path, bad: str, what: str) -> None:
    source = written(tmp_path / "data.csv", WIDE + rows(5) + bad + rows(4, first=7))
    answer = hour(source)
    assert answer.bad_rows == 1
    assert told(answer) == [("7", what)]
    assert answer.problems[0].where == f"{tmp_path}/data.csv:7"
    assert requests_of(source) == 9 * 600


def test_the_line_is_right_after_blank_lines_refused_rows_and_quoted_line_ends(tmp_path: Path) -> None:
    text = f'{LOG}\n{stamp(1)},shop,"/a\n/b",200,5\n\n{stamp(2)},shop\n{stamp(3)},shop,/,200,-5\n'
    path = tmp_path / "data.csv"
    source = written(path, text)
    assert told(hour(source)) == [("6", "2 columns instead of 5"), ("7", "the duration is no number of at least 0")]
    append(path, f"{stamp(4)},shop,/,200,5\n{stamp(5)},shop,/,,5\n")
    assert told(hour(source))[-1] == ("9", "the status is missing")


@pytest.mark.parametrize(
    ("head", "text", "what"),
    [
        ("time,service,requests,errors,p95_ms\n", row(60).replace("\n", ",-5\n"), "a latency must be at least 0"),
        (TIDY, f"{stamp(60)},shop,p95,-0.1\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,requests,-1\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,cpu,1e300\n", "the value of this signal is impossible"),
        (TIDY, f"{stamp(60)},shop,,1\n", "the signal has no name"),
        (LOG, f"{stamp(60)},shop,/,200,-1\n", "the duration is no number of at least 0"),
        (LOG, f"{stamp(60)},shop,/,200,NaN\n", "the duration is no number of at least 0"),
        (LOG, f"{stamp(60)},shop,/,,5\n", "the status is missing"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_every_shape(tmp_path: Path, head: str, text: str, what: str) -> None:
    answer = hour(written(tmp_path / "data.csv", head + text))
    assert (answer.bad_rows, told(answer)) == (1, [("2", what)])


def test_only_the_first_bad_rows_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    answer = hour(written(tmp_path / "data.csv", WIDE + "nonsense\n" * 1000 + row(60, -1) * 1000 + rows(5)))
    assert answer.bad_rows == 2000
    assert [line for line, _ in told(answer)] == ["2", "3", "4", "5", "6"]


def test_a_byte_that_is_no_utf8_costs_its_row_and_not_the_file(tmp_path: Path) -> None:
    source = written(
        tmp_path / "data.csv", (WIDE + rows(3) + row(240, service="café") + rows(2, first=5)).encode("cp1252")
    )
    assert told(hour(source)) == [("5", "the name of the service is not UTF-8")]
    assert requests_of(source) == 5 * 600


def test_a_label_that_is_no_utf8_is_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    source = written(tmp_path / "data.csv", f"{LOG}{stamp(60)},shop,/café,200,5\n".encode("cp1252"))
    assert requests_of(source) == 1
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 60, 60), "shop", "route").frame
    assert set(parts.columns.get_level_values(0)) == {"/caf\ufffd"}


def test_duplicates_count_once_and_order_does_not_matter(tmp_path: Path) -> None:
    lines = rows(10).splitlines(keepends=True)
    shuffled = [lines[place] for place in np.random.default_rng(7).permutation(10)]
    source = written(tmp_path / "data.csv", WIDE + "".join(shuffled) + "".join(shuffled[:4]))
    assert requests_of(source) == 10 * 600


def test_a_log_may_be_unsorted_and_each_row_is_a_request(tmp_path: Path) -> None:
    lines = [f"{stamp(second)},shop,/,{500 if second % 10 == 0 else 200},5\n" for second in range(1, 601)]
    source = written(tmp_path / "data.csv", LOG + "".join(reversed(lines)) + lines[0] * 3)
    frame = hour(source).frame
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
    source = written(tmp_path / "data.csv", WIDE + "".join(f"{time},shop,600,0\n" for time in times))
    answer = source.counts(Grid(BEGIN + 60, BEGIN + 360, 60))
    assert answer.bad_rows == 0
    assert answer.frame[("shop", "requests", "")].tolist() == [600] * 6


@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolon", "tab"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
def test_other_delimiters_and_line_ends_and_a_byte_order_mark(tmp_path: Path, delimiter: str, ends: str) -> None:
    text = (WIDE + rows(5) + row(360, -1)).replace(",", delimiter).replace("\n", ends)
    source = written(tmp_path / "data.csv", "\ufeff" + text)
    assert told(hour(source)) == [("7", COUNTS)]
    assert requests_of(source) == 5 * 600


def test_a_log_in_epoch_milliseconds(tmp_path: Path) -> None:
    lines = [f"{(BEGIN + second) * 1000 + 250},shop,/,200,5\n" for second in range(600)]
    source = written(tmp_path / "data.csv", LOG + "".join(lines))
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 600, 60)).frame
    assert hour(source).bad_rows == 0
    np.testing.assert_allclose(frame[("shop", "requests", "")], 1.0)


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    routes = ["/a,b", '/say ""hi""', "/two\nlines", "/three\r\nmore,\nlines"]
    text = "".join(f'{stamp(second)},"shop","{routes[second % 4]}",200,"5"\n' for second in range(1, 41))
    source = written(tmp_path / "data.csv", LOG + text)
    assert hour(source).bad_rows == 0
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 60, 60), "shop", "route").frame.xs("requests", axis=1, level=1)
    assert (parts.sum() * 60).round().to_list() == [10] * 4
    assert {name for name, _ in parts} == {route.replace('""', '"') for route in routes}


@pytest.mark.parametrize("field", ['"/open', '5" disk', '"/a,b'], ids=["unclosed", "stray", "unclosed with delimiter"])
def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it(tmp_path: Path, field: str) -> None:
    line = f"{stamp(30)},shop,{field},200,5\n"
    good = "".join(f"{stamp(second)},shop,/,200,5\n" for second in range(1, 21))
    answer = hour(written(tmp_path / "data.csv", LOG + good + line + good))
    assert answer.frame[("shop", "requests", "")].sum() + answer.bad_rows == 41
    assert answer.bad_rows == (field == '"/a,b')


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false"), ("yes", "no"), ("True", "False")])
def test_the_column_ok_tells_failures_however_it_is_written(tmp_path: Path, yes: str, no: str) -> None:
    lines = "".join(f"{stamp(second)},shop,{no if second % 4 == 0 else yes},5\n" for second in range(1, 41))
    source = written(tmp_path / "data.csv", "time,service,ok,duration_ms\n" + lines)
    assert hour(source).frame[("shop", "errors", "server")].sum() == 10


# --- intervals -------------------------------------------------------------------------------------------------------


def test_rows_five_seconds_apart_all_count(tmp_path: Path) -> None:
    source = written(tmp_path / "data.csv", WIDE + rows(120, every=5, requests=50))
    assert requests_of(source) == 120 * 50
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 600, 60)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 10.0)


@pytest.mark.parametrize("every", [5, 300])
def test_rows_that_arrive_one_by_one_all_count(tmp_path: Path, every: int) -> None:
    path = tmp_path / "data.csv"
    source = written(path, WIDE)
    for number in range(1, 13):
        append(path, row(number * every))
        hour(source)
    assert requests_of(source) == 12 * 600
    frame = source.samples(Grid(BEGIN + 12 * every, BEGIN + 12 * every, 300)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 600 / every)


def test_shorter_intervals_later_and_shorter_ones_still_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = written(path, WIDE + rows(10))
    assert requests_of(source) == 10 * 600
    append(path, rows(20, first=41, every=15, requests=150))
    answer = hour(source)
    assert not answer.mergeable
    assert answer.frame[("shop", "requests", "")].sum() == 10 * 600 + 20 * 150
    append(path, rows(60, first=181, every=5, requests=50))
    assert requests_of(source) == 10 * 600 + 20 * 150 + 60 * 50
    assert hour(source).mergeable


def test_a_new_file_of_shorter_intervals_loses_nothing(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", WIDE + rows(10))
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 10 * 600
    written(tmp_path / "b.csv", (WIDE + rows(120, every=5, requests=50)).replace("shop", "cart"))
    assert (requests_of(source), requests_of(source, "cart")) == (6000, 6000)


def test_times_a_moment_before_and_after_the_minute_all_count(tmp_path: Path) -> None:
    late = [-0.25, 0.0, 0.25, 0.0]
    lines = [f"{BEGIN + 60 * number + late[number % 4]},shop,600,0\n" for number in range(1, 31)]
    assert requests_of(written(tmp_path / "data.csv", WIDE + "".join(lines))) == 30 * 600


@pytest.mark.parametrize("label", ["route", "instance", "zone"])
def test_tidy_rows_that_differ_in_a_label_sum_up(tmp_path: Path, label: str) -> None:
    lines = [
        f"{stamp(60 * minute)},shop,{signal},{value},{part}\n"
        for minute in range(1, 11)
        for part, share in (("a", 1), ("b", 2))
        for signal, value in (("requests", 300 * share), ("errors", share))
    ]
    frame = hour(written(tmp_path / "data.csv", f"time,service,signal,value,{label}\n" + "".join(lines))).frame
    assert frame[("shop", "requests", "")].sum() == 9000
    assert frame[("shop", "errors", "server")].sum() == 30


def test_a_remark_on_tidy_rows_is_no_label(tmp_path: Path) -> None:
    lines = f"{stamp(60)},shop,requests,600,count\n{stamp(120)},shop,requests,600,count\n"
    assert requests_of(written(tmp_path / "data.csv", "time,service,signal,value,unit\n" + lines * 2)) == 1200


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_half_written_row_with_a_line_end_in_quotes_waits(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = written(path, f'{LOG}{stamp(1)},shop,/,200,5\n{stamp(2)},shop,"/two\n')
    assert requests_of(source) == 1
    append(path, 'lines",200')
    assert requests_of(source) == 1
    append(path, ",5\n")
    assert requests_of(source) == 2
    assert hour(source).bad_rows == 0


def test_a_half_written_header_waits(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = written(path, WIDE[:9])
    assert source.discover(BEGIN).notes == ("the files hold no rows yet",)
    append(path, WIDE[9:] + rows(3))
    assert requests_of(source) == 3 * 600


@pytest.mark.parametrize("how", ["longer", "of the same length", "shorter and then longer"])
def test_a_file_rewritten_in_place_is_read_anew_even_where_its_beginning_stays(tmp_path: Path, how: str) -> None:
    path = tmp_path / "data.csv"
    good = WIDE + rows(40)
    source = written(path, good + rows(5, first=41))
    assert requests_of(source) == 45 * 600
    more = 5 if how == "of the same length" else 15
    if how == "shorter and then longer":
        path.write_text(WIDE, encoding="utf-8")
    path.write_text(good + rows(more, first=41, requests=900), encoding="utf-8")
    os.utime(path, (BEGIN, BEGIN))
    assert requests_of(source) == 40 * 600 + more * 900
    assert hour(source).bad_rows == 0


def test_who_asks_next_learns_that_a_file_was_replaced_whoever_saw_it_first(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = written(path, WIDE + rows(20))
    grid = Grid(BEGIN + 60, BEGIN + 600, 60)
    asks: list[Callable[[], Answer]] = [lambda: source.samples(grid), lambda: source.samples(grid, "shop")]
    assert [ask().mergeable for ask in asks] == [True, True]
    path.write_text(WIDE + rows(5), encoding="utf-8")
    source.discover(BEGIN)
    assert [ask().mergeable for ask in asks] == [False, False]
    assert [ask().mergeable for ask in asks] == [True, True]


def test_a_file_appears_later_in_a_glob_and_goes_again(tmp_path: Path) -> None:
    source = CsvSource([f"{tmp_path}/*.csv"])
    with pytest.raises(SourceUnavailable, match=r"\*\.csv: no CSV file is there yet"):
        source.discover(BEGIN)
    written(tmp_path / "a.csv", WIDE + rows(5))
    assert requests_of(source) == 3000
    written(tmp_path / "b.csv", (WIDE + rows(5)).replace("shop", "cart"))
    assert requests_of(source, "cart") == 3000
    (tmp_path / "a.csv").unlink()
    answer = hour(source)
    assert not answer.mergeable
    assert set(answer.frame.columns.get_level_values("service")) == {"cart"}


def test_a_time_far_off_in_a_log_is_refused_before_it_takes_all_memory(tmp_path: Path) -> None:
    text = f"{LOG}2001-01-01T00:00:00Z,shop,/,200,5\n{stamp(1)},shop,/,200,5\n"
    with pytest.raises(InvalidData, match=r"data\.csv: rows from 2001-01-01 .* too far apart .* correct its times"):
        hour(written(tmp_path / "data.csv", text))


# --- under the poller ------------------------------------------------------------------------------------------------


class Watched:
    """A file of 90 minutes, the source that reads it, and a poller half a minute after its last row."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data.csv"
        self.path.write_text(WIDE + rows(90), encoding="utf-8")
        self.clock = Clock(BEGIN + 90 * 60 + 30)
        self.poller = Poller(CsvSource([str(self.path)]), Settings(refresh=15), clock=self.clock)
        self.poller.tick()

    def put(self, content: str | bytes) -> None:
        """Another file takes the place."""
        new = self.path.with_name("new")
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        self.gone()
        new.replace(self.path)

    def gone(self) -> None:
        shutil.rmtree(self.path) if self.path.is_dir() else self.path.unlink(missing_ok=True)

    def tick(self) -> None:
        self.clock.now += 15
        self.poller.tick()

    @property
    def health(self) -> Health:
        return self.poller.snapshot.by_name["shop"].health


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def folder_instead(watched: Watched) -> None:
    watched.gone()
    watched.path.mkdir()


def pipe_instead(watched: Watched) -> None:
    watched.gone()
    os.mkfifo(watched.path)


def long_line(watched: Watched) -> None:
    with watched.path.open("ab") as file:
        file.write(b"x" * (2 << 20) + b"\n")


FAULTS: dict[str, tuple[Callable[[Watched], None], str, str]] = {
    "wrong columns": (lambda one: one.put("a,b\n1,2\n"), "malformed", "its columns are a, b; expected are a time, "),
    "binary": (
        lambda one: one.put(b"\x7fELF\0\0\0\n"),
        "malformed",
        "holds binary data: a CSV file in UTF-8 is expect",
    ),
    "not UTF-8": (lambda one: one.put("zeit,größe\n".encode("cp1252")), "malformed", "is not UTF-8: convert it first"),
    "UTF-16": (lambda one: one.put((WIDE + rows(9)).encode("utf-16")), "malformed", "holds binary data: a CSV file"),
    "one long line": (lambda one: one.put(b"x" * (2 << 20)), "malformed", "its first line is longer than 1 MB: a CSV "),
    "a long line": (long_line, "malformed", "a line is longer than 1 MB, so this is no CSV: remove it"),
    "gone": (Watched.gone, "unavailable", "cannot be read: No such file or directory: check the path"),
    "a pipe": (pipe_instead, "unavailable", "cannot be read: it is no ordinary file"),
    "times far apart": (
        lambda one: one.put(WIDE + rows(9) + "2099-01-01T00:00:00Z,shop,1,0\n"),
        "malformed",
        "too far apart for one table of 60 s intervals: split the file, or correct its times",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_keeps_the_picture_says_one_sentence_and_passes_without_a_restart(watched: Watched, name: str) -> None:
    breaks, kind, sentence = FAULTS[name]
    before = watched.poller.snapshot
    assert (before.source.state, watched.health) == (SourceState.OK, Health.HEALTHY)
    breaks(watched)
    watched.tick()
    after = watched.poller.snapshot
    assert (after.source.state, after.source.error_kind) == (SourceState.STALE, kind)
    assert after.source.error is not None
    assert after.source.error.startswith(f"{watched.path}: ")
    assert sentence in after.source.error
    assert "\n" not in after.source.error
    assert after.by_name["shop"].samples is before.by_name["shop"].samples
    assert after.source.age(watched.clock.now) == 45
    watched.put(WIDE + rows(91, requests=1200))
    watched.tick()
    healed = watched.poller.snapshot
    assert (healed.source.state, healed.source.error, watched.health) == (
        SourceState.OK,
        None,
        Health.HEALTHY,
    )
    assert healed.by_name["shop"].current.traffic == pytest.approx(20)


def test_budgets_are_counted_anew_when_the_file_is_another_one(watched: Watched) -> None:
    watched.put(b"\0\n")
    watched.tick()
    watched.put(WIDE + "".join(row(60 * minute, 600, 6) for minute in range(1, 92)))
    watched.tick()
    assert watched.health is Health.BREACHING
    assert watched.poller.snapshot.by_name["shop"].slos[0].valid == pytest.approx(91 * 600, rel=0.02)


@pytest.mark.parametrize("left", ["", WIDE[:9], WIDE], ids=["empty", "half a header", "header only"])
def test_a_file_that_lost_its_rows_is_unknown_and_never_green(watched: Watched, left: str) -> None:
    watched.path.write_text(left, encoding="utf-8")
    watched.tick()
    assert watched.poller.snapshot.source.state is SourceState.STALE
    assert watched.poller.snapshot.source.trouble is Trouble.NO_DATA
    assert watched.health is Health.UNKNOWN
    watched.path.write_text(WIDE + rows(91), encoding="utf-8")
    watched.tick()
    assert watched.poller.snapshot.source.state is SourceState.OK
    assert watched.health is Health.HEALTHY


def test_a_file_cut_off_between_two_ticks_shows_what_it_holds_now(watched: Watched) -> None:
    watched.path.write_text(WIDE + "".join(row(60 * minute, 300) for minute in range(60, 91)), encoding="utf-8")
    watched.tick()
    report = watched.poller.snapshot.by_name["shop"]
    assert report.current.traffic == pytest.approx(5)
    assert report.slos[0].valid == pytest.approx(31 * 300)


def test_a_bad_row_does_not_stop_the_picture_and_is_shown(watched: Watched) -> None:
    append(watched.path, row(91 * 60, -1) + row(92 * 60))
    watched.clock.now += 105
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, source.rows, source.bad_rows) == (SourceState.OK, 92, 1)
    assert [(problem.where, problem.what) for problem in source.problems] == [(f"{watched.path}:92", COUNTS)]
    assert watched.health is Health.HEALTHY


def test_a_half_written_last_row_waits_for_its_end(watched: Watched) -> None:
    append(watched.path, row(91 * 60)[:-6])
    watched.clock.now += 45
    watched.tick()
    assert watched.poller.snapshot.source.rows == 90
    append(watched.path, row(91 * 60)[-6:])
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, source.rows, source.bad_rows) == (SourceState.OK, 91, 0)


def test_a_file_that_no_longer_grows_turns_unknown_with_its_age(watched: Watched) -> None:
    watched.clock.now += 600
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, watched.health) == (SourceState.STALE, Health.UNKNOWN)
    assert source.age(watched.clock.now) == 645
    assert source.trouble is Trouble.NOTHING_NEW


# --- in a process of its own -----------------------------------------------------------------------------------------


def alone(code: str, *arguments: str) -> dict[str, object]:
    """Run code that prints one JSON object."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


LOCKED = """
import json, os, sys, tempfile
from pathlib import Path
from dashboard.exceptions import SourceError
from dashboard.sources.csv.source import CsvSource
def said(source):
    try:
        return len(source.discover(0).services)
    except SourceError as error:
        return type(error).__name__ + ": " + str(error).replace(str(folder), "")
with tempfile.TemporaryDirectory() as made:
    # Once as we are: nothing is imported after the privileges are dropped.
    folder = Path(made)
    (folder / "data.csv").write_text(sys.argv[1])
    said(CsvSource([made]))
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with tempfile.TemporaryDirectory() as made:
    folder = Path(made) / "logs"
    folder.mkdir()
    path = folder / "data.csv"
    path.write_text(sys.argv[1])
    sources = CsvSource([str(path)]), CsvSource([str(folder)])
    found = {}
    for what, mode in ((path, 0o000), (path, 0o600), (folder, 0o000), (folder, 0o700)):
        what.chmod(mode)
        found[f"{what.name} {mode:o}"] = [said(source) for source in sources]
    print(json.dumps(found))
"""


def test_permission_denied_is_said_with_its_remedy_and_passes_when_it_is_given() -> None:
    refused = "SourceUnavailable: {}: cannot be read: Permission denied: let the user that runs the dashboard read it"
    file, folder = refused.format("/data.csv"), refused.format("")
    assert alone(LOCKED, WIDE + rows(3)) == {
        "data.csv 0": [file, file],
        "data.csv 600": [1, 1],
        "logs 0": [file, folder],
        "logs 700": [1, 1],
    }


PEAK = """
import json, sys
from dashboard.exceptions import SourceError
from dashboard.sources.csv.source import CsvSource
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
source, before, said = CsvSource([sys.argv[1]]), peak(), []
for _ in range(3):
    try:
        source.discover(0)
    except SourceError as error:
        said.append([type(error).__name__, str(error)])
print(json.dumps({"said": said, "grown": peak() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells the peak of memory on Linux only")
@pytest.mark.parametrize("before", ["", WIDE, WIDE + rows(1000)], ids=["alone", "after a header", "after rows"])
def test_a_line_of_200_mb_is_refused_in_little_memory(tmp_path: Path, before: str) -> None:
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.write(before.encode())
        for _ in range(200):
            file.write(b"7" * (1 << 20))
    found = alone(PEAK, str(path))
    sentence = (
        "a line is longer than 1 MB, so this is no CSV: remove it"
        if before
        else "its first line is longer than 1 MB: a CSV file is expected"
    )
    assert found["said"] == [["InvalidData", f"{path}: {sentence}"]] * 3
    assert isinstance(found["grown"], float)
    assert found["grown"] < 120


def test_every_error_of_a_file_is_one_of_ours(tmp_path: Path) -> None:
    noise = np.random.default_rng(7)
    for number in range(200):
        text = bytearray((LOG + "".join(f"{stamp(second)},shop,/,200,5\n" for second in range(9))).encode())
        for place in noise.integers(0, len(text), 12):
            text[place] = noise.integers(1, 256)
        with suppress(SourceError):
            hour(written(tmp_path / f"{number}.csv", bytes(text)))


def test_files_of_different_intervals_keep_their_own_rates(tmp_path: Path) -> None:
    for name, service, every in (("a", "shop", 60), ("b", "cart", 15)):
        rows = [f"{BEGIN - HOUR + at},{service},{10 * every},0" for at in range(0, 3601, every)]
        (tmp_path / f"{name}.csv").write_text(WIDE + "\n".join([*rows, ""]))
    source = CsvSource([str(tmp_path)])
    source.discover(BEGIN)
    for step in (15, 30, 60, 300):
        frame = source.samples(Grid.ending(BEGIN, span=1800, step=step)).frame
        for service in ("shop", "cart"):
            np.testing.assert_allclose(frame[(service, "requests", "")], 10, err_msg=f"{service} every {step} s")
    counts = source.counts(Grid.ending(BEGIN, span=1800, step=60)).frame
    assert (counts[("shop", "requests", "")] == 600).all()
    assert ("shop", "requests", "") not in source.counts(Grid.ending(BEGIN, span=1800, step=15)).frame


def test_signals_of_different_intervals_in_one_file(tmp_path: Path) -> None:
    rows = [f"{BEGIN - HOUR + at},shop,cpu,{0.5}" for at in range(0, 3601, 15)]
    rows += [f"{BEGIN - HOUR + at},shop,requests,{600}" for at in range(0, 3601, 60)]
    (tmp_path / "a.csv").write_text(TIDY + "\n".join([*sorted(rows), ""]))
    source = CsvSource([str(tmp_path)])
    source.discover(BEGIN)
    frame = source.samples(Grid.ending(BEGIN, span=1800, step=15)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 10)
    np.testing.assert_allclose(frame[("shop", "saturation", "cpu")], 0.5)


def test_a_day_of_many_services_and_routes_is_broken_down(tmp_path: Path) -> None:
    rows = [
        f"{BEGIN - second * 1700},s{service},/{route},200,5"
        for second in range(50, 0, -1)
        for service in range(25)
        for route in range(32)
    ]
    source = written(tmp_path / "a.csv", LOG + "\n".join([*rows, ""]))
    source.discover(BEGIN)
    grid = Grid.ending(BEGIN, span=24 * HOUR, step=HOUR)
    for service in ("s0", "s24"):
        parts = source.breakdown(grid, service, "route").frame
        requests = parts.loc[:, parts.columns.get_level_values("measure") == "requests"]
        whole = source.samples(grid, service).frame[(service, "requests", "")]
        np.testing.assert_allclose(requests.sum(axis=1)[2:], whole[2:], rtol=1e-6)
        assert whole[2:].sum() > 0
        assert "other values" in requests.columns.get_level_values("service")


def test_windows_of_viewers_are_read_anew_after_a_replacement(tmp_path: Path) -> None:
    def minutes(requests: int) -> str:
        rows = [f"{BEGIN - HOUR + at},shop,{requests},0" for at in range(0, 3601, 15)]
        return WIDE + "\n".join([*rows, ""])

    source = written(tmp_path / "a.csv", minutes(150))
    poller = Poller(source, clock=lambda: float(BEGIN))
    grids = [Grid.ending(BEGIN, span=span, step=15) for span in (900, 3300)]
    poller.tick()
    for grid in grids:
        assert (poller.window("shop", grid).frame[("requests", "")] == 10).all()
    written(tmp_path / "a.csv", minutes(300))
    poller.tick()
    for grid in grids:
        assert (poller.window("shop", grid).frame[("requests", "")] == 20).all()


def test_a_last_row_without_its_line_end_counts_once_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{BEGIN - 120 + at},shop,600,0" for at in (0, 60, 120)]
    source = written(path, WIDE + "\n".join(rows))
    os.utime(path, (BEGIN - 10, BEGIN - 10))
    source.discover(BEGIN)
    grid = Grid.ending(BEGIN, span=120, step=60)
    assert source.counts(grid).frame[("shop", "requests", "")].tolist()[:1] == [600], "it may still be written"
    assert source.samples(grid).rows == 2
    source.discover(BEGIN + 61)
    assert source.samples(grid).rows == 3
    assert source.counts(grid).frame[("shop", "requests", "")].tolist() == [600, 600]
    append(path, "9\n")
    answer = source.counts(grid)
    assert answer.mergeable is False, "the row went on: all is read anew"
    assert answer.frame[("shop", "errors", "server")].tolist() == [0, 9]
