"""Fixtures shared by all tests, and the order they run in."""

from collections.abc import Iterator

import pytest

from dashboard.engine import on_demand

pytest_plugins = ["tests.servers", "tests.chromium"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first: they take longest, and two workers should end together."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The state of whoever runs the tests is not theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _viewers_wait() -> Iterator[None]:
    """Pages of tests wait for their ranges as long as these take: other tests run beside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_demand, "WAIT_S", 60.0)
        yield
