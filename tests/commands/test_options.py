"""What the command line says goes before the file; what is wrong with it names the option."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from dashboard.commands.options import configuration
from dashboard.commands.shared_options import add_serving_options, add_source_options
from dashboard.config.configuration import Config, SloPath
from dashboard.exceptions import ConfigError
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.prometheus.spec import PrometheusSpec

TOML = """
refresh = "5s"
port = 9000
slos = ["slo.yaml"]
[source]
url = "http://a"
username = "me"
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "golden.toml"
    path.write_text(TOML, encoding="utf-8")
    return str(path)


def configured(*arguments: str) -> Config:
    parser = argparse.ArgumentParser()
    add_source_options(parser)
    add_serving_options(parser)
    return configuration(parser.parse_args(arguments))


def test_without_options_the_file_holds(file: str) -> None:
    config = configured("--config", file)
    assert (config.refresh, config.port, config.host, config.base_path) == (5, 9000, "127.0.0.1", "")
    assert config.source == PrometheusSpec("http://a", username="me")
    assert config.source_named == f"{file}:6: source.url"


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["--refresh", "1m"], "refresh", 60),
        (["--port", "1"], "port", 1),
        (["--host", "0.0.0.0"], "host", "0.0.0.0"),
        (["--base-path", "/golden"], "base_path", "/golden"),
        (["--prometheus", "http://b"], "source", PrometheusSpec("http://b", username="me")),
        (["--prometheus", "http://b"], "source_named", "--prometheus"),
        (["--csv", "a.csv", "b/*.csv"], "source", CsvSpec(("a.csv", "b/*.csv"))),
        (["--csv", "a.csv"], "source_named", "--csv"),
        (["--csv", "a.csv", "--service", "shop"], "source", CsvSpec(("a.csv",), service="shop")),
    ],
)
def test_an_option_goes_before_the_file(file: str, arguments: list[str], field: str, value: Any) -> None:
    assert getattr(configured("--config", file, *arguments), field) == value


def test_the_service_of_files_that_a_configuration_names_can_be_given_as_an_option(tmp_path: Path) -> None:
    path = tmp_path / "golden.toml"
    path.write_text('[source]\nkind = "csv"\npaths = ["a.csv"]\nservice = "cart"\n', encoding="utf-8")
    assert configured("--config", str(path), "--service", "shop").source == CsvSpec(
        (str(tmp_path / "a.csv"),), service="shop"
    )


def test_slos_of_both_are_read_each_from_where_it_is_named(file: str) -> None:
    named = configured("--config", file, "--slo", "more/*.yaml").slos
    beside = str(Path(file).with_name("slo.yaml"))
    assert named == (SloPath(beside, f"{file}:4: slos[1]"), SloPath("more/*.yaml", "--slo"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--port", "0"], "--port 0: expected a port between 1 and 65535"),
        (["--refresh", "2h"], "--refresh 2h: expected a refresh interval between 1s and 1h"),
        (["--prometheus", "a", "--csv", "b"], "--prometheus and --csv exclude each other: name one source"),
        (["--csv", ""], "--csv: expected text in quotes, and not empty"),
        (
            ["--prometheus", "http://a", "--service", "shop"],
            "--service is for sources of kind csv, not prometheus: leave it out",
        ),
    ],
)
def test_a_problem_names_the_option(arguments: list[str], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(*arguments)
    assert caught.value.problems == (problem,)


def test_a_problem_of_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDEN_SIGNALS_BEARER_TOKEN", "two\nlines")
    with pytest.raises(ConfigError, match="GOLDEN_SIGNALS_BEARER_TOKEN: expected a token of one line"):
        configured("--prometheus", "http://a")
    assert configured("--csv", "a.csv").source == CsvSpec(("a.csv",)), "no token is needed there"
