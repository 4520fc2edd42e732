"""A real Chromium and demos to look at with it, each started and ended in one place for tests and benchmarks."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import Server, binary, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One of a process: a second one beside it can't be driven."""
    with chromium() as running:
        yield running


@contextmanager
def chromium(*arguments: str) -> Iterator["Browser"]:
    """The Chromium of this system, without a window, started with further arguments."""
    # Most tests need no browser, and none of the time its driver takes to load.
    from playwright.sync_api import sync_playwright

    binary("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *arguments])
        yield running
        running.close()


@contextmanager
def running_demo(refresh: str, folder: Path | None = None) -> Iterator[Server]:
    """A demo that refreshes so often, such as "2s", started in a folder; it has its first data."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard.cli", "demo", "--port", str(port), "--refresh", refresh]
    server = Server(command, port, "/readyz", cwd=folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
