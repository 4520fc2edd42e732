"""status on files whose data lie in the past, end there, or go on after the moment that was asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.engine import service_search
from dashboard.timerange import DAY, HOUR, utc

# A file of two days that ends at 14:07 UTC, with failures in the last two hours.
END = 1_756_389_600 + 7 * 60
Status = Callable[..., tuple[int, Any, str]]


def moment(seconds: float) -> str:
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%S")


def wide(end: float = END, *, span: float = 2 * DAY, last: str = "\n") -> str:
    """A row a minute, a tenth of the requests of the last two hours failed; `last`: what ends the last line."""
    ends = range(int(end - span) + 60, int(end) + 1, 60)
    rows = [f"{at},shop,600,{60 if at > end - 2 * HOUR else 0}" for at in ends]
    return "time,service,requests,errors\n" + "\n".join(rows) + last


@pytest.fixture
def status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Status:
    """Writes a file and runs `status` on it; exit code, the JSON, and standard error."""

    def run(text: str, *arguments: str) -> tuple[int, Any, str]:
        path = tmp_path / "data.csv"
        path.write_text(text, encoding="utf-8")
        code = main(["status", "--csv", str(path), "--format", "json", *arguments])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return run


def test_a_file_that_ended_long_ago_is_judged_at_its_end_and_is_never_fine_now(status: Status) -> None:
    fine = wide().replace(",60\n", ",0\n")
    code, shown, err = status(fine)
    assert (code, shown["at"], shown["source"]["state"]) == (3, f"{moment(END)}Z", "stale")
    assert shown["source"]["data_end"] == f"{moment(END)}Z"
    assert shown["source"]["message"].startswith("data end 28 Aug")
    assert shown["source"]["data_age_s"] > 30 * DAY
    assert shown["services"][0]["health"] == "unknown"
    assert shown["services"][0]["signals"]["traffic_per_s"] == pytest.approx(10)
    assert (shown["slos"][0]["sli"], shown["slos"][0]["valid"]) == (1, pytest.approx(2 * DAY * 10))
    assert shown["slos"][0]["state"] == "no_data"
    assert "the state shown is from then, and the present state is unknown" in err


def test_a_file_that_ended_in_a_breach_says_so(status: Status) -> None:
    code, shown, _ = status(wide())
    assert (code, shown["services"][0]["health"], shown["slos"][0]["bad"]) == (0, "breaching", 120 * 60)


@pytest.mark.parametrize("before_s", [0, 1800, 3 * HOUR, DAY])
def test_a_moment_inside_of_a_file_is_as_it_was_then(status: Status, before_s: int) -> None:
    code, shown, err = status(wide(), "--at", f"{moment(END - before_s)}Z")
    assert (code, err, shown["source"]["state"]) == (0, "", "ok")
    assert shown["source"]["data_age_s"] == pytest.approx(0, abs=60)
    assert shown["slos"][0]["bad"] == max(0, 2 * HOUR - before_s)
    assert shown["services"][0]["health"] == ("breaching" if before_s < HOUR else "healthy")


def test_a_moment_after_the_end_of_a_file_is_that_moment(status: Status) -> None:
    code, shown, err = status(wide(), "--at", f"{moment(END + DAY)}Z")
    assert (code, shown["at"], shown["source"]["data_end"]) == (3, f"{moment(END + DAY)}Z", None)
    assert "nothing new arrives" in err


def test_a_last_row_without_its_line_end_counts_at_its_end(status: Status) -> None:
    text = wide().replace(",60\n", ",0\n").removesuffix("0\n") + "60"
    assert text.endswith(f"{END},shop,600,60")
    _, shown, _ = status(text, "--at", f"{moment(END)}Z")
    assert shown["slos"][0]["bad"] == 60


def test_a_moment_without_an_offset_is_in_the_zone_of_the_configuration(status: Status, tmp_path: Path) -> None:
    config = tmp_path / "dashboard.toml"
    config.write_text('time_zone = "Europe/Berlin"\n', encoding="utf-8")
    for text, at in (("2025-08-28T15:00", END - 67 * 60), ("2025-08-28T15:00Z", END + 53 * 60)):
        _, shown, _ = status(wide(), "--config", str(config), "--at", text)
        assert shown["at"] == f"{moment(at)}Z"


def test_a_file_whose_newest_row_lies_in_the_future_is_told(status: Status) -> None:
    text = wide(4_000_000_000 // 60 * 60)
    code, shown, err = status(text)
    assert (code, shown["source"]["state"], shown["services"][0]["health"]) == (3, "stale", "unknown")
    assert "the newest sample lies in the future: check the clocks and the time zone of the data" in err


def test_a_file_that_takes_longer_than_a_refresh_is_waited_for(
    status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """The first refresh ends before the search for services, which reads the file."""
    monkeypatch.setattr(service_search, "FIRST_S", 0.0)
    code, shown, err = status(wide(), "--at", f"{moment(END)}Z")
    assert (code, err, shown["source"]["state"], len(shown["services"])) == (0, "", "ok", 1)


def test_words_that_nobody_knows_are_said_with_what_to_write(status: Status) -> None:
    """In the reasons of the JSON, and once for all services on standard error."""
    rows = [f"{END - 60 * minute},{name},-,5" for minute in range(60) for name in ("shop", "cart")]
    code, shown, err = status("time,service,status,duration_ms\n" + "\n".join(rows) + "\n", "--at", moment(END))
    remedy = 'write failed = "-" or good = "-" under [source]'
    assert (code, shown["services"][0]["health"]) == (3, "unknown")
    reason = f"failed requests cannot be recognised: status '-' is of unknown meaning: {remedy}"
    assert reason in shown["services"][0]["reasons"]
    (line,) = [line for line in err.splitlines() if "whether requests" in line]
    assert line.endswith(f" and 1 more: whether requests with status '-' failed is unknown: {remedy}")


def test_a_file_without_errors_says_what_to_name(status: Status) -> None:
    rows = "".join(f"{END - 60 * minute},shop,5\n" for minute in range(60))
    code, shown, err = status("time,service,requests\n" + rows, "--at", moment(END))
    reason = (
        "nothing holds the failed requests: name the column that does in source.columns, such as "
        'columns = { errors = "…" }, or their file as [[source.files]]'
    )
    assert (code, shown["services"][0]["reasons"]) == (3, [reason])
    assert f"golden-signals: shop: {reason}\n" in err


def test_capacity_of_a_file_is_asked_for_apart(status: Status) -> None:
    ends = range(END - 2 * DAY + 300, END + 1, 300)
    rows = "".join(f"{at},shop,600,0,{0.2 + 0.6 * (at - END + 2 * DAY) / (2 * DAY):.4f}\n" for at in ends)
    code, shown, err = status(f"time,service,requests,errors,memory\n{rows}", "--capacity", "--at", f"{moment(END)}Z")
    (memory,) = shown["resources"]
    assert (code, err) == (0, "")
    assert (memory["use"], memory["headroom_at_peak"]) == (pytest.approx(0.8), pytest.approx(0.2))
    assert memory["full_in_s"] == pytest.approx(DAY * 2 / 3, rel=0.2)
    early, late = memory["full_in_s_interval"]
    assert early <= memory["full_in_s"] <= late
    code, shown, err = status(wide(), "--capacity")
    assert (code, shown["resources"]) == (3, [])
    assert "No limit of any resource is known here" in err
