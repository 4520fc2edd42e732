"""Single queries that are slow, given up or cut off: those for the newest sample, and those of recorded objectives.

The data of a real server end; before it a proxy lets seconds of the clock pass at one query, and at each of them
somebody looks. GS_BENCH_SLOW=1 tries every delay between none and ten minutes in every case; else some are tried.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.slo.indicators import Op, Query, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import HOUR
from dashboard.ui.text import source_text
from tests.misbehaving import NONE, Fault, Misbehaving, misbehaving
from tests.servers import NOW, filled
from tests.slow import SLOW
from tests.steady import Clock
from tests.web.test_routes import ask

pytestmark = pytest.mark.servers
DELAYS = (0, 1, 14, 29, 59, 76, 149, 151, 299, 301, 600) if SLOW else (600,)
REFRESH = 15.0
GAVE_UP = b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}'
# How a query ends that was waited for.
ENDINGS = {
    "answered late": Fault(members='"stats":{}'),
    "given up by the server": Fault(503, GAVE_UP),
    "cut off": Fault(raw=b"\r\n"),
}
NEWEST = Fault(only="timestamp")
# Which series the dashboard sees, and at which query of it the server is slow: not where rules are looked for.
POINTS = {
    "newest sample of requests": ("requests", NEWEST),
    "newest sample of rules": ("rules", NEWEST),
    **{
        f"rules of {tool}": ("rules", Fault(only=metric, spared="timestamp|__name__"))
        for tool, metric in (("Sloth", "sli_error"), ("Pyrra", "pyrra_requests"), ("Grafana", "grafana_slo_total"))
    },
}
# Of requests each ending; rules with one of them at each point: their queries go the same way.
ONE_OF_RULES = dict(zip(list(POINTS)[1:], (*ENDINGS, "answered late"), strict=True))
CASES = [(point, ending) for point in POINTS for ending in ENDINGS if SLOW or ending == ONE_OF_RULES.get(point, ending)]
SCRAPED_S = {"requests": 15, "rules": 30, "both": 15}


def exposition() -> str:
    """An hour of requests, and beside them an hour of what the rules of three tools record; both end at `NOW`."""
    rows: dict[str, list[str]] = {}

    def write(at: int, world: str, metric: str, value: float, labels: str) -> None:
        if at % SCRAPED_S[world] == 0:
            rows.setdefault(f"{metric} {world} {labels}", []).append(
                f'{metric}{{world="{world}",{labels}}} {value:.6g} {at}'
            )

    sloth, pyrra = 'sloth_id="shop-requests",sloth_service="shop"', 'slo="api"'
    grafana = 'grafana_slo_uuid="abc",service="web"'
    for at in range(NOW - HOUR, NOW + 1, 15):
        seconds = at - (NOW - HOUR)
        write(at, "requests", "http_requests_total", 10 * seconds, 'job="shop",code="200"')
        write(at, "requests", "http_requests_total", 0.001 * seconds, 'job="shop",code="500"')
        write(at, "rules", "slo:objective:ratio", 0.9, sloth)
        write(at, "rules", "slo:time_period:days", 28, sloth)
        write(at, "rules", "slo:sli_error:ratio_rate5m", 0.001, sloth)
        write(at, "rules", "pyrra_objective", 0.9, pyrra)
        write(at, "rules", "pyrra_requests:rate5m", 10, pyrra)
        write(at, "rules", "pyrra_errors:rate5m", 0.01, pyrra)
        write(at, "rules", "grafana_slo_objective", 0.9, grafana)
        write(at, "rules", "grafana_slo_total_rate_5m", 10, grafana)
        write(at, "rules", "grafana_slo_success_rate_5m", 9.99, grafana)
        write(at, "both", "http_requests_total", 10 * seconds, 'job="cart",code="200"')
        # Their ruler has died; the name of the metric comes before that of the requests.
        if at <= NOW - 200:
            write(at, "both", "grafana_slo_objective", 0.9, grafana)
            write(at, "both", "grafana_slo_total_rate_5m", 10, grafana)
            write(at, "both", "grafana_slo_success_rate_5m", 9.99, grafana)
    return "\n".join([line for series in sorted(rows) for line in rows[series]] + ["# EOF", ""])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misbehaving]:
    server = filled("prometheus", tmp_path_factory.mktemp("slow"), exposition())
    with misbehaving(server.url) as between:
        yield between
    server.stop()


class Watched:
    """A poller whose clock goes on second by second, and what was seen at each of them.

    Attributes:
        wrong: what somebody saw that cannot be true. `seen`: state of the source → the last second it was seen at.
    """

    def __init__(self, proxy: Misbehaving, world: str, begins: float, *own: Slo) -> None:
        self.clock, self.scraped_s = Clock(begins), SCRAPED_S[world]
        source = PrometheusSource(proxy.url, matchers={"world": world})
        self.poller = Poller(source, Settings(refresh=REFRESH, slos=own), clock=self.clock)
        self.asked_at = begins
        self.wrong: list[str] = []
        self.seen: dict[SourceState, float] = {}

    def run(self, ends: float) -> None:
        while self.clock.now < ends:
            self.asked_at = self.clock.now
            self.poller.tick()
            self.pass_time(REFRESH - self.clock.now % REFRESH)

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.now += 1
            self._look()

    def _look(self) -> None:
        snapshot, now = self.poller.read(), self.clock.now
        self.seen[snapshot.source.state] = now
        newest = min(self.asked_at, NOW) // self.scraped_s * self.scraped_s
        if snapshot.source.newest is not None and snapshot.source.newest > newest:
            self.wrong.append(f"{now - NOW:+g} s: a sample of {snapshot.source.newest - NOW:+g} s that never was")
        if snapshot.source.state is SourceState.OK and now - newest > snapshot.source.stale_after_s + 1:
            self.wrong.append(f"{now - NOW:+g} s: fresh, with patience {snapshot.source.stale_after_s:g} s")
        if snapshot.source.state is not SourceState.OK and good(snapshot):
            self.wrong.append(f"{now - NOW:+g} s: good on old data")


def good(snapshot: Snapshot) -> set[str]:
    """Words of the snapshot that say that all is well now."""
    said = {str(report.health) for report in snapshot.services} | {str(slo.state) for slo in snapshot.slos}
    return said & {"healthy", "acceptable"}


@pytest.mark.parametrize(("point", "ending"), CASES)
def test_no_delay_of_a_single_query_keeps_the_picture_fresh(proxy: Misbehaving, point: str, ending: str) -> None:
    world, where = POINTS[point]
    for delay in DELAYS:
        proxy.fault = NONE
        watched = Watched(proxy, world, begins=NOW - 30)
        watched.poller.tick()
        watched.pass_time(15)
        assert not watched.wrong
        assert SourceState.OK in watched.seen
        proxy.wait, hung = watched.pass_time, proxy.hanging
        proxy.fault = replace(ENDINGS[ending], only=where.only, spared=where.spared, hang=delay)
        watched.run(NOW + 315)
        assert not watched.wrong, f"delay {delay} s"
        assert proxy.hanging > hung or not delay
        assert ask(watched.poller, "/readyz").status_code == 503
        watched.poller.stop()


def test_what_rules_record_is_fresh_until_their_patience_is_over(proxy: Misbehaving) -> None:
    """Between two slices of five minutes, too; and the value that a server repeats for five minutes is no new one."""
    proxy.fault = NONE
    watched = Watched(proxy, "rules", begins=NOW - 420)
    watched.run(NOW + 315)
    assert not watched.wrong
    assert watched.poller.snapshot.source.stale_after_s == 5 * SCRAPED_S["rules"]
    assert watched.seen[SourceState.OK] == NOW + 5 * SCRAPED_S["rules"]
    watched.poller.stop()


def test_a_server_that_never_tells_its_newest_sample_is_fresh_by_its_rates(proxy: Misbehaving) -> None:
    proxy.wait, proxy.fault = proxy.released.wait, replace(ENDINGS["given up by the server"], only=NEWEST.only)
    watched = Watched(proxy, "requests", begins=NOW - 120)
    watched.run(NOW)
    assert not watched.wrong
    assert set(watched.seen) == {SourceState.OK}
    watched.poller.stop()


def test_a_server_of_rules_that_never_tells_its_newest_sample_says_why_nothing_is_current(proxy: Misbehaving) -> None:
    proxy.wait, proxy.fault = proxy.released.wait, replace(ENDINGS["given up by the server"], only=NEWEST.only)
    watched = Watched(proxy, "rules", begins=NOW - 120)
    watched.run(NOW)
    assert set(watched.seen) == {SourceState.STALE}
    assert source_text.message(watched.poller.snapshot.source) == (
        f"nothing is taken for current: how old the samples are is not known, as {proxy.url} gave up on a query: query "
        "timed out in expression evaluation (allow more with --query.timeout or -search.maxQueryDuration there, and "
        "source.timeout here)"
    )
    watched.poller.stop()


TOO_MUCH = (
    b'{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}'
)


def test_the_newest_sample_is_asked_of_each_metric_where_that_of_all_is_refused(proxy: Misbehaving) -> None:
    proxy.wait, proxy.fault = proxy.released.wait, Fault(422, TOO_MUCH, only="timestamp", spared=r"^(?!.* or ).*$")
    watched = Watched(proxy, "rules", begins=NOW - 120)
    watched.run(NOW)
    assert (set(watched.seen), watched.wrong) == ({SourceState.OK}, [])
    watched.poller.stop()


def test_a_value_that_a_server_repeats_is_as_old_as_its_sample(proxy: Misbehaving) -> None:
    """Rules that stopped 210 s ago, beside requests that go on."""
    proxy.fault = NONE
    rate = 'max(grafana_slo_total_rate_5m{world="both"}) or max(never_recorded)'
    own = Slo("ruled", "own", Threshold(Query(rate), Op.GT, 1.0), 0.9, method=Method.TIMESLICES, slice_s=60)
    fresh = replace(own, name="fresh", indicator=Threshold(Query('max(http_requests_total{world="both"})'), Op.GT, 1.0))
    watched = Watched(proxy, "both", NOW - 30, own, fresh)
    watched.run(NOW + 15)
    measured = {report.slo.name: report.measured_at for report in watched.poller.snapshot.slos}
    assert (measured["own"], measured["fresh"]) == (NOW - 210, NOW)
    watched.run(NOW + 195)
    assert {report.slo.name: report.stale for report in watched.poller.snapshot.slos}["own"], "300 s after its sample"
    watched.poller.stop()


def test_the_newest_sample_of_any_metric_counts(proxy: Misbehaving) -> None:
    """Not that of the first which a server still remembers."""
    proxy.fault = NONE
    watched = Watched(proxy, "both", begins=NOW - 120)
    watched.run(NOW + 90)
    assert not watched.wrong
    assert watched.seen[SourceState.OK] == NOW + 75
    watched.poller.stop()
