"""The demo that benchmarks in a browser look at."""

from collections.abc import Iterator

import pytest

from tests.chromium import running_demo
from tests.servers import Server


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """One that refreshes as often as a dashboard does unless somebody says else."""
    with running_demo("15s") as server:
        yield server
