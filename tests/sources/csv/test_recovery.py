"""Bad CSV under a poller: the last good picture stays, and no restart is needed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.protocol import BadRows
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, IMPOSSIBLE_COUNTS, WIDE, append, row, rows, source_of
from tests.steady import Clock


class Watched:
    """A file of 90 minutes, the source that reads it, and a poller half a minute after its last row."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data.csv"
        self.path.write_text(WIDE + rows(90), encoding="utf-8")
        self.clock = Clock(BEGIN + 90 * 60 + 30)
        self.poller = Poller(CsvSource([str(self.path)]), Settings(refresh=15), clock=self.clock)
        self.poller.tick()

    def put(self, content: str | bytes) -> None:
        """Another file takes the place."""
        new = self.path.with_name("new")
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        self.gone()
        new.replace(self.path)

    def gone(self) -> None:
        shutil.rmtree(self.path) if self.path.is_dir() else self.path.unlink(missing_ok=True)

    def tick(self) -> None:
        self.clock.now += 15
        self.poller.tick()

    @property
    def health(self) -> Health:
        return self.poller.snapshot.by_name["shop"].health


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def folder_instead(watched: Watched) -> None:
    watched.gone()
    watched.path.mkdir()


def pipe_instead(watched: Watched) -> None:
    watched.gone()
    os.mkfifo(watched.path)


def long_line(watched: Watched) -> None:
    with watched.path.open("ab") as file:
        file.write(b"x" * (2 << 20) + b"\n")


FAULTS: dict[str, tuple[Callable[[Watched], None], str, str]] = {
    "wrong columns": (
        lambda watched: watched.put("a,b\n1,2\n"),
        "malformed",
        "its columns are a, b; expected are a time, ",
    ),
    "binary": (
        lambda watched: watched.put(b"\x7fELF\0\0\0\n"),
        "malformed",
        "holds binary data: a CSV file is expected",
    ),
    "one long line": (
        lambda watched: watched.put(b"x" * (2 << 20)),
        "malformed",
        "its first line is longer than 1 MB: a CSV ",
    ),
    "a long line": (long_line, "malformed", "a line is longer than 1 MB, so this is no CSV: remove it"),
    "gone": (Watched.gone, "unavailable", "cannot be read: No such file or directory: check the path"),
    "a pipe": (pipe_instead, "unavailable", "cannot be read: it is no ordinary file"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_keeps_the_picture_says_one_sentence_and_passes_without_a_restart(watched: Watched, name: str) -> None:
    breaks, kind, sentence = FAULTS[name]
    before = watched.poller.snapshot
    assert (before.source.state, watched.health) == (SourceState.OK, Health.HEALTHY)
    breaks(watched)
    watched.tick()
    after = watched.poller.snapshot
    assert (after.source.state, after.source.error_kind) == (SourceState.STALE, kind)
    assert after.source.error is not None
    assert after.source.error.startswith(f"{watched.path}: ")
    assert sentence in after.source.error
    assert "\n" not in after.source.error
    assert after.by_name["shop"].samples is before.by_name["shop"].samples
    assert after.source.age(watched.clock.now) == 45
    watched.put(WIDE + rows(91, requests=1200))
    watched.tick()
    healed = watched.poller.snapshot
    assert (healed.source.state, healed.source.error, watched.health) == (
        SourceState.OK,
        None,
        Health.HEALTHY,
    )
    assert healed.by_name["shop"].current.traffic == pytest.approx(20)


def test_rows_of_another_century_are_taken_for_no_picture_of_now(watched: Watched) -> None:
    watched.put(WIDE + rows(9) + "".join(f"2099-01-01T00:0{n}:00Z,shop,1,0\n" for n in range(9)))
    watched.tick()
    after = watched.poller.snapshot.source
    assert (after.state, after.trouble) == (SourceState.STALE, Trouble.FROM_THE_FUTURE)
    assert watched.health is Health.UNKNOWN


def test_budgets_are_counted_anew_when_the_file_is_another_one(watched: Watched) -> None:
    watched.put(b"\0\n")
    watched.tick()
    watched.put(WIDE + "".join(row(60 * minute, 600, 6) for minute in range(1, 92)))
    watched.tick()
    assert watched.health is Health.BREACHING
    assert watched.poller.snapshot.by_name["shop"].slos[0].valid == pytest.approx(91 * 600, rel=0.02)


@pytest.mark.parametrize("left", ["", WIDE[:9], WIDE], ids=["empty", "half a header", "header only"])
def test_a_file_that_lost_its_rows_is_unknown_and_never_green(watched: Watched, left: str) -> None:
    watched.path.write_text(left, encoding="utf-8")
    watched.tick()
    assert watched.poller.snapshot.source.state is SourceState.STALE
    assert watched.poller.snapshot.source.trouble is Trouble.NO_DATA
    assert watched.health is Health.UNKNOWN
    watched.path.write_text(WIDE + rows(91), encoding="utf-8")
    watched.tick()
    assert watched.poller.snapshot.source.state is SourceState.OK
    assert watched.health is Health.HEALTHY


def test_a_file_cut_off_between_two_ticks_shows_what_it_holds_now(watched: Watched) -> None:
    watched.path.write_text(WIDE + "".join(row(60 * minute, 300) for minute in range(60, 91)), encoding="utf-8")
    watched.tick()
    report = watched.poller.snapshot.by_name["shop"]
    assert report.current.traffic == pytest.approx(5)
    assert report.slos[0].valid == pytest.approx(31 * 300)


def test_a_bad_row_does_not_stop_the_picture_and_is_shown(watched: Watched) -> None:
    append(watched.path, row(91 * 60, -1) + row(92 * 60))
    watched.clock.now += 105
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, source.rows, source.bad_rows) == (SourceState.OK, 92, 1)
    assert source.problems == ()
    assert source.bad_kinds == (BadRows(1, f"{watched.path}:92", IMPOSSIBLE_COUNTS),)
    assert watched.health is Health.HEALTHY


def test_a_half_written_last_row_waits_for_its_end(watched: Watched) -> None:
    append(watched.path, row(91 * 60)[:-6])
    watched.clock.now += 45
    watched.tick()
    assert watched.poller.snapshot.source.rows == 90
    append(watched.path, row(91 * 60)[-6:])
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, source.rows, source.bad_rows) == (SourceState.OK, 91, 0)


def test_a_file_that_no_longer_grows_turns_unknown_with_its_age(watched: Watched) -> None:
    watched.clock.now += 600
    watched.tick()
    source = watched.poller.snapshot.source
    assert (source.state, watched.health) == (SourceState.STALE, Health.UNKNOWN)
    assert source.age(watched.clock.now) == 645
    assert source.trouble is Trouble.NOTHING_NEW


def test_windows_of_viewers_are_read_anew_after_a_replacement(tmp_path: Path) -> None:
    def minutes(requests: int) -> str:
        rows = [f"{BEGIN - HOUR + at},shop,{requests},0" for at in range(0, 3601, 15)]
        return WIDE + "\n".join([*rows, ""])

    source = source_of(tmp_path / "a.csv", minutes(150))
    poller = Poller(source, clock=lambda: float(BEGIN))
    grids = [Grid.ending(BEGIN, span=span, step=15) for span in (900, 3300)]
    poller.tick()
    for grid in grids:
        assert (poller.viewers.window("shop", grid).frame[("requests", "")] == 10).all()
    source_of(tmp_path / "a.csv", minutes(300))
    poller.tick()
    for grid in grids:
        assert (poller.viewers.window("shop", grid).frame[("requests", "")] == 20).all()
