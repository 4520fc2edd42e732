"""On CSV the budget is counted exactly: to the minute in a wide file, to the request in a log."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.indicators import Column, Ratio
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import DAY, HOUR

NOW = 1_760_000_000 // 60 * 60 + 37 * 60  # in the middle of an hour


def stamps(seconds: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_datetime(seconds, unit="s", utc=True)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_wide_file_is_counted_to_the_minute(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    ends = np.arange(NOW - 31 * DAY, NOW + 60, 60)
    requests = rng.integers(0, 50, len(ends))
    errors = rng.binomial(requests, 0.002)
    table = pd.DataFrame({"time": stamps(ends), "service": "shop", "requests": requests, "errors": errors})
    table.drop(index=range(20_000, 20_045)).to_csv(tmp_path / "wide.csv", index=False)
    inside = (ends > NOW - 30 * DAY) & (ends <= NOW)
    inside[20_000:20_045] = False

    poller = Poller(CsvSource([str(tmp_path / "wide.csv")]), clock=lambda: float(NOW))
    poller.tick()
    (report,) = poller.snapshot.slos
    assert (report.bad, report.valid) == (errors[inside].sum(), requests[inside].sum())
    assert report.measured_s == 60 * inside.sum()


@pytest.mark.parametrize("limit", [0.137, 0.25])
def test_a_request_log_is_counted_to_the_request_at_any_limit(tmp_path: Path, limit: float) -> None:
    rng = np.random.default_rng(7)
    at = np.sort(rng.uniform(NOW - 6 * HOUR, NOW, 50_000)).round(3)
    duration = rng.lognormal(-2, 1, len(at)).round(4)
    status = np.where(rng.uniform(size=len(at)) < 0.01, 500, 200)
    table = pd.DataFrame({"time": at, "service": "shop", "status": status, "duration_s": duration})
    table.to_csv(tmp_path / "log.csv", index=False)
    every, within = Column("shop", "latency", "inf"), Column("shop", "latency", f"{limit:g}")
    slo = Slo("shop", "fast", Ratio(every, good=within), 0.9, kind="latency", limit=limit, window=Rolling(4.5 * HOUR))

    source = CsvSource([str(tmp_path / "log.csv")], limits=[limit])
    poller = Poller(source, Settings(slos=(slo,)), clock=lambda: float(NOW))
    poller.tick()
    (report,) = poller.snapshot.slos
    answered = (at > NOW - 4.5 * HOUR) & (status == 200)
    assert (report.good, report.valid) == ((answered & (duration <= limit)).sum(), answered.sum())
    assert report.slo.notes == ()
