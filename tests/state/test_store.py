"""A store is opened where it should be, with the newest schema, or refused with one sentence."""

import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest
from sqlalchemy import Connection, MetaData, inspect, text

from dashboard.exceptions import StateError
from dashboard.state import changes, migrations, opening
from dashboard.state.changes import Wanted
from dashboard.state.migrations import UPGRADES, migrate
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.state.tables import METADATA
from tests.state.samples import NOW, change


def described(metadata: MetaData) -> dict[str, object]:
    """Columns and indexes by table; each server has names of its own for the types."""
    return {
        table.name: (
            {(column.name, column.nullable, column.primary_key) for column in table.columns},
            {(index.name, tuple(column.name for column in index.columns)) for index in table.indexes},
        )
        for table in metadata.sorted_tables
    }


def test_the_upgrades_lead_to_the_tables_of_the_code(store: Store) -> None:
    in_store = MetaData()
    with store.writing() as connection:
        in_store.reflect(connection)
    assert described(in_store) == described(METADATA)


def test_a_store_of_an_older_schema_is_brought_forward_with_what_is_in_it(spec: StateSpec) -> None:
    store = open_store(spec)
    changes.add(store, [change()], "ci", NOW)

    def add_a_column(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE gs_changes ADD COLUMN colour TEXT NOT NULL DEFAULT 'green'")

    with store.writing() as connection:
        assert migrate(connection, "here", (*UPGRADES, add_a_column)) == len(UPGRADES) + 1
    with store.reading() as connection:
        assert connection.execute(text("SELECT colour FROM gs_changes")).scalar_one() == "green"
        assert connection.execute(text("SELECT version FROM gs_schema")).scalar_one() == len(UPGRADES) + 1
    assert len(changes.find(store, Wanted())) == 1
    store.close()


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(store: Store) -> None:
    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE gs_more (id INTEGER)")
        connection.exec_driver_sql("this is no SQL")

    with pytest.raises(StateError, match="syntax error"), store.writing() as connection:
        migrate(connection, "here", (*UPGRADES, fail))
    with store.reading() as connection:
        assert not inspect(connection).has_table("gs_more")
        assert connection.execute(text("SELECT version FROM gs_schema")).scalar_one() == len(UPGRADES)


def test_an_empty_store_that_is_opened_by_several_at_once_is_made_once(spec: StateSpec) -> None:
    if spec.where == MEMORY:
        pytest.skip("of memory each has its own")
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(spec), range(6)))
    for number, store in enumerate(stores):
        changes.add(store, [change(f"{number}")], "ci", NOW)
    assert len(changes.find(stores[0], Wanted())) == 6
    for store in stores:
        store.close()


def test_a_newer_schema_is_refused_with_one_sentence(tmp_path: Path) -> None:
    store = open_store(StateSpec(str(tmp_path)))
    with store.writing() as connection:
        connection.execute(text("UPDATE gs_schema SET version = 99"))
    store.close()
    with pytest.raises(StateError) as refused:
        open_store(StateSpec(str(tmp_path)))
    assert str(refused.value) == (
        f"{tmp_path}/state.db: has schema 99, and this golden-signals knows schemas up to {len(UPGRADES)}: "
        "start the newer one that wrote it, or name another state with --state"
    )


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{folder}/file/state", r"file/state: is no folder that can be written to: (Not a directory|File exists)"),
        ("{folder}/other", r"other/state.db: file is not a database: move it away, and read the newest copy with"),
        ("postgresql://golden:hunter2@127.0.0.1:1/state", r"postgresql://127.0.0.1:1/state: connection .*failed"),
        ("postgresql://[half", "the URL of the state cannot be read: .*"),
    ],
    ids=["a file", "no database", "nobody there", "no URL"],
)
def test_what_is_no_state_is_refused_with_one_sentence(tmp_path: Path, where: str, message: str) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "state.db").write_text("This is not a database. " * 100, encoding="utf-8")
    with pytest.raises(StateError, match=message) as refused:
        open_store(StateSpec(where.format(folder=tmp_path)))
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_without_a_folder_to_write_to_the_state_is_in_memory_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    store = open_store(StateSpec())
    assert store.where == "memory"
    assert store.note.endswith("what is added is kept in memory only; --state names another folder")
    store.close()


def test_on_a_full_disk_the_state_is_in_memory_unless_it_was_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        store = open_store(StateSpec())
        with pytest.raises(StateError, match=r"db: .*: look whether its disk is full or gone"):
            open_store(StateSpec(str(tmp_path)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.where == "memory"
    assert "look whether its disk is full or gone: what is added is kept in memory only" in store.note
    store.close()


def test_a_user_without_a_home_gets_no_folder_called_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platformdirs, "user_state_path", lambda *_, **__: Path("~/.local/state/golden-signals"))
    store = open_store(StateSpec())
    assert (store.where, list(tmp_path.iterdir())) == ("memory", [])
    assert store.note.startswith("there is no home folder: what is added is kept in memory only")
    store.close()


def test_the_default_folder_is_the_systems_and_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = open_store(StateSpec())
    file = tmp_path / "golden-signals" / "state.db"
    assert store.where == str(file)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not store.note
    store.close()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_memory_is_forgotten(tmp_path: Path) -> None:
    store = open_store(StateSpec(MEMORY))
    changes.add(store, [change()], "ci", NOW)
    store.close()
    again = open_store(StateSpec(MEMORY))
    assert changes.find(again, Wanted()) == []
    again.close()


def test_a_driver_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no psycopg")

    monkeypatch.setattr(opening, "create_engine", missing)
    with pytest.raises(StateError, match=r"pip install 'golden-signals\[postgresql\]'"):
        open_store(StateSpec("postgresql://host/state"))


def test_the_upgrades_are_as_many_as_versions() -> None:
    versions = sorted((Path(migrations.__file__).parent / "versions").glob("v*.py"))
    assert [upgrade.__module__.rpartition(".")[2] for upgrade in UPGRADES] == [path.stem for path in versions]
