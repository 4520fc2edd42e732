"""The wheel alone, in another working directory: the same commands, the same pages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboard.sources.prometheus import presets
from tests.servers import Server, free_port

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which `dashboard` is what the wheel brings, and nothing of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", str(ROOT), "-w", str(folder), "--no-deps", "--no-build-isolation"], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return {**os.environ, "PYTHONPATH": str(folder / "site"), "HOME": str(folder)}


@pytest.fixture(scope="module")
def demo(installed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "demo", "--port", str(port)]
    server = Server(command, port, "/readyz", cwd=tmp_path_factory.mktemp("cwd"), env=installed)
    server.start()
    yield server.url
    server.stop()


def test_it_holds_no_reference_to_the_sources(installed: dict[str, str], tmp_path: Path) -> None:
    say = "import dashboard; print(dashboard.__file__)"
    printed = subprocess.run([sys.executable, "-c", say], cwd=tmp_path, env=installed, capture_output=True, text=True)
    assert printed.stdout.startswith(installed["PYTHONPATH"])


def test_it_holds_the_presets(installed: dict[str, str], tmp_path: Path) -> None:
    say = "from dashboard.sources.prometheus import presets; print(len(presets.presets()))"
    printed = subprocess.run([sys.executable, "-c", say], cwd=tmp_path, env=installed, capture_output=True, text=True)
    assert printed.stdout == f"{len(presets.names())}\n"


@pytest.mark.parametrize(("path", "part"), [("/service", ".live-chart .main-svg")])
def test_its_pages_open(browser: Browser, demo: str, path: str, part: str) -> None:
    page = browser.new_page()
    page.goto(demo + path)
    page.wait_for_selector(part, timeout=30_000)
    background = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    assert page.evaluate(background) == "rgb(245, 246, 248)", "the theme is part of the wheel"
    page.close()
