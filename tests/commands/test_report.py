"""report writes the review of a period: exact counts, the same numbers in each format, and one line for wrong use."""

import csv as csv_module
import io
import json
import re
import stat
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.changes.change import Change, Kind
from dashboard.cli import main
from dashboard.commands import report
from dashboard.commands.report_state import ReportState
from dashboard.config.configuration import Config
from dashboard.engine.opening import open_poller
from dashboard.review.making import review
from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.sources.csv.spec import CsvSpec
from dashboard.state import changes
from dashboard.state.opening import open_store
from dashboard.state.reviews import StoredSignOff, sign, write_note
from dashboard.state.spec import StateSpec
from dashboard.timerange import DAY, HOUR, utc
from dashboard.ui.text import units
from dashboard.web.review.review_json import as_json

# Monday 2025-09-01 00:00 UTC; 38 days of rows of ten minutes.
BEGIN, ROW_S = 1_756_684_800, 600
END = BEGIN + 38 * DAY
# An hour in which half of the requests of cart failed, and one on the edge of the months.
OUTAGE, EDGE = BEGIN + 9 * DAY + 7 * HOUR + 20 * 60, BEGIN + 30 * DAY - 30 * 60
Run = Callable[..., tuple[int, str, str]]


def events(service: str, end: int) -> tuple[int, int]:
    """Requests and errors of a row: traffic has a day, cart fails a little all the time, and an hour a lot."""
    requests = 3000 + 400 * (end // HOUR % 24) + end // ROW_S % 7
    if service == "shop":
        return requests, 0
    is_out = any(start < end <= start + HOUR for start in (OUTAGE, EDGE))
    return requests, requests // 2 if is_out else end // ROW_S % 2


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "shop.csv"
    rows = ["time,service,requests,errors"]
    for end in range(BEGIN + ROW_S, END + 1, ROW_S):
        rows += [f"{end},{service},{','.join(map(str, events(service, end)))}" for service in ("cart", "shop")]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def _once() -> Iterator[None]:
    """Each period is worked out once for all tests: what follows from a review takes no time."""
    work_out, reviews = report._review, dict[str, Review]()

    def once(config: Config, period: Period, now: float, state: ReportState | None = None) -> Review:
        if state is not None:
            return work_out(config, period, now, state)
        if period.name not in reviews:
            reviews[period.name] = work_out(config, period, now)
        return reviews[period.name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "_review", once)
        # Nothing of a review follows from what is unusual of signals: learning that takes longest.
        patch.setattr(AnomalyMonitor, "next_backfill", lambda *_, **__: None)
        yield


@pytest.fixture
def run(csv: str, capsys: pytest.CaptureFixture[str], _once: None) -> Run:
    """Runs a command on the CSV; exit code, standard output and standard error."""

    def command(name: str, *arguments: str) -> tuple[int, str, str]:
        code = main([name, "--csv", csv, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def exact(service: str, start: int, end: int) -> tuple[int, int]:
    """Bad and valid events of all rows of a stretch, epoch seconds."""
    rows = [events(service, row) for row in range(start + ROW_S, end + 1, ROW_S) if row > BEGIN]
    return sum(errors for _, errors in rows), sum(requests for requests, _ in rows)


def whole(run: Run, period: str, *arguments: str) -> dict[str, Any]:
    code, out, err = run("report", "--period", period, "--format", "json", *arguments)
    assert (code, err) == (0, "")
    content: dict[str, Any] = json.loads(out)
    return content


# --- the numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("2025-09", BEGIN, BEGIN + 30 * DAY),
        ("2025-W37", BEGIN + 7 * DAY, BEGIN + 14 * DAY),
    ],
)
def test_figures_are_exact_and_the_window_is_that_of_status(run: Run, period: str, start: int, end: int) -> None:
    content = whole(run, period)
    at = utc(end).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = json.loads(run("status", "--at", at, "--format", "json")[1])
    left = {row["slo"]: row["budget"]["remaining"] for row in status["slos"]}
    assert len(content["objectives"]) == 2
    for objective in content["objectives"]:
        assert (objective["bad"], objective["valid"]) == exact(objective["service"], start, end)
        assert objective["window"]["remaining"] == left[objective["slo"]]
        parts = [part["bad"] for part in objective["spending"]]
        assert sum(parts) == objective["bad"]
        assert all(part.is_integer() for part in parts)
    cart = next(objective for objective in content["objectives"] if objective["service"] == "cart")
    (incident,) = (part for part in cart["spending"] if part["incident"] and part["begins"] < "2025-09-15")
    bad = exact("cart", OUTAGE, OUTAGE + HOUR)[0]
    assert bad <= incident["bad"] <= bad + 3


def test_days_that_do_not_begin_with_an_hour_are_counted_to_the_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "india.toml"
    file.write_text('time_zone = "Asia/Kolkata"\n', encoding="utf-8")
    content = whole(run, "2025-09-10..2025-09-10", "--config", str(file))
    # 5 h 30 m ahead of UTC.
    start = BEGIN + 9 * DAY - 19_800
    for objective in content["objectives"]:
        assert (objective["bad"], objective["valid"]) == exact(objective["service"], start, start + DAY)
        assert objective["spent_before"][-1] is not None


def test_of_an_incident_on_the_edge_each_period_has_its_part(run: Run) -> None:
    parts = []
    for period, start, end in (("2025-09", EDGE, BEGIN + 30 * DAY), ("2025-10", BEGIN + 30 * DAY, EDGE + HOUR)):
        cart = whole(run, period)["objectives"][0]
        assert cart["service"] == "cart"
        part = next(part for part in cart["spending"] if part["begins"] is not None and part["begins"] > "2025-09-29")
        assert exact("cart", start, end)[0] <= part["bad"] <= exact("cart", start - 1200, end + 1200)[0]
        parts.append(part)
    assert parts[0]["incident"] == parts[1]["incident"]


@pytest.mark.parametrize("period", ["2025-W37", "2025-09"])
def test_a_server_says_weeks_later_what_the_report_said_of_the_end(run: Run, csv: str, period: str) -> None:
    then = whole(run, period)
    served = open_poller(Config(CsvSpec((csv,))), now=float(END))
    served.tick()
    while served.study():
        pass
    served.tick()
    now = as_json(review(served.viewers.review_facts.of(Period.parse(period, "UTC"))))
    served.stop()
    # Of an incident on the edge it is known weeks later that it is over, and how much of it was beyond the usual.
    goes_on = any(incident["end"] is None for incident in then["incidents"])
    parts = (part for content in (now, then) for each in content["objectives"] for part in each["spending"])
    for part in parts if goes_on else ():
        del part["spent_without"]
    assert now["objectives"] == [{**objective, "policy": None} for objective in then["objectives"]]
    assert goes_on == (period == "2025-09")
    assert goes_on or now["paragraph"] == then["paragraph"]


def test_all_formats_say_the_same(run: Run, tmp_path: Path) -> None:
    content = whole(run, "2025-09")
    rows = [line for line in run("report", "--period", "2025-09", "--format", "csv")[1].splitlines() if line[0] != "#"]
    table = {row["slo"]: row for row in csv_module.DictReader(io.StringIO("\n".join(rows)))}
    markdown = run("report", "--period", "2025-09")[1]
    file = tmp_path / "september.html"
    assert run("report", "--period", "2025-09", "--out", str(file))[:2] == (0, ""), (
        "the name of the file says the format"
    )
    html = {row[0]: row for row in _html_rows(file.read_text(encoding="utf-8"))}
    for objective in content["objectives"]:
        row = table[objective["slo"]]
        for column, field in (
            ("achieved (ratio)", "achieved"), ("bad", "bad"), ("valid", "valid"), ("allowed", "allowed"),
            ("budget spent (ratio)", "spent"), ("spent, last 28 days (ratio)", "spent_28d"),
            ("spent, last 7 days (ratio)", "spent_7d"), ("coverage (ratio)", "coverage"),
        ):  # fmt: skip
            assert float(row[column]) == objective[field]
        assert float(row["window budget left (ratio)"]) == objective["window"]["remaining"]
        parts = [float(row[f"bad by {cause}"]) for cause in ("changes", "other incidents", "background")]
        assert sum(parts) == objective["bad"]
        shown = [
            units.sli(objective["achieved"], objective["objective"]),
            *map(units.percent, (objective["spent"], objective["spent_28d"], objective["spent_7d"])),
            units.percent(objective["window"]["remaining"]),
        ]
        (line,) = (line for line in markdown.splitlines() if line.startswith(f"| {objective['service']} | 99"))
        cells = [cell.strip() for cell in line.split("|")]
        assert [cells[place] for place in (3, 5, 6, 7, 11)] == list(map(units.plain, shown))
        assert cells[4] == f"{objective['bad']:,.0f} of {objective['valid']:,.0f}"
        assert [units.plain(cell) for cell in html[objective["service"]][1:]] == list(map(units.plain, shown))
    assert content["paragraph"] in markdown
    assert content["paragraph"] == (
        "September 2025: 1 of 2 objectives was met. cart used 103 % of its budget, most of it in one incident on "
        "10 Sep. Without that it would have been met. 2 incidents began, one of which goes on; the other one was over "
        "after 1 h."
    )


def _html_rows(text: str) -> list[list[str]]:
    """Service, achieved, used, 28 days, 7 days and window left of each row of the first table."""
    body = text.split('class="cards objectives"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = []
    for row in body.split("<tr")[1:]:
        (service,) = re.findall(r'class="name">.*?<bdi>(.*?)</bdi>', row)
        (achieved,) = re.findall(r'class="n achieved">(.*?)<', row)
        (used,) = re.findall(r'class="n used[^>]*>(.*?)<', row)
        more = re.findall(r'class="n more"[^>]*>(.*?)<', row)
        rows.append([unescape(cell) for cell in (service, achieved, used, *more)])
    return rows


# --- the command -----------------------------------------------------------------------------------------------------


def test_a_team_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "teams.toml"
    file.write_text('[[services]]\nname = "shop"\nteam = "sales"\n', encoding="utf-8")
    days = "2025-09-11..2025-09-12"
    code, out, err = run("report", "--period", days, "--config", str(file), "--team", "sales", "--out", "-")
    assert (code, err) == (0, "")
    assert "11\u00a0Sep".replace("\u00a0", " ") in out
    assert "| shop | 99.9 % without error |" in out
    assert "cart" not in out


def test_one_service_can_be_asked_for(run: Run) -> None:
    content = whole(run, "2025-W37", "--service", "shop")
    assert [objective["service"] for objective in content["objectives"]] == ["shop"]
    assert content["incidents"] == []
    assert content["paragraph"] == "Week 37 of 2025: the objective was met."


def test_a_file_is_written_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "week.md"
    assert run("report", "--period", "2025-W37", "--out", str(file)) == (0, "", "")
    assert file.read_text(encoding="utf-8").startswith("# Week 37 of 2025\n")
    assert stat.S_IMODE(file.stat().st_mode) & 0o600 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    code, out, err = run("report", "--period", "2025-W37", "--out", str(tmp_path / "missing" / "week.md"))
    assert (code, out) == (2, "")
    assert err.startswith(f"golden-signals: --out {tmp_path}/missing/week.md: ")


def test_what_people_said_is_in_it_and_what_was_signed_stays(run: Run, tmp_path: Path) -> None:
    store = open_store(StateSpec(str(tmp_path)))
    write_note(store, "2025-W37", "cart", "a new *database*", person="kim", at=END + 60)
    change = Change(
        sender="argocd", key="42", kind=Kind.DEPLOY, start=OUTAGE - 60, at=OUTAGE, text="Deploy", service="cart",
        version="42",
    )  # fmt: skip
    changes.add(store, [change], token="ci", now=END)
    store.close()
    wanted = ("report", "--period", "2025-W37", "--state", str(tmp_path))
    code, out, err = run(*wanted)
    assert (code, err) == (0, "")
    assert "> a new \\*database\\*" in out
    assert "| cart | 1 | 1 | 100 % |" in out
    assert "| cart | cart-availability | 10 Sep deploy v42 |" in out
    store = open_store(StateSpec(str(tmp_path)))
    sign(store, StoredSignOff(period="2025-W37", scope="", person="kim", at=END + 120), {"md": "as it was\n"})
    store.close()
    assert run(*wanted) == (0, "as it was\n", "")


def test_hours_that_were_kept_answer_what_the_source_has_forgotten(
    run: Run, csv: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    june, days = 1_748_736_000, 30
    rows = ["start,service,slo,valid,bad,objective"]
    for start in range(june, june + days * DAY, HOUR):
        bad = 500 if start == june + 19 * DAY + 5 * HOUR else 1
        objective = 0.99 if start < june + 14 * DAY else 0.999
        rows.append(f"{start},cart,cart-availability,1000,{bad},{objective}")
    file = tmp_path / "june.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    state = ("--csv", csv, "--state", str(tmp_path / "state"))
    assert main(["state", "import-hours", str(file), *state]) == 0
    capsys.readouterr()
    code, out, err = run("report", "--period", "2025-06", "--format", "json", *state[2:], "--service", "cart")
    assert (code, err) == (0, "")
    content = json.loads(out)
    (cart,) = content["objectives"]
    assert (cart["bad"], cart["valid"], cart["coverage"]) == (days * 24 + 499, days * 24_000, 1)
    assert [(held["objective"], held["valid"]) for held in cart["held"]] == [(0.99, 14 * 24_000), (0.999, 16 * 24_000)]
    assert cart["allowed"] == pytest.approx(14 * 240 + 16 * 24)
    assert [part["bad"] for part in cart["spending"]] == [500, days * 24 - 1]
    assert cart["window"]["remaining"] == pytest.approx(1 - (days * 24 + 499) / (days * 24))
    assert "The objective of cart was changed meanwhile" in content["paragraph"]


def test_a_period_without_data_is_exit_code_3_and_said(run: Run) -> None:
    code, out, err = run("report", "--period", "2024-02", "--format", "md")
    assert code == 3
    assert "February 2024: without data nobody can tell whether any of 2 objectives was met." in out
    assert err == "golden-signals: 2024-02: no data of any objective\n"


def test_a_source_that_is_away_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--prometheus", "http://127.0.0.1:9", "--period", "2025-W38"]) == 3
    said = capsys.readouterr()
    assert said.err.startswith("golden-signals: http://127.0.0.1:9 cannot be reached")
    assert said.err.endswith("golden-signals: there is no objective\n")
    assert "there is no objective" in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--period", "October"), '--period: "October" is no period: write 2026-10'),
        (("--period", "2999-01"), '--period: "2999-01" lies too far away'),
        (("--period", "2027-12"), "--period 2027-12: it has not begun yet"),
        (("--period", "2025-W37", "--format", "html"), "--format html: name a file with --out"),
        (("--period", "2025-W37", "--service", "nobody"), "--service nobody: there is no such service"),
        (("--period", "2025-W37", "--team", "nobody"), "--team nobody: no service of it has an objective"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("report", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"golden-signals: {said}")
    assert err.count("\n") == 1
