"""state import-hours: closed hours from CSV, each bad row by its line, and twice is as good as once."""

import tracemalloc
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.archive.archive import Archive
from dashboard.archive.hour_rows import HourRows
from dashboard.archive.spec import ArchiveSpec
from dashboard.cli import main
from dashboard.commands import state
from dashboard.commands.hours_file import read_hours
from dashboard.timerange import HOUR

ADDRESS = "http://127.0.0.1:9"
HEAD = "time,service,slo,bad,valid,objective\n"
# 2023-11-14 22:00 UTC
END = 1_699_999_200


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    # A day later, whatever day it is.
    monkeypatch.setattr(state, "time", SimpleNamespace(time=lambda: END + 86_400.0))
    return tmp_path


def imported(*texts: str, more: tuple[str, ...] = ()) -> int:
    names = []
    for number, text in enumerate(texts):
        Path(f"{number}.csv").write_text(text, encoding="utf-8")
        names.append(f"{number}.csv")
    return main(["state", "import-hours", *names, "--prometheus", ADDRESS, "--state", "state", *more])


def stored() -> HourRows:
    return Archive(ArchiveSpec(Path("state/hours"), f"prometheus {ADDRESS}")).hours(0, 2 * END)


def test_hours_are_taken_in_and_twice_is_as_good_as_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{HEAD}2023-11-14T22:00:00Z,pay,availability,3,100,0.99\n{END - 3600},pay,availability,0,50.5,0.99\n"
    for new in (2, 0):
        assert imported(text) == 0
        said = capsys.readouterr().err
        assert said.endswith(f": 2 hours were read, {new} of them are new\n")
        assert said.startswith("golden-signals: state/hours/prometheus-")
    hours = stored()
    assert (hours.ends.tolist(), hours.bad.tolist(), hours.valid.tolist()) == ([END - 3600, END], [0, 3], [50.5, 100])
    assert (hours.seconds.tolist(), hours.objectives.tolist()) == ([3600, 3600], [0.99, 0.99])
    assert [(each.service, each.slo, each.counting) for each in hours.series] == [("pay", "availability", "")]


def test_columns_may_be_good_start_limit_and_seconds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "Start,SLO,service,good,valid,objective,limit,seconds,anything\n"
        "2023-11-14 22:00,fast,pay,90,100,0.9,0.25,1800,x\n\n"
    )
    assert imported(text) == 0
    hours = stored()
    assert (hours.ends.tolist(), hours.bad.tolist(), hours.seconds.tolist()) == ([END + 3600], [10], [1800])
    assert hours.limits.tolist() == [0.25]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_columns_may_be_separated_otherwise(folder: Path, separator: str) -> None:
    text = f"\ufeff{HEAD}2023-11-14T23:00:00+01:00,pay,a,1e0,1E+2,9e-1\n".replace(",", separator).replace("\n", "\r\n")
    assert imported(text) == 0
    hours = stored()
    assert (hours.ends.tolist(), hours.bad.tolist(), hours.objectives.tolist()) == ([END], [1], [0.9])


def test_local_times_that_are_no_single_moment_are_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Put back at 03:00 on 29 October 2023, put on at 02:00 on 26 March."""
    times = ("2023-10-29T01:00", "2023-10-29T02:00", "2023-10-29T02:00+01:00", "2023-03-26T02:00", "2023-03-26T03:00")
    text = HEAD + "".join(f"{time},pay,a,0,1,0.9\n" for time in times)
    Path("zone.toml").write_text(f'time_zone = "Europe/Berlin"\n[source]\nkind = "prometheus"\nurl = "{ADDRESS}"\n')
    Path("0.csv").write_text(text, encoding="utf-8")
    assert main(["state", "import-hours", "0.csv", "--config", "zone.toml", "--state", "state"]) == 0
    said = capsys.readouterr().err.splitlines()
    where = "is no single moment in Europe/Berlin, where clocks change then: write its offset; the row is left out"
    assert said[:2] == [
        f"golden-signals: 0.csv, line 3: '2023-10-29T02:00' {where}",
        f"golden-signals: 0.csv, line 5: '2023-03-26T02:00' {where}",
    ]
    assert stored().ends.tolist() == [1_679_792_400, 1_698_534_000, 1_698_541_200]


def test_objectives_that_no_file_configures_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state._say_unknown(set())
    state._say_unknown({("pay", name) for name in "abcde"})
    assert capsys.readouterr().err == (
        "golden-signals: no file configures 'a' of 'pay', 'b' of 'pay', 'c' of 'pay' and 2 more: pages show such hours "
        "where the source has objectives of these names\n"
    )


def test_rows_that_do_not_say_their_objective_have_that_of_the_configuration(folder: Path) -> None:
    Path("slo.yaml").write_text(
        """apiVersion: openslo/v1
kind: SLO
metadata: {name: fast}
spec:
  service: pay
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: fast}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: "sum(good_total)"}}}
        total: {metricSource: {type: Prometheus, spec: {query: "sum(all_total)"}}}
  objectives: [{target: 0.95}]
""",
        encoding="utf-8",
    )
    text = f"time,service,slo,bad,valid\n{END},pay,fast,1,2\n"
    assert imported(text, more=("--slo", "slo.yaml")) == 0
    assert stored().objectives.tolist() == [0.95]


def test_bad_rows_are_named_by_their_lines_and_the_others_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {
        "2023-11-14T22:30:00Z,pay,a,0,1,0.9": "'2023-11-14T22:30:00Z' is no full hour",
        "soon,pay,a,0,1,0.9": "'soon' is no time: expected epoch seconds or milliseconds, or ISO 8601",
        "2123-11-14T22:00:00Z,pay,a,0,1,0.9": "'2123-11-14T22:00:00Z' is no hour that has passed",
        f"{END},,a,0,1,0.9": "service is empty",
        f"{END},pay,a,2,1,0.9": "2 bad of 1 valid events: expected 0 ≤ bad ≤ valid, and 0 ≤ good ≤ valid",
        f"{END},pay,a,nan,1,0.9": "bad 'nan' is no number",
        f"{END},pay,a,0,,0.9": "valid '' is no number",
        f"{END},pay,a,0,1,99.9": "objective 99.9: expected a share between 0 and 1, such as 0.999",
        f"{END},pay,a,0,1,": "no objective: no file configures 'a', so add a column objective, such as 0.999",
        f"{END},pay,a,0": "expected 6 columns, there are 4",
        f"{END},pay,a,0,1e16,0.9": "1e+16 valid events: expected at most 1e+15 in an hour",
        f"{END},p\x1by,a,0,1,0.9": "service has characters that cannot be printed",
        f"{END - 7200},pay,b,0,1,0.9": "this hour of 'b' is in line 2 already",
    }
    assert imported(f"{HEAD}{END - 7200},pay,b,0,1,0.9\n" + "\n".join(bad) + "\n") == 0
    *said, last = capsys.readouterr().err.splitlines()
    assert said == [
        f"golden-signals: 0.csv, line {line}: {why}; the row is left out" for line, why in enumerate(bad.values(), 3)
    ]
    assert last.endswith(": 1 hours were read, 1 of them are new")
    assert np.array_equal(stored().ends, [END - 7200])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,service,slo,bad\n", "0.csv: there is no column 'valid': expected time (the end of the hour) or start"),
        ("service,slo,valid,bad\n", "0.csv: there is no column 'time'"),
        ("time,service,slo,valid\n", "0.csv: there is no column 'bad'"),
        ("", "0.csv: there is no column 'service'"),
        ("time,service,slo,bad,bad,valid\n", "0.csv: there are 2 columns 'bad': leave in the one that counts"),
        (f'{HEAD}{END},"{"p" * 140_000}",a,0,1,0.9\n', "0.csv, line 2: cannot be read: field larger than field limit"),
        (
            f"time,service,slo,bad,good,valid,objective\n{END},pay,a,1,5,10,0.9\n",
            "0.csv, line 2: 1 bad and 5 good are not 10 valid events; the row is left out",
        ),
        (HEAD, "no hour was taken in: nothing in the files can be used"),
    ],
)
def test_files_of_no_use_are_refused(folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    assert imported(text) == 2
    assert capsys.readouterr().err.startswith(f"golden-signals: {said}")


def test_what_cannot_be_done_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--prometheus", ADDRESS, "--state"]
    assert main(["state", "import-hours", "none.csv", *arguments, "state"]) == 2
    assert capsys.readouterr().err == "golden-signals: none.csv: cannot be read: No such file or directory\n"
    assert main(["state", "import-hours", *arguments, "state"]) == 2
    assert capsys.readouterr().err.startswith("golden-signals: state import-hours needs a CSV file")
    Path("a.csv").write_text(f"{HEAD}{END},pay,a,0,1,0.9\n", encoding="utf-8")
    assert main(["state", "import-hours", "a.csv", *arguments, ":memory:"]) == 2
    assert capsys.readouterr().err.startswith("golden-signals: there is no folder for hours: name one with --state")
    assert main(["state", "import-hours", "a.csv", "--state", "state"]) == 2
    assert capsys.readouterr().err.startswith("golden-signals: no source: give --prometheus URL")
    Path("state").write_text("in the way")
    assert imported(f"{HEAD}{END},pay,a,0,1,0.9\n") == 2
    assert "hours cannot be kept there: Not a directory" in capsys.readouterr().err
    assert main(["state", "export", "a", "b", "--state", "other"]) == 2
    assert capsys.readouterr().err == "golden-signals: state export takes one file, not 2\n"


def test_hours_that_would_be_forgotten_at_once_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(f"{HEAD}2001-01-01T00:00Z,pay,a,0,1,0.9\n", encoding="utf-8")
    assert main(["state", "import-hours", "a.csv", "--prometheus", ADDRESS, "--state", "state"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "golden-signals: 1 hours are older than the 762 days of [state] hours_retention, and are left out",
        "golden-signals: no hour was taken in: nothing in the files can be used",
    ]


def test_a_row_takes_no_more_memory_than_its_numbers(tmp_path: Path) -> None:
    hours, services = 100, 50
    rows = (f"{hour * HOUR},s{each},slo,100,1,0.999\n" for hour in range(1, hours + 1) for each in range(services))
    path = tmp_path / "many.csv"
    path.write_text("time,service,slo,valid,bad,objective\n" + "".join(rows), encoding="utf-8")
    tracemalloc.start()
    try:
        file = read_hours(str(path), [], zone=UTC, now=1e9)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(file.hour_rows()) == hours * services
    # Eight numbers of eight bytes, and what lists have in reserve.
    assert held / (hours * services) < 100
