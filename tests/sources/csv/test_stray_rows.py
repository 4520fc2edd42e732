"""One row of another century is one bad row, wherever it stands."""

from pathlib import Path

import pytest

from tests.sources.csv.csv_text import BEGIN, LOG, WIDE, append, counts_of, requests_of, row, source_of, stamp

STRAY = "the time lies months away from nearly all others"
SHAPES = {
    "wide": (WIDE, lambda number: row(60 * number), "2001-01-01T00:00:00Z,shop,1,1\n", 600),
    "log": (LOG, lambda number: f"{stamp(60 * number)},shop,/,200,5\n", "2001-01-01T00:00:00Z,shop,/,500,5\n", 1),
}


@pytest.mark.parametrize("place", [0, 1, 15, 29, 30])
@pytest.mark.parametrize("shape", SHAPES)
def test_one_row_of_2001_is_one_bad_row(tmp_path: Path, shape: str, place: int) -> None:
    header, line, stray, each = SHAPES[shape]
    lines = [line(number) for number in range(1, 31)]
    source = source_of(tmp_path / "data.csv", header + "".join([*lines[:place], stray, *lines[place:]]))
    assert requests_of(source) == 30 * each
    answer = counts_of(source)
    assert (answer.bad_rows, answer.problems[0].what) == (1, STRAY)
    assert answer.problems[0].where.endswith(f":{place + 2}")
    catalog = source.discover(BEGIN)
    assert catalog.history_s == pytest.approx(30 * 60)
    assert catalog.oldest == BEGIN


@pytest.mark.parametrize("shape", SHAPES)
def test_one_row_of_2001_that_is_appended_is_one_bad_row(tmp_path: Path, shape: str) -> None:
    header, line, stray, each = SHAPES[shape]
    path = tmp_path / "data.csv"
    source = source_of(path, header + "".join(line(number) for number in range(1, 31)))
    assert requests_of(source) == 30 * each
    append(path, stray)
    append(path, line(31))
    assert requests_of(source) == 31 * each
    assert counts_of(source).bad_rows == 1
