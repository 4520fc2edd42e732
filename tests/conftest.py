"""Fixtures shared by all tests, and the order they run in."""

import gc
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from dashboard.engine.viewers import on_demand

ROOT = Path(__file__).parent.parent
pytest_plugins = ["tests.servers", "tests.chromium"]


# So many workers drive a browser, each with a demo for its tests to look at; the others compute meanwhile.
BROWSERS = 2
LOOKING = {
    f"tests/browser/{path.name}": f"browser {place % BROWSERS + 1}"
    for place, path in enumerate(sorted((ROOT / "tests" / "browser").glob("test_*.py")))
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for browsers and servers first: beside them others compute, and workers end together."""
    slow = {item.path: rank for rank, kind in ((1, "servers"), (0, "browser")) for item in items if _is(kind, item)}
    items.sort(key=lambda item: slow.get(item.path, 2))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All that is imported and collected stays: no search for garbage needs to go through it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _is(kind: str, item: pytest.Item) -> bool:
    return item.get_closest_marker(kind) is not None


class Together(LoadFileScheduling):
    """A file stays on one worker, which then builds its servers once, and so do files that look at one demo."""

    def _split_scope(self, nodeid: str) -> str:
        path = super()._split_scope(nodeid)
        return LOOKING.get(path, path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return Together(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The state of whoever runs the tests is not theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _components_are_scanned_once() -> Iterator[None]:
    """A page that is run without a server scans all installed packages for components: two thirds of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def _viewers_wait() -> Iterator[None]:
    """Pages of tests wait for their ranges as long as these take: other tests run beside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_demand, "WAIT_S", 60.0)
        yield
