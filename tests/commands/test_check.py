"""check names everything that cannot work, with file, key or line, and what to do; what works passes."""

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.commands.check import _notes, _try_slos
from dashboard.config.configuration import load
from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.engine.opening import open_source
from dashboard.engine.past.archive_opening import open_keeper
from dashboard.engine.viewers.query_selections import QuerySelections
from dashboard.exceptions import ConfigError
from dashboard.openslo.slo_files import load_slos, read_texts
from dashboard.slo.objective import Slo
from dashboard.slo.policy import WORKBOOK
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.demo.csv_export import write_csv
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer, Problem
from dashboard.timerange import HOUR, Grid
from tests.commands.small_csv import END
from tests.misbehaving import misbehaving
from tests.servers import NOW, Server
from tests.steady import START, Clock, Steady

Checked = Callable[[str], tuple[int, list[str]]]
BAD, ALL = 'http_requests_total{service="checkout", code=~"5.."}', 'http_requests_total{service="checkout"}'
PROMETHEUS = "metricSource: {{type: Prometheus, spec: {{query: '{}'}}}}"
SIGNALS = "metricSource: {{type: signals, spec: {{measure: {}}}}}"


def slo(
    name: str = "mine", *, service: str = "checkout", bad: str = BAD, total: str = ALL, of: str = PROMETHEUS
) -> str:
    return f"""apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: {service}
  indicator:
    metadata: {{name: {name}-sli}}
    spec:
      ratioMetric:
        counter: true
        bad: {{{of.format(bad)}}}
        total: {{{of.format(total)}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"""


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("csv") / "wide.csv"
    write_csv(DemoSource(start=NOW), path, "wide", start=NOW - 7200, end=NOW)
    return str(path)


@pytest.fixture
def checked(tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]) -> Checked:
    """Runs `check` on the CSV with a configuration's further lines; exit code and lines of standard error."""

    def run(more: str) -> tuple[int, list[str]]:
        path = tmp_path / "golden.toml"
        path.write_text(f'[source]\nkind = "csv"\npaths = ["{csv}"]\n{more}', encoding="utf-8")
        code = main(["check", "--config", str(path)])
        said = capsys.readouterr().err.replace(f"golden-signals: {path}:", "").splitlines()
        return code, said

    return run


# --- agreements ------------------------------------------------------------------------------------------------------


def test_an_sla_beside_nothing_names_the_nearest_objective(checked: Checked) -> None:
    code, said = checked('[[slas]]\nslo = "cart-availabilty"\nobjective = 0.99\n')
    assert code == 2
    assert said == ["5: slas[1].slo: there is no objective 'cart-availabilty'; did you mean cart-availability?"]


def test_an_sla_that_is_stricter_than_a_default_is_refused(checked: Checked) -> None:
    code, (line,) = checked('[[slas]]\nslo = "cart-availability"\nobjective = 0.9999\n')
    assert code == 2
    assert line.startswith(
        "6: slas[1].objective: the SLA of cart-availability (0.9999) is stricter than its objective (0.999): "
    )


def test_a_rule_that_can_never_fire_on_a_default_is_refused(checked: Checked) -> None:
    rule = 'rows = [{ severity = "page", burn = 2000, long = "1h" }]'
    code, (line,) = checked(f'[[policies]]\nname = "never"\nservices = ["search"]\n{rule}\n')
    assert code == 2
    assert line.startswith(
        "4: policies[1]: for search-availability the page rule over 1 h is left out: it could never fire"
    )


def test_maintenance_of_nobody_is_a_note(tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "golden.toml"
    block = "[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 2026-11-01T03:00:00\n"
    path.write_text(f'[source]\nkind = "csv"\npaths = ["{csv}"]\n{block}services = ["crat"]\n', encoding="utf-8")
    assert main(["check", "--config", str(path)]) == 0
    note = f"golden-signals: note: {path}:7: maintenance[1].services: 'crat' is no service; did you mean cart?"
    assert note in capsys.readouterr().out.splitlines()


def test_hours_that_cannot_be_read_are_named(tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "golden.toml"
    file.write_text(f'[source]\nkind = "csv"\npaths = ["{csv}"]\n[state]\npath = "state"\n', encoding="utf-8")
    assert main(["check", "--config", str(file)]) == 0
    capsys.readouterr()
    config = load(file, {})
    with closing(open_source(config, now=NOW)) as source:
        keeper = open_keeper(config, source, writes=False)
    assert keeper is not None
    assert keeper.archive.folder.parent == tmp_path / "state" / "hours"
    keeper.archive.folder.mkdir(parents=True)
    damaged = keeper.archive.folder / "hours-2023-11.parquet"
    damaged.write_bytes(b"no table")
    assert main(["check", "--config", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"golden-signals: {damaged}: is damaged: ")
    assert line.endswith("; fill what is missing with `golden-signals state import-hours`, or from a copy")
    # Whoever checks changes nothing.
    assert damaged.read_bytes() == b"no table"


def test_agreements_that_fit_pass(checked: Checked) -> None:
    assert checked('[[slas]]\nslo = "cart-availability"\nobjective = 0.99\n') == (0, [])


# --- objectives ------------------------------------------------------------------------------------------------------


def refusals(capsys: pytest.CaptureFixture[str], path: Path, *source: str) -> list[str]:
    assert main(["check", *source, "--slo", str(path)]) == 2
    return [line.removeprefix("golden-signals: ") for line in capsys.readouterr().err.splitlines()]


def test_a_query_on_a_source_without_a_query_language_is_refused(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(slo(), encoding="utf-8")
    lines = refusals(capsys, path, "--csv", csv)
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:1: mine: http_requests_total") for line in lines)
    assert all("this source has no query language" in line for line in lines)


def test_a_service_that_the_source_does_not_know_is_refused(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(slo(service="chekout", bad="errors", total="requests", of=SIGNALS), encoding="utf-8")
    (line,) = refusals(capsys, path, "--csv", csv)
    assert line == f"{path}:1: mine: the source knows no service 'chekout'; did you mean checkout?"


@pytest.mark.servers
def test_a_query_that_the_server_refuses_is_named(
    tmp_path: Path, prometheus_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(slo(bad='sum(label_replace(http_requests_total, "a", "", "b", "("))'), encoding="utf-8")
    (line,) = refusals(capsys, path, "--prometheus", prometheus_server.url)
    assert line.startswith(f"{path}:1: mine: sum(label_replace(")
    assert "invalid regular expression" in line


@pytest.mark.servers
def test_a_query_that_gives_nothing_is_noted(
    tmp_path: Path, prometheus_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(slo(bad="nothing_failed_total", total="nothing_total"), encoding="utf-8")
    assert main(["check", "--prometheus", prometheus_server.url, "--slo", str(path)]) == 0
    assert "mine: no data in the last hour" in capsys.readouterr().out


# --- places ----------------------------------------------------------------------------------------------------------


def lines_of(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> list[str]:
    """What `check` refuses, without the folder of the test."""
    assert main(["check", *arguments]) == 2
    return [
        line.removeprefix("golden-signals: ").replace(f"{folder}/", "") for line in capsys.readouterr().err.splitlines()
    ]


def test_everything_is_found_from_the_folder_of_the_configuration(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "conf"
    (folder / "slo").mkdir(parents=True)
    (folder / "wide.csv").write_bytes(Path(csv).read_bytes())
    # SLOs are tried at the end of the data, where only this one has any.
    newest = (folder / "wide.csv").read_text(encoding="utf-8").splitlines()[-1].split(",")[0]
    later = datetime.fromisoformat(newest) + timedelta(hours=3)
    (folder / "late.csv").write_text(
        f"time,service,requests,errors\n{later.isoformat()},late,600,0\n", encoding="utf-8"
    )
    (folder / "slo" / "slo.yaml").write_text(
        slo(service="checkout", bad="errors", total="requests", of=SIGNALS), encoding="utf-8"
    )
    (folder / "golden.toml").write_text('slos = ["slo"]\n[source]\npaths = ["*.csv"]\n', encoding="utf-8")
    for place, name in ((folder, "golden.toml"), (tmp_path, "conf/golden.toml"), (Path("/"), f"{folder}/golden.toml")):
        monkeypatch.chdir(place)
        assert main(["check", "--config", name]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[-1].endswith("*.csv: OK: 13 services, 13 SLOs")
        silent = next(line for line in said if line.endswith("no data in the last hour"))
        assert silent.startswith("golden-signals: note: mine, auth-availability, ")
        assert silent.endswith(" and 2 others: no data in the last hour"), "one line for all of them"


def test_patterns_without_a_file_are_named_where_they_stand(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "golden.toml"
    path.write_text(f'slos = [\n"a/*.yaml",\n"b.yaml"]\nsource.paths = ["{csv}"]', encoding="utf-8")
    remedy = "there is no such file; name OpenSLO files, a directory or a glob"
    assert lines_of(capsys, tmp_path, "--config", str(path), "--slo", "c.yaml") == [
        f"golden.toml:2: slos[1]: a/*.yaml: {remedy}",
        f"golden.toml:3: slos[2]: b.yaml: {remedy}",
        f"--slo: c.yaml: {remedy}",
    ]


def test_every_slo_file_that_is_no_text_is_named_with_its_line(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: b\r\nc: caf\xe9\r\n")
    (tmp_path / "b.yaml").write_bytes(slo().encode("utf-16"))
    remedy = "is not text in UTF-8: save the file in UTF-8"
    assert lines_of(capsys, tmp_path, "--csv", csv, "--slo", str(tmp_path)) == [
        f"a.yaml:2: {remedy}",
        f"b.yaml:1: {remedy}",
    ]


def test_a_source_that_cannot_be_read_is_named_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "golden.toml"
    path.write_text('[source]\npaths = ["a.csv"]', encoding="utf-8")
    remedy = "a.csv: cannot be read: No such file or directory: check the path"
    assert lines_of(capsys, tmp_path, "--config", str(path)) == [f"golden.toml:2: source.paths: {remedy}"]
    assert lines_of(capsys, tmp_path, "--csv", f"{tmp_path}/a.csv") == [f"--csv: {remedy}"]


# --- paths -----------------------------------------------------------------------------------------------------------

LONG = "x" * 300


@pytest.mark.parametrize(
    "arguments",
    [["--slo", LONG], ["--csv", LONG], ["--config", LONG], ["--convert", LONG], ["--slo", "a\0b"], ["--csv", "a\0b"]],
    ids=["slo", "csv", "config", "convert", "slo with a null", "csv with a null"],
)
def test_a_name_that_no_file_can_have_is_one_line(
    arguments: list[str], csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--csv", csv] if arguments[0] == "--slo" else []
    assert main(["check", *source, *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_is_read_once_however_many_ways_lead_to_it(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(slo(), encoding="utf-8")
    (tmp_path / "again.yaml").symlink_to(tmp_path / "slo.yaml")
    (tmp_path / "loop").symlink_to(tmp_path)
    patterns = [f"{tmp_path}/**/*.yaml", str(tmp_path / "slo.yaml"), str(tmp_path)]
    assert [os.path.realpath(path) for path in read_texts(patterns)] == [str(tmp_path / "slo.yaml")]


def test_where_no_file_is_there_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_texts([f"{tmp_path}/*.yaml"])


# --- rules -----------------------------------------------------------------------------------------------------------


def test_rules_of_a_csv_are_refused_and_nothing_is_written(
    tmp_path: Path, csv: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rules.yaml"
    assert main(["rules", "--csv", csv, "--out", str(out)]) == 2
    assert "rules are written for Prometheus" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("out", [".", "/", ""], ids=["folder", "root", "nothing"])
def test_rules_are_not_written_over_a_folder(
    out: str,
    tmp_path: Path,
    prometheus_server: Server,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["rules", "--prometheus", prometheus_server.url, "--out", out]) in (0, 2, 3)
    assert list(tmp_path.iterdir()) == []


# --- what is tried on the source -------------------------------------------------------------------------------------


def trials(source: Steady, *slos: Slo) -> tuple[list[str], list[str]]:
    """Problems and notes of SLOs that are tried on a source."""
    tried = list(_try_slos(slos, source, source.discover(START), START, QuerySelections()))
    return [line for trial in tried for line in trial.problems], [line for trial in tried for line in trial.notes]


@pytest.fixture
def steady() -> Steady:
    return Steady(Clock(), ("shop",))


def test_an_slo_that_is_measured_has_neither_problems_nor_notes(steady: Steady) -> None:
    assert trials(steady, availability("shop"), latency("shop", 0.5)) == ([], [])
    assert [(grid.step, grid.span) for grid in steady.asked] == [(60, HOUR)], "one request for both"


def test_a_service_that_never_failed_is_not_silent(steady: Steady) -> None:
    steady.lost = {"errors": 0.0}
    assert trials(steady, availability("shop")) == ([], [])


def test_an_hour_without_any_request_is_worth_a_note(steady: Steady) -> None:
    steady.ends = START - HOUR
    assert trials(steady, availability("shop")) == ([], ["shop-availability: no data in the last hour"])


def test_a_slice_that_is_longer_than_an_hour_is_tried_whole(steady: Steady) -> None:
    steady.gauge = 0.5
    assert trials(steady, replace(saturation("shop", "memory", 0.8, 0.99), slice_s=7200)) == ([], [])
    assert [(grid.step, grid.span) for grid in steady.asked] == [(7200, 7200)]


def test_a_service_that_good_and_valid_events_name_alike_is_said_once(steady: Steady) -> None:
    problems, _ = trials(steady, latency("shpo", 0.5))
    assert problems == ["default: shpo-latency: the source knows no service 'shpo'; did you mean shop?"]


def test_a_warning_of_the_server_is_a_note_and_no_fault_of_an_slo() -> None:
    class Warning(Steady):
        def counts(self, grid: Grid) -> Answer:
            return replace(super().counts(grid), problems=(Problem("all stores", "one is missing"),))

    assert trials(Warning(Clock(), ("shop",)), availability("shop")) == ([], ["all stores: one is missing"])


def test_rows_that_cannot_work_are_noted_of_a_policy_that_somebody_wrote() -> None:
    """Ninety percent leave a budget of a tenth, at most ten times as many failures as allowed: 14.4 is out of reach."""
    loose = availability("shop", 0.9)
    catalog = Catalog((), 15.0)
    assert list(_notes(catalog, [loose])) == []
    (note,) = _notes(catalog, [replace(loose, policy=WORKBOOK)])
    assert note.startswith("shop-availability: the page rule over 1 h is left out: it could never fire")


def test_notes_are_those_of_the_source_of_services_and_of_slos_in_this_order() -> None:
    info = ServiceInfo("shop", "test", notes=("no latency buckets",))
    slos = [replace(availability("shop"), notes=("counted at 250 ms",))]
    assert list(_notes(Catalog((info,), 15.0, notes=("it keeps 15 days",)), slos)) == [
        "it keeps 15 days",
        "shop: no latency buckets",
        "shop-availability: counted at 250 ms",
    ]


def test_a_server_without_any_known_metric_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with misbehaving() as server:
        assert main(["check", "--prometheus", server.url]) == 2
    problem = f"--prometheus: {server.url}: no service was found: check what it points to"
    assert capsys.readouterr().err == f"golden-signals: {problem}\n"


def test_one_is_one_and_not_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.csv"
    rows = [f"{END - 60 * row},shop,600,0" for row in range(60)]
    path.write_text("\n".join(["time,service,requests,errors", *rows]), encoding="utf-8")
    assert main(["check", "--csv", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"golden-signals: {path}: OK: 1 service, 1 SLO"


def test_a_note_on_many_services_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.csv"
    rows = [f"{END - 60 * row},{name},/,200,5" for row in range(60) for name in ("bar", "shop")]
    path.write_text("\n".join(["time,service,route,status,duration_ms", *rows]), encoding="utf-8")
    assert main(["check", "--csv", str(path)]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if "reach back" in line]
    assert notes == ["golden-signals: note: bar, shop: breakdowns reach back 24 hours"]


def test_a_file_of_two_entries_is_named_with_what_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, config = tmp_path / "one.csv", tmp_path / "golden.toml"
    rows = [f"{END - 60 * row},shop,600,0,1" for row in range(60)]
    path.write_text("\n".join(["time,service,requests,errors,rejects", *rows]), encoding="utf-8")
    entries = [f'[[source.files]]\npaths = ["{path}"]\n{more}' for more in ("", 'columns = { errors = "rejects" }\n')]
    config.write_text('[source]\nkind = "csv"\n' + "".join(entries), encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 0
    said = (
        "is named twice under [source] and read as the first entry says, without columns of the other: write all of it"
    )
    assert f"golden-signals: note: {path}: {said} into one entry" in capsys.readouterr().out.splitlines()


# --- conversion ------------------------------------------------------------------------------------------------------

SLOTH = """version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors_total[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
"""


def test_a_definition_of_another_tool_is_written_as_openslo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sloth.yaml"
    path.write_text(SLOTH, encoding="utf-8")
    assert main(["check", "--convert", str(path)]) == 0
    out = tmp_path / "slo.yaml"
    out.write_text(capsys.readouterr().out, encoding="utf-8")
    (definition,) = load_slos([str(out)], zone="UTC")[0]
    assert (definition.service, definition.objective) == ("shop", 0.999)


def test_what_can_be_converted_is_written_although_the_rest_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(SLOTH, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(SLOTH.replace("objective: 99.9", "objective: many"), encoding="utf-8")
    assert main(["check", "--convert", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "target: 0.999" in said.out
    assert f"{tmp_path}/b.yaml:" in said.err
