"""The demo after one refresh, frozen and shared by all tests of panels."""

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.sources.demo.source import DemoSource
from tests.ui.panels import NOW


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    running = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    return running.snapshot
