"""The demo that tests look at."""

import pytest

from dashboard.sources.demo.source import DemoSource
from tests.sources.demo.moments import START


@pytest.fixture(scope="module")
def demo() -> DemoSource:
    return DemoSource(start=START)
