"""Servers that allow little: a question is split until it is answered, and what still cannot be had is said."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from dashboard.engine.health import BudgetUnavailable, Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.slo.caveats import CaveatKind
from dashboard.slo.indicators import Op, Query, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport, State
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui.panels.objectives import objective_detail
from dashboard.ui.panels.wall import wall
from dashboard.ui.text import source_text
from dashboard.web.status_json import as_json
from tests.field.series import Series, text
from tests.misbehaving import NONE, Fault, Misbehaving, misbehaving
from tests.servers import NOW, Server, filled
from tests.slow import SLOW
from tests.steady import Clock

pytestmark = pytest.mark.servers

DAYS = 10
END = NOW - 2 * HOUR


def service(name: str, pods: int, per_s: float) -> list[Series]:
    """Of two thousand requests one fails."""
    return [
        Series("http_requests_total", {"job": name, "code": code, "pod": str(pod)}, per_s=per_s * share, every=60,
               start=NOW - DAYS * DAY)
        for pod in range(pods) for code, share in (("200", 0.9995), ("500", 0.0005))
    ]  # fmt: skip


SERVICES = {"cart": (1, 1.0), "giant": (10, 3.0), "shop": (1, 2.0)}
CASES = {"limits": [series for name, (pods, per_s) in SERVICES.items() for series in service(name, pods, per_s)]}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = filled("prometheus", tmp_path_factory.mktemp("limited"), text(CASES))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = filled("victoria", tmp_path_factory.mktemp("limited"), text(CASES))
    yield made
    made.stop()


@contextmanager
def limited(server: Server, flag: str) -> Iterator[Misbehaving]:
    """A proxy of the server while it is limited by a flag."""
    command = server.command
    server.stop()
    server.command = [*command, flag]
    server.start()
    try:
        with misbehaving(server.url) as proxy:
            yield proxy
    finally:
        server.stop()
        server.command = command
        server.start()


@contextmanager
def polled(proxy: Misbehaving) -> Iterator[tuple[Poller, Clock]]:
    clock = Clock(END)
    poller = Poller(PrometheusSource(proxy.url), Settings(), clock=clock)
    poller.tick()
    try:
        yield poller, clock
    finally:
        poller.stop()


def later(poller: Poller, clock: Clock, minutes: int) -> None:
    for _ in range(minutes):
        clock.now += 60
        poller.tick()


def slos(poller: Poller) -> dict[str, SloReport]:
    return {report.slo.service: report for report in poller.snapshot.slos}


def is_counted(report: SloReport, *, hours: float = (END - NOW) / HOUR + DAYS * 24) -> bool:
    """All that was sent is in the report."""
    pods, per_s = SERVICES[report.slo.service]
    sent = pods * per_s * hours * HOUR
    return report.valid == pytest.approx(sent, rel=0.01) and report.sli == pytest.approx(0.9995, abs=1e-5)


# --- split until it is answered -----------------------------------------------------------------------------------


def test_prometheus_reads_few_samples_at_once(prometheus: Server) -> None:
    with limited(prometheus, "--query.max-samples=2000") as proxy, polled(proxy) as (poller, clock):
        assert proxy.refused > 0, "a month of all services was too much"
        assert all(map(is_counted, poller.snapshot.slos))
        proxy.refused = 0
        later(poller, clock, 3)
        assert (poller.snapshot.source.state, poller.snapshot.source.unavailable) == (SourceState.OK, None)
        assert proxy.refused == 0, "what is accepted is known"


@pytest.mark.parametrize(
    "flag",
    ["-search.maxSamplesPerQuery=300000", "-search.maxPointsPerTimeseries=100", "-search.maxQueryDuration=1ms"],
)
def test_victoriametrics_reads_little_at_once(victoria: Server, flag: str) -> None:
    with limited(victoria, flag) as proxy, polled(proxy) as (poller, clock):
        assert all(map(is_counted, poller.snapshot.slos))
        proxy.refused = 0
        later(poller, clock, 3)
        assert (poller.snapshot.source.state, poller.snapshot.source.unavailable) == (SourceState.OK, None)
        assert proxy.refused == 0, "what is accepted is known"


def test_a_tenant_refuses_ranges_of_more_than_a_week(prometheus: Server) -> None:
    """sloth#435, mimir#4245."""
    refusal = (
        b'{"status":"error","errorType":"bad_data","error":"the query time range exceeds the limit (query length: '
        b'720h0m0s, limit: 168h0m0s) (err-mimir-max-query-length)"}'
    )
    with misbehaving(prometheus.url) as proxy:
        proxy.fault = Fault(422, refusal, shortest=7 * DAY)
        with polled(proxy) as (poller, clock):
            assert all(map(is_counted, poller.snapshot.slos))
            assert proxy.refused <= 6, "found out once: 30 days, 15 and 7.5, by two queries"
            proxy.refused = 0
            later(poller, clock, 65)
            assert proxy.refused == 0
            assert poller.snapshot.source.state is SourceState.OK


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        ("prometheus", "--query.max-samples=40"),
        ("victoria", "-search.maxUniqueTimeseries=5"),
        *[("victoria", "-search.maxSamplesPerQuery=20000")][: int(SLOW)],
    ],
)
def test_services_are_found_on_a_server_that_allows_less_than_one_metric(
    request: pytest.FixtureRequest, kind: str, flag: str
) -> None:
    server: Server = request.getfixturevalue(kind)
    with closing(PrometheusSource(server.url)) as source:
        whole = source.discover(END)
    with limited(server, flag) as proxy, closing(PrometheusSource(proxy.url)) as source:
        catalog = source.discover(END)
        assert (catalog.services, catalog.intervals) == (whole.services, whole.intervals)
        assert not any(note.startswith("services may be missing") for note in catalog.notes)
        source.discover(END + 300)
        proxy.forms.clear()
        assert source.discover(END + 600).services == whole.services
        assert len(proxy.forms) < 250, "what is accepted is known"


# --- what cannot be had ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "flag", "setting"),
    [
        ("prometheus", "--query.max-samples=70", "--query.max-samples"),
        ("victoria", "-search.maxUniqueTimeseries=15", "-search.maxUniqueTimeseries"),
    ],
)
def test_one_service_is_too_much_by_itself_and_the_others_are_counted(
    request: pytest.FixtureRequest, kind: str, flag: str, setting: str
) -> None:
    server: Server = request.getfixturevalue(kind)
    source, grid = PrometheusSource(server.url), Grid.ending(END, span=2 * DAY, step=HOUR)
    source.discover(END)
    whole = source.counts(grid).frame
    with limited(server, flag) as proxy:
        source._client._api._base = proxy.url
        answer = source.counts(grid)
        assert {(refusal.service, refusal.measure) for refusal in answer.refused} == {
            ("giant", "requests"), ("giant", "errors"),
        }  # fmt: skip
        assert all(setting in refusal.what for refusal in answer.refused)
        for column in (name for name in whole.columns if name[0] in ("cart", "shop") and name[1] != "measured"):
            assert answer.frame[column].to_numpy() == pytest.approx(whole[column].to_numpy(), nan_ok=True)
        proxy.refused = 0
        again = source.counts(grid)
        assert (again.refused, proxy.refused) == (answer.refused, 0), "what was refused is left alone"
    source.close()


SERIES = (
    b'{"status":"error","errorType":"422","error":"the number of matching timeseries exceeds 5; either narrow down the '
    b'search or increase -search.max* command-line flag values"}'
)


def test_a_service_that_cannot_be_found_is_told_and_the_others_live(prometheus: Server) -> None:
    with misbehaving(prometheus.url) as proxy:
        proxy.fault = Fault(422, SERIES, spared=r'job=~?"(cart|shop|cart\|shop)"')
        with polled(proxy) as (poller, clock):
            later(poller, clock, 2)
            snapshot = poller.snapshot
            assert snapshot.source.state is SourceState.OK
            assert {name: round(service.current.traffic) for name, service in snapshot.by_name.items()} == {
                "cart": 1, "shop": 2,
            }  # fmt: skip
            assert all(map(is_counted, snapshot.slos))
            (note,) = (note for note in snapshot.source.notes if note.startswith("services may be missing: "))
            assert note.startswith('services may be missing: job="giant", ')
            assert note.endswith("(allow more with -search.maxUniqueTimeseries)")


def test_where_nothing_is_found_the_setting_is_named(prometheus: Server) -> None:
    with misbehaving(prometheus.url) as proxy:
        proxy.fault = Fault(422, SERIES, spared="nothing")
        with polled(proxy) as (poller, _):
            assert poller.snapshot.source.state is SourceState.DOWN
            assert "-search.maxUniqueTimeseries" in as_json(poller.snapshot, END)["source"]["message"]
            assert len(proxy.forms) < 1000, "so much is tried and no more"


MONTH = b'{"status":"error","errorType":"422","error":"cannot select more than -search.maxSamplesPerQuery=5 samples"}'


def test_the_month_is_refused_and_the_live_wall_goes_on(prometheus: Server) -> None:
    """A server that refuses whatever is asked by the hour, and answers the live question."""
    with misbehaving(prometheus.url) as proxy:
        proxy.fault = Fault(422, MONTH, only="step=3600")
        with polled(proxy) as (poller, clock):
            shop = poller.snapshot.by_name["shop"]
            assert poller.snapshot.source.state is SourceState.OK
            assert shop.current.traffic == pytest.approx(2.0, rel=0.01)
            assert (shop.health, shop.slos[0].state, shop.slos[0].sli) == (Health.UNKNOWN, State.NO_DATA, None)
            assert isinstance(shop.reasons[0], BudgetUnavailable)
            said = (
                f"budgets unavailable: {proxy.url} limits queries: cannot select more than "
                "-search.maxSamplesPerQuery=5 samples"
            )
            assert as_json(poller.snapshot, clock.now)["source"]["message"] == said
            banner = source_text.banner(poller.snapshot, clock.now)
            assert banner is not None
            assert banner.sentence == f"B{said[1:]}."
            assert "availability budget unavailable: the source refuses its queries" in wall.wall(
                poller.snapshot, clock.now, kiosk=False
            )
            assert "Unavailable: " in objective_detail.head(poller.snapshot, shop.slos[0])
            proxy.refused = 0
            later(poller, clock, 60)
            assert poller.snapshot.source.state is SourceState.OK
            # Ever shorter ranges of all services, and then of fewer, after 10 minutes and after 30.
            assert proxy.refused < 100, "not each minute"
            proxy.fault = NONE
            later(poller, clock, 15)
            assert poller.snapshot.source.unavailable is None, "after 70 minutes it is asked again"
            assert is_counted(slos(poller)["shop"], hours=(clock.now - NOW) / HOUR + DAYS * 24)


def test_a_query_that_the_server_refuses_is_left_alone_and_said(prometheus: Server) -> None:
    refused = Query("http_requests_total * on (code) http_requests_total")
    own = Slo("shop", "own", Threshold(refused, Op.LT, 1.0), 0.9, method=Method.TIMESLICES, slice_s=60)
    with misbehaving(prometheus.url) as proxy:
        clock = Clock(END)
        poller = Poller(PrometheusSource(proxy.url), Settings(slos=(own,)), clock=clock)
        poller.tick()
        later(poller, clock, 1)
        proxy.refused = 0
        later(poller, clock, 8)
        assert proxy.refused == 0
        (report,) = (report for report in poller.snapshot.slos if report.slo.name == "own")
        assert [caveat.kind for caveat in report.caveats] == [CaveatKind.QUERY_REFUSED]
        assert "many-to-many" in report.caveats[0].message
        others = [report for report in poller.snapshot.slos if report.slo.service == "cart"]
        assert others
        assert all(map(is_counted, others))
        poller.stop()
