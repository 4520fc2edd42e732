"""Services of longer intervals beside others in one file: all is counted, over the time that each row tells of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.tables.column_spans import usual_span
from dashboard.timerange import DAY, HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, append, source_of

IRREGULAR = "rows too few, or too irregular, to tell how long each of them tells of: it is taken for 60 s"


def lines(service: str, times: Sequence[float], *, first_failed: bool = False) -> list[str]:
    """A row at each time, of 1,500 requests; all of the first may have failed."""
    return [
        f"{BEGIN + at},{service},1500,{1500 if first_failed and not number else 0}\n" for number, at in enumerate(times)
    ]


def beside_minutes(path: Path, times: Sequence[float], *, every: int = 60, begin: int = 0) -> CsvSource:
    """A file of a service `b` with these rows, in the order of time beside a service `a` of two hours."""
    of_a = lines("a", range(begin, begin + 2 * HOUR + 1, every))
    ordered = sorted([*lines("b", times, first_failed=True), *of_a], key=lambda line: float(line.split(",")[0]))
    return source_of(path, WIDE + "".join(ordered))


def sums(source: CsvSource, service: str = "b") -> tuple[float, float]:
    """All requests and failures of a service."""
    frame = source.counts(Grid(BEGIN - DAY + HOUR, BEGIN + 5 * DAY, HOUR)).frame
    return float(frame[service, "requests", ""].sum()), float(frame[service, "errors", "server"].sum())


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 30])
@pytest.mark.parametrize("every", [300, 600, 900, 1200, 1800, 2700, HOUR, 2 * HOUR])
def test_a_service_of_a_longer_interval_is_counted_in_full_and_at_its_rate(
    tmp_path: Path, every: int, rows: int
) -> None:
    times = [every * number for number in range(rows)]
    source = beside_minutes(tmp_path / "data.csv", times)
    source.discover(BEGIN)
    assert sums(source) == (pytest.approx(1500 * rows), pytest.approx(1500))
    frame = source.samples(Grid(BEGIN - every + 60, BEGIN + times[-1], 60)).frame
    np.testing.assert_allclose(frame["b", "requests", ""], 1500 / every)
    np.testing.assert_allclose(frame["b", "errors", "server"].to_numpy()[: every // 60], 1500 / every)
    measured = source.counts(Grid(BEGIN - DAY + HOUR, BEGIN + 5 * DAY, HOUR)).frame["b", "measured", ""]
    assert measured.sum() == pytest.approx(every * rows)
    infos = {info.name: info for info in source.discover(BEGIN).services}
    assert (infos["b"].scrape_interval, infos["a"].scrape_interval) == (every, None)
    assert infos["b"].count_step == (every if every in (300, 600, 900, 2 * HOUR) else 1800 if every < 1801 else HOUR)
    assert IRREGULAR not in infos["b"].notes


@pytest.mark.parametrize("late", [30, 60])
def test_rows_that_are_early_or_late_tell_of_the_time_since_the_one_before(tmp_path: Path, late: int) -> None:
    times = [900 * number + late * (number % 3 - 1) for number in range(9)]
    source = beside_minutes(tmp_path / "data.csv", times)
    assert sums(source) == (pytest.approx(1500 * 9), pytest.approx(1500))
    rates = source.samples(Grid(BEGIN + 60, BEGIN + 6 * 900, 60)).frame["b", "requests", ""]
    assert rates.notna().all()
    assert rates.between(1500 / (900 + 2 * late + 60), 1500 / (900 - 2 * late - 60)).all()


def test_a_row_between_takes_nothing_from_the_others(tmp_path: Path) -> None:
    """One that tells of five minutes beside those of fifteen was counted as a third of it."""
    source = beside_minutes(tmp_path / "data.csv", [*range(0, 10 * 900, 900), 300])
    assert sums(source) == (pytest.approx(1500 * 11), pytest.approx(1500))


def test_a_row_that_is_missing_is_not_measured(tmp_path: Path) -> None:
    times = [number * 900 for number in range(9) if number not in (3, 4)]
    source = beside_minutes(tmp_path / "data.csv", times)
    assert sums(source) == (pytest.approx(1500 * 7), pytest.approx(1500))
    rates = source.samples(Grid(BEGIN + 60, BEGIN + 8 * 900, 60)).frame["b", "requests", ""]
    assert np.flatnonzero(rates.isna()).tolist() == list(range(30, 60))
    np.testing.assert_allclose(rates.dropna(), 1500 / 900)


@pytest.mark.parametrize("times", [[0, 120], [0, 420, 540, 1500, 1620, 4200], [600]])
def test_rows_that_do_not_tell_their_interval_are_counted_at_their_time_and_said(
    tmp_path: Path, times: list[float]
) -> None:
    source = beside_minutes(tmp_path / "data.csv", times)
    assert sums(source) == (1500 * len(times), 1500)
    frame = source.counts(Grid(BEGIN, BEGIN + 2 * HOUR, 60)).frame["b", "requests", ""]
    assert np.flatnonzero(frame > 0).tolist() == [at // 60 for at in times]
    infos = {info.name: info for info in source.discover(BEGIN).services}
    assert IRREGULAR in infos["b"].notes
    assert IRREGULAR not in infos["a"].notes


@pytest.mark.parametrize(("first", "second"), [(120, 180), (600, 900), (60, 90), (15, 60), (20, 30)])
@pytest.mark.parametrize("files", [1, 2])
def test_intervals_that_are_no_multiples_keep_their_rates(
    tmp_path: Path, first: int, second: int, files: int
) -> None:  # fmt: skip
    a, b = lines("a", range(0, 4 * HOUR + 1, first)), lines("b", range(0, 4 * HOUR + 1, second))
    if files == 2:
        (tmp_path / "a.csv").write_text(WIDE + "".join(a), encoding="utf-8")
        (tmp_path / "b.csv").write_text(WIDE + "".join(b), encoding="utf-8")
    else:
        ordered = sorted([*a, *b], key=lambda line: float(line.split(",")[0]))
        (tmp_path / "a.csv").write_text(WIDE + "".join(ordered), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    source.discover(BEGIN)
    assert sums(source, "a")[0] == pytest.approx(1500 * len(a))
    assert sums(source, "b")[0] == pytest.approx(1500 * len(b))
    frame = source.samples(Grid(BEGIN + HOUR, BEGIN + 2 * HOUR, 60)).frame
    np.testing.assert_allclose(frame["a", "requests", ""], 1500 / first)
    np.testing.assert_allclose(frame["b", "requests", ""], 1500 / second)


def test_a_service_that_has_ended_keeps_its_interval(tmp_path: Path) -> None:
    """Beside days of minutes its last rows are older than the newest of the table."""
    source = beside_minutes(tmp_path / "data.csv", range(-10 * DAY, -9 * DAY, 900))
    frame = source.samples(Grid(BEGIN - 10 * DAY + 60, BEGIN - 9 * DAY - 900, 60)).frame
    np.testing.assert_allclose(frame["b", "requests", ""], 1500 / 900)


def test_rows_of_seconds_do_not_hide_an_interval(tmp_path: Path) -> None:
    source = beside_minutes(tmp_path / "data.csv", range(0, 2 * HOUR + 1, 900), every=1)
    assert sums(source) == (pytest.approx(1500 * 9), pytest.approx(1500))
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 2 * HOUR, 60)).frame
    np.testing.assert_allclose(frame["b", "requests", ""], 1500 / 900)


def test_rows_that_come_one_by_one_have_what_was_counted_before_counted_anew(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = beside_minutes(path, [])
    grid = Grid(BEGIN, BEGIN + DAY, HOUR)
    for number in range(6):
        append(path, "".join(lines("b", [2 * HOUR + 900 * number])))
        answer = source.counts(grid)
        # The second row tells what the first one is of.
        assert answer.mergeable == (number != 1)
        assert answer.frame["b", "requests", ""].sum() == pytest.approx(1500 * (number + 1))


def test_tidy_rows_of_a_longer_interval(tmp_path: Path) -> None:
    of_b = [f"{BEGIN + at},b,{signal},{value}\n" for at in range(0, 4500, 900) for signal, value in
            (("requests", 1500), ("errors", 1500 if at == 0 else 0))]  # fmt: skip
    of_a = [f"{BEGIN + at},a,requests,100\n" for at in range(0, HOUR, 60)]
    source = source_of(tmp_path / "data.csv", TIDY + "".join(sorted([*of_a, *of_b], key=lambda line: line[:10])))
    assert sums(source) == (pytest.approx(7500), pytest.approx(1500))


def test_failures_that_are_written_where_there_are_some_belong_to_the_time_of_their_requests(tmp_path: Path) -> None:
    of_b = [f"{BEGIN + at},b,requests,1500\n" for at in range(0, 12 * 900, 900)]
    of_b += [f"{BEGIN + at},b,errors,150\n" for at in (1800, 4500, 5400)]
    of_a = [f"{BEGIN + at},a,requests,100\n" for at in range(0, 3 * HOUR, 60)]
    source = source_of(tmp_path / "data.csv", TIDY + "".join(sorted([*of_a, *of_b], key=lambda line: line[:10])))
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 3 * HOUR - 900, 60)).frame["b"]
    failures = frame["errors", "server"].dropna()
    np.testing.assert_allclose(failures / frame["requests", ""][failures.index], 0.1)
    assert len(failures) == 45


@pytest.mark.parametrize("files", [2, 3, 4])
def test_files_that_interleave_are_counted_at_their_times(tmp_path: Path, files: int) -> None:
    """Each alone has rows of an hour or so; together they are of minutes."""
    texts = lines("b", range(0, 12 * HOUR, 1200))
    for file in range(files):
        (tmp_path / f"{file}.csv").write_text(WIDE + "".join(texts[file::files]), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    source.discover(BEGIN)
    frame = source.counts(Grid(BEGIN + HOUR, BEGIN + 11 * HOUR, HOUR)).frame
    assert frame["b", "requests", ""].tolist() == pytest.approx([4500.0] * 11)
    assert source.discover(BEGIN).scrape_interval == 1200


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_distances_nothing_is_lost_or_counted_twice(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    usual = int(random.choice([1, 2, 3, 5, 7, 13, 30, 45, 59, 61, 100]))
    steps = random.integers(1, 2 * usual + 1, 40) if seed % 2 else np.maximum(1, usual + random.integers(-1, 2, 40))
    times = [60 * int(at) for at in np.cumsum(steps[: random.integers(1, 40)])]
    source = beside_minutes(tmp_path / "data.csv", times)
    assert sums(source) == (pytest.approx(1500 * len(times)), pytest.approx(1500))
    assert sums(source, "a")[0] == 1500 * 121


@pytest.mark.parametrize(
    ("places", "span"),
    [
        ([5], 0), ([5, 7], 0), ([5, 9], 4), ([5, 7, 9], 0), ([5, 8, 11], 3), ([5, 7, 9, 11], 2), ([1, 16, 17], 1),
        ([1, 16, 46], 15), ([1, 15, 31, 45], 14), ([1, 4, 20, 22, 50], 0), ([1, 2, 3, 9], 1),
    ],
)  # fmt: skip
def test_the_usual_distance(places: list[int], span: int) -> None:
    assert usual_span(np.array(places)) == span
