"""Bugs that other tools had, each by its issue: the same data, and what is right."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.default_slos import latency
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.indicators import Column, Op, Query, Ratio, Raw, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row, default_policy, rules
from dashboard.slo.report import Reading, SloReport, State
from dashboard.slo.windows import Rolling
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR
from dashboard.web import status_json
from tests import servers
from tests.slo.feeding import (
    MINUTE,
    NONE,
    NOW,
    Fed,
    alert_of,
    always,
    availability,
    burn_over,
    counts,
    during,
    judged,
    share,
)
from tests.steady import Clock, Steady

METHODS = [
    pytest.param({"method": Method.OCCURRENCES}, id="Occurrences"),
    pytest.param({"method": Method.TIMESLICES, "slice_s": 300, "slice_target": 0.95}, id="Timeslices"),
    pytest.param({"method": Method.RATIO_TIMESLICES, "slice_s": 300}, id="RatioTimeslices"),
]
# A 5 m slice in which nobody came, and one of which nothing is known.
QUIET, UNKNOWN = NOW - 2 * DAY, NOW - 3 * DAY


def query(text: str) -> Query:
    return Query(text, counter=True)


def numbers(report: SloReport) -> list[float]:
    """Everything that a report says as a number."""
    values = [report.good, report.valid, report.sli, report.remaining, report.spent, report.remaining_events]
    values += [report.remaining_s, report.exhausts_in_s, report.bad, *(report.interval or ())]
    values += [value for burn in report.burn for value in (burn.rate, burn.good, burn.valid)]
    return [value for value in values if value is not None]


# --- what is divided by what ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("good", "sli"), [(33, 0.33), (66.5, 0.665)])
def test_good_events_are_a_part_of_all_and_not_added_to_them_pyrra_697(good: float, sli: float) -> None:
    slo = Slo("shop", "good", Ratio(Column("shop", "requests"), good=Column("shop", "latency", "0.5")), 0.5)
    report = judged(slo, 100 - good, 100)
    assert report.valid == pytest.approx(100 * 30 * 24 * 60)
    assert report.sli == pytest.approx(sli)


@pytest.mark.parametrize("objective", [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999])
def test_half_a_budget_is_half_a_budget_at_any_objective_kubernetes_mixin_811(objective: float) -> None:
    slo = availability(objective)
    report = judged(slo, slo.budget / 2 * 1e7, 1e7)
    assert report.remaining == pytest.approx(0.5)
    assert burn_over(report).rate == pytest.approx(0.5)


def test_an_sli_above_one_has_a_caveat_and_is_not_cut_off_slo_generator_111() -> None:
    """1.008 there; Grafana's SLO cuts such off at 1, which hides that two queries count different things."""
    slo = Slo("shop", "good", Ratio(Column("shop", "requests"), good=Column("shop", "latency", "0.5")), 0.99)
    report = judged(slo, -0.8, 100)
    assert report.sli == pytest.approx(1.008)
    assert (report.remaining, report.spent) == (pytest.approx(1.8), pytest.approx(-0.8))
    assert report.interval is None
    assert Caveat(CaveatKind.SLI_ABOVE_ONE) in report.caveats


def test_successes_that_outgrow_the_total_for_a_while_are_a_caveat_pyrra_448() -> None:
    """It took days until somebody saw; the window as a whole still has more failures than that."""
    slo = Slo("shop", "good", Ratio(Column("shop", "requests"), good=Column("shop", "latency", "0.5")), 0.99)
    report = judged(slo, during(NOW - DAY, NOW - 20 * HOUR, -5, 5), 100)
    assert report.sli is not None
    assert report.sli < 1
    assert report.caveats == (Caveat(CaveatKind.GOOD_ABOVE_VALID, 4),)


@pytest.mark.parametrize("windows", [(300, 1800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY)])
def test_a_short_window_never_holds_more_than_a_longer_one_slo_generator_316(windows: tuple[float, ...]) -> None:
    """There each was an extrapolation of its own."""

    def uneven(at: np.ndarray) -> np.ndarray:
        return 50 + 49 * np.sin(at / 777)

    report = judged(availability(), share(0.001, uneven), uneven, now=NOW + 17 * MINUTE)
    valid = [burn.valid for burn in report.burn]
    assert tuple(burn.window_s for burn in report.burn) == windows
    assert valid == sorted(valid, key=lambda events: events or 0)
    assert len(set(valid)) == len(valid)


class Hurrying(Clock):
    """Time that passes while it is looked at."""

    def __call__(self) -> float:
        self.now += 7.0
        return self.now


def test_all_numbers_of_a_tick_are_of_one_moment_slo_generator_319() -> None:
    """Two times of asking, one for good and one for all events, made spikes there."""
    clock = Hurrying()
    source = Steady(clock)
    poller = Poller(source, Settings(refresh=15), clock=clock)
    for _ in range(5):
        poller.tick()
        assert len({report.at for report in poller.snapshot.slos}) == 1
        for report in poller.snapshot.slos:
            ratio = 0.0001 if report.slo.kind == "availability" else 0.001
            assert [burn.rate for burn in report.burn] == [pytest.approx(ratio / report.slo.budget)] * 7


# --- quiet and missing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", METHODS)
def test_five_quiet_minutes_do_not_spoil_a_month_sloth_133_531(how: dict[str, object]) -> None:
    """0/0 there, and no number for thirty days."""
    valid = during(QUIET, QUIET + 300, 0, during(UNKNOWN, UNKNOWN + 300, NONE, 100))
    report = judged(availability(0.9, **how), share(0.01, valid), valid)
    assert report.sli == pytest.approx(1.0 if how["method"] is Method.TIMESLICES else 0.99)
    assert report.state is State.ACCEPTABLE
    assert len(numbers(report)) > 20
    assert all(math.isfinite(number) for number in numbers(report))


@pytest.mark.parametrize("how", METHODS)
@pytest.mark.parametrize("traffic", [NONE, 0.0], ids=["no series", "no traffic"])
def test_what_is_missing_is_not_good_kibana_datadog(how: dict[str, object], traffic: float) -> None:
    """Every other slice is bad; that some days bring nothing makes it no better."""

    def bad(at: np.ndarray) -> np.ndarray:
        return (at - 1) // 300 % 2 * 100

    begin, end = NOW - 10 * DAY, NOW - 12 * HOUR
    slo = availability(0.4, **how)
    full, missing = (
        judged(slo, bad, 100),
        judged(slo, during(begin, end, traffic, bad), during(begin, end, traffic, 100)),
    )
    assert (full.sli, full.coverage) == (pytest.approx(0.5), pytest.approx(1))
    assert missing.sli == pytest.approx(0.5)
    seen = 1.0 if how["method"] is Method.OCCURRENCES and traffic == 0 else 1 - 9.5 / 30
    assert missing.coverage == pytest.approx(seen)


def test_no_data_is_no_number_that_anything_is_counted_with_slo_generator() -> None:
    """-1 there, which then went into averages and alerts."""
    slo = availability()
    for series in ({}, counts(slo, NONE, NONE), counts(slo, 0, 0)):
        fed = Fed([slo], series)
        for now in (NOW, NOW + HOUR):
            (report,) = fed.tick(now)
            assert report.state is State.NO_DATA
            assert numbers(report) == []
            assert [burn.rate for burn in report.burn] == [None] * 7
            assert not any(alert.firing for alert in report.alerts)
        snapshot = Snapshot(NOW, Poller(Steady(Clock())).snapshot.source, slos=(report,))
        (content,) = status_json.as_json(snapshot, NOW)["slos"]
        assert "NaN" not in json.dumps(content, allow_nan=False)
        assert (content["sli"], content["exhausts_in_s"], content["state"]) == (None, None, "no_data")
        assert set(content["budget"].values()) == {None, slo.budget}


def test_a_metric_that_is_gone_is_no_outage_pyrra_absent() -> None:
    """There it alerts as if all had failed; it costs nothing, and says that nothing is known."""
    slo = availability()
    gone = during(NOW - 3 * HOUR, NOW, NONE, 100)
    report = judged(slo, share(0.0, gone), gone)
    assert report.spent == 0
    assert not any(alert.firing for alert in report.alerts)
    assert report.state is State.NO_DATA


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize(
    ("valid", "answered", "known"),
    [
        pytest.param(100, True, True, id="traffic, and no series of it"),
        pytest.param(100, False, False, id="traffic, and no answer"),
        pytest.param(NONE, True, False, id="neither has a series"),
        pytest.param(0, True, False, id="nobody came"),
    ],
)
def test_an_absent_series_is_none_only_beside_traffic_rhobs_144(
    side: str, valid: float, answered: bool, known: bool
) -> None:
    """Of an operator's queries: none failed, or none succeeded; a query that is refused says neither."""
    every, part = query("sum(all)"), query("sum(some)")
    slo = Slo("shop", "ratio", Ratio(every, **{side: part}), 0.9)
    series = {every.key: always(valid)} | ({part.key: always(NONE)} if answered else {})
    report = Fed([slo], series).tick(NOW)[0]
    assert report.sli == ({"bad": 1.0, "good": 0.0}[side] if known else None)
    assert (report.state is State.NO_DATA) is not known


# --- one method for all windows ------------------------------------------------------------------------------------


def test_the_period_is_counted_as_the_alerts_are_sloth_332() -> None:
    """There the month is a mean of five-minute ratios, and alerts are counts: night traffic made them disagree."""

    def night(at: np.ndarray) -> np.ndarray:
        return np.where((at - 1) // HOUR % 24 < 12, 1.0, 1000.0)

    def failing(at: np.ndarray) -> np.ndarray:
        return np.where((at - 1) // HOUR % 24 < 12, 0.5, 0.0)

    bad = share(failing, night)
    by_events = judged(availability(0.9), bad, night)
    by_slices = judged(availability(0.9, method=Method.RATIO_TIMESLICES, slice_s=300), bad, night)
    assert by_events.sli == pytest.approx(1 - 0.5 / 1001)
    assert by_slices.sli == pytest.approx(0.75)
    for report, day in ((by_events, 0.5 / 1001 / 0.1), (by_slices, 0.25 / 0.1)):
        assert burn_over(report, DAY).rate == pytest.approx(day)
        assert burn_over(report, 3 * DAY).rate == pytest.approx(day)
        assert report.spent == pytest.approx(day)


def test_even_traffic_gives_the_same_by_each_method_sloth_332() -> None:
    reports = [judged(availability(0.9, **case.values[0]), during(NOW - DAY, NOW, 100), 100) for case in METHODS]  # type: ignore[dict-item]
    assert [report.spent for report in reports] == [pytest.approx(1 / 3)] * 3
    assert [burn_over(report, 3 * DAY).rate for report in reports] == [pytest.approx(10 / 3)] * 3


def test_new_labels_and_titles_leave_the_history_alone_sloth_311() -> None:
    """There an edited label begins new series, and the long rule starts from nothing."""
    slo = availability(0.9)
    fed = Fed([slo], counts(slo, 1, 100))
    before = fed.tick(NOW)[0]
    requests = len(fed.requests)
    fed.slos = (replace(slo, title="Shop", description="Every request", labels={"team": "pay"}, origin="slo.yaml:3"),)
    after = fed.tick(NOW)[0]
    assert len(fed.requests) == requests
    assert (after.valid, after.bad, after.burn) == (before.valid, before.bad, before.burn)


# --- alerts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "fires"), [(14.39, False), (14.41, True), (14.44, True), (14.449, True)])
def test_a_burn_rate_is_compared_before_it_is_rounded_slo_generator(rate: float, fires: bool) -> None:
    """Rounded to one decimal there: 14.44 is 14.4, which is not above 14.4."""
    report = judged(availability(0.999), rate * 0.001 * 1e6, 1e6)
    assert alert_of(report).firing is fires


@pytest.mark.parametrize("objective", [1.0, 1.5, 0.0, -1.0])
def test_an_objective_without_a_budget_is_refused_slo_generator(objective: float) -> None:
    """Burn 0 there for 100 %, whatever fails."""
    with pytest.raises(ValueError, match="no budget"):
        availability(objective)


@pytest.mark.parametrize("days", [1, 2.8, 7, 14, 28, 30, 90, 365])
def test_each_rule_fires_at_its_own_share_of_any_window_kibana_170830(days: float) -> None:
    """The factors of 30 days on 7 fired at 8.57, 21.42, 42.85 and 42.85 % of the budget."""
    slo = availability(0.9999, window=Rolling(days * DAY))
    assert slo.rules
    for rule in slo.rules:
        assert rule.threshold * rule.row.long_s / (days * DAY) == pytest.approx(rule.row.share)
    assert [rule.row.share for rule in slo.rules] != [0.0857, 0.2142, 0.4285, 0.4285]
    assert (pytest.approx(14.4) in [rule.threshold for rule in slo.rules]) is (days == 30)


@pytest.mark.parametrize("days", [0.1, 0.5, 1, 2.7, 2.8, 7, 28, 90])
def test_no_short_window_is_empty_pyrra(days: float) -> None:
    """Pyrra's windows shrink with the period: below 2.8 days the short one is 0 m."""
    period = days * DAY
    working, _ = rules(default_policy(period), period_s=period, budget=0.001)
    assert working
    for rule in working:
        assert 5 * MINUTE <= rule.row.short_s < rule.row.long_s < period


@pytest.mark.parametrize(("bad", "firing"), [(0, False), (1, True)])
def test_a_threshold_of_zero_fires_at_the_first_failure_kiali_10072(bad: int, firing: bool) -> None:
    """There zero was taken for "not set"."""
    policy = Policy("any", (Row("page", 0.02, HOUR, 5 * MINUTE, factor=0.0),), min_failures=0)
    report = judged(availability(0.5, policy=policy), during(NOW - MINUTE, NOW, bad), 100)
    assert alert_of(report).rule.threshold == 0
    assert alert_of(report).firing is firing


@pytest.mark.parametrize(("value", "good"), [(0.0, 1.0), (1e-9, 0.0)])
def test_a_limit_of_zero_is_a_limit_kiali_10072(value: float, good: float) -> None:
    memory = Column("shop", "usage", "queue")
    slo = Slo("shop", "queue", Threshold(memory, Op.LTE, 0.0), 0.9, slice_s=300, method=Method.TIMESLICES)
    report = Fed([slo], {memory.key: always(value)}).tick(NOW)[0]
    assert report.sli == good


def test_a_share_of_nothing_is_refused_kiali_10072() -> None:
    with pytest.raises(ValueError, match="share above 0"):
        Row("page", 0.0, HOUR, 300)


# --- against Prometheus and VictoriaMetrics ------------------------------------------------------------------------

SCRAPE = 30
END, BEGIN = servers.NOW, servers.NOW - 5 * HOUR
RESTART = END - 2 * HOUR
# Events of each scrape. One of two instances begins anew at RESTART, and writes `le` otherwise.
PAID = {
    ("/pay", "200"): 8, ("/pay", "500"): 1, ("/pay", "503"): 1,
    ("/refund", "200"): 4, ("/refund", "404"): 1,
    ("/browse", "200"): 100, ("/browse", "500"): 50,
}  # fmt: skip


def grown(name: str, each: int, *, reset: int = 0) -> list[str]:
    """A counter that grows by as much with each scrape."""
    moments = range(BEGIN + 7, END + 1, SCRAPE)
    return [f"{name} {(at - (reset if reset and at >= reset else BEGIN)) // SCRAPE * each} {at}" for at in moments]


def exposition() -> str:
    lines = ["# TYPE http_requests counter"]
    for instance, reset in (("a", RESTART), ("b", 0)):
        for code, each in (("200", 9), ("500", 1)):
            labels = f'service="shop",instance="{instance}",code="{code}"'
            lines += grown(f"http_requests_total{{{labels}}}", each, reset=reset)
    lines += ["# TYPE pay counter"]
    for (route, code), each in PAID.items():
        lines += grown(f'pay_total{{route="{route}",code="{code}"}}', each)
    lines += ["# TYPE http_request_duration_seconds histogram"]
    bucket = 'http_request_duration_seconds_bucket{service="shop",instance="%s",le="%s"}'
    for instance, text in (("a", "1.0"), ("b", "1")):
        lines += grown(bucket % (instance, text), 8)
        lines += grown(bucket % (instance, "+Inf"), 10)
    lines += grown('http_request_duration_seconds_count{service="shop"}', 20)
    return "\n".join([*lines, "# EOF"]) + "\n"


FOUR_HOURS = Rolling(4.0 * HOUR)


def ratio(name: str, valid: str, bad: str) -> Slo:
    return Slo("sales", name, Ratio(query(valid), bad=query(bad)), 0.5, window=FOUR_HOURS)


WRITTEN = (
    ratio("restart", "sum(http_requests_total)", 'sum(http_requests_total{code="500"})'),
    ratio("sum", "rate(sum(http_requests_total)[5m:])", 'sum(http_requests_total{code="500"})'),
    ratio("regex", 'sum(pay_total{route=~"/pay|/refund"})', 'sum(pay_total{route=~"/pay|/refund",code=~"5.."})'),
    ratio("negated", 'sum(pay_total{route!~"/b.*"})', 'sum(pay_total{route!~"/b.*",code!~"200|404"})'),
    ratio("none failed", "sum(pay_total)", 'sum(pay_total{code="599"})'),
    ratio("nobody came", "sum(gone_total)", 'sum(gone_total{code="500"})'),
    ratio("refused", "sum(pay_total)", 'sum(pay_total{code=~"5("})'),
    Slo(
        "sales",
        "precedence",
        Raw(Query("sum(rate(gone_total[5m])) or vector(0) / sum(rate(pay_total[5m]))"), success=False),
        0.5,
        window=FOUR_HOURS,
    ),
    replace(latency("shop", 1.0, 0.5), window=FOUR_HOURS),
)


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def snapshot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """One tick of the dashboard over such a server."""
    server = servers.filled(request.param, tmp_path_factory.mktemp("peers"), exposition())
    poller = Poller(PrometheusSource(server.url), Settings(slos=WRITTEN), clock=Clock(END))
    poller.tick()
    yield poller.snapshot
    poller.stop()
    server.stop()


def report_of(snapshot: Snapshot, name: str) -> SloReport:
    return next(report for report in snapshot.slos if report.slo.name == name)


def problems(snapshot: Snapshot) -> str:
    return "\n".join(f"{problem.where}: {problem.what}" for problem in snapshot.source.problems)


@pytest.mark.servers
def test_counters_are_added_up_after_their_restarts_are_seen_pyrra_968(snapshot: Snapshot) -> None:
    """The increase of a sum counts all that instance b ever had once more when instance a restarts."""
    report = report_of(snapshot, "restart")
    assert report.valid == pytest.approx(20 * 4 * HOUR / SCRAPE, rel=0.01)
    assert report.sli == pytest.approx(0.9, abs=1e-3)


@pytest.mark.servers
def test_a_rate_of_a_sum_is_refused_and_says_what_to_write_pyrra_968(snapshot: Snapshot) -> None:
    assert "write sum(rate(x[5m]))" in problems(snapshot)
    assert report_of(snapshot, "sum").state is State.NO_DATA


@pytest.mark.servers
@pytest.mark.parametrize("name", ["regex", "negated"])
def test_regular_expressions_choose_what_they_say_pyrra_1074(snapshot: Snapshot, name: str) -> None:
    """Two failures of fifteen; the third route, which fails more, is left alone."""
    report = report_of(snapshot, name)
    assert report.valid == pytest.approx(15 * 4 * HOUR / SCRAPE, rel=0.01)
    assert report.sli == pytest.approx(13 / 15, abs=1e-3)


@pytest.mark.servers
def test_one_bucket_is_one_bucket_however_it_is_written_pyrra_1502(snapshot: Snapshot) -> None:
    """`le` "1.0" becomes "1" with Prometheus 3; one instance has each."""
    report = report_of(snapshot, "shop-latency")
    assert report.valid == pytest.approx(20 * 4 * HOUR / SCRAPE, rel=0.01)
    assert report.sli == pytest.approx(0.8, abs=0.01)


@pytest.mark.servers
def test_a_weak_or_is_a_problem_of_the_source_rhobs_144(snapshot: Snapshot) -> None:
    """`sum(x) or vector(0) / sum(y)` was 0 % errors while all failed."""
    assert "write `(a or vector(0)) / b`" in problems(snapshot)


@pytest.mark.servers
def test_no_failures_beside_traffic_are_none_and_beside_nothing_are_unknown_pyrra_absent(snapshot: Snapshot) -> None:
    """Without `or vector(0)`: graphs of Pyrra stay empty until something fails."""
    fine, gone = report_of(snapshot, "none failed"), report_of(snapshot, "nobody came")
    assert (fine.sli, fine.state) == (1.0, State.ACCEPTABLE)
    assert alert_of(fine).reading is Reading.ACCEPTABLE
    assert (gone.sli, gone.state) == (None, State.NO_DATA)


@pytest.mark.servers
def test_a_query_that_is_refused_vouches_for_nothing(snapshot: Snapshot) -> None:
    """It is no series without failures."""
    report = report_of(snapshot, "refused")
    assert (report.sli, report.state) == (None, State.NO_DATA)
