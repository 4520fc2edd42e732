"""A process starts anew at each change of its files, survives a change that is broken, and ends with who started it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from dashboard.commands import reload
from tests.live import until
from tests.servers import free_port
from tests.slow import slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "code" / "program.py"
    path.parent.mkdir()
    (path.parent / "__pycache__").mkdir()
    return path


def supervised(code: Path) -> "subprocess.Popen[str]":
    """A process that runs a program and reloads it."""
    run = f"reload.run_reloading([sys.executable, {str(code)!r}], [Path({str(code.parent)!r})])"
    script = f"import sys; from pathlib import Path; from dashboard.commands import reload; sys.exit({run})"
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)


def program(word: str, then: str = "time.sleep(60)") -> str:
    return f"import sys, time\nprint({word!r}, flush=True)\n{then}\n"


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_each_change_starts_it_anew_and_a_broken_one_waits_for_the_next(code: Path) -> None:
    code.write_text(program("first"), encoding="utf-8")
    process = supervised(code)
    try:
        assert said(process) == "first"
        code.write_text(program("second", "sys.exit(1)"), encoding="utf-8")
        assert (said(process), said(process)) == ("golden-signals: program.py changed, starting anew", "second")
        (code.parent / "more.py").write_text("", encoding="utf-8")
        assert (said(process), said(process)) == ("golden-signals: more.py changed, starting anew", "second")
        code.write_text(program("third"), encoding="utf-8")
        assert (said(process), said(process)) == ("golden-signals: program.py changed, starting anew", "third")
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
        process.communicate()


@pytest.mark.parametrize("exit_code", [0, 2])
def test_what_ends_for_good_is_not_started_again(code: Path, exit_code: int) -> None:
    code.write_text(program("once", f"sys.exit({exit_code})"), encoding="utf-8")
    process = supervised(code)
    output, _ = process.communicate(timeout=30)
    assert (output, process.returncode) == ("once\n", exit_code)


def test_a_change_names_a_file_whatever_happened_to_it(code: Path) -> None:
    code.write_text("", encoding="utf-8")
    before = reload.stamps([code.parent])
    (code.parent / "__pycache__" / "program.pyc").write_text("", encoding="utf-8")
    assert reload.changed(before, reload.stamps([code.parent])) == ""
    os.utime(code, ns=(1, 1))
    assert reload.changed(before, reload.stamps([code.parent])) == "program.py"
    code.unlink()
    assert reload.changed(before, reload.stamps([code.parent])) == "program.py"


@slow
def test_the_demo_serves_new_code_and_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    for folder in ("dashboard", "pages", ".streamlit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "demo", "--reload", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, start_new_session=True,
        # A suite that runs in the background of a shell has Ctrl-C ignored, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip

    def health() -> str:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").text

    try:
        until(lambda: health() == "ok\n", "the demo is up")
        routes = tmp_path / "dashboard" / "web" / "routes.py"
        routes.write_text(routes.read_text(encoding="utf-8").replace('"ok\\n"', '"new\\n"'), encoding="utf-8")
        until(lambda: health() == "new\n", "the new code is served")
    finally:
        # As a terminal does: to the whole group.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 130
    with pytest.raises(httpx.TransportError):
        health()
