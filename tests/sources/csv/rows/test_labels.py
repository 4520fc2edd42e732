"""Breakdowns of request logs by their labels."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, LOG, append, counts_of, requests_of, source_of, stamp


def test_a_day_of_many_services_and_routes_is_broken_down(tmp_path: Path) -> None:
    rows = [
        f"{BEGIN - second * 1700},s{service},/{route},200,5"
        for second in range(50, 0, -1)
        for service in range(25)
        for route in range(32)
    ]
    source = source_of(tmp_path / "a.csv", LOG + "\n".join([*rows, ""]))
    source.discover(BEGIN)
    grid = Grid.ending(BEGIN, span=24 * HOUR, step=HOUR)
    for service in ("s0", "s24"):
        parts = source.breakdown(grid, service, "route").frame
        requests = parts.loc[:, parts.columns.get_level_values("measure") == "requests"]
        whole = source.samples(grid, service).frame[(service, "requests", "")]
        np.testing.assert_allclose(requests.sum(axis=1)[2:], whole[2:], rtol=1e-6)
        assert whole[2:].sum() > 0
        assert "other values" in requests.columns.get_level_values("service")


def test_a_label_that_is_no_utf8_is_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    source = source_of(
        tmp_path / "data.csv", f"{LOG}{stamp(60)},shop,/café,200,5\n".encode().replace("é".encode(), b"\xff")
    )
    assert requests_of(source) == 1
    parts = source.breakdown(Grid(BEGIN + 60, BEGIN + 60, 60), "shop", "route").frame
    assert set(parts.columns.get_level_values(0)) == {"/caf\ufffd"}


def test_values_without_end_are_one_and_the_first_ones_keep_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    few = "".join(f"{stamp(second)},s{second % 2},/{second % 6},200,5\n" for second in range(1, 61))
    source = source_of(path, LOG + few)
    source.discover(BEGIN)
    many = "".join(f"{stamp(60 + number / 100)},s{number % 2},/id/{number},200,5\n" for number in range(1, 5000))
    with path.open("a") as file:
        file.write(many + few)
    grid = Grid.ending(BEGIN + 120, span=120, step=60)
    parts = source.breakdown(grid, "s0", "route").frame
    requests = parts.xs("requests", axis=1, level="measure").droplevel("detail", axis=1) * 60
    values = [*(f"/{value}" for value in (2, 4, 0)), *(f"/id/{number}" for number in range(2, 56, 2)), "other values"]
    assert list(requests.columns) == values, "thirty values, and one for all others"
    assert requests["/2"].sum() == 2 * 10
    assert requests["/id/2"].sum() == 1
    assert requests["other values"].sum() == 4999 // 2 - 27
    assert "none" not in values


def labelled_rows(first: int, count: int) -> str:
    return "".join(
        f"{stamp(second)},shop,{500 if second % 10 == 0 else 200},5,{'abc'[second % 3]},id-{second},{second % 7},"
        f"{str(second % 2 == 0).lower()},{stamp(second)}\n"
        for second in range(first, first + count)
    )


def test_any_column_of_few_different_texts_is_a_label(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    header = "time,service,status,duration_ms,Customer Tier,trace_id,bytes,cached,sent\n"
    source = source_of(path, header + labelled_rows(1, 10))
    (shop,) = source.discover(BEGIN).services
    # Of ten rows each may have a value of its own.
    assert shop.labels == ("status", "customer tier", "trace_id", "cached")
    append(path, labelled_rows(11, 50))
    (shop,) = source.discover(BEGIN).services
    assert shop.labels == ("status", "customer tier", "cached")
    assert "no breakdown by trace_id: it has too many different values" in shop.notes
    grid = Grid(BEGIN + 60, BEGIN + 60, 60)
    parts = source.breakdown(grid, "shop", "customer tier").frame * 60
    requests = {value: float(parts[(value, "requests", "")].iloc[0]) for value in "abc"}
    failures = sum(float(parts[(value, "errors", "server")].iloc[0]) for value in "abc")
    assert (requests, failures) == ({"a": 20, "b": 20, "c": 20}, 6)
    append(path, labelled_rows(61, 60))
    assert source.breakdown(grid, "shop", "trace_id").frame.empty
    assert requests_of(source) == 120


@pytest.mark.parametrize("shape", ["wide", "tidy"])
def test_rows_of_pods_are_broken_down_and_a_correction_replaces(tmp_path: Path, shape: str) -> None:
    def text(seconds: int, pod: str, requests: int, errors: int) -> str:
        if shape == "wide":
            return f"{stamp(seconds)},shop,{requests},{errors},0.1,{pod}\n"
        numbers = {"requests": requests, "errors": errors, "p95": 0.1}
        return "".join(f"{stamp(seconds)},shop,{signal},{value},{pod}\n" for signal, value in numbers.items())

    path = tmp_path / "pods.csv"
    columns = "requests,errors,p95" if shape == "wide" else "signal,value"
    rows = "".join(text(60 * number, f"pod-{pod}", 60, 30 * (pod == 3)) for number in range(1, 61) for pod in range(40))
    source = source_of(path, f"time,service,{columns},pod\n{rows}")
    (shop,) = source.discover(BEGIN).services
    assert shop.labels == ("pod",)
    grid = Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)
    parts = source.breakdown(grid, "shop", "pod").frame
    assert len(parts.columns.get_level_values(0).unique()) == 31
    failed = parts.xs("errors", axis=1, level="measure").droplevel("detail", axis=1).iloc[0] * HOUR
    assert (failed["pod-3"], failed.sum()) == (1800, 1800)
    requests = parts.xs("requests", axis=1, level="measure").droplevel("detail", axis=1).iloc[0] * HOUR
    assert requests.sum() == requests_of(source) == 40 * 3600
    assert requests["other values"] == 10 * 3600
    append(path, text(600, "pod-3", 50, 0))
    parts = source.breakdown(grid, "shop", "pod").frame * HOUR
    assert parts[("pod-3", "errors", "server")].iloc[0] == 1770
    assert requests_of(source) == 40 * 3600 - 10


def failures_of(source: CsvSource) -> tuple[float, float]:
    frame = counts_of(source).frame
    return requests_of(source), float(frame[("shop", "errors", "server")].sum())


def noted_rows(first: int, notes: list[str], *, shape: str = "wide") -> str:
    """Rows of three minutes, one for each note: 100 requests, 10 of the last note's have failed."""
    lines = []
    for minute in range(first, first + 3):
        for note in notes:
            errors = 10 * (note == notes[-1])
            if shape == "wide":
                lines.append(f"{stamp(60 * minute)},shop,100,{errors},{note}\n")
            else:
                lines += [f"{stamp(60 * minute)},shop,{name},{value},{note}\n" for name, value in
                          (("requests", 100), ("errors", errors))]  # fmt: skip
    return "".join(lines)


@pytest.mark.parametrize("shape", ["wide", "tidy"])
@pytest.mark.parametrize("column", ["unit", "note", "description", "date", "ts"])
def test_a_comment_that_tells_equal_rows_apart_is_a_label(tmp_path: Path, shape: str, column: str) -> None:
    header = f"time,service,{'requests,errors' if shape == 'wide' else 'signal,value'},{column}\n"
    path = tmp_path / "data.csv"
    source = source_of(path, header + noted_rows(1, ["c", "a", "b"], shape=shape))
    assert failures_of(source) == (900, 30)
    assert source.discover(BEGIN).services[0].labels == (column,)
    # A unit's row that is written again is a correction; others that come later are of the same units.
    append(path, noted_rows(3, ["c", "a", "b"], shape=shape))
    assert failures_of(source) == failures_of(CsvSource([str(path)])) == (1500, 50)


def test_comments_may_tell_rows_apart_only_together_or_beside_a_label(tmp_path: Path) -> None:
    both = [f"{unit},{note}" for unit in "xy" for note in ("left", "right")]
    text = "time,service,requests,errors,unit,note\n" + noted_rows(1, both)
    assert failures_of(source_of(tmp_path / "both.csv", text)) == (1200, 30)
    # The pod tells already: the comment of a row that is written again is another.
    pods = "time,service,requests,errors,pod,note\n" + noted_rows(1, ["a,", "b,"]) + noted_rows(1, ["b,corrected"])
    assert failures_of(source_of(tmp_path / "pods.csv", pods)) == (600, 30)


@pytest.mark.parametrize("notes", [("", "corrected"), ("wrong", "right")])
def test_a_corrected_row_with_another_comment_replaces(tmp_path: Path, notes: tuple[str, str]) -> None:
    header, (before, after) = "time,service,requests,errors,comment\n", notes
    path = tmp_path / "data.csv"
    source = source_of(path, header + noted_rows(1, [before]) + noted_rows(4, [before]))
    append(path, f"{stamp(120)},shop,100,0,{after}\n")
    assert failures_of(source) == failures_of(CsvSource([str(path)])) == (600, 50)
