"""rules writes files for Prometheus whole or not at all, and says in one line why it cannot."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from dashboard.cli import main
from dashboard.printable import printable
from tests.commands.small_csv import write_small_csv
from tests.misbehaving import Misbehaving, misbehaving

OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-up}
spec:
  service: shop
  indicator:
    metadata: {name: shop-up-sli}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'errors_total{job="shop"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'requests_total{job="shop"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    """A Prometheus that knows no series."""
    with misbehaving() as empty:
        yield empty


@pytest.fixture
def slo(tmp_path: Path) -> str:
    path = tmp_path / "slo.yaml"
    path.write_text(OPENSLO, encoding="utf-8")
    return str(path)


@pytest.fixture
def source(server: Misbehaving, slo: str) -> list[str]:
    """The options that name the server and the SLO."""
    return ["--prometheus", server.url, "--slo", slo]


def test_rules_go_to_standard_output_and_are_yaml(source: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", *source]) == 0
    said = capsys.readouterr()
    group, shown = yaml.safe_load(said.out)["groups"]
    assert (group["name"], shown["name"]) == ("golden-signals-shop-up", "golden-signals-shop-up-2")
    assert any('errors_total{job="shop"}' in rule["expr"] for rule in group["rules"])
    assert said.err == ""


def test_a_file_gets_what_standard_output_would(
    source: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rules", *source])
    text = capsys.readouterr().out
    out = tmp_path / "rules.yaml"
    assert main(["rules", *source, "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == text
    assert capsys.readouterr() == ("", "")


def test_a_file_is_replaced_whole_and_leaves_no_draft_behind(source: list[str], tmp_path: Path) -> None:
    out = tmp_path / "rules.yaml"
    out.write_text("# older and much longer\n" * 1000, encoding="utf-8")
    assert main(["rules", *source, "--out", str(out)]) == 0
    assert "# older" not in out.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rules.yaml", "slo.yaml"]


@pytest.mark.parametrize(("out", "named"), [("mine.yaml", "mine.yaml"), (None, "rules.yaml")])
def test_unit_tests_name_the_file_of_the_rules(
    source: list[str], tmp_path: Path, out: str | None, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = tmp_path / "tests.yaml"
    where = ["--out", str(tmp_path / out)] if out else []
    assert main(["rules", *source, *where, "--tests", str(tests)]) == 0
    assert yaml.safe_load(tests.read_text(encoding="utf-8"))["rule_files"] == [named]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("option", ["--out", "--tests"])
@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("", "is a directory: name a file in it"),
        ("nowhere/rules.yaml", "No such file or directory"),
        ("nul\0.yaml", "embedded null byte"),
    ],
    ids=["a folder", "no folder", "no name"],
)
def test_what_cannot_be_written_names_its_option(
    source: list[str], tmp_path: Path, option: str, place: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / place)
    assert main(["rules", *source, option, path]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"golden-signals: {option} {printable(path)}: {why}\n")


def test_a_source_without_queries_has_nothing_to_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--csv", write_small_csv(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "golden-signals: rules are written for Prometheus: a csv source has no queries to record\n",
    )


def test_without_any_slo_there_is_nothing_to_write(server: Misbehaving, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--prometheus", server.url]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"golden-signals: {server.url}: no SLO to write rules for: no service was found, no file names one\n"
    )


MONTH = 'timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: "2025-01-01 00:00:00", timeZone: UTC}}]'


def test_notes_go_to_standard_error_so_that_the_rules_stay_clean(
    server: Misbehaving, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(OPENSLO.replace("timeWindow: [{duration: 30d, isRolling: true}]", MONTH), encoding="utf-8")
    assert main(["rules", "--prometheus", server.url, "--slo", str(path)]) == 0
    said = capsys.readouterr()
    assert yaml.safe_load(said.out)["groups"]
    note = "shop-up: its budget is left out: PromQL has no range for 1M of a calendar"
    assert said.err == f"golden-signals: note: {note}\n"
