"""Rows of any interval, and of several, all count."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.slow import SLOW
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


@pytest.mark.parametrize("every", [30, 60, 3600])
def test_rows_that_are_early_or_late_all_count_and_once(tmp_path: Path, every: int) -> None:
    """Two of them may fall into one interval, and a row that is written again is one."""
    late = [number * 37 % (every // 7) for number in range(240)]
    lines = [f"{BEGIN + every * number + late[number]},shop,600,6\n" for number in range(240)]
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + "".join(lines + lines[::7]))
    assert source.discover(BEGIN).scrape_interval == every
    frame = source.counts(Grid(BEGIN, BEGIN + 240 * every, 3600)).frame
    assert frame["shop", "requests", ""].sum() == 240 * 600
    append(path, lines[-1].replace(",600,", ",700,"))
    assert source.counts(Grid(BEGIN, BEGIN + 240 * every, 3600)).frame["shop", "requests", ""].sum() == 240 * 600 + 100


def test_rows_of_several_files_that_interleave_have_the_interval_of_all(tmp_path: Path) -> None:
    lines = [f"{BEGIN + HOUR * number},shop,600,6\n" for number in range(48)]
    for part in range(3):
        (tmp_path / f"{part}.csv").write_text(WIDE + "".join(lines[part::3]), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    assert source.discover(BEGIN).scrape_interval == HOUR
    assert source.counts(Grid(BEGIN, BEGIN + 47 * HOUR, HOUR)).frame["shop", "requests", ""].tolist() == [600.0] * 48


SHAPES_WITH_PODS = {
    "wide": ("time,service,pod,requests,errors", "{time},shop,{pod},{requests},{errors}\n"),
    "tidy": (
        "time,service,pod,signal,value",
        "{time},shop,{pod},requests,{requests}\n{time},shop,{pod},errors,{errors}\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES_WITH_PODS)
def test_a_row_of_a_pod_that_is_corrected_later_replaces_what_it_was(tmp_path: Path, shape: str) -> None:
    header, line = SHAPES_WITH_PODS[shape]

    def rows_of(minutes: range, requests: int, errors: int = 0, pods: str = "abc") -> str:
        return "".join(
            line.format(time=stamp(60 * minute), pod=pod, requests=requests, errors=errors)
            for minute in minutes for pod in pods
        )  # fmt: skip

    path = tmp_path / "data.csv"
    source = source_of(path, f"{header}\n{rows_of(range(1, 11), 100)}")
    assert requests_of(source) == 3000
    append(path, rows_of(range(10, 11), 200, 20, "b") + rows_of(range(11, 12), 100))
    assert requests_of(source) == 3400
    append(
        path, rows_of(range(2, 3), 0, pods="a") + rows_of(range(2, 3), 50, pods="a") + rows_of(range(10, 11), 200, 20)
    )
    frame = counts_of(source).frame
    assert frame["shop", "requests", ""].sum() == 3350 + 200
    assert frame["shop", "errors", "server"].sum() == 60
    assert requests_of(CsvSource([str(path)])) == 3550


def test_of_what_cannot_be_added_up_the_worst_of_all_pods_counts(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, "time,service,requests,errors,p95_ms,pod\n")
    for pod, latency in (("a", 100), ("b", 900), ("c", 300)):
        append(path, f"{stamp(60)},shop,600,0,{latency},{pod}\n")
        source.discover(BEGIN)
    grid = Grid(BEGIN + 60, BEGIN + 60, 60)
    assert source.samples(grid).frame["shop", "quantile", "0.95"].tolist() == [0.9]


@pytest.mark.parametrize(
    ("label", "pods"),
    [
        ("pod", ("0", "1")), ("shard", ("007", "7")), ("node", ("2025-10-09", "x")), ("pod", ("NA", "null")),
        ("blue", ("NA", "null")), ("blue", ("2025-10-09", "x")), ("blue", ("nan", "")),
    ],
)  # fmt: skip
def test_pods_of_any_name_are_told_apart_in_whatever_pieces_they_come(
    tmp_path: Path, label: str, pods: tuple[str, str]
) -> None:
    """The name of a column, or the texts in it, say that it tells rows apart."""
    path = tmp_path / "data.csv"
    source = source_of(path, f"time,service,requests,errors,{label}\n{stamp(60)},shop,1,0,first\n")
    for minute in (1, 2):
        for requests in (5, 600):
            for pod in pods:
                append(path, f"{stamp(60 * minute)},shop,{requests},0,{pod}\n")
                source.discover(BEGIN)
    assert requests_of(source) == 1 + 4 * 600
    assert requests_of(CsvSource([str(path)])) == 1 + 4 * 600
    info = source.discover(BEGIN).services[0]
    assert [resource.name for resource in info.resources] == []


@pytest.mark.parametrize(("services", "pods"), [(1, 11_000), *[(11_000, 1)][: int(SLOW)]])
def test_so_many_rows_at_a_time_keep_their_minutes(services: int, pods: int, tmp_path: Path) -> None:
    """Of each series the first rows of the file, and its last, hold a single one."""
    names = [f"{service},{pod}" for service in range(services) for pod in range(pods)]
    minutes = range(55, 65)
    lines = (f"{BEGIN + 60 * minute},{name},5,0\n" for minute in minutes for name in names)
    source = source_of(tmp_path / "data.csv", "time,service,pod,requests,errors\n" + "".join(lines))
    assert source.discover(BEGIN).scrape_interval == 60
    frame = source.counts(Grid(BEGIN + HOUR, BEGIN + 2 * HOUR, HOUR)).frame.xs("requests", axis=1, level="measure")
    assert frame.sum(axis=1).tolist() == [11_000 * 5 * 6, 11_000 * 5 * 4]
