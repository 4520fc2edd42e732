"""The browser of benchmarks, and the demo that they look at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium, running_demo
from tests.servers import Server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One of a module: its driver keeps a loop running in this thread, where other benchmarks run theirs."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """One that refreshes as often as a dashboard does unless somebody says else."""
    with running_demo("15s") as server:
        yield server
