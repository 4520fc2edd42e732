"""Rows an hour or more apart: budgets and charts by their own interval, beside rows of minutes, too."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.report import State
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, WIDE, append, source_of
from tests.steady import Clock

GAUGES = "time,service,requests,errors,cpu\n"
DAYS = 60


def sparse(every: int, service: str = "shop", *, phase: int = 0, count: int = 0, errors: int = 0) -> str:
    """Rows until `BEGIN + phase`, of as many requests as the second has."""
    numbers = range(-(count or DAYS * DAY // every) + 1, 1)
    return "".join(f"{BEGIN + phase + number * every},{service},{every},{errors}\n" for number in numbers)


def polled(source: CsvSource, at: float) -> Poller:
    poller = Poller(source, Settings(refresh=15), clock=Clock(at))
    poller.tick()
    return poller


@pytest.mark.parametrize("phase", [0, 1260], ids=["on the hour", "at any time"])
@pytest.mark.parametrize("every", [HOUR, 2 * HOUR, 6 * HOUR, DAY, 7 * DAY])
def test_rows_hours_and_days_apart_have_a_budget_by_their_interval(tmp_path: Path, every: int, phase: int) -> None:
    source = source_of(tmp_path / "data.csv", WIDE + sparse(every, phase=phase, errors=every // 3600))
    now = BEGIN + phase + every // 3
    poller = polled(source, now)
    report, (slo,) = poller.snapshot.by_name["shop"], poller.snapshot.slos
    assert (report.health, slo.state) == (Health.HEALTHY, State.ACCEPTABLE)
    assert slo.sli == pytest.approx(1 - 1 / 3600, rel=1e-9)
    measured = 30 * DAY - max(0, slo.at - BEGIN - phase)
    assert slo.valid == pytest.approx(measured, rel=1e-9), "one a second"
    assert slo.measured_s == pytest.approx(measured, rel=1e-9)
    assert report.current.traffic == pytest.approx(1)
    assert report.newest == pytest.approx(BEGIN + phase, abs=max(60, every / 100))
    assert poller.snapshot.source.scrape == every


def test_a_service_whose_row_is_due_for_long_is_unknown(tmp_path: Path) -> None:
    poller = polled(source_of(tmp_path / "data.csv", WIDE + sparse(DAY)), BEGIN + 1)
    assert poller.snapshot.by_name["shop"].health is Health.HEALTHY
    poller.clock.now = BEGIN + 1.4 * DAY  # type: ignore[attr-defined]
    poller.tick()
    assert poller.snapshot.by_name["shop"].health is Health.HEALTHY, "the next one may be a little late"
    poller.clock.now = BEGIN + 1.6 * DAY  # type: ignore[attr-defined]
    poller.tick()
    assert poller.snapshot.by_name["shop"].health is Health.UNKNOWN


def test_a_day_that_arrives_is_counted_in_the_budget(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    clock = Clock(BEGIN + HOUR / 2)
    poller = Poller(source_of(path, WIDE + sparse(DAY)), Settings(refresh=15), clock=clock)
    poller.tick()
    assert poller.snapshot.slos[0].bad == 0
    clock.now = BEGIN + DAY + HOUR / 2
    poller.tick()
    assert poller.snapshot.slos[0].valid == pytest.approx(29 * DAY)
    append(path, f"{BEGIN + DAY},shop,{DAY},864\n")
    clock.now += 15
    poller.tick()
    (slo,) = poller.snapshot.slos
    assert (slo.valid, slo.bad) == (pytest.approx(30 * DAY), pytest.approx(864))
    clock.now += 60
    poller.tick()
    assert poller.snapshot.by_name["shop"].current.errors["server"] == pytest.approx(0.01)


def test_files_by_the_day_and_by_the_minute_are_each_counted_by_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WIDE + sparse(DAY, "batch", errors=8640), encoding="utf-8")
    minutes = "".join(f"{BEGIN + at},shop,600,6\n" for at in range(-2 * DAY + 60, 10 * HOUR + 1, 60))
    (tmp_path / "b.csv").write_text(WIDE + minutes, encoding="utf-8")
    poller = polled(CsvSource([str(tmp_path)]), BEGIN + 10 * HOUR + 20)
    slos = {slo.slo.service: slo for slo in poller.snapshot.slos}
    assert slos["batch"].valid == pytest.approx(30 * DAY - 10 * HOUR)
    assert slos["batch"].sli == pytest.approx(0.9)
    assert slos["shop"].valid == pytest.approx(10 * (2 * DAY + 10 * HOUR))
    shop, batch = (poller.snapshot.by_name[name] for name in ("shop", "batch"))
    assert (shop.current.traffic, batch.current.traffic) == (pytest.approx(10), pytest.approx(1))
    assert shop.current.time == pytest.approx(BEGIN + 10 * HOUR, abs=60)
    assert batch.newest == pytest.approx(BEGIN, abs=600)
    assert (shop.info.scrape_interval, batch.info.scrape_interval) == (None, DAY)


def test_days_in_files_of_their_own_are_days(tmp_path: Path) -> None:
    """The first file alone does not tell how far its row is from the next."""
    for day in range(20):
        text = f"{GAUGES}{BEGIN + day * DAY},shop,{DAY},86,0.5\n"
        (tmp_path / f"{day:02}.csv").write_text(text, encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    assert source.discover(BEGIN + 19 * DAY).scrape_interval == DAY
    counts = source.counts(Grid(BEGIN - DAY + HOUR, BEGIN + 19 * DAY, HOUR)).frame
    assert counts["shop", "requests", ""].to_numpy() == pytest.approx(np.full(20 * 24, HOUR))
    assert counts["shop", "measured", ""].tolist() == [HOUR] * 20 * 24
    frame = source.samples(Grid(BEGIN + 5 * DAY, BEGIN + 6 * DAY, 900)).frame
    np.testing.assert_allclose(frame["shop", "saturation", "cpu"], 0.5)
    np.testing.assert_allclose(frame["shop", "requests", ""], 1)


def test_a_day_that_is_missing_is_not_measured(tmp_path: Path) -> None:
    lines = [line for line in sparse(DAY, count=20).splitlines() if not line.startswith(str(BEGIN - 5 * DAY))]
    source = source_of(tmp_path / "data.csv", WIDE + "\n".join([*lines, ""]))
    source.discover(BEGIN)
    requests = source.counts(Grid.ending(BEGIN, span=10 * DAY, step=HOUR)).frame["shop", "requests", ""]
    missing = requests[requests.isna()].index
    assert (len(missing), int(missing[-1].timestamp())) == (24, BEGIN - 5 * DAY)
    assert requests.sum() == pytest.approx(9 * DAY)


def test_a_service_that_changes_to_minutes_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + sparse(DAY, count=5))
    source.discover(BEGIN)
    for hour in range(6):
        append(path, "".join(f"{BEGIN + hour * HOUR + at},shop,60,0\n" for at in range(60, HOUR + 1, 60)))
        source.discover(BEGIN)
    frame = source.counts(Grid.ending(BEGIN + 6 * HOUR, span=5 * DAY + 6 * HOUR, step=HOUR)).frame
    assert frame["shop", "requests", ""].sum() == pytest.approx(5 * DAY + 6 * HOUR)
