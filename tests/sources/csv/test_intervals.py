"""Rows of any interval, and of several, all count."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, append, counts_of, requests_of, row, rows, source_of, stamp


def test_rows_five_seconds_apart_all_count(tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", WIDE + rows(120, every=5, requests=50))
    assert requests_of(source) == 120 * 50
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 600, 60)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 10.0)


@pytest.mark.parametrize("every", [5, 300])
def test_rows_that_arrive_one_by_one_all_count(tmp_path: Path, every: int) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE)
    for number in range(1, 13):
        append(path, row(number * every))
        counts_of(source)
    assert requests_of(source) == 12 * 600
    frame = source.samples(Grid(BEGIN + 12 * every, BEGIN + 12 * every, 300)).frame
    np.testing.assert_allclose(frame[("shop", "requests", "")], 600 / every)


def test_shorter_intervals_later_and_shorter_ones_still_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + rows(10))
    assert requests_of(source) == 10 * 600
    append(path, rows(20, first=41, every=15, requests=150))
    answer = counts_of(source)
    assert not answer.mergeable
    assert answer.frame[("shop", "requests", "")].sum() == 10 * 600 + 20 * 150
    append(path, rows(60, first=181, every=5, requests=50))
    assert requests_of(source) == 10 * 600 + 20 * 150 + 60 * 50
    assert counts_of(source).mergeable


def test_a_new_file_of_shorter_intervals_loses_nothing(tmp_path: Path) -> None:
    source_of(tmp_path / "a.csv", WIDE + rows(10))
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 10 * 600
    source_of(tmp_path / "b.csv", (WIDE + rows(120, every=5, requests=50)).replace("shop", "cart"))
    assert (requests_of(source), requests_of(source, "cart")) == (6000, 6000)


def test_times_a_moment_before_and_after_the_minute_all_count(tmp_path: Path) -> None:
    late = [-0.25, 0.0, 0.25, 0.0]
    lines = [f"{BEGIN + 60 * number + late[number % 4]},shop,600,0\n" for number in range(1, 31)]
    assert requests_of(source_of(tmp_path / "data.csv", WIDE + "".join(lines))) == 30 * 600


@pytest.mark.parametrize("label", ["route", "instance", "zone"])
def test_tidy_rows_that_differ_in_a_label_sum_up(tmp_path: Path, label: str) -> None:
    lines = [
        f"{stamp(60 * minute)},shop,{signal},{value},{part}\n"
        for minute in range(1, 11)
        for part, share in (("a", 1), ("b", 2))
        for signal, value in (("requests", 300 * share), ("errors", share))
    ]
    frame = counts_of(source_of(tmp_path / "data.csv", f"time,service,signal,value,{label}\n" + "".join(lines))).frame
    assert frame[("shop", "requests", "")].sum() == 9000
    assert frame[("shop", "errors", "server")].sum() == 30


def test_a_comment_on_tidy_rows_is_no_label(tmp_path: Path) -> None:
    lines = f"{stamp(60)},shop,requests,600,count\n{stamp(120)},shop,requests,600,count\n"
    assert requests_of(source_of(tmp_path / "data.csv", "time,service,signal,value,unit\n" + lines * 2)) == 1200


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
