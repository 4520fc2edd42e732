"""Fixtures shared by all tests, and the order they run in."""

import pytest

pytest_plugins = ["tests.servers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first: they take longest, and two workers should end together."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
