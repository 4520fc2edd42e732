"""serve says where it listens before it does; demo writes itself, reloads itself, and names what cannot work."""

import argparse
import csv as csv_module
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.commands import address
from dashboard.commands.serve import _same_demo
from dashboard.config.configuration import Config
from dashboard.engine import running_poller
from dashboard.engine.poller import Poller
from dashboard.web import server
from dashboard.web.limits import exposure
from tests.commands.small_csv import write_small_csv

Served = list[tuple[Poller, Config]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """What would be served; Streamlit's own loop takes the process, and a real one is started by other tests."""
    calls: Served = []
    # The default port may be taken by a dashboard that somebody looks at.
    monkeypatch.setattr(address, "check", lambda host, port: None)
    monkeypatch.setattr(server, "serve", lambda poller, config, _: calls.append((poller, config)))
    yield calls
    for poller, _ in calls:
        poller.stop()
    running_poller.use(None)


# --- serving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], "http://localhost:8501/"),
        (["--port", "9000"], "http://localhost:9000/"),
        (["--host", "0.0.0.0"], "http://localhost:8501/"),
        (["--host", "10.0.0.5"], "http://10.0.0.5:8501/"),
        (["--host", "::1"], "http://[::1]:8501/"),
        (["--base-path", "/golden/"], "http://localhost:8501/golden"),
        (["--base-path", "/"], "http://localhost:8501/"),
    ],
    ids=["as it is", "a port", "everywhere", "one address", "IPv6", "behind a proxy", "the root"],
)
def test_the_address_is_one_that_a_person_can_open(
    served: Served, arguments: list[str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *arguments]) == 0
    assert len(served) == 1
    said = capsys.readouterr()
    assert said.out == f"golden-signals: {served[0][0].source.where} at {address}  (Ctrl-C ends)\n"
    warning = exposure.no_login(served[0][1].host)
    assert said.err == ("" if warning is None else f"golden-signals: {warning}\n"), "once, and where others reach it"


def test_the_source_of_serve_is_the_one_that_is_named(served: Served, tmp_path: Path) -> None:
    path = write_small_csv(tmp_path)
    assert main(["serve", "--csv", path, "--refresh", "5s"]) == 0
    ((poller, config),) = served
    assert (poller.source.kind, poller.source.where, poller.settings.refresh) == ("csv", path, 5.0)
    assert config.host == "127.0.0.1", "nobody else may look unless somebody says so"
    assert poller.alive, "the source answers while Streamlit is imported"


def test_the_demo_is_seeded_and_called_by_its_name(served: Served) -> None:
    assert main(["demo", "--seed", "11"]) == 0
    ((poller, config),) = served
    assert (config.title, poller.settings.title, poller.source.kind) == ("Demo", "Demo", "demo")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["serve"], "no source: give --prometheus URL, --csv PATH or --config FILE, or try `golden-signals demo`"),
        (
            ["serve", "--csv", "a.csv", "--slo", "/nowhere.yaml"],
            "--slo: /nowhere.yaml: there is no such file; name OpenSLO files, a directory or a glob",
        ),
        (["demo", "--refresh", "0s"], "--refresh 0s: '0s' must be longer than zero"),
    ],
    ids=["no source", "no SLOs", "no time between refreshes"],
)
def test_what_cannot_be_served_is_said_before_anything_listens(
    served: Served, arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"golden-signals: {problem}\n"
    assert served == []


@pytest.mark.parametrize("command", [["demo"], ["demo", "--target"]], ids=["a dashboard", "a target"])
def test_an_address_that_cannot_be_listened_on_is_wrong_use(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main([*command, "--port", str(port)]) == 2
    said = capsys.readouterr()
    problem = f"127.0.0.1:{port}: cannot be listened on: Address already in use: choose another --host or --port"
    assert (said.out, said.err) == ("", f"golden-signals: {problem}\n")


# --- the demo as a file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "head"),
    [
        ("requests", "time,service,route,status,duration_ms"),
        ("wide", "time,service,requests,errors,client_errors,p50,p95,p99"),
        ("tidy", "time,service,signal,value"),
    ],
)
def test_each_shape_begins_with_its_columns(tmp_path: Path, shape: str, head: str) -> None:
    path = tmp_path / "demo.csv"
    assert main(["demo", "--write-csv", str(path), "--shape", shape, "--span", "2m"]) == 0
    assert path.read_text(encoding="utf-8").startswith(head)


def test_the_span_says_how_many_minutes_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "demo.csv"
    assert main(["demo", "--write-csv", str(path), "--span", "5m"]) == 0
    with path.open(encoding="utf-8", newline="") as file:
        times = {row["time"] for row in csv_module.DictReader(file)}
    assert len(times) == 5
    assert capsys.readouterr().out == f"golden-signals: wrote {path}\n"


@pytest.mark.parametrize(
    ("place", "span", "problem"),
    [
        ("", "5m", "--write-csv {path}: Is a directory"),
        ("nowhere/demo.csv", "5m", "--write-csv {path}: No such file or directory"),
        ("demo.csv", "long", "--span: 'long' is no duration: write for example 15s, 5m, 1h30m or 30d"),
        ("demo.csv", "0m", "--span: '0m' must be longer than zero"),
    ],
    ids=["a folder", "no folder", "no duration", "nothing"],
)
def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing(
    tmp_path: Path, place: str, span: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / place
    assert main(["demo", "--write-csv", str(path), "--span", span]) == 2
    assert capsys.readouterr().err == f"golden-signals: {problem.format(path=path)}\n"
    assert list(tmp_path.iterdir()) == []


# --- the demo that reloads itself ------------------------------------------------------------------------------------


def demo_options(**more: object) -> argparse.Namespace:
    options = {"host": None, "port": None, "base_path": None, "refresh": None, "seed": 7, "reload": True}
    return argparse.Namespace(**{**options, **more})


@pytest.mark.parametrize(
    ("changes", "arguments"),
    [
        ({}, ["--seed", "7"]),
        ({"port": 9000, "host": "0.0.0.0"}, ["--host", "0.0.0.0", "--port", "9000", "--seed", "7"]),
        ({"base_path": "/a b", "refresh": "5s"}, ["--base-path", "/a b", "--refresh", "5s", "--seed", "7"]),
        ({"seed": -1}, ["--seed", "-1"]),
        ({"seed": 0}, ["--seed", "0"]),
    ],
    ids=["as it is", "where", "how", "another world", "the world of nothing"],
)
def test_what_is_started_anew_is_the_demo_without_reloading(changes: dict[str, object], arguments: list[str]) -> None:
    program, *rest = _same_demo(demo_options(**changes))
    assert (program, rest) == (sys.executable, ["-m", "dashboard.cli", "demo", *arguments])
