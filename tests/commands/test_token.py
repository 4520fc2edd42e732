"""token --in-state keeps a hash where a running dashboard finds it; --list shows names, --revoke forgets."""

import hashlib
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.state import tokens
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec

CONFIG = """
[state]
path = "state"
[[tokens]]
name = "argocd"
sha256 = "{digest}"
scopes = ["changes", "read"]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "golden.toml"
    file.write_text(CONFIG.format(digest="ab" * 32), encoding="utf-8")
    return str(file)


def test_one_is_made_listed_and_revoked(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "ci", "--in-state", "--scope", "read", "--scope", "changes", "--config", config]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    secret = said.err.splitlines()[0].rpartition(" ")[2]
    store = open_store(StateSpec(str(tmp_path / "state")))
    [stored] = tokens.listed(store)
    assert (stored.name, stored.digest) == ("ci", hashlib.sha256(secret.encode()).hexdigest())
    assert stored.scopes == ("changes", "read")
    store.close()
    assert main(["token", "--list", "--config", config]) == 0
    argocd, ci = capsys.readouterr().out.splitlines()
    assert argocd == "argocd  changes,read  configuration"
    assert ci.startswith("ci  changes,read  state, made 20")
    assert main(["token", "--revoke", "ci", "--config", config]) == 0
    assert capsys.readouterr().err == "golden-signals: ci is revoked; who uses it is refused within seconds\n"
    assert main(["token", "--list", "--config", config]) == 0
    assert "ci  " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name the token to be made, or write --list, or --revoke NAME"),
        (["ci", "--list"], "name the token to be made, or write --list, or --revoke NAME"),
        (["argocd", "--in-state"], "token argocd: the configuration has one of that name: give it another"),
        (
            ["twice", "--in-state"],
            "token twice: {folder}/state/state.db has one of that name: revoke it before, or",
        ),
        (["--revoke", "none"], "token 'none': {folder}/state/state.db has none of that name: --list shows those there"),
        (["--revoke", "argocd"], "token 'argocd': {folder}/state/state.db has none of that name: take it out of the"),
        (["x\ny", "--in-state"], "token 'x\\ny': a name has letters, digits, blanks and . - _ @, at most 60"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], said: str, config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "twice", "--in-state", "--config", config]) == 0
    capsys.readouterr()
    assert main(["token", *arguments, "--config", config]) == 2
    written = capsys.readouterr()
    assert written.err.startswith(f"golden-signals: {said.format(folder=tmp_path)}")
    assert written.err.count("\n") == 1
    assert written.out == ""
