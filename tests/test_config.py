"""Each wrong key, type or range is named in one line with its file, its key and what to do."""

from pathlib import Path

import pytest

from dashboard.config import load
from dashboard.exceptions import ConfigError

GOOD = """
title = "Production"
refresh = "5s"
time_zone = "Europe/Berlin"

[source]
kind = "prometheus"
url = "http://127.0.0.1:9090"
headers = { X-Scope-OrgID = "team" }
timeout = "10s"

[[services]]
name = "checkout"
team = "payments"
tier = 1
links = { runbook = "https://example.org/runbook" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "golden.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_file_is_read(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD), {})
    assert (config.title, config.refresh, config.time_zone) == ("Production", 5, "Europe/Berlin")
    assert (config.source.kind, config.source.timeout_s) == ("prometheus", 10)
    assert config.services[0].links == {"runbook": "https://example.org/runbook"}


def test_without_a_file_everything_has_a_default() -> None:
    assert load(None, {}).source.kind == "demo"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('refesh = "5s"', "refesh: unknown key; did you mean refresh?"),
        ("refresh = 5", 'refresh: expected text in quotes, such as "Production"'),
        ('refresh = "0.2s"', "refresh: expected a refresh interval between 1s and 1h"),
        ('time_zone = "Mars/Olympus"', "time_zone: 'Mars/Olympus' is no IANA time zone"),
        ('[source]\nkind = "graphite"', "source.kind: expected one of prometheus, csv, demo"),
        ('[source]\nkind = "prometheus"', "source.url: missing"),
        ('[source]\nurl = "localhost:9090"', "source.url: expected an address that starts with http"),
        ("source = 5", "source: expected a table [source]"),
        ('[source]\nkind = "csv"', "source.paths: missing"),
        ("[[services]]\ntier = 1", "services[1].name: missing"),
        ('[[services]]\nname = "a"\ntier = "one"', "services[1].tier: expected a whole number"),
        ('[source]\nurl = "http://a"\nbearer_token_file = "/nowhere"', "the secret file /nowhere cannot be read"),
        ('[[services]]\nname = "a"\npreset = "opentelemetry"', "did you mean opentelemetry-http?"),
        ('[[services]]\nname = "a"\nmatch = { "a-b" = "c" }', "services[1].match: 'a-b' is no label name"),
        ('[[services]]\nname = "a"\n[[services]]\nname = "a"', "services[2].name: a is there twice"),
        ("title = ", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, line: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(path) in str(caught.value)
    assert line in str(caught.value)


def test_every_problem_gets_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, 'refesh = "5s"\nport = 99999\n[source]\nkind = "graphite"'), {})
    assert len(caught.value.problems) == 3


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="discover"):
        load(tmp_path / "none.toml", {})


def test_secrets_come_from_the_environment_and_are_never_printed() -> None:
    config = load(None, {"GOLDEN_SIGNALS_BEARER_TOKEN": "s3cret"})
    assert config.source.bearer_token == "s3cret"
    assert "s3cret" not in repr(config)
