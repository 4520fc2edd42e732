"""golden-signals explain FILE: the JSON contract, a sentence for a terminal, and one line for wrong use."""

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.cli import main
from dashboard.commands.event_file import ENOUGH_BAD, EventFile, Span
from dashboard.oncall.combinations import Combinations
from tests.oncall.tables import drawn
from tests.sources.test_combinations import written_log

AT = 1_760_000_000
PAIR = {"route": "/pay", "version": "42"}


def written(
    folder: Path, table: Combinations, *, minutes: int = 5, lasted: int = 0, stamp: Callable[[int], object] = int
) -> str:
    """A file of minutes before, those that have lasted up to `AT` and its own, and one after it that is worse still."""
    path = folder / "events.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "bad", "valid", *table.labels])
        for minute in range(-minutes - lasted, 2):
            events = (table.bad_before, table.valid_before) if minute < -lasted else (table.bad, table.valid)
            for place, codes in enumerate(table.codes.T):
                texts = [values[code] for values, code in zip(table.values, codes, strict=True)]
                bad, valid = (float(each[place]) for each in events)
                rows.writerow([stamp(AT + 60 * minute), bad if minute < 1 else valid, valid, *texts])
    return str(path)


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["explain", *arguments, "--format", "json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_file_is_explained_in_the_json_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = drawn((PAIR, 0.05))
    answer = explained(capsys, written(tmp_path, table), "--at", str(AT))
    (cause,) = answer["selections"]
    assert cause["labels"] == PAIR
    assert set(cause) == {
        "labels", "bad", "valid", "ratio_before", "ratio", "share_of_bad", "share_of_additional", "traffic_share",
        "ratio_without", "additional", "like", "ratio_like",
    }  # fmt: skip
    assert answer["bad"] == table.bad.sum()
    assert answer["ratio_without"] == pytest.approx((answer["bad"] - cause["bad"]) / (answer["valid"] - cause["valid"]))
    assert answer["sentence"].startswith("Without route=/pay, version=42 (")
    assert set(answer["tried"]) == {"selections", "labels", "unused", "strongest"}
    assert answer["at"] == answer["since"] == f"{datetime.fromtimestamp(AT, UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert set(answer) == {
        "at", "since", "signal", "verdict", "selections", "sentence", "tried", "bad", "valid", "ratio_before", "ratio",
        "additional", "ratio_without", "parts", "rest", "spreads",
    }  # fmt: skip


def test_the_list_is_empty_where_no_single_cause_stands_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = explained(capsys, written(tmp_path, drawn(everywhere=4)), "--at", str(AT))
    assert (answer["selections"], answer["verdict"]) == ([], "no single cause")
    assert answer["sentence"].startswith("No single cause: the error ratio is ")
    assert "none of 59 selections by route, version and zone explains it" in answer["sentence"]


def test_what_comes_after_the_moment_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, drawn((PAIR, 0.05)))
    known = explained(capsys, path, "--at", str(AT))
    lines = Path(path).read_text(encoding="utf-8").splitlines(keepends=True)
    early = [line for line in lines if not line.startswith(str(AT + 60))]
    assert 1 < len(early) < len(lines)
    Path(path).write_text("".join(early), encoding="utf-8")
    assert explained(capsys, path, "--at", str(AT)) == known
    # The newest rows are those of that minute.
    assert explained(capsys, path) == known


def test_a_span_takes_more_rows_for_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = drawn((PAIR, 0.05))
    path = written(tmp_path, table)
    answer = explained(capsys, path, "--at", str(AT + 59), "--span", "2m")
    assert answer["valid"] == table.valid.sum() + table.valid_before.sum()


def test_a_trouble_that_has_lasted_is_compared_with_the_time_before_it_began(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = drawn((PAIR, 0.05))
    path = written(tmp_path, table, lasted=60)
    answer = explained(capsys, path, "--at", str(AT))
    assert [cause["labels"] for cause in answer["selections"]] == [PAIR]
    # The newest minute holds enough failures.
    assert answer["bad"] == table.bad.sum() >= ENOUGH_BAD
    assert answer["since"] == answer["at"]
    assert answer["ratio_before"] == table.bad_before.sum() / table.valid_before.sum()
    assert main(["explain", path, "--at", str(AT)]) == 0
    assert capsys.readouterr().out.endswith(
        "\nExplained are the rows from 2025-10-09T08:53:20Z to 2025-10-09T08:53:20Z, compared with those before "
        "2025-10-09T07:53:20Z, when the trouble began.\n"
    )


@pytest.mark.parametrize(("bad", "begin"), [(40.0, 93.0), (400.0, 100.0), (2.0, 80.0)])
def test_as_many_of_the_newest_times_are_explained_as_hold_enough_failures(bad: float, begin: float) -> None:
    times = np.arange(101.0)
    events = EventFile(
        "events.csv", ("a",), (("x",),), times, np.zeros(101, int), np.where(times < 80, 0.0, bad), np.full(101, 1e4)
    )
    assert events.span(100.0, None) == Span(80.0, begin, 100.0)
    assert events.span(100.0, 5.0) == Span(96.0, 96.0, 100.0)


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


@pytest.mark.parametrize("stamp", [lambda at: at * 1000, iso], ids=["milliseconds", "ISO 8601"])
def test_times_are_written_in_any_way(
    stamp: Callable[[int], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explained(capsys, written(tmp_path, drawn((PAIR, 0.05)), stamp=stamp), "--at", iso(AT))
    assert [cause["labels"] for cause in answer["selections"]] == [PAIR]


@pytest.mark.parametrize("form", ["gzip", "UTF-16", "semicolons", "sep=", "standard input"])
def test_a_file_is_read_in_the_forms_of_spreadsheets_and_archives(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written(tmp_path, drawn((PAIR, 0.05))))
    text = path.read_text(encoding="utf-8")
    raw = {
        "gzip": gzip.compress(text.encode(), 1),
        "UTF-16": text.encode("utf-16"),
        "semicolons": text.replace(",", ";").encode(),
        "sep=": f"sep=|\n{text.replace(',', '|')}".encode(),
        "standard input": text.encode(),
    }[form]
    plain = explained(capsys, str(path))
    path.write_bytes(raw)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert explained(capsys, "-" if form == "standard input" else str(path)) == plain


def test_where_nothing_is_worse_nothing_comes_near(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.csv"
    path.write_text("time,bad,valid,a\n2,2,99,x\n2,2,99,y\n1,1,99,x\n1,1,99,y\n", encoding="utf-8")
    assert explained(capsys, str(path), "--at", "2")["tried"]["strongest"] is None
    assert main(["explain", str(path)]) == 0
    assert capsys.readouterr().out == (
        "Nothing to explain: the error ratio is 2.0 %; before it was 1.0 %.\n"
        "Explained are the rows from 1970-01-01T00:00:02Z to 1970-01-01T00:00:02Z, compared with all earlier ones.\n"
    )


def test_a_terminal_gets_the_sentence_and_the_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", written(tmp_path, drawn((PAIR, 0.05))), "--at", str(AT)]) == 0
    sentence, _, heads, row, _ = capsys.readouterr().out.splitlines()
    assert sentence.startswith(
        "Without route=/pay, version=42 (9.7 % of traffic) the error ratio would be 0.19 %; before it was"
    )
    assert heads.startswith("SELECTION ")
    assert row.startswith("route=/pay, version=42  ")
    assert heads.index("WITHOUT IT") == row.rindex("0.")


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        ("time,bad,zone\n1,1,a\n", [], "expected the columns time,bad,valid and labels, there is no 'valid'"),
        ("", [], "expected the columns time,bad,valid and labels, there is no 'time'"),
        ("time,bad,valid\n1,1,1\n", [], "there is no column beside time,bad,valid to explain it by"),
        ("time,bad,valid,a,a\n1,1,1,x,x\n", [], "two columns are named 'a'"),
        ("time,bad,valid,a\n1,1,2\n", [], "line 2: expected 4 columns, there are 3"),
        ("time,bad,valid,a\n", [], "events.csv: the file holds no rows"),
        ("sep=;\ntime;bad;valid;a\n1;3;2;x\n", [], "line 3: bad '3' and valid '2' must be counts"),
        ("time,bad,valid,a\n1,3,2,x\n", [], "line 2: bad '3' and valid '2' must be counts with 0 <= bad <= valid"),
        ("time,bad,valid,a\n1,nan,2,x\n", [], "line 2: bad 'nan' and valid '2' must be counts"),
        ("time,bad,valid,a\n1,,2,x\n", [], "line 2: bad '' and valid '2' must be counts"),
        ('time,bad,valid,a\n1,1,"1,300",x\n', [], "line 2: bad '1' and valid '1,300' must be counts"),
        (
            "time,bad,valid,a\n1790650000000000,1,2,x\n",
            [],
            "is no time: expected epoch seconds or milliseconds, or ISO",
        ),
        ("time,bad,valid,a\nsoon,1,2,x\n", [], "line 2: 'soon' is no time"),
        ("time,bad,valid,a\n1,1,2,x\n", [], "no row is older: there is nothing to compare with; choose another --at"),
        ("time,bad,valid,a\n1,1,2,x\n", ["--at", "0"], "no row is of that time: there is nothing to explain"),
        ("time,bad,valid,a\n1,1,2,x\n", ["--at", "soon"], "--at: 'soon' is no time"),
        ("time,bad,valid,a\n1,1,2,x\n", ["--span", "long"], "--span: 'long' is no duration"),
        ("time,bad,valid,a\n1,1,2,x\n", ["--service", "shop"], "--service is for sources: leave it out with a FILE"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    text: str, arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["explain", str(path), *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


# --- a service of a source -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written_log(tmp_path_factory.mktemp("log"))


def test_a_service_of_files_is_explained_as_of_the_end_of_its_data(
    log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explained(capsys, "--csv", log, "--service", "shop")
    assert [cause["labels"] for cause in answer["selections"]] == [{"route": "/cart", "tier": "gold"}]
    slow = explained(capsys, "--csv", log, "--service", "shop", "--signal", "latency", "--span", "30m")
    assert (slow["signal"], slow["verdict"]) == ("latency", "not worse")
    earlier = explained(
        capsys, "--csv", log, "--service", "shop", "--signal", "latency", "--span", "30m", "--compare", "1h"
    )
    assert [cause["labels"] for cause in earlier["selections"]] == [{"route": "/cart", "tier": "gold"}]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name a FILE, or a service of the source: --service NAME"),
        (["--service", "shopp"], "log.csv has no such service; did you mean shop?"),
        (
            ["--service", "shop", "--at", "soon"],
            "--at: 'soon' is no time: expected epoch seconds or milliseconds, or ISO 8601",
        ),
        (["--service", "shop", "--compare", "5m"], "--compare: what is compared with must lie before the span"),
    ],
)
def test_wrong_use_of_a_source_is_one_line(
    log: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--csv", log, *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def test_without_requests_the_exit_code_is_3(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--csv", log, "--service", "shop", "--at", "2020-01-01"]) == 3
    assert "there are no requests now" in capsys.readouterr().out


def test_a_file_is_explained_without_what_only_pages_and_servers_need(tmp_path: Path) -> None:
    """Each of them takes longer to import than all there is to do."""
    path = written(tmp_path, drawn((PAIR, 0.05)))
    heavy = ("pandas", "streamlit", "plotly", "httpx", "starlette", "sqlalchemy", "scipy")
    script = (
        f"import sys; from dashboard.cli import main; main(['explain', {path!r}, '--at', '{AT}']); "
        f"sys.exit(' '.join(name for name in {heavy!r} if name in sys.modules) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert ended.stdout.startswith("Without route=/pay, version=42 (")
