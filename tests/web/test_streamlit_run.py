"""`streamlit run dashboard/app.py`, as people of this ecosystem start an app, serves all that `golden-signals` does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboard.sources.demo.csv_export import write_csv
from dashboard.sources.demo.source import DemoSource
from dashboard.web.routes import PLOTLY_PATH
from tests.servers import NOW, Server, free_port

ROOT = Path(__file__).parents[2]


def started(*options: str, config: Path | None = None) -> Server:
    """What `streamlit run` serves, not yet started."""
    port = free_port()
    base = [options[options.index("--server.baseUrlPath") + 1]] if options else []
    variable = [] if config is None else ["env", f"GOLDEN_SIGNALS_CONFIG={config}"]
    run = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py"), "--server.port", str(port)]
    return Server([*variable, *run, *options], port, "/".join(["", *base, "healthz"]))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of a CSV that GOLDEN_SIGNALS_CONFIG names, under a base path."""
    folder = tmp_path_factory.mktemp("conf")
    write_csv(DemoSource(start=NOW), folder / "wide.csv", "wide", start=NOW - 600, end=NOW)
    config = folder / "golden.toml"
    config.write_text('title = "Shop"\n[source]\npaths = ["wide.csv"]\n', encoding="utf-8")
    server = started("--server.baseUrlPath", "golden", config=config)
    server.start()
    yield f"{server.url}/golden"
    server.stop()


def test_our_own_routes_are_there(served: str) -> None:
    assert httpx.get(f"{served}/healthz").text == "ok\n"
    assert httpx.get(f"{served}/api/v1/status").json()["source"]["kind"] == "csv"
    assert "golden_signals_services" in httpx.get(f"{served}/metrics").text
    assert httpx.get(f"{served}{PLOTLY_PATH}").headers["content-type"].startswith("text/javascript")


def test_streamlit_is_there_with_hardened_headers(served: str) -> None:
    assert httpx.get(f"{served}/_stcore/health").text == "ok"
    assert httpx.get(f"{served}/").headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "GOLDEN_SIGNALS_CONFIG: {path}: there is no such file"),
        ("[source]\nkind = 5", "{path}:2: source.kind: expected one of prometheus, csv, demo"),
    ],
    ids=["missing", "wrong"],
)
def test_a_wrong_configuration_is_one_line_and_exit_2(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "golden.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        started().command,
        env={**os.environ, "GOLDEN_SIGNALS_CONFIG": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (2, f"golden-signals: {problem.format(path=path)}\n")
