"""One clear line and exit 2 for wrong use; never a traceback."""

import argparse
import json
import os
import re
import subprocess
import sys
import threading
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from dashboard import __version__, cli
from dashboard.cli import main
from dashboard.exceptions import ConfigError, SourceUnavailable
from dashboard.sources.demo.csv_export import write_csv
from dashboard.sources.demo.source import DemoSource
from tests.commands.small_csv import write_small_csv
from tests.servers import NOW, free_port

ADDRESS = 'expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"'


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("csv") / "wide.csv"
    write_csv(DemoSource(start=NOW), path, "wide", start=NOW - 7200, end=NOW)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve"], "no source: give --prometheus URL, --csv PATH or --config FILE"),
        # Numbers of the demo would be believed.
        (["gate", "--config", os.devnull], f"{os.devnull}: names no source: write [source] with url, paths or kind"),
        (
            ["status", "--prometheus", "localhost:9090"],
            '--prometheus: expected an address that starts with http:// or https://, such as "http://127.0.0.1:9090"',
        ),
        (["status", "--prometheus", "http://a", "--csv", "b.csv"], "exclude each other"),
        (["check", "--config", "/nowhere.toml"], "there is no such file"),
        (["check", "--csv", "/nowhere.csv"], "cannot be read: No such file"),
        (["serve", "--csv", "x.csv", "--refresh", "fast"], "'fast' is no duration"),
        (["demo", "--reload", "--target"], "--reload is for serving: leave it out with --write-csv and --target"),
        (["demo", "--port", "99999"], "expected a port between 1 and 65535"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


COMMANDS = ["demo", "serve", "check", "discover", "status", "explain", "gate", "rules", "detect"]
TO_SOURCES = ["serve", "check", "discover", "status", "explain", "gate", "rules"]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the parser says of arguments that it does not understand, without its last part."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    line, _, hint = said.err.rpartition("; ")
    assert hint.endswith("--help` lists the options\n")
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_one_line_and_exit_2(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--nosuch" in refused([command, "--nosuch"], capsys)


@pytest.mark.parametrize("command", TO_SOURCES)
def test_a_missing_source_is_one_line_and_exit_2(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "golden-signals: no source: give --prometheus URL, --csv PATH or --config FILE, or try `golden-signals demo`\n",
    )


@pytest.mark.parametrize("command", TO_SOURCES)
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["--config", "/nowhere.toml"],
            "/nowhere.toml: there is no such file; `golden-signals discover` writes a first one",
        ),
        (["--prometheus", "ftp://a"], f"--prometheus: {ADDRESS}"),
        (["--prometheus", "http://a", "--csv", "b"], "--prometheus and --csv exclude each other: name one source"),
    ],
    ids=["no file", "no address", "two sources"],
)
def test_every_command_says_the_same_of_a_wrong_source(
    command: str, arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *arguments]) == 2
    assert capsys.readouterr().err == f"golden-signals: {problem}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "golden-signals: the following arguments are required: COMMAND"),
        (["servee"], "golden-signals: argument COMMAND: invalid choice: 'servee'"),
        (["serve", "--port", "many"], "golden-signals serve: argument --port: invalid int value: 'many'"),
        (["status", "--format", "xml"], "golden-signals status: argument --format: invalid choice: 'xml'"),
        (["status", "--csv"], "golden-signals status: argument --csv: expected at least one argument"),
        (["demo", "--shape", "long"], "golden-signals demo: argument --shape: invalid choice: 'long'"),
        (["demo", "--seed", "x"], "golden-signals demo: argument --seed: invalid int value: 'x'"),
        (["demo", "more"], "golden-signals demo: unrecognized arguments: more"),
        (["detect", "--layer", "magic"], "golden-signals detect: argument --layer: invalid choice: 'magic'"),
        (["discover", "--at", "now"], "golden-signals discover: unrecognized arguments: --at now"),
        (
            ["serve", "--promethues", "http://a"],
            "golden-signals serve: unrecognized arguments: --promethues http://a; did you mean --prometheus?",
        ),
        (["rules", "--out"], "golden-signals rules: argument --out: expected one argument"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_an_unknown_word_is_one_line_and_exit_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(arguments, capsys).startswith(says)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_ends_with_0(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: golden-signals {command} ")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(re.search(rf"^ +{command} +\w", out, re.MULTILINE) for command in COMMANDS)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            ConfigError("a.toml:1: wrong", "a.toml:2: too"),
            2,
            "golden-signals: a.toml:1: wrong\ngolden-signals: a.toml:2: too\n",
        ),
        (SourceUnavailable("cannot be reached"), 2, "golden-signals: cannot be reached\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=["two problems", "a source", "Ctrl-C"],
)
def test_what_a_command_raises_becomes_lines_and_an_exit_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """130 is what a shell reports for a process that Ctrl-C ended: 128 + SIGINT."""

    def run(_: argparse.Namespace) -> int:
        raise error

    monkeypatch.setitem(cli._COMMANDS, "demo", (run, "fails", lambda command: None))
    assert main(["demo"]) == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    "arguments",
    ["--version", "demo --help", "detect SERIES", "discover --csv SMALL"],
    ids=["version", "help", "more than a buffer", "less than a buffer"],
)
def test_a_reader_that_leaves_early_is_no_error(arguments: str, tmp_path: Path) -> None:
    """As in `golden-signals detect FILE | head -1`: neither a traceback nor a complaint at exit."""
    series = tmp_path / "series.csv"
    series.write_text("".join(f"{1_760_000_000 + 60 * row},{row}\n" for row in range(9_000)), encoding="utf-8")
    files = {"SERIES": str(series), "SMALL": write_small_csv(tmp_path)}
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "dashboard.cli", *(files.get(word, word) for word in arguments.split())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == ("", 0)


@pytest.mark.parametrize(
    ("output", "said"), [("pipe", ""), ("closed", ""), ("/dev/full", "standard output: No space left")]
)
def test_the_exit_code_is_the_answer_whoever_reads_it(output: str, said: str, tmp_path: Path) -> None:
    """As in `set -o pipefail; golden-signals gate … | head -1`: what is held must not go."""
    words = ["gate", "--csv", write_small_csv(tmp_path), "--format", "json"]
    code = f"import sys; from dashboard.cli import main; sys.exit(main({words!r}))"
    shell = {"pipe": "| true; exit ${PIPESTATUS[0]}", "closed": ">&-", "/dev/full": "> /dev/full"}[output]
    command = ["bash", "-c", f'"$0" -u -c "$1" {shell}', sys.executable, code]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 3
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_process_ends_with_its_exit_code_while_a_thread_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter would end the thread amid what it does, and C++ answers that with an abort."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(sys, "argv", ["golden-signals", "serve"])
    done = threading.Event()
    thread = threading.Thread(target=done.wait, daemon=True)
    thread.start()
    assert cli.main(None) == 2
    done.set()
    thread.join()
    assert ended == [2]


def test_an_input_that_is_closed_is_empty(tmp_path: Path) -> None:
    command = ["sh", "-c", f"exec {sys.executable} -m dashboard.cli detect <&-"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_help_does_not_wait_for_libraries() -> None:
    look = (
        "import sys; from dashboard.cli import _parser; _parser(['serve']).format_help(); "
        "sys.exit(' '.join({'numpy', 'pandas', 'pyarrow', 'streamlit'} & sys.modules.keys()) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_letters_that_output_does_not_have_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = TextIOWrapper(BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", narrow)
    cli.streams.prepare()
    print("0.04×", end="")
    assert narrow.buffer.getvalue() == b"0.04\\xd7"


def test_status_evaluates_once_in_the_json_contract(csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    moment = "2025-10-09T08:30:00Z"
    assert main(["status", "--csv", csv, "--at", moment, "--format", "json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["at"] == moment
    known = {"kind", "state", "partial", "data_age_s", "message", "bad_rows"}
    assert set(status["source"]) == known | {"data_end", "rows", "bad_row_kinds", "files_left_out"}
    checkout = next(row for row in status["services"] if row["service"] == "checkout")
    assert {"service", "health", "signals", "anomalies"} <= set(checkout)
    slo = next(row for row in status["slos"] if row["slo"] == "checkout-availability")
    assert slo["bad"] == pytest.approx(slo["valid"] - slo["good"])
    assert slo["budget"]["spent"] + slo["budget"]["remaining"] == pytest.approx(1)


def test_status_is_a_table_in_the_words_of_the_pages(csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--csv", csv, "--at", "2025-10-09T08:30:00Z"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert re.split(r"\s{2,}", head) == ["SERVICE", "HEALTH", "SLO", "REMAINING", "BURN RATE 1H", "STATE"]
    assert len(rows) == 12
    cells = {row.split()[0]: re.split(r"\s{2,}", row) for row in rows}
    service, health, slo, remaining, burn_rate, state = cells["checkout"]
    assert (service, slo) == ("checkout", "availability 0.999")
    # Too little of the month to call its budget spent, enough to see it burn.
    assert (health, state) == ("breaching", "critical")
    assert remaining == "–"
    assert float(burn_rate.rstrip("×")) > 1


@pytest.mark.parametrize("command", ["status", "discover", "rules"])
def test_of_a_dead_server_a_command_says_so_and_ends_with_3(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--prometheus", f"http://127.0.0.1:{free_port()}"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


def test_a_discovered_configuration_can_be_checked(
    csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", "--csv", csv]) == 0
    path = tmp_path / "golden.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["check", "--config", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"golden-signals: {csv}: OK: 12 services, 12 SLOs"


def test_a_discovered_configuration_works_in_another_folder(
    csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(csv).parent)
    assert main(["discover", "--csv", "wide.csv"]) == 0
    path = tmp_path / "golden.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["check", "--config", str(path)]) == 0


@pytest.mark.parametrize("seed", ["-9223372036854775808", "9" * 40])
def test_every_whole_number_is_a_seed(tmp_path: Path, seed: str) -> None:
    path = tmp_path / "wide.csv"
    assert main(["demo", f"--seed={seed}", "--write-csv", str(path), "--span", "5m"]) == 0
    assert path.read_text(encoding="utf-8").count("\n") > 12


def test_the_demo_writes_itself_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "tidy.csv"
    assert main(["demo", "--write-csv", str(path), "--shape", "tidy", "--span", "10m"]) == 0
    assert path.read_text(encoding="utf-8").startswith("time,service,signal,value\n")
    assert list(tmp_path.iterdir()) == [path]
