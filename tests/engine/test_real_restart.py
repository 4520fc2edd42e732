"""Restarts on real servers: the same picture, by few samples; and a server that has forgotten the past meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.poller import Poller
from dashboard.slo.event_rows import SECONDS, VALID
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.web.status_json import as_json
from tests.servers import NOW, START, Server

pytestmark = pytest.mark.servers


class Counting(PrometheusSource):
    """Counts the samples that it answers with, and may have forgotten what was before a moment."""

    answered = 0
    since = float("-inf")

    def _signals(self, *arguments: object, **options: object) -> Answer:
        answer = super()._signals(*arguments, **options)  # type: ignore[arg-type]
        answer.frame[answer.frame.index.as_unit("s").astype("int64") <= self.since] = float("nan")
        self.answered += int(answer.frame.notna().to_numpy().sum())
        return answer


@contextmanager
def dashboard(server: Server, folder: Path, now: float) -> Iterator[tuple[Poller, Counting]]:
    source = Counting(server.url)
    keeper = HourKeeper(Archive(ArchiveSpec(folder, f"prometheus {server.url}")), "rules")
    poller = Poller(source, clock=lambda: now, keeper=keeper)
    try:
        yield poller, source
    finally:
        poller.stop()


def learned(poller: Poller) -> None:
    poller.tick()
    while poller.study():
        pass


def picture(poller: Poller) -> dict[str, object]:
    status = as_json(poller.snapshot, poller.clock())
    return {"slos": status["slos"], "services": status["services"]}


def test_a_restart_shows_the_same_by_few_samples(few_servers: Server, tmp_path: Path) -> None:
    with dashboard(few_servers, tmp_path, NOW) as (first, cold):
        learned(first)
        # What was learned is judged by from the next refresh on.
        asked = cold.answered
        first.tick()
        before = picture(first)
    with dashboard(few_servers, tmp_path, NOW) as (again, warm):
        learned(again)
        for name, one in picture(again).items():
            for left, right in zip(one, before[name], strict=True):
                assert left == right
        # Five hours are all that there is, and each refresh asks for ten minutes again.
        assert warm.answered < 0.2 * asked


def test_what_a_server_has_forgotten_is_still_known(few_servers: Server, tmp_path: Path) -> None:
    with dashboard(few_servers, tmp_path, NOW) as (first, _):
        learned(first)
        slo = next(report.slo for report in first.snapshot.slos if report.slo.service == "checkout")
        before = first.past_hours.hours(slo, START, NOW)
        buckets = first.past_hours.latency_hours("checkout", START, NOW - 2 * HOUR)
    later = NOW + 45 * DAY
    with dashboard(few_servers, tmp_path, later) as (again, source):
        source.since = NOW
        again.tick()
        kept = again.past_hours.hours(slo, START, NOW)
        whole = before.rows.values[:, 0, SECONDS] > 0
        # The hour under way had not closed.
        whole[-1] &= NOW % HOUR == 0
        assert kept.rows.values[whole].tolist() == before.rows.values[whole].tolist()
        assert kept.rows.values[:, 0, VALID].sum() > 0
        assert kept.begin == before.begin
        again_buckets = again.past_hours.latency_hours("checkout", START, NOW - 2 * HOUR)
        assert again_buckets.counts == pytest.approx(buckets.counts, nan_ok=True, abs=0)
        assert source.counts(Grid(NOW - HOUR, NOW - HOUR, HOUR)).frame.isna().all(axis=None)
