"""Files that grow, are cut off, replaced, or are not complete yet."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dashboard.exceptions import SourceUnavailable
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, LOG, WIDE, append, counts_of, requests_of, rows, source_of, stamp


def test_a_half_written_row_with_a_line_end_in_quotes_waits(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, f'{LOG}{stamp(1)},shop,/,200,5\n{stamp(2)},shop,"/two\n')
    assert requests_of(source) == 1
    append(path, 'lines",200')
    assert requests_of(source) == 1
    append(path, ",5\n")
    assert requests_of(source) == 2
    assert counts_of(source).bad_rows == 0


def test_a_half_written_header_waits(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE[:9])
    assert source.discover(BEGIN).notes == ("the files hold no rows yet",)
    append(path, WIDE[9:] + rows(3))
    assert requests_of(source) == 3 * 600


@pytest.mark.parametrize("how", ["longer", "of the same length", "shorter and then longer"])
def test_a_file_rewritten_in_place_is_read_anew_even_where_its_beginning_stays(tmp_path: Path, how: str) -> None:
    path = tmp_path / "data.csv"
    good = WIDE + rows(40)
    source = source_of(path, good + rows(5, first=41))
    assert requests_of(source) == 45 * 600
    more = 5 if how == "of the same length" else 15
    if how == "shorter and then longer":
        path.write_text(WIDE, encoding="utf-8")
    path.write_text(good + rows(more, first=41, requests=900), encoding="utf-8")
    os.utime(path, (BEGIN, BEGIN))
    assert requests_of(source) == 40 * 600 + more * 900
    assert counts_of(source).bad_rows == 0


def test_who_asks_next_learns_that_a_file_was_replaced_whoever_saw_it_first(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + rows(20))
    grid = Grid(BEGIN + 60, BEGIN + 600, 60)
    asks: list[Callable[[], Answer]] = [lambda: source.samples(grid), lambda: source.samples(grid, "shop")]
    assert [ask().mergeable for ask in asks] == [True, True]
    path.write_text(WIDE + rows(5), encoding="utf-8")
    source.discover(BEGIN)
    assert [ask().mergeable for ask in asks] == [False, False]
    assert [ask().mergeable for ask in asks] == [True, True]


def test_a_file_appears_later_in_a_glob_and_its_rows_stay_when_it_is_deleted(tmp_path: Path) -> None:
    source = CsvSource([f"{tmp_path}/*.csv"])
    with pytest.raises(SourceUnavailable, match=r"\*\.csv: no CSV file is there yet"):
        source.discover(BEGIN)
    source_of(tmp_path / "a.csv", WIDE + rows(5))
    assert requests_of(source) == 3000
    source_of(tmp_path / "b.csv", (WIDE + rows(5)).replace("shop", "cart"))
    assert requests_of(source, "cart") == 3000
    (tmp_path / "a.csv").unlink()
    answer = counts_of(source)
    # What happened has happened: whoever tidies up logs must not mend a budget by it.
    assert answer.mergeable
    assert requests_of(source) == requests_of(source, "cart") == 3000
    assert [(problem.where, problem.what) for problem in answer.problems] == [
        (f"{tmp_path}/a.csv", "was deleted: its rows stay until the next start")
    ]
    source_of(tmp_path / "a.csv", WIDE + rows(5, requests=100))
    answer = counts_of(source)
    assert (answer.mergeable, answer.problems) == (False, ()), "it was written anew"
    assert requests_of(source) == 500


def test_a_log_of_two_decades_takes_no_more_than_its_rows(tmp_path: Path) -> None:
    old = "".join(f"2001-01-01T00:00:{second:02d}Z,shop,/,200,5\n" for second in range(10))
    new = "".join(f"{stamp(second)},shop,/,200,5\n" for second in range(10))
    source = source_of(tmp_path / "data.csv", f"{LOG}{old}{new}")
    assert requests_of(source) == 9, "one lies in the hour before"
    begin = int(pd.Timestamp("2001-01-01", tz="UTC").timestamp())
    first = source.counts(Grid(begin + HOUR, begin + HOUR, HOUR)).frame
    assert first[("shop", "requests", "")].tolist() == [9]
    between = source.counts(Grid(begin + 2 * HOUR, begin + 2 * HOUR, HOUR)).frame
    assert between[("shop", "requests", "")].tolist() == [0], "a log that has no rows had no requests"


def test_a_last_row_without_its_line_end_counts_once_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{BEGIN - 120 + at},shop,600,0" for at in (0, 60, 120)]
    source = source_of(path, WIDE + "\n".join(rows))
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


@pytest.mark.parametrize(("ended_s", "after"), [(60, [3, 5, 5]), (HOUR, [4, 5, 6])])
def test_a_last_row_without_its_line_end_counts_in_a_copy_of_data_that_have_ended(
    tmp_path: Path, ended_s: int, after: list[int]
) -> None:
    path, now = tmp_path / "data.csv", BEGIN + 240 + ended_s
    source = source_of(path, WIDE + rows(4).removesuffix("\n"))
    grid = Grid(BEGIN, BEGIN + 600, 60)
    os.utime(path, (now - 1, now - 1))
    source.discover(now)
    counted = [source.samples(grid).rows]
    # A copy that goes on between two looks is not complete.
    append(path, "\n" + rows(2, first=5).removesuffix("\n"))
    os.utime(path, (now, now))
    counted += [source.samples(grid).rows for _ in range(2)]
    assert counted == after


def test_a_directory_is_read_with_its_days_and_all_endings_that_files_of_rows_have(tmp_path: Path) -> None:
    names = ["a.csv", "b.tsv", "c.log", "c.log.1", "c.log-20261127", "28/d.CSV", "28/e.csv.gz"]
    for number, name in enumerate(names):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        text = (WIDE + rows(5)).replace("shop", f"shop-{number}")
        text = text.replace(",", "\t") if name == "b.tsv" else text
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    for name in ("notes.md", ".hidden.csv", "28/picture.png"):
        (tmp_path / name).write_text("no rows", encoding="utf-8")
    expected = {f"shop-{number}" for number in range(len(names))}
    for paths in ([str(tmp_path)], [f"{tmp_path}/[!n]*", f"{tmp_path}/**/*.csv"]):
        assert {service.name for service in CsvSource(paths).discover(BEGIN).services} == expected


def test_a_file_may_have_the_signs_of_a_glob_in_its_name(tmp_path: Path) -> None:
    assert requests_of(source_of(tmp_path / "export[1].csv", WIDE + rows(3))) == 3 * 600
