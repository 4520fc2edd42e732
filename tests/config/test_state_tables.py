"""Where the state is, which files of changes are followed, and whom to believe."""

import hashlib
from pathlib import Path

import pytest

from dashboard.config.configuration import Config, load
from dashboard.config.tokens import Scope
from dashboard.exceptions import ConfigError
from dashboard.state.folders import hours_folder
from dashboard.state.spec import MEMORY, StateSpec

DIGEST = "ab" * 32


def loaded(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    file = tmp_path / "golden.toml"
    file.write_text(text, encoding="utf-8")
    (tmp_path / "secret").write_text("0123456789abcdef\n", encoding="utf-8")
    (tmp_path / "password").write_text("p@ss/wörd\n", encoding="utf-8")
    return load(file, environment or {})


@pytest.mark.parametrize(
    ("text", "environment", "where"),
    [
        ("", {}, ""),
        ('path = "state"', {}, "{folder}/state"),
        ('path = "/var/lib/golden"', {}, "/var/lib/golden"),
        ('path = ":memory:"', {}, ":memory:"),
        ('url = "postgresql://golden@db/state"', {}, "postgresql://golden@db/state"),
        (
            'url = "postgresql://golden:old@db:5433/state?sslmode=require"\npassword_file = "password"',
            {},
            "postgresql://golden:p%40ss%2Fw%C3%B6rd@db:5433/state?sslmode=require",
        ),
        ("", {"GOLDEN_SIGNALS_STATE": "postgres://db/state"}, "postgres://db/state"),
        ('path = "state"', {"GOLDEN_SIGNALS_STATE": "other"}, "{folder}/state"),
    ],
)
def test_the_state_is_a_folder_or_a_server(tmp_path: Path, text: str, environment: dict[str, str], where: str) -> None:
    state = loaded(tmp_path, f"[state]\n{text}\n", environment).state
    assert state == StateSpec(where.format(folder=tmp_path))


def test_its_bounds_are_configured(tmp_path: Path) -> None:
    state = loaded(tmp_path, '[state]\nretention = "90d"\nmax_mb = 5\n').state
    assert state == StateSpec(retention=90 * 86_400.0, max_size=5_000_000)


def test_hours_have_a_folder_and_a_time_of_their_own(tmp_path: Path) -> None:
    state = loaded(tmp_path, '[state]\nhours = "long"\nhours_retention = "90d"\n').state
    assert state == StateSpec(hours=f"{tmp_path}/long", hours_retention=90 * 86_400.0)


@pytest.mark.parametrize(
    ("spec", "folder"),
    [
        (StateSpec("/var/lib/golden"), "/var/lib/golden/hours"),
        (StateSpec("/var/lib/golden", hours="/data/long"), "/data/long"),
        (StateSpec(MEMORY), None),
        (StateSpec(MEMORY, hours="/data/long"), "/data/long"),
        (StateSpec("postgresql://db/state"), None),
        (StateSpec("postgresql://db/state", hours="/data/long"), "/data/long"),
    ],
)
def test_hours_lie_beside_the_store_unless_a_folder_is_named(spec: StateSpec, folder: str | None) -> None:
    assert hours_folder(spec) == (None if folder is None else Path(folder))


def test_tokens_have_names_and_hashes_and_scopes(tmp_path: Path) -> None:
    text = f"""
[[tokens]]
name = "argocd"
sha256 = "{DIGEST.upper()}"
scopes = ["changes"]

[[tokens]]
name = "github"
secret_file = "secret"
scopes = ["changes", "read"]
"""
    argocd, github, environment = loaded(tmp_path, text, {"GOLDEN_SIGNALS_TOKEN": "x" * 16}).tokens
    assert (argocd.digest, argocd.scopes, argocd.secret) == (DIGEST, {Scope.CHANGES}, "")
    assert github.digest == hashlib.sha256(b"0123456789abcdef").hexdigest()
    assert (github.scopes, github.secret) == ({Scope.CHANGES, Scope.READ}, "0123456789abcdef")
    assert environment.scopes == {Scope.CHANGES, Scope.READ}
    assert "0123456789abcdef" not in repr(github)


def test_files_of_changes_are_found_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    config = loaded(tmp_path, '[changes]\nfiles = ["deploys/*.csv"]\n')
    assert config.change_files == (f"{tmp_path}/deploys/*.csv",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[state]\nfolder = 'x'", ":2: state.folder: unknown key; "),
        ("[state]\npath = ''", ":2: state.path: expected a folder, or an address such as postgresql://"),
        ("[state]\npath = 'postgresql://db/x'", ":2: state.path: is an address: write it as url"),
        ("[state]\nurl = 'mysql://root:hunter2@db/x'", ":2: state.url: expected an address such as postgresql://"),
        ("[state]\nurl = 'postgresql://db'", ":2: state.url: expected an address such as postgresql://"),
        ("[state]\npath = 'x'\nurl = 'postgresql://db/x'", ":3: state.url: path and url exclude each other"),
        ("[state]\npassword_file = 'password'", ":2: state.password_file: is for a url: leave it out"),
        ("[state]\nmax_mb = 0", ":2: state.max_mb: expected megabytes between 1 and 1,000,000"),
        ("[[tokens]]\nname = 'a'\nscopes = ['read']", ":1: tokens[1]: needs sha256, or secret_file where signatures"),
        ("[[tokens]]\nsha256 = 'x'", ":2: tokens[1].sha256: expected 64 hexadecimal digits"),
        ("[[tokens]]\nname = 'a'\nscopes = []", ":3: tokens[1].scopes: is an empty list: write "),
        (
            "[[tokens]]\nname = 'a'\nscopes = ['change']",
            ":3: tokens[1].scopes[1]: expected one of read, changes, policy; did",
        ),
        ("[[tokens]]\nsecret_file = 'golden.toml'", ":2: tokens[1].secret_file: expected a token of one line"),
        ("[changes]\nfiles = []", ":2: changes.files: is an empty list: name files"),
    ],
)
def test_what_is_wrong_is_a_line_with_file_line_key_and_remedy(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    assert any(line.startswith(f"{tmp_path}/golden.toml{problem}") for line in refused.value.problems), refused.value
    assert "hunter2" not in str(refused.value)


def test_a_token_is_there_once_and_is_long_enough(tmp_path: Path) -> None:
    twice = f"[[tokens]]\nname = 'a'\nscopes = ['read']\nsha256 = '{DIGEST}'\n" * 2
    with pytest.raises(ConfigError, match="a is there twice: give each token a name of its own"):
        loaded(tmp_path, twice)
    (tmp_path / "short").write_text("short", encoding="utf-8")
    with pytest.raises(ConfigError, match="its token is shorter than 16 characters"):
        loaded(tmp_path, "[[tokens]]\nname = 'a'\nscopes = ['read']\nsecret_file = 'short'\n")
    with pytest.raises(ConfigError, match="GOLDEN_SIGNALS_TOKEN: is shorter than 16 characters"):
        loaded(tmp_path, "", {"GOLDEN_SIGNALS_TOKEN": "short"})
    with pytest.raises(ConfigError, match="GOLDEN_SIGNALS_STATE: expected an address such as postgresql://"):
        loaded(tmp_path, "", {"GOLDEN_SIGNALS_STATE": "mysql://db/x"})
