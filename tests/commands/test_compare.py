"""compare says what a change or another version did, in words or as JSON, and ends with a code that a gate can use."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.changes.change import Change, Kind
from dashboard.changes.derived.presence import STEP_S
from dashboard.cli import main
from dashboard.engine.changes.known_versions import KnownVersions, Part
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.versions import versions_of
from dashboard.state import changes
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from dashboard.timerange import HOUR, Grid
from tests.misbehaving import misbehaving

END = 1_760_000_400
CHANGED = END - 1800
Run = Callable[..., tuple[int, str, str]]


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An hour of minutes: `bad` fails more often since the change, `busy` as often, `quiet` has hardly any requests."""
    lines = ["time,service,requests,errors,p50,p95,p99,memory"]
    for end in range(END - 3600 + 60, END + 1, 60):
        failing = 60 if end > CHANGED else 6
        lines += [
            f"{end},bad,600,{failing},0.04,0.11,0.17,0.41",
            f"{end},busy,60000,1200,0.04,0.11,0.17,0.62",
            f"{end},quiet,3,{int(end % 1200 == 0)},0.04,0.11,0.17,0.1",
        ]
    path = tmp_path_factory.mktemp("wide") / "wide.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def compare(wide: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `compare` on the CSV; exit code, standard output and standard error."""

    def run(*arguments: str, source: tuple[str, ...] = ("--csv", wide)) -> tuple[int, str, str]:
        code = main(["compare", *source, "--at", iso(END), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("service", "code", "verdict"), [("bad", 1, "worse"), ("busy", 0, "same"), ("quiet", 4, "inconclusive")]
)
def test_the_exit_code_is_that_of_the_verdict(compare: Run, service: str, code: int, verdict: str) -> None:
    ended, out, _ = compare("--service", service, "--change", iso(CHANGED), "--format", "json")
    content = json.loads(out)
    assert (ended, content["verdict"], content["service"]) == (code, verdict, service)
    errors = signal(content, "errors")
    assert errors["decides"] is True
    assert (errors["control"]["steps"], errors["experiment"]["steps"]) == (30, 30)


def signal(content: dict[str, Any], name: str) -> dict[str, Any]:
    content_signal: dict[str, Any] = next(each for each in content["signals"] if each["signal"] == name)
    return content_signal


def test_json_has_counts_effect_interval_and_what_is_missing(compare: Run) -> None:
    _, out, _ = compare("--service", "bad", "--change", iso(CHANGED), "--format", "json")
    content = json.loads(out)
    errors = signal(content, "errors")
    assert (errors["control"]["bad"], errors["control"]["valid"]) == (180, 18_000)
    assert (errors["experiment"]["bad"], errors["experiment"]["valid"]) == (1800, 18_000)
    low, high = errors["ratio_interval"]
    assert low < errors["ratio"] < high
    assert errors["ratio"] == pytest.approx(10)
    assert errors["p_value"] < 1e-6
    assert content["control"] | {"name": ""} == {
        "name": "", "start": "2025-10-09T07:30:00Z", "end": "2025-10-09T08:30:00Z", "step_s": 60,
    }  # fmt: skip
    assert signal(content, "traffic")["verdict"] == "same"
    assert (signal(content, "saturation")["detail"], signal(content, "saturation")["verdict"]) == ("memory", "same")
    _, out, _ = compare("--service", "quiet", "--change", iso(CHANGED), "--format", "json")
    errors = signal(json.loads(out), "errors")
    assert errors["missing"] > 0
    assert errors["ready_in_s"] == pytest.approx(errors["missing"] / 3 * 60)


def test_a_table_says_it_in_words(compare: Run) -> None:
    code, out, err = compare("--service", "bad", "--change", iso(CHANGED))
    head, errors, *_ = out.splitlines()
    assert (code, err) == (1, "")
    assert head.split() == ["SIGNAL", "VERDICT", "BEFORE", "AFTER", "EFFECT", "P"]
    assert errors.startswith("errors")
    assert "1.0 % (180 of 18,000)" in errors
    assert out.splitlines()[-1] == "Worse: errors."
    _, out, _ = compare("--service", "quiet", "--change", iso(CHANGED))
    assert "requests that are needed, at this rate in" in out


def test_signals_that_decide_can_be_named(compare: Run) -> None:
    code, _, _ = compare("--service", "bad", "--change", iso(CHANGED), "--signal", "saturation")
    assert code == 0


def test_a_change_is_named_by_its_id(compare: Run, wide: str, tmp_path: Path) -> None:
    store = open_store(StateSpec(where=str(tmp_path)))
    begin = CHANGED - 600
    change = Change(
        sender="grafana", key="1", kind=Kind.DEPLOY, start=begin, end=CHANGED, at=CHANGED, text="", service="bad"
    )  # fmt: skip
    (number,) = changes.add(store, [change], "ci", END)
    store.close()
    code, out, _ = compare("--state", str(tmp_path), "--change", str(number), "--format", "json")
    content = json.loads(out)
    # What lies between begin and end is of neither side.
    assert (code, content["service"], signal(content, "errors")["control"]["steps"]) == (1, "bad", 20)
    code, _, err = compare("--state", str(tmp_path), "--change", "12345")
    assert (code, f"neither the state nor {wide} knows such a change" in err) == (2, True)


def test_two_versions_of_a_request_log_are_compared(compare: Run, tmp_path: Path) -> None:
    lines = ["time,service,status,duration_ms,version"]
    for second in range(0, 1200, 2):
        lines.append(f"{END - 1200 + second},shop,{500 if second % 100 == 0 else 200},40,41")
        lines.append(f"{END - 1200 + second},shop,{500 if second % 6 == 0 else 200},40,42")
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = compare("--label", "version=41,42", "--format", "json", source=("--csv", str(path)))
    content = json.loads(out)
    errors = signal(content, "errors")
    assert (code, err, content["service"]) == (1, "", "shop")
    assert (errors["control"]["bad"], errors["experiment"]["bad"]) == (12, 200)
    # None of 594 is too little to call it the same.
    assert (signal(content, "latency")["verdict"], signal(content, "latency")["experiment"]["bad"]) == (
        "inconclusive",
        0,
    )
    code, _, err = compare("--label", "version=41,43", source=("--csv", str(path)))
    assert (code, "no requests with version=43" in err) == (3, True)
    code, _, err = compare("--label", "color=red,blue", source=("--csv", str(path)))
    assert (code, "shop has no requests with it and one of these values; its breakdown has" in err) == (2, True)


def test_data_that_have_ended_are_compared_as_of_their_end(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["compare", "--csv", wide, "--service", "bad", "--change", iso(CHANGED), "--format", "json"])
    content = json.loads(capsys.readouterr().out)
    assert (code, content["experiment"]["end"]) == (1, "2025-10-09T09:00:00Z")


def test_the_demo_tells_a_service_in_trouble_from_a_quiet_one(compare: Run, tmp_path: Path) -> None:
    path = tmp_path / "demo.toml"
    path.write_text('[source]\nkind = "demo"\n', encoding="utf-8")
    source = ("--config", str(path))
    code, out, _ = compare("--service", "checkout", "--change", iso(END - 1800), source=source)
    assert (code, out.splitlines()[-1]) == (1, "Worse: errors, latency.")
    code, out, _ = compare("--service", "catalog", "--change", iso(END - 1800), source=source)
    assert (code in (0, 4), "worse" in out) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--service", "bad"), "one of the arguments --change --label is required"),
        (("--service", "bad", "--label", "version"), "expected NAME=A,B"),
        (("--service", "bad", "--change", "yesterday"), "'yesterday' is no time"),
        (("--service", "bad", "--change", iso(END + 60)), "lies ahead of the moment"),
        (("--service", "bda", "--change", iso(CHANGED)), "has no such service"),
        (("--change", iso(CHANGED)), "--service is missing"),
        (("--service", "bad", "--change", iso(CHANGED), "--span", "1m"), "five minutes at least"),
    ],
)
def test_wrong_use_is_one_clear_line(
    compare: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    try:
        code, _, err = compare(*arguments)
    except SystemExit as end:
        code, err = end.code, capsys.readouterr().err  # type: ignore[assignment]
    assert (code, said in err, len(err.splitlines())) == (2, True, 1)


def test_a_change_of_this_minute_is_no_data_yet(compare: Run) -> None:
    code, _, err = compare("--service", "bad", "--change", iso(END - 30))
    assert (code, err) == (3, "golden-signals: not one whole step has passed since the change\n")


def test_a_source_without_a_service_or_an_answer_is_no_data(compare: Run) -> None:
    arguments = ("--service", "bad", "--change", iso(CHANGED))
    with misbehaving() as server:
        code, _, err = compare(*arguments, source=("--prometheus", server.url))
        assert (code, len(err.splitlines())) == (3, 1)
        url = server.url
    code, _, err = compare(*arguments, source=("--prometheus", url))
    assert (code, len(err.splitlines())) == (3, 1)


def test_a_change_that_nobody_told_of_is_derived_from_the_versions_of_the_source(compare: Run, tmp_path: Path) -> None:
    demo = DemoSource(start=END)
    (info,) = (info for info in demo.discover(END).services if info.name == "cart")
    grid = Grid.ending(END - 21 * HOUR, span=4 * HOUR, step=STEP_S)
    derived = KnownVersions().take(Part(grid), versions_of(demo, [info], grid), demo.kind, END).changes
    deploy = next(change for change in derived if change.kind is Kind.DEPLOY)
    path = tmp_path / "demo.toml"
    path.write_text('[source]\nkind = "demo"\n', encoding="utf-8")
    # Fewer steps cannot tell how requests scatter.
    span = ("--span", "40m")
    code, out, _ = compare(
        "--service", "cart", "--change", str(deploy.id), "--format", "json", *span, source=("--config", str(path))
    )
    content = json.loads(out)
    assert (code, content["service"], signal(content, "errors")["verdict"]) == (1, "cart", "worse")
    begin = datetime.fromisoformat(content["experiment"]["start"]).timestamp()
    assert 0 <= begin - deploy.start < 300
