"""The demo that browser tests look at."""

from collections.abc import Iterator

import pytest

from tests.chromium import running_demo


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo that refreshes every two seconds, started in a folder of its own."""
    with running_demo("2s", tmp_path_factory.mktemp("elsewhere")) as server:
        yield server.url
