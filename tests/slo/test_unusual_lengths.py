"""Rows, slices and windows of odd lengths, answers in parts, and what was never measured."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.engine.default_slos import latency
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.slo.indicators import Column, Part, Ratio, Raw
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import State
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR
from tests import servers
from tests.slo.feeding import MINUTE, NONE, NOW, Fed, always, availability, burn_over, counts, during, judged, share
from tests.steady import START, Clock, Steady

HOURLY = {"method": Method.TIMESLICES, "slice_target": 0.99}


@pytest.mark.parametrize("slice_s", [HOUR, 2 * HOUR, DAY])
def test_slices_of_hours_are_judged(slice_s: int) -> None:
    slo = availability(0.9, slice_s=slice_s, **HOURLY)
    report = judged(slo, 0, 100, now=NOW + 1800)
    assert report.sli == 1.0
    assert report.state is State.ACCEPTABLE


def test_bad_slices_of_hours_are_seen_beside_other_objectives() -> None:
    """Six bad hours of the last six: the windows of 6 h and 24 h must tell."""
    slo, beside = availability(0.99, slice_s=HOUR, **HOURLY), availability(0.99, "cart")
    fed = Fed([slo, beside], {**counts(slo, during(NOW - 6 * HOUR, NOW, 100), 100), **counts(beside, 0, 100)})
    report = fed.tick(NOW)[0]
    assert burn_over(report, 6 * HOUR).valid == 6
    assert burn_over(report, DAY).good == 18


@pytest.mark.parametrize("every", [600, 900, 1800, 3600])
def test_a_file_of_long_intervals_is_judged(tmp_path: Path, every: int) -> None:
    end = START // HOUR * HOUR

    def stamp(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    rows = [f"{stamp(end - every * ago)},shop,1000,1\n" for ago in reversed(range(3 * DAY // every))]
    (tmp_path / "wide.csv").write_text("time,service,requests,errors\n" + "".join(rows))
    poller = Poller(CsvSource([str(tmp_path / "wide.csv")]), Settings(), clock=Clock(end + 20))
    poller.tick()
    (report,) = poller.snapshot.slos
    assert report.sli == pytest.approx(0.999)


def test_slices_shorter_than_a_fine_row_all_count() -> None:
    slo = availability(0.9, slice_s=60, **HOURLY)
    report = Fed([slo], counts(slo, 0, 100), base=300).tick(NOW)[0]
    assert burn_over(report).valid == 60


def test_a_window_that_is_made_longer_is_filled() -> None:
    slo = availability(0.9, window=Rolling(7.0 * DAY))
    fed = Fed([slo], counts(slo, 1, 100))
    fed.tick(NOW)
    fed.slos = (replace(slo, window=Rolling(30.0 * DAY)),)
    assert fed.tick(NOW + 2 * HOUR)[0].coverage == pytest.approx(1)


def test_a_spent_budget_stays_spent_while_it_is_counted_anew() -> None:
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, during(NOW - 20 * DAY, NOW - 10 * DAY, 50), 100))
    assert fed.tick(NOW)[0].state is State.EXHAUSTED
    fed.ledger.forget()
    assert fed.evaluator.reports(fed.ledger)[0].state is not State.ACCEPTABLE


def test_a_part_that_came_in_half_is_asked_for_again() -> None:
    slo = availability(0.9, slice_s=60, **HOURLY)
    fed = Fed([slo], counts(slo, 0, 100))
    fed.ledger.follow(fed.slos, 60)
    for number, request in enumerate(fed.ledger.due(NOW)):
        fed.partial = number == 2
        fed.ledger.add(request, fed.values(request), fed.gaps(request))
    fed.partial = False
    assert fed.evaluator.reports(fed.ledger)[0].coverage < 0.8
    assert fed.tick(NOW + 2 * HOUR)[0].coverage == pytest.approx(1)


def test_a_closed_hour_does_not_vouch_for_its_silent_end() -> None:
    gap = during(NOW - 1800, NOW + DAY, NONE, 100)
    slo = availability(0.99)
    fed = Fed([slo], counts(slo, share(0.0, gap), gap))
    states = [fed.tick(NOW - 600 + minute * MINUTE)[0].state for minute in range(20)]
    assert set(states) == {State.NO_DATA}


@pytest.mark.parametrize("measure", ["errors", "latency"])
def test_nobody_is_healthy_whose_objective_was_never_measured(measure: str) -> None:
    clock = Clock()
    source = Steady(clock)
    source.lost = {measure: 0.0}
    poller = Poller(source, Settings(refresh=15), clock=clock)
    poller.tick()
    assert {report.health for report in poller.snapshot.services} == {Health.UNKNOWN}


def test_remaining_slices_of_a_month_are_of_the_whole_month() -> None:
    slo = availability(0.99, method=Method.TIMESLICES, slice_s=300, window=Calendar(Unit.MONTH))
    now = datetime(2026, 10, 4, tzinfo=UTC).timestamp()
    report = judged(slo, during(now - DAY, now - DAY + 3000, 100), 100, now=now)
    assert report.remaining_events == pytest.approx(0.01 * 31 * 288 - 10)
    assert report.remaining_events * 300 == pytest.approx(report.remaining_s)


def test_what_is_exhausted_has_no_time_left() -> None:
    slo = availability(0.99, window=Calendar(Unit.MONTH))
    now = datetime(2026, 10, 16, 12, tzinfo=UTC).timestamp()
    report = judged(slo, share(0.0105, always(6000)), 6000, now=now)
    assert report.state is State.EXHAUSTED
    assert report.exhausts_in_s == 0


def test_the_cut_hour_is_exact_where_all_objectives_have_long_slices() -> None:
    slo = availability(0.9, slice_s=1800, window=Rolling(481 * 60.0), **HOURLY)
    assert judged(slo, 0, 100, now=NOW - 31 * MINUTE).valid == 17


def test_a_raw_ratio_has_no_interval() -> None:
    raw = Raw(Column("shop", "saturation", "memory"), success=False)
    report = Fed([Slo("shop", "raw", raw, 0.9)], {("shop", "saturation", "memory"): always(0.05)}).tick(NOW)[0]
    assert report.interval is None


def test_a_part_without_a_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="budget"):
        Part(Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")), 1.0)


@pytest.mark.servers
@pytest.mark.parametrize("kind", ["prometheus", "victoria"])
def test_buckets_of_before_an_upgrade_count(kind: str, tmp_path: Path) -> None:
    """pyrra#1502: the last 90 of 240 minutes are written otherwise."""
    begin, end = servers.NOW - 5 * HOUR, servers.NOW
    change = end - 90 * MINUTE

    def rows(name: str, each: int, of: Sequence[int]) -> list[str]:
        return [f"{name} {(at - begin) // 30 * each} {at}" for at in of]

    moments = range(begin + 7, end + 1, 30)
    bucket = 'http_request_duration_seconds_bucket{service="shop",le="%s"}'
    lines = ["# TYPE http_requests counter", *rows('http_requests_total{service="shop",code="200"}', 20, moments)]
    lines += ["# TYPE http_request_duration_seconds histogram"]
    lines += rows(bucket % "1.0", 16, [at for at in moments if at <= change])
    lines += rows(bucket % "1", 16, [at for at in moments if at > change])
    lines += rows(bucket % "+Inf", 20, moments)
    server = servers.filled(kind, tmp_path, "\n".join([*lines, "# EOF"]) + "\n")
    slo = replace(latency("shop", 1.0, 0.5), window=Rolling(4.0 * HOUR))
    poller = Poller(PrometheusSource(server.url), Settings(slos=(slo,)), clock=Clock(end))
    poller.tick()
    (report,) = poller.snapshot.slos
    poller.stop()
    server.stop()
    assert report.valid == pytest.approx(20 * 480, rel=0.02)


def test_two_windows_of_one_objective_are_both_counted() -> None:
    slo = availability(0.9)
    reports = Fed([slo, replace(slo, window=Rolling(7.0 * DAY))], counts(slo, 1, 100)).tick(NOW)
    assert [report.sli for report in reports] == [pytest.approx(0.99)] * 2
