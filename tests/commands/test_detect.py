"""golden-signals detect: one finite, causal score for each row, whatever the file looks like."""

import io
import math
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.anomaly.layers import LAYERS
from dashboard.cli import main

START, ROWS = 1_760_000_100, 400
SERIES = [(START + 300 * i, 10 + math.sin(i / 9) + (40 if i == 350 else 0)) for i in range(ROWS)]


def scores(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[float]:
    assert main(["detect", *arguments]) == 0
    return [float(line) for line in capsys.readouterr().out.splitlines()]


def written(folder: Path, lines: list[str], *, encoding: str = "utf-8") -> str:
    path = folder / "series.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding=encoding)
    return str(path)


def rows(scale: int = 1) -> list[str]:
    return [f"{at * scale},{value}" for at, value in SERIES]


@pytest.mark.parametrize("layer", list(LAYERS))
def test_each_row_has_one_finite_score_and_the_spike_has_the_highest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layer: str
) -> None:
    series = scores(capsys, written(tmp_path, ["timestamp,value", *rows()]), "--layer", layer)
    assert len(series) == ROWS
    assert all(math.isfinite(score) and score >= 0 for score in series)
    assert series[350] == max(series) > 0


@pytest.mark.parametrize("layer", list(LAYERS))
def test_what_comes_later_changes_no_earlier_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layer: str
) -> None:
    whole = scores(capsys, written(tmp_path, rows()), "--layer", layer)
    for many in (1, 200, 351):
        assert scores(capsys, written(tmp_path, rows()[:many]), "--layer", layer) == whole[:many]


def test_every_way_to_write_the_same_series_has_the_same_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = scores(capsys, written(tmp_path, rows()))
    iso = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ},{value}" for at, value in SERIES]
    naive = [line.replace("Z,", ",").replace("T", " ") for line in iso]
    for lines in (["timestamp,value", *rows()], rows(1000), iso, naive, [f"{line},more" for line in rows()]):
        assert scores(capsys, written(tmp_path, lines)) == plain
    assert scores(capsys, written(tmp_path, ["time,v", *rows()], encoding="utf-8-sig")) == plain
    assert scores(capsys, written(tmp_path, [line for row in rows() for line in (row, "")])) == plain


@pytest.mark.parametrize("layer", list(LAYERS))
@pytest.mark.parametrize("word", ["", "NaN", "null", "None", "inf", "1e308"])
def test_missing_and_absurd_values_have_a_finite_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layer: str, word: str
) -> None:
    lines = rows()
    lines[200:203] = [f"{SERIES[place][0]},{word}" for place in (200, 201, 202)]
    series = scores(capsys, written(tmp_path, lines), "--layer", layer)
    assert len(series) == ROWS
    assert all(math.isfinite(score) for score in series)


def test_standard_input_is_read_and_nothing_in_is_nothing_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = scores(capsys, written(tmp_path, rows()))
    for text, expected in (("\n".join(rows()), plain), ("", []), ("timestamp,value\n", [])):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert scores(capsys) == expected


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("yesterday,5", "line 3: 'yesterday' is no time"),
        ("nan,5", "line 3: 'nan' is no time"),
        ("1e300,5", "line 3: '1e300' is no time"),
        (f"{START},many", "line 3: 'many' is no number"),
        (f"{START}", "line 3: expected two columns, timestamp and value"),
    ],
)
def test_a_bad_row_is_named_by_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, says: str
) -> None:
    assert main(["detect", written(tmp_path, ["timestamp,value", f"{START},1", row])]) == 2
    said = capsys.readouterr()
    assert f"series.csv, {says}" in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_value_of_absurd_length_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The module `csv` refuses fields beyond 131072 characters."""
    path = written(tmp_path, ["timestamp,value", f"{START},1", f"{START + 60},{'9' * 200_000}", f"{START + 120},1"])
    assert main(["detect", path]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"golden-signals: {path}, line 3: field larger than field limit (131072)\n")


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", str(tmp_path / "nowhere.csv")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    (tmp_path / "b.csv").write_bytes(b"\xff\xff\x00")
    assert main(["detect", str(tmp_path / "b.csv")]) == 2
    assert "is no text in UTF-8" in capsys.readouterr().err
