"""Bad rows are said wherever one looks: how many of each kind, the first of them, and what to write."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.engine.health import Health, Reason, RowsLeftOut
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.sources.csv.rows.rows import kind_of
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import Answer, BadRows
from dashboard.ui.panels import sources
from dashboard.ui.text import source_text
from dashboard.web.status_json import as_json
from tests.sources.csv.csv_text import (
    BEGIN,
    IMPOSSIBLE_COUNTS,
    LOG,
    WIDE,
    append,
    counts_of,
    row,
    rows,
    source_of,
    stamp,
)
from tests.steady import Clock

WRITE = 'cannot be read: write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'
FOREIGN = "one,two\n1,2\n"


def kinds(answer: Answer) -> list[tuple[int, str, str]]:
    """How many rows, the line of the first and its reason, of each kind."""
    return [(kind.rows, kind.where.rpartition(":")[2], kind.what) for kind in answer.bad_kinds]


def unreadable(count: int) -> str:
    return "".join(f"gestern {number},shop,600,0\n" for number in range(count))


def test_each_kind_is_counted_and_its_first_row_shown(tmp_path: Path) -> None:
    text = (
        WIDE
        + row(60)
        + unreadable(30)
        + row(120, -1)
        + ",shop,5,0\n"
        + "x,y\n"
        + row(180)
        + row(240, 5, 6) * 7
        + "a,b,c,d,e\n"
        + ",shop,5,0\n"
    )
    answer = counts_of(source_of(tmp_path / "a.csv", text))
    assert (answer.rows, answer.bad_rows) == (44, 42)
    assert sorted(kinds(answer), key=lambda kind: int(kind[1])) == [
        (30, "3", f"the time 'gestern 0' {WRITE}"),
        (8, "33", IMPOSSIBLE_COUNTS),
        (2, "34", "the time is missing"),
        (2, "35", "2 columns instead of 4"),
    ]


def test_times_that_cannot_be_read_for_several_reasons_are_of_several_kinds(tmp_path: Path) -> None:
    times = ["2026-02-30T00:00:00Z", "gestern", "2026-02-31T00:00:00Z", "12:30", "heute"]
    text = WIDE + row(60) + "".join(f"{time},shop,600,0\n" for time in times)
    assert [(count, line) for count, line, _ in kinds(counts_of(source_of(tmp_path / "a.csv", text)))] == [
        (2, "3"), (2, "4"), (1, "6"),
    ]  # fmt: skip


def test_a_delimiter_behind_a_backslash_is_explained(tmp_path: Path) -> None:
    text = WIDE + row(60) + f"{stamp(120)},shop\\,eu,600,0\n" + f"{stamp(180)},shop,600\n"
    assert kinds(counts_of(source_of(tmp_path / "a.csv", text))) == [
        (2, "3", "5 columns instead of 4: a text that holds the delimiter stands in quotes, a \\ before it is none")
    ]


def test_kinds_go_on_to_be_counted_as_files_grow_each_file_by_itself(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.csv", WIDE + row(60, -1))
    assert kinds(counts_of(source)) == [(1, "2", IMPOSSIBLE_COUNTS)]
    append(tmp_path / "a.csv", row(120) + row(180, -1) + unreadable(2))
    assert kinds(counts_of(source)) == [(2, "2", IMPOSSIBLE_COUNTS), (2, "5", f"the time 'gestern 0' {WRITE}")]
    more = CsvSource([str(tmp_path)])
    (tmp_path / "b.csv").write_text(WIDE + row(60) + row(120, -1), encoding="utf-8")
    assert [kind.where for kind in counts_of(more).bad_kinds] == [
        f"{tmp_path}/{at}" for at in ("a.csv:2", "a.csv:5", "b.csv:3")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the time '28.11.2026' cannot be read", "the time '1/2/26 \\'x' cannot be read"),
        ("errors 0.5 is no count: it has a fraction", "errors 17.25 is no count: it has a fraction"),
        ("3 columns instead of 5", "17 columns instead of 5"),
    ],
)
def test_reasons_that_differ_in_what_a_cell_holds_are_of_one_kind(one: str, other: str) -> None:
    assert kind_of(one) == kind_of(other)
    assert kind_of(one) != kind_of("the service has no name")


def test_a_million_bad_rows_are_counted_in_a_moment(tmp_path: Path) -> None:
    answer = counts_of(source_of(tmp_path / "a.csv", WIDE + unreadable(100_000) + row(60)))
    assert kinds(answer) == [(100_000, "2", f"the time 'gestern 0' {WRITE}")]


# --- in every place --------------------------------------------------------------------------------------------------


def served(path: Path) -> Poller:
    poller = Poller(CsvSource([str(path)]), Settings(refresh=15), clock=Clock(BEGIN + 40 * 60 + 30))
    poller.tick()
    return poller


def test_a_file_of_bad_rows_alone_is_said_in_its_own_words_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(WIDE + unreadable(1200), encoding="utf-8")
    sentence = f"all 1,200 rows are bad; first: {path}:2: the time 'gestern 0' {WRITE}"
    assert main(["check", "--csv", str(path)]) == 2
    assert f"golden-signals: {path}: left out: {sentence}\n" in capsys.readouterr().err
    assert main(["status", "--csv", str(path)]) == 3
    # The sentence names the file by itself.
    assert f"golden-signals: {sentence}\n" in capsys.readouterr().err
    poller = served(path)
    snapshot = poller.read()
    assert (snapshot.source.state, snapshot.source.trouble) == (SourceState.STALE, Trouble.NO_DATA)
    assert as_json(snapshot, poller.clock())["source"]["message"] == sentence
    banner = source_text.banner(snapshot, poller.clock())
    assert banner is not None
    assert banner.sentence == f"A{sentence[1:]}."
    assert "gestern 0" in sources.summary(snapshot, poller.clock())


@pytest.mark.parametrize(
    ("foreign", "what"),
    [
        (FOREIGN, "its columns are one, two; expected are a time"),
        ("\x7fELF\0\0\0\n", "holds binary data"),
        (WIDE + unreadable(3), "all 3 rows are bad; first: {}:2: the time 'gestern 0' cannot be read"),
        (WIDE + "x,y\n", "its only row is bad: {}:2: 2 columns instead of 4"),
    ],
    ids=["foreign", "binary", "all bad", "one bad row"],
)
def test_a_file_that_cannot_be_used_is_named_everywhere_and_the_rest_goes_on(
    tmp_path: Path, foreign: str, what: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(foreign, encoding="utf-8")
    (tmp_path / "a.csv").write_text(WIDE + rows(40), encoding="utf-8")
    what = what.format(other)
    assert main(["check", "--csv", str(tmp_path)]) == 2
    assert f"golden-signals: {other}: left out: {what}" in capsys.readouterr().err
    assert main(["status", "--csv", str(tmp_path), "--format", "json", "--at", stamp(40 * 60)]) == 0
    said = capsys.readouterr()
    assert "a file is left out: " in said.err
    source = json.loads(said.out)["source"]
    assert source["state"] == "ok"
    assert source["message"].startswith("a file is left out: ")
    (left_out,) = source["files_left_out"]
    assert (left_out["file"], left_out["reason"].startswith(what)) == (str(other), True)
    poller = served(tmp_path)
    poller._refresh()
    poller._refresh()
    snapshot = poller.read()
    assert [report.health for report in snapshot.services] == ["healthy"]
    assert what.split("; ")[0].replace("'", "&#x27;") in sources.problems(snapshot)
    banner = source_text.banner(snapshot, poller.clock())
    assert banner is not None
    assert (banner.colour, what in banner.sentence) == ("grey", True)
    logged = [record.getMessage() for record in caplog.records if record.name.endswith("problem_log")]
    assert len([line for line in logged if line.startswith(f"{other} is left out: {what}")]) == 1


def test_bad_rows_are_in_the_status_the_json_the_page_and_once_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LOG + f"{stamp(30)},shop,/,200,fast\n" * 3 + f"{stamp(2340)},shop,/,200,1\n", encoding="utf-8")
    reason = "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it"
    for arguments in (["check"], ["status", "--at", stamp(2400)]):
        main([*arguments, "--csv", str(path)])
        said = capsys.readouterr()
        assert "3 of 4 rows are bad and left out" in said.out + said.err
        assert f"{path}:2: {reason} (3 rows)\n" in said.out + said.err
    poller = served(path)
    poller._refresh()
    append(path, f"{stamp(2341)},shop,/,200,fast\n")
    poller._refresh()
    snapshot = poller.read()
    assert snapshot.source.bad_kinds == (BadRows(4, f"{path}:2", reason),)
    assert as_json(snapshot, poller.clock())["source"]["bad_row_kinds"] == [
        {"rows": 4, "first": f"{path}:2", "reason": reason}
    ]
    assert f"4 bad rows, of which this is the first: {reason}" in sources.problems(snapshot)
    logged = [record.getMessage() for record in caplog.records if record.name.endswith("problem_log")]
    assert logged == [f"Bad row {path}:2: {reason}"], "once, though there are more now"


@pytest.mark.parametrize(
    ("left_out", "reasons"), [(200, ()), (400, (RowsLeftOut(400, 3280),))], ids=["some", "more than a tenth"]
)
def test_a_service_of_which_many_rows_are_left_out_is_not_healthy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], left_out: int, reasons: tuple[Reason, ...]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(WIDE + unreadable(left_out) + rows(2880), encoding="utf-8")
    poller = Poller(CsvSource([str(path)]), Settings(refresh=15), clock=Clock(BEGIN + 2880 * 60 + 30))
    poller.tick()
    (shop,) = poller.read().services
    assert shop.health is (Health.UNKNOWN if reasons else Health.HEALTHY)
    assert shop.reasons == reasons
    assert main(["gate", "--csv", str(path), "--at", stamp(2880 * 60)]) == (3 if reasons else 0)
    assert main(["status", "--csv", str(path), "--at", stamp(2880 * 60)]) == (3 if reasons else 0)
    assert ("what failed may be among them" in capsys.readouterr().err) == bool(reasons)


def test_when_no_file_can_be_read_the_source_is_down(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(FOREIGN, encoding="utf-8")
    poller = served(tmp_path)
    assert poller.read().source.state is SourceState.DOWN
    assert (poller.read().source.error or "").startswith(f"{tmp_path}/a.csv: its columns are one, two")
    (tmp_path / "b.csv").write_text(WIDE + rows(40), encoding="utf-8")
    poller.tick()
    assert poller.read().source.state is SourceState.OK
    assert [problem.where for problem in poller.read().source.left_out] == [f"{tmp_path}/a.csv"]


def test_rubbish_in_the_place_of_a_file_takes_nothing_back_of_what_it_told(tmp_path: Path) -> None:
    for name, service in (("a", "shop"), ("b", "cart")):
        (tmp_path / f"{name}.csv").write_text((WIDE + rows(40)).replace("shop", service), encoding="utf-8")
    poller = served(tmp_path)
    (tmp_path / "a.csv").write_text("\0\0\n", encoding="utf-8")
    poller.tick()
    snapshot = poller.read()
    assert snapshot.by_name["shop"].slos[0].valid == 40 * 600
    assert [problem.what for problem in snapshot.source.left_out] == ["holds binary data: a CSV file is expected"]
    (tmp_path / "a.csv").write_text(WIDE + rows(40, requests=300), encoding="utf-8")
    poller.tick()
    assert poller.read().by_name["shop"].slos[0].valid == 40 * 300
    assert poller.read().source.left_out == ()


def test_a_file_that_is_no_more_than_half_a_header_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WIDE + rows(40), encoding="utf-8")
    (tmp_path / "b.csv").write_text(WIDE[:9], encoding="utf-8")
    (tmp_path / "c.csv").touch()
    (problem,) = served(tmp_path).read().source.problems
    assert (problem.where, problem.what) == (f"{tmp_path}/b.csv", "holds no complete header yet")
