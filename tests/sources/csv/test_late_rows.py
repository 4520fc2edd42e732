"""Rows of the past that join, or are corrected, while files are served: budgets and charts count them."""

from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import ServiceReport
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, LOG, WIDE, append, row, rows, stamp
from tests.steady import Clock

HOURS = 20
END = HOURS * HOUR


class Served:
    """Twenty hours of a service, under a poller half a minute after the last row."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        (folder / "data.csv").write_text(text, encoding="utf-8")
        self.clock = Clock(BEGIN + END + 30)
        self.poller = Poller(CsvSource([str(folder)]), Settings(refresh=15), clock=self.clock)
        self.poller.tick()

    def tick(self, seconds: float = 15) -> ServiceReport:
        self.clock.now += seconds
        self.poller.tick()
        return self.poller.snapshot.by_name["shop"]


def requests(first: float, count: int, status: int = 200) -> str:
    return "".join(f"{stamp(first + at)},shop,/,{status},5\n" for at in range(count))


@pytest.mark.parametrize("ago", [900, 2 * HOUR, 10 * HOUR + 17, END], ids=lambda ago: f"{ago} s ago")
def test_requests_that_join_later_are_counted_in_the_budget(tmp_path: Path, ago: int) -> None:
    log = "".join(requests(second, 1) for second in range(0, END, 60))
    served = Served(tmp_path, LOG + log)
    assert (served.tick().slos[0].valid, served.tick().slos[0].bad) == (HOURS * 60, 0)
    # In the same file, and in another one that appears with rows of another day.
    append(tmp_path / "data.csv", requests(END - ago, 7, status=500))
    (tmp_path / "late.csv").write_text(LOG + requests(END - ago, 5), encoding="utf-8")
    report = served.tick(60)
    assert (report.slos[0].valid, report.slos[0].bad) == (HOURS * 60 + 12, 7)
    again = served.tick(60)
    assert (again.slos[0].valid, again.slos[0].bad) == (HOURS * 60 + 12, 7)


def test_rows_of_a_wide_file_that_are_corrected_later_count_as_they_are_now(tmp_path: Path) -> None:
    served = Served(tmp_path, WIDE + rows(HOURS * 60))
    assert served.tick().slos[0].bad == 0
    append(tmp_path / "data.csv", row(END - 5 * HOUR, 600, 60) + row(END - 5 * HOUR, 600, 30))
    assert served.tick().slos[0].bad == 30
    append(tmp_path / "data.csv", row(END - 5 * HOUR, 600, 0))
    assert served.tick().slos[0].bad == 0


def test_a_late_row_within_the_live_window_is_drawn_at_once(tmp_path: Path) -> None:
    served = Served(tmp_path, WIDE + rows(HOURS * 60))
    served.tick()
    append(tmp_path / "data.csv", row(END - 1800, 1200))
    samples = served.tick().samples[("requests", "")]
    assert samples.max() == pytest.approx(20)
    viewed = served.poller.viewers.window("shop", Grid.ending(BEGIN + END - HOUR, span=HOUR, step=15))
    append(tmp_path / "data.csv", row(END - 2 * HOUR + 60, 1200))
    served.tick()
    later = served.poller.viewers.window("shop", viewed.grid)
    assert (viewed.frame[("requests", "")].max(), later.frame[("requests", "")].max()) == pytest.approx((10, 20))


def test_rows_that_only_continue_the_file_make_no_hour_be_asked_for_again(tmp_path: Path) -> None:
    served = Served(tmp_path, WIDE + rows(HOURS * 60))
    append(tmp_path / "data.csv", row(END + 60))
    served.tick(60)
    before = served.poller.queries
    append(tmp_path / "data.csv", row(END + 120))
    served.tick(60)
    # The live window's tail and the newest minutes.
    assert served.poller.queries == before + 2
