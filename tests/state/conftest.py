"""Stores of each kind: what holds for one holds for all."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from tests import postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """One PostgreSQL for all tests of this process."""
    with postgresql.running() as url:
        yield url


@pytest.fixture(scope="session")
def new_schema(server: str) -> Callable[[], str]:
    """The URL of a schema that is empty: a database of its own would be a thousand files."""
    numbers = count()

    def create() -> str:
        name = f"state{next(numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{server}?options=-csearch_path%3D{name}"

    return create


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> StateSpec:
    """Where an empty store is."""
    if request.param == "memory":
        return StateSpec(MEMORY)
    if request.param == "sqlite":
        return StateSpec(str(tmp_path / "state"))
    return StateSpec(request.getfixturevalue("new_schema")())


@pytest.fixture
def store(spec: StateSpec) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(spec)
    yield opened
    opened.close()
