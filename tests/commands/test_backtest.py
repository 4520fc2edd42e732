"""backtest: what would have been, for a terminal and for scripts; wrong use is one line and exit 2."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.commands import backtest
from dashboard.engine import default_slos

NOW = "2026-11-22T12:00:00Z"


@pytest.fixture(scope="module")
def small_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten days of minutes of one service, an outage of two hours in them, latency counted at two bounds."""
    path = tmp_path_factory.mktemp("csv") / "shop.csv"
    lines = ["time,service,requests,errors"]
    begin = 1_795_348_800 - 10 * 86400
    for minute in range(1, 10 * 1440 + 1):
        failed = 60 if 7000 <= minute < 7120 else int(minute % 60 == 0)
        lines.append(f"{begin + 60 * minute},shop,1000,{failed}")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tiny_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours."""
    path = tmp_path_factory.mktemp("tiny") / "shop.csv"
    rows = [f"{1_795_348_800 - 60 * minute},shop,1000,1" for minute in range(120)]
    path.write_text("\n".join(["time,service,requests,errors", *rows, ""]), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["backtest", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_it_says_when_each_alert_would_have_fired(
    small_csv: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.commands.backtest.QUIET_S", 0.0)
    source = ["--csv", str(small_csv), "--at", NOW, "--span", "10d"]
    code, out, err = run(capsys, *source, "--objective", "0.99", "--policy", "own", "pages", "--format", "json")
    assert code == 0
    assert "reading its past, part 1 of" in err
    answer: dict[str, Any] = json.loads(out)
    (test,) = answer["objectives"]
    now, loose, loose_pages = test["tried"]
    assert (now["objective"], now["is_now"], loose["objective"], loose_pages["policy"]) == (0.999, True, 0.99, "pages")
    first = next(alert for alert in now["alerts"] if alert["severity"] == "page")
    # 60 of 1,000 fail from minute 7,000 on: above 14.4 × 0.1 % of an hour after a quarter of it.
    assert first["start"] == "2026-11-17T08:54:00Z"
    assert first["incident"]
    assert now["unexplained"] == 0
    assert loose["pages"] == 0
    assert loose["tickets"] + loose["pages"] <= now["tickets"] + now["pages"]
    bad = 120 * 60 + 10 * 24 - 2
    assert now["felt"]["bad"] == bad
    assert now["periods"][-1]["bad"] == bad
    assert test["suggestion"]["objective"] is not None


def test_a_terminal_gets_the_same_in_words(
    small_csv: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.commands.backtest.QUIET_S", 600.0)
    code, out, err = run(capsys, "--csv", str(small_csv), "--at", NOW, "--span", "10d", "--slo", "shop-availability")
    assert code == 0
    assert out.startswith("shop: shop-availability\n")
    assert err == "", "who hardly waits is told nothing"
    assert "as it is: 99.9 % over 30 d" in out
    assert "page, 14.4× over 1 h" in out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--objective", "1"], "--objective 1: write a share between 0 and 1, such as 0.999"),
        (["--threshold", "0"], "--threshold 0: write seconds, such as 0.3"),
        (["--window", "31d"], "--window 31d: expected one of 7d, 14d, 28d, 30d, 90d, 1w, 1M, 1Q; did you mean 30d?"),
        (
            ["--policy", "page"],
            "--policy page: expected one of own, workbook, weekly, pages, simple; did you mean pages?",
        ),
        (["--window", "soon"], "--window soon: expected one of 7d, 14d, 28d, 30d, 90d, 1w, 1M, 1Q"),
        (["--span", "1h"], "--span 1h: write 1d to 400d"),
        (["--service", "shpo"], "--service shpo: has no objective; did you mean shop?"),
        (["--slo", "shop-latency"], "--slo shop-latency: no file and no objective; did you mean shop-availability?"),
        (["--threshold", "0.3"], "--threshold: shop-availability: no latency threshold that could be another one"),
    ],
)
def test_wrong_use_is_one_line(
    tiny_csv: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    code, out, err = run(capsys, "--csv", str(tiny_csv), "--at", NOW, *arguments)
    assert (code, out) == (2, "")
    assert line in err.splitlines()[-1]


def test_a_source_that_does_not_answer_is_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    """As of every command with an exit code for it; the address is named once."""
    refused = "golden-signals: http://127.0.0.1:1 cannot be reached: Connection refused\n"
    assert run(capsys, "--prometheus", "http://127.0.0.1:1") == (3, "", refused)
    assert main(["explain", "--prometheus", "http://127.0.0.1:1", "--service", "shop"]) == 3
    assert capsys.readouterr() == ("", refused)


def test_other_thresholds_are_tried_of_those_objectives_that_have_some(capsys: pytest.CaptureFixture[str]) -> None:
    fast, whole = default_slos.latency("shop", 0.5), default_slos.availability("shop")
    assert backtest._with_thresholds([whole, fast], [0.1]) == [fast]
    said = "--threshold: shop-availability: no latency threshold that could be another one; left out"
    assert capsys.readouterr().err == f"golden-signals: {said}\n"
    assert backtest._with_thresholds([whole, fast], None) == [whole, fast]
