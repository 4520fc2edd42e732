"""The example of a new source works everywhere once its row is there: options, file, every command, the poller."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.config.configuration import load
from dashboard.config.source_kinds import KINDS
from dashboard.config.source_options import SOURCES
from dashboard.engine.health import Health
from dashboard.engine.opening import open_poller
from tests.examples.constant_source import CONSTANT, OPTION, ConstantSpec

ROOT = Path(__file__).parents[2]
NOW = "2025-10-09T08:30:00Z"


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "constant", CONSTANT)
    monkeypatch.setitem(SOURCES, "constant", OPTION)


def test_its_option_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--constant", "shop", "--at", NOW, "--format", "json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["source"]["kind"], status["source"]["state"]) == ("constant", "ok")
    (service,) = status["services"]
    assert (service["service"], service["signals"]["traffic_per_s"], service["signals"]["error_ratio"]) == (
        "shop",
        pytest.approx(10),
        pytest.approx(0.1),
    )
    (slo,) = status["slos"]
    assert (slo["slo"], slo["bad"] / slo["valid"]) == ("shop-availability", pytest.approx(0.1))


def test_its_keys_are_read_and_its_problems_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "golden.toml"
    path.write_text('[source]\nkind = "constant"\nservice = "shop"\n', encoding="utf-8")
    assert load(path, {}).source == ConstantSpec("shop")
    assert main(["check", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "golden-signals: shop: OK: 1 service, 1 SLO\n"
    path.write_text('[source]\nkind = "constant"\nservise = "shop"\n', encoding="utf-8")
    assert main(["check", "--config", str(path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"golden-signals: {path}:3: source.servise: unknown key; did you mean service?",
    ]


def test_what_is_discovered_is_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--constant", "shop"]) == 0
    path = tmp_path / "golden.toml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    config = load(path, {})
    assert config.source == ConstantSpec("shop")
    assert [service.name for service in config.services] == ["shop"]


def test_commands_that_need_queries_refuse_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--constant", "shop"]) == 2
    assert "a constant source has no queries to record" in capsys.readouterr().err


def test_what_is_served_is_what_it_answers() -> None:
    poller = open_poller(load(None, {}, {"kind": "constant", "service": "shop"}))
    poller.tick()
    assert poller.snapshot.by_name["shop"].health is Health.BREACHING


def test_it_is_named_where_no_source_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 2
    assert "--csv PATH, --constant SERVICE or --config FILE" in capsys.readouterr().err


def test_the_architecture_shows_it_as_it_runs() -> None:
    example = (ROOT / "tests" / "examples" / "constant_source.py").read_text(encoding="utf-8")
    assert f"```python\n{example}```" in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
