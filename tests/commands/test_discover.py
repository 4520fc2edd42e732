"""discover prints a configuration that can be used as it is, whatever names and notes the source has."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.commands.discover import _with_queries, starter
from dashboard.config.configuration import Config, load
from dashboard.engine.default_slos import availability, saturation
from dashboard.openslo.slo_files import load_slos
from dashboard.slo.indicators import Column, Query, Ratio
from dashboard.sources.catalog import Catalog, Resource, ServiceInfo
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.prometheus.spec import PrometheusSpec
from tests.commands.small_csv import write_small_csv
from tests.misbehaving import misbehaving
from tests.steady import Clock, Steady

SHOP = ServiceInfo("shop", "opentelemetry-http", labels=("route", "code"), resources=(Resource("memory"),))
PROMETHEUS = Config(source=PrometheusSpec("http://127.0.0.1:9090"), title="Production", refresh=90.0)


def configuration(config: Config = PROMETHEUS, *services: ServiceInfo, notes: tuple[str, ...] = ()) -> str:
    return starter(config, Catalog(services, 15.0, notes=notes))


# --- the configuration -----------------------------------------------------------------------------------------------


def test_what_was_found_is_a_configuration_with_comments() -> None:
    assert configuration(PROMETHEUS, SHOP, notes=("the server keeps 15 days",)) == (
        "# the server keeps 15 days\n"
        'title = "Production"\n'
        'refresh = "90s"\n'
        "\n"
        "[source]\n"
        'kind = "prometheus"\n'
        'url = "http://127.0.0.1:9090"\n'
        "\n"
        "# opentelemetry-http; labels route, code; saturation memory\n"
        "[[services]]\n"
        'name = "shop"\n'
    )


def test_what_a_service_lacks_is_said_above_it() -> None:
    text = configuration(PROMETHEUS, replace(SHOP, labels=(), resources=(), notes=("it has no latency buckets",)))
    assert "# opentelemetry-http; labels none; saturation none\n# it has no latency buckets\n[[services]]\n" in text


def test_without_a_service_it_says_so_and_is_valid_all_the_same() -> None:
    text = configuration()
    assert text.endswith("\n# No service was found.\n")
    assert tomllib.loads(text)["source"]["kind"] == "prometheus"


def test_a_note_of_several_lines_stays_a_comment() -> None:
    lines = 'it says\nport = "no"'
    read = tomllib.loads(configuration(PROMETHEUS, replace(SHOP, labels=("a\nb",), notes=(lines,)), notes=(lines,)))
    assert list(read) == ["title", "refresh", "source", "services"]
    assert read["services"] == [{"name": "shop"}]


@pytest.mark.parametrize("name", ['sh"op', "back\\slash", "Привет", "two\nlines", "tab\there", "shop 🛒", "\x7f"])
def test_every_name_is_written_as_toml_reads_it(name: str) -> None:
    read: dict[str, Any] = tomllib.loads(configuration(replace(PROMETHEUS, title=name), replace(SHOP, name=name)))
    assert (read["title"], read["services"]) == (name, [{"name": name}])


def test_paths_are_absolute_since_nobody_knows_where_the_file_will_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    read = tomllib.loads(configuration(Config(source=CsvSpec(("data/*.csv", "/var/log.csv")))))
    assert read["source"] == {"kind": "csv", "paths": ["/data/*.csv", "/var/log.csv"]}


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_csv(tmp_path_factory.mktemp("csv"))


def test_its_output_is_loaded_as_it_is(csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--csv", csv]) == 0
    said = capsys.readouterr()
    path = tmp_path / "golden.toml"
    path.write_text(said.out, encoding="utf-8")
    config = load(str(path), {})
    assert config.source == CsvSpec((csv,))
    assert [service.name for service in config.services] == ["cart", "shop"]
    assert said.err == ""


def test_its_slos_are_loaded_as_they_are(csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--csv", csv, "--openslo"]) == 0
    path = tmp_path / "slo.yaml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    slos, diagnostics = load_slos([str(path)], zone="UTC")
    assert [(slo.name, slo.objective) for slo in slos] == [("cart-availability", 0.999), ("shop-availability", 0.999)]
    assert diagnostics == ()


def test_a_server_without_any_service_ends_with_3_and_the_start_of_a_configuration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with misbehaving() as server:
        assert main(["discover", "--prometheus", server.url]) == 3
    said = capsys.readouterr().out
    assert tomllib.loads(said)["source"] == {"kind": "prometheus", "url": server.url}
    assert said.endswith("# No service was found.\n")


# --- SLOs for other tools --------------------------------------------------------------------------------------------


def test_columns_become_queries_that_other_tools_can_ask() -> None:
    source = Steady(Clock())
    own = _with_queries(availability("shop"), source).indicator
    assert own == Ratio(
        Query(source.expression(Column("shop", "requests")), counter=True),
        bad=Query(source.expression(Column("shop", "errors", "server")), counter=True),
    )


def test_queries_stay_as_they_were_written() -> None:
    indicator = Ratio(Query("all"), good=Query("good"))
    slo = replace(availability("shop"), indicator=indicator)
    assert _with_queries(slo, Steady(Clock())).indicator == indicator


def test_what_counts_no_events_has_no_query_to_give() -> None:
    slo = saturation("shop", "memory", 0.8, 0.99)
    assert _with_queries(slo, Steady(Clock())) is slo


def test_the_service_of_files_without_a_column_of_services_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "all.csv"
    path.write_text("time,requests,errors\n2025-10-09T08:00:00Z,600,3\n", encoding="utf-8")
    assert main(["discover", "--csv", str(path), "--service", "checkout"]) == 0
    read = tomllib.loads(capsys.readouterr().out)
    assert (read["source"]["service"], read["services"][0]["name"]) == ("checkout", "checkout")
