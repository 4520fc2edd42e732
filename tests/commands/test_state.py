"""state export and import move what was added; token makes a secret that is shown once; serve refuses a newer state."""

import hashlib
import io
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.cli import main
from dashboard.engine import running_poller
from dashboard.exceptions import StateError
from dashboard.state import changes, transfer
from dashboard.state.changes import Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from dashboard.state.store import Store
from tests.commands.small_csv import write_small_csv
from tests.state.samples import NOW, change


def keys(folder: Path) -> list[str]:
    store = open_store(StateSpec(str(folder)))
    kept_keys = [stored.change.key for stored in changes.find(store, Wanted())]
    store.close()
    return kept_keys


def fill(folder: Path) -> None:
    store = open_store(StateSpec(str(folder)))
    changes.add(store, [change("one")], "ci", NOW)
    store.close()


def test_what_is_exported_is_imported_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path / "old")
    file, new = str(tmp_path / "state.jsonl"), str(tmp_path / "new")
    assert main(["state", "export", file, "--state", str(tmp_path / "old")]) == 0
    for said in ("1 rows are new, 0 were there", "0 rows are new, 1 were there"):
        assert main(["state", "import", file, "--state", new]) == 0
        assert capsys.readouterr().err == f"golden-signals: {new}/state.db: {said}\n"
    assert keys(tmp_path / "new") == ["one"]


def test_a_copy_from_before_stays_where_the_state_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Store) -> Iterator[str]:
        yield "a line"
        raise StateError("state.db: database disk image is malformed")

    file = tmp_path / "copy.jsonl"
    file.write_text("the only copy", encoding="utf-8")
    monkeypatch.setattr(transfer, "lines", broken)
    assert main(["state", "export", str(file), "--state", str(tmp_path / "old")]) == 2
    assert capsys.readouterr().err == "golden-signals: state.db: database disk image is malformed\n"
    assert file.read_text(encoding="utf-8") == "the only copy"


@pytest.mark.parametrize("stream", [[], ["-"]])
def test_it_goes_through_standard_output_and_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stream: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "old")
    config = tmp_path / "golden.toml"
    config.write_text('[state]\npath = "old"\n', encoding="utf-8")
    assert main(["state", "export", *stream, "--config", str(config)]) == 0
    written = capsys.readouterr().out
    assert [json.loads(line).get("table") for line in written.splitlines()] == [None, "gs_changes"]
    monkeypatch.setattr(sys, "stdin", io.StringIO(written))
    assert main(["state", "import", *stream, "--state", str(tmp_path / "new")]) == 0
    assert keys(tmp_path / "new") == ["one"]


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"text\n", "state.jsonl: line 1: is no JSON object"),
        (b"\xff\xfe\n", "state.jsonl: is no text in UTF-8"),
        (None, "state.jsonl: No such file or directory"),
    ],
)
def test_what_is_no_state_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contents: bytes | None, said: str
) -> None:
    file = tmp_path / "state.jsonl"
    if contents is not None:
        file.write_bytes(contents)
    assert main(["state", "import", str(file), "--state", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == f"golden-signals: {tmp_path}/{said}\n"


def test_a_newer_state_is_refused_before_anything_is_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(StateSpec(str(tmp_path)))
    with store.writing() as connection:
        connection.execute(text("UPDATE gs_schema SET version = 99"))
    store.close()
    csv = write_small_csv(tmp_path)
    assert main(["serve", "--csv", str(csv), "--state", str(tmp_path), "--port", "1"]) == 2
    running_poller.use(None)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"golden-signals: {tmp_path}/state.db: has schema 99, and this golden-signals knows")
    assert main(["serve", "--csv", str(csv), "--state", "mysql://db/x"]) == 2
    assert (
        capsys.readouterr().err == "golden-signals: --state: expected an address such as postgresql://host/database\n"
    )


def test_a_token_is_shown_once_and_its_hash_is_what_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "argocd"]) == 0
    said = capsys.readouterr()
    secret = said.err.splitlines()[0].rpartition(" ")[2]
    assert len(secret) == 32
    [table] = tomllib.loads(said.out)["tokens"]
    assert table == {
        "name": "argocd",
        "sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "scopes": ["changes"],
    }
    assert main(["token", "grafana", "--scope", "read", "--scope", "changes"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["tokens"][0]["scopes"] == ["changes", "read"]
    assert main(["token", 'x"\n[source]']) == 2
