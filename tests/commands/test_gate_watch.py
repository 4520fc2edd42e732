"""`gate --watch` as it is typed: how it ends, what it prints, what it refuses."""

import json
from pathlib import Path

import pytest

from dashboard import cli

DEMO = '[source]\nkind = "demo"\n[[steady_states]]\nname = "shop"\nservices = ["cart"]\nlimits = ["error_ratio<=50%"]\n'


@pytest.fixture
def demo(tmp_path: Path) -> str:
    file = tmp_path / "golden.toml"
    file.write_text(DEMO)
    return str(file)


def test_a_burning_service_ends_it_at_the_first_look(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["gate", "--config", demo, "--service", "checkout", "--watch", "10m", "--format", "json"])
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert (code, content["verdict"], content["breach"], content["watched"]["looks"]) == (1, "hold", "policy", 1)
    assert content["policy"]["rule"] == "burning_now"
    assert "the error-budget policy holds it up" in printed.err


def test_what_cannot_be_told_in_time_is_no_go(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Within a second no whole minute was measured.
    code = cli.main(["gate", "--config", demo, "--steady", "shop", "--watch", "1s", "--every", "1s"])
    printed = capsys.readouterr().out
    assert code == 3
    assert printed.startswith("◌ Unknown: nobody can tell whether all is well")
    assert "Limit: cart: error_ratio<=50% is unknown" in printed
    brief = ["gate", "--config", demo, "--service", "cart", "--watch", "1s", "--every", "1s"]
    assert cli.main(brief) == 3
    assert "Compared: cart: nothing can be compared yet." in capsys.readouterr().out
    assert cli.main([*brief, "--no-compare"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--watch", "soon"], "--watch"),
        (["--watch", "3d"], "--watch 3d: up to a day, such as 30m"),
        (["--watch", "1m", "--every", "10ms"], "--every"),
        (["--watch", "1m", "--limit", "error_ratio<=2%"], "--limit is of a service: add --service NAME"),
        (["--watch", "1m", "--service", "cart", "--limit", "errors<2"], "--limit errors<2: expected a limit such as"),
        (["--watch", "1m", "--service", "cart", "--label", "version"], "--label version: expected NAME=A,B"),
        (["--watch", "1m", "--steady", "shopp"], "--steady shopp: there is no such steady state"),
        (
            ["--watch", "1m", "--service", "cartt"],
            "--service cartt: embedded demo has no such service; did you mean cart?",
        ),
    ],
)
def test_wrong_use_is_one_line(demo: str, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert cli.main(["gate", "--config", demo, *words]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line
