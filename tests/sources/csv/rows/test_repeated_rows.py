"""Rows of one time and service that no column tells apart: corrections replace, instances are asked about."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.source import CsvSource
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, append, bad_rows_of, counts_of, read_as, row, source_of, stamp

UNNAMED = (
    "several rows of this service are of the same time and no column tells them apart: write "
    'rows = "add" under [source] where they add up, as those of several instances do, or rows = "replace" where '
    "the last of each time counts"
)
# Requests and errors of each instance.
INSTANCES = ((200, 0), (200, 6), (200, 0))


def tidy_row(seconds: float, requests: int, errors: int, service: str) -> str:
    return "".join(
        f"{stamp(seconds)},{service},{name},{value}\n" for name, value in (("requests", requests), ("errors", errors))
    )


def instances(shape: str, *, every: int = 60, late: int = 0, rows: Sequence[tuple[int, int]] = INSTANCES) -> str:
    write = row if shape == "wide" else tidy_row
    return "".join(
        write(minute * every + late * (minute % 3), requests, errors, "shop")
        for minute in range(1, 11)
        for requests, errors in rows
    )


def counts(source: CsvSource, service: str = "shop") -> tuple[float, float]:
    frame = counts_of(source).frame
    return float(frame[(service, "requests", "")].sum()), float(frame[(service, "errors", "server")].sum())


@pytest.mark.parametrize("late", [0, 5], ids=["even", "some are late"])
@pytest.mark.parametrize(("shape", "header"), [("wide", WIDE), ("tidy", TIDY)])
def test_rows_of_instances_without_a_name_are_refused_until_it_is_said_what_they_are(
    tmp_path: Path, shape: str, header: str, late: int
) -> None:
    path = tmp_path / "data.csv"
    others = "".join((row if shape == "wide" else tidy_row)(60 * minute, 50, 1, "other") for minute in range(1, 11))
    source = source_of(path, header + instances(shape, late=late) + others)
    answer = counts_of(source)
    assert answer.bad_rows == 30 * (1 if shape == "wide" else 2)
    assert bad_rows_of(answer)[0] == ("2", UNNAMED)
    assert counts(source, "other") == (500, 10)
    assert {service for service, _, _ in answer.frame.columns} == {"other"}
    added = CsvSource([read_as(path, rows="add")])
    assert (counts(added), counts_of(added).bad_rows) == ((6000, 60), 0)
    replaced = CsvSource([read_as(path, rows="replace")])
    assert (counts(replaced), counts_of(replaced).bad_rows) == ((2000, 0), 0)
    # What is appended is of the same instances.
    append(path, "".join(row(1200, *each) if shape == "wide" else tidy_row(1200, *each, "shop") for each in INSTANCES))
    assert counts(added) == (6600, 66)
    assert counts(replaced) == (2200, 0)
    assert counts_of(source).bad_rows == answer.bad_rows + (3 if shape == "wide" else 6)


def test_rows_of_instances_are_found_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE)
    for line in instances("wide").splitlines(keepends=True):
        append(path, line)
        answer = counts_of(source)
    assert (answer.bad_rows, answer.frame.empty) == (30, True)
    # What a comment tells of them shows when there are several times.
    noted = tmp_path / "noted.csv"
    source = source_of(noted, WIDE.strip() + ",note\n")
    for place, line in enumerate(instances("wide").splitlines()):
        append(noted, f"{line},{'abc'[place % 3]}\n")
        answer = counts_of(source)
    assert (counts(source), answer.bad_rows) == ((6000, 60), 0)


def test_seldom_rows_and_two_files_of_one_service_are_asked_about_as_well(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    source = source_of(path, WIDE + instances("wide", every=7200))
    assert (counts_of(source).bad_rows, counts_of(source).frame.empty) == (30, True)
    for name, errors in (("east", 5), ("west", 150)):
        (tmp_path / f"{name}.csv").write_text(WIDE + instances("wide", rows=[(300, errors)]), encoding="utf-8")
    paths = [str(tmp_path / f"{name}.csv") for name in ("east", "west")]
    assert counts_of(CsvSource(paths)).bad_rows == 20
    assert counts(CsvSource([read_as(Path(path), rows="add") for path in paths])) == (6000, 1550)


@pytest.mark.parametrize("shape", ["wide", "tidy"])
def test_the_same_rows_once_more_and_a_few_corrections_replace_and_it_is_said(tmp_path: Path, shape: str) -> None:
    path, header = tmp_path / "data.csv", WIDE if shape == "wide" else TIDY
    once = instances(shape, rows=[(200, 3)])
    source = source_of(path, header + once)
    assert source.discover(BEGIN).services[0].notes == ()
    append(path, row(120, 200, 50) if shape == "wide" else tidy_row(120, 200, 50, "shop"))
    for each in (source, CsvSource([str(path)])):
        assert counts(each) == (2000, 77)
        said = ("times with several rows, of which the last one counts: 1",)
        assert each.discover(BEGIN).services[0].notes == said
    append(path, once)
    for each in (source, CsvSource([str(path)])):
        assert counts(each) == (2000, 30)
        said = ("times with several rows, of which the last one counts: 10",)
        assert each.discover(BEGIN).services[0].notes == said
        assert counts_of(each).bad_rows == 0


def test_running_totals_cannot_add_up_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(WIDE + instances("wide"), encoding="utf-8")
    said = 'of running totals rows = "add" cannot be: a column must tell whose they are'
    with pytest.raises(InvalidData, match=f"{path}: {said}"):
        counts_of(CsvSource([read_as(path, rows="add", unit="running total")]))
