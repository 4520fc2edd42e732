"""status evaluates once, says what it saw in a table or as JSON, and ends with 3 where no health is known."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.cli import main
from dashboard.commands.row_times import typed_moment
from dashboard.commands.status import table
from dashboard.engine.default_slos import availability
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.signals.current import CurrentValues
from dashboard.slo.report import Burn, SloReport, State
from dashboard.sources.catalog import ServiceInfo
from dashboard.ui.text.units import MISSING
from tests.commands.small_csv import END, END_TEXT, LATER_TEXT, write_small_csv
from tests.misbehaving import misbehaving

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_csv(tmp_path_factory.mktemp("csv"))


@pytest.fixture
def status(csv: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `status` on the CSV; exit code, standard output and standard error."""

    def run(*arguments: str, source: str = csv) -> tuple[int, str, str]:
        code = main(["status", "--csv", source, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


# --- the command -----------------------------------------------------------------------------------------------------


def test_a_table_has_a_line_for_each_slo_the_worst_first(status: Run) -> None:
    code, out, err = status("--at", END_TEXT)
    head, cart, shop = (re.split(r"\s{2,}", line) for line in out.splitlines())
    assert (code, err, head[0]) == (0, "", "SERVICE")
    # 1 % failed where 0.1 % may: ten times the allowed rate. Two hours are too little to call a budget spent.
    assert cart == ["cart", "breaching", "availability 0.999", "–", "10.00×", "critical"]
    assert shop == ["shop", "healthy", "availability 0.999", "100.0%", "0.00×", "acceptable"]


def test_json_says_the_same_in_numbers(status: Run) -> None:
    code, out, err = status("--at", END_TEXT, "--format", "json")
    evaluated = json.loads(out)
    assert (code, err, evaluated["at"]) == (0, "", END_TEXT)
    assert [(row["service"], row["health"]) for row in evaluated["services"]] == [
        ("cart", "breaching"),
        ("shop", "healthy"),
    ]
    cart = next(row for row in evaluated["slos"] if row["service"] == "cart")
    assert (cart["valid"], cart["bad"], cart["state"]) == (72_000, 720, "critical")
    assert cart["budget"]["remaining"] == pytest.approx(-9)
    assert [(burn["window"], burn["rate"]) for burn in cart["burn"] if burn["window"] == "1h"] == [
        ("1h", pytest.approx(10))
    ]
    shop = next(row for row in evaluated["services"] if row["service"] == "shop")
    assert (shop["signals"]["latency_p95_s"], shop["signals"]["traffic_per_s"]) == (0.11, 10)
    assert shop["signals"]["saturation"] == {"memory": 0.41}


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose local time is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "text",
    [END_TEXT, END_TEXT.removesuffix("Z"), "2025-10-09T11:00:00+02:00", "2025-10-09 09:00", "1760000400"],
    ids=["Z", "without a zone", "an offset", "a space", "an epoch"],
)
def test_a_moment_without_a_zone_is_in_utc_wherever_the_machine_stands(elsewhere: None, text: str) -> None:
    assert typed_moment(text, "UTC", "--at") == END


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "1760000000x"])
def test_a_moment_that_is_none_is_wrong_use(status: Run, text: str) -> None:
    code, out, err = status("--at", text)
    assert (code, out) == (2, "")
    assert err == (
        f"golden-signals: --at: {text!r} is no time: expected epoch seconds or milliseconds, or ISO 8601, "
        "such as 2026-11-22T23:00:00Z\n"
    )


def test_when_nothing_is_known_it_ends_with_3_and_says_why_beside_the_whole_json(status: Run, csv: str) -> None:
    code, out, err = status("--at", LATER_TEXT, "--format", "json")
    evaluated = json.loads(out)
    assert (code, evaluated["source"]["state"], evaluated["source"]["data_age_s"]) == (3, "stale", 3600)
    assert {row["health"] for row in evaluated["services"]} == {"unknown"}
    assert err.startswith(f"golden-signals: {csv}: the source answers, but nothing new arrives")


def test_an_slo_of_a_file_is_shown_by_its_own_name(status: Run, tmp_path: Path) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(OPENSLO, encoding="utf-8")
    _, out, _ = status("--at", END_TEXT, "--slo", str(path))
    # 5 % may fail, 1 % does.
    assert re.search(r"^cart +healthy +cart-up 0\.95 +80\.0% +0\.20× +acceptable$", out, re.MULTILINE)


def test_a_server_without_any_service_is_3_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    with misbehaving() as server:
        assert main(["status", "--prometheus", server.url]) == 3
        said = capsys.readouterr()
    assert said.out.splitlines() == ["SERVICE  HEALTH  SLO  REMAINING  BURN RATE 1H  STATE"]
    assert said.err.startswith(f"golden-signals: {server.url}: the source answers, but has no data")
    assert said.err.count("\n") == 1


OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: cart-up}
spec:
  service: cart
  indicator:
    metadata: {name: cart-up-sli}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: signals, spec: {measure: errors, detail: server}}}
        total: {metricSource: {type: signals, spec: {measure: requests}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.95}]
"""


# --- the table -------------------------------------------------------------------------------------------------------


def slo(state: State = State.ACCEPTABLE, **more: Any) -> SloReport:
    report = SloReport(availability("shop"), state, 0.0, 0.0, 1.0, 9.0, 10.0, 1.0, 0.9, None, 0.5)
    return replace(report, **more)


def lines(*slos: SloReport, health: Health = Health.HEALTHY) -> list[str]:
    """The table of one service with these SLOs."""
    service = ServiceReport(ServiceInfo("shop", "test"), health, (), CurrentValues(), slos, pd.DataFrame())
    return table(Snapshot(0.0, SourceStatus("csv", "a.csv", SourceState.OK), services=(service,))).splitlines()


def test_a_service_without_slos_has_its_line_and_no_numbers() -> None:
    assert re.split(r"\s{2,}", lines(health=Health.UNKNOWN)[1]) == ["shop", "no data", *4 * (MISSING,)]


def test_columns_stand_below_each_other_and_lines_end_without_spaces() -> None:
    head, *rows = lines(slo(), slo(remaining=None), slo(State.NO_DATA, slo=availability("shop", 0.5)))
    assert all(line == line.rstrip() for line in (head, *rows))
    starts = [match.start() for match in re.finditer(r"(?<=\s\s)\S|^\S", head)]
    assert len(starts) == 6
    assert all(row[start - 1] == " " and row[start] != " " for row in rows for start in starts[1:])


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"remaining": -1.5}, "-150.0%"),
        ({"remaining": None}, MISSING),
        ({"burn": (Burn(3600.0, 14.4, 1.0, 2.0, 1.0),)}, "14.40×"),
        ({"burn": (Burn(300.0, 14.4, 1.0, 2.0, 1.0),)}, MISSING),
        ({"slo": availability("shop", 0.99995)}, "availability 0.99995"),
        ({"slo": replace(availability("shop"), name="up")}, "up 0.999"),
        ({"slo": replace(availability("shop"), name="other-availability")}, "other-availability 0.999"),
    ],
    ids=[
        "overspent",
        "no events",
        "an hour's rate",
        "no rate of an hour",
        "five digits",
        "own name",
        "not its service",
    ],
)
def test_each_cell_says_what_is_known(changes: dict[str, Any], cell: str) -> None:
    assert cell in re.split(r"\s{2,}", lines(slo(**changes))[1])
