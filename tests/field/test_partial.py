"""Answers in part: what came counts and is marked, nothing is good by it, and it is asked for again, but not always."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.engine.health import AnsweredInPart, Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState, Trouble
from dashboard.slo.report import SloReport, State
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR
from dashboard.ui.panels import sources
from dashboard.ui.panels.objectives import objective_detail
from dashboard.ui.text import units
from dashboard.web.status_json import as_json
from tests.field.series import Series, text
from tests.misbehaving import NONE, Fault, Misbehaving, misbehaving
from tests.servers import NOW, filled
from tests.slow import KINDS
from tests.steady import Clock

pytestmark = pytest.mark.servers

OUTAGE = NOW - 5 * DAY
CASES = {
    # Two hours of failures five days ago, in six days: 2 h of 6 d are 1.4 %.
    "outage": [
        Series("http_requests_total", {"job": "shop", "code": "200"}, per_s=10.0, start=NOW - 6 * DAY, every=60),
        Series("http_requests_total", {"job": "shop", "code": "500"}, per_s=10.0, start=OUTAGE, until=OUTAGE + 2 * HOUR,
               every=60),
    ],
    # Three of four requests fail, all of them at one instance.
    "two instances": [
        Series("http_requests_total", {"job": "shop", "code": "200", "pod": "well"}, per_s=2.5, start=NOW - DAY,
               every=60),
        Series("http_requests_total", {"job": "shop", "code": "500", "pod": "well"}, per_s=0.0, start=NOW - DAY,
               every=60),
        Series("http_requests_total", {"job": "shop", "code": "500", "pod": "ill"}, per_s=7.5, start=NOW - DAY,
               every=60),
    ],
}  # fmt: skip
NO_STORE = Fault(members='"warnings":["No StoreAPIs matched for this query"]')
STORE_GONE = Fault(warning="receive series from Addr: 10.0.0.1:10901: rpc error: code = Unavailable")
NODE_GONE = Fault(members='"isPartial":true', swap=('case="two instances"', 'case="two instances",pod="well"'))
Start = Callable[[str], tuple[Poller, Clock]]


@pytest.fixture(scope="module", params=KINDS)
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Misbehaving]:
    made = filled(request.param, tmp_path_factory.mktemp("partial"), text(CASES))
    with misbehaving(made.url) as server:
        yield server
    made.stop()


@pytest.fixture
def start(proxy: Misbehaving) -> Iterator[Start]:
    pollers = []

    def started(case: str) -> tuple[Poller, Clock]:
        clock = Clock(NOW - HOUR)
        poller = Poller(PrometheusSource(proxy.url, matchers={"case": case}), Settings(), clock=clock)
        pollers.append(poller)
        poller.tick()
        proxy.forms.clear()
        return poller, clock

    yield started
    proxy.fault = NONE
    for poller in pollers:
        poller.stop()


def later(poller: Poller, clock: Clock, seconds: int, *, refresh: int = 15) -> SloReport:
    for _ in range(seconds // refresh):
        clock.now += refresh
        poller.tick()
    (report,) = poller.snapshot.slos
    return report


def long_questions(proxy: Misbehaving) -> int:
    """How many ranges of more than a day were asked for; forgotten then."""
    spans = [int(form["end"]) - int(form["start"]) for form in proxy.forms if "start" in form]
    proxy.forms.clear()
    return sum(span > DAY for span in spans)


@pytest.mark.parametrize("fault", [NO_STORE, STORE_GONE], ids=["no store", "store gone"])
def test_an_outage_counts_though_every_answer_carries_a_warning(proxy: Misbehaving, start: Start, fault: Fault) -> None:
    """thanos#3742."""
    poller, clock = start("outage")
    without = later(poller, clock, 60)
    assert without.state is State.EXHAUSTED
    proxy.fault = fault
    poller, clock = start("outage")
    warned = later(poller, clock, 60)
    assert (warned.bad, warned.state) == (pytest.approx(without.bad), State.EXHAUSTED)
    # Where a store is gone nobody knows that none failed on the day before the first failure.
    assert warned.valid == pytest.approx(without.valid if fault is NO_STORE else 5 / 6 * (without.valid or 0), rel=0.01)
    assert poller.snapshot.by_name["shop"].health is Health.BREACHING
    source = as_json(poller.snapshot, clock.now)["source"]
    assert (source["partial"], source["message"]) == (True, "some data are missing: the source answered in part")
    assert "Some data are missing: the source answered in part." in sources.summary(poller.snapshot, clock.now)


def test_the_command_line_says_that_an_answer_is_one_in_part(
    proxy: Misbehaving, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "golden.toml"
    config.write_text(
        f'[source]\nkind = "prometheus"\nurl = "{proxy.url}"\nmatch = {{ case = "outage" }}\n', encoding="utf-8"
    )
    proxy.fault = NO_STORE
    try:
        code = main(["status", "--config", str(config), "--at", datetime.fromtimestamp(NOW - HOUR, UTC).isoformat()])
    finally:
        proxy.fault = NONE
    printed = capsys.readouterr()
    assert code == 0
    assert "exhausted" in printed.out
    assert printed.err == f"golden-signals: {proxy.url}: some data are missing: the source answered in part\n"


def test_a_source_that_always_warns_is_not_asked_for_everything_at_each_refresh(
    proxy: Misbehaving, start: Start
) -> None:
    """thanos#3742."""
    proxy.fault = NO_STORE
    poller, clock = start("outage")
    later(poller, clock, 240)
    assert long_questions(proxy) == 0
    later(poller, clock, 1200, refresh=60)
    assert long_questions(proxy) == 4, "after five minutes and after ten more, two queries each"


def test_hours_in_part_are_no_coverage_and_said(proxy: Misbehaving, start: Start) -> None:
    proxy.fault = STORE_GONE
    poller, clock = start("outage")
    report = later(poller, clock, 60)
    assert report.coverage == 0
    assert report.partial_coverage == pytest.approx(5 / 30, rel=0.01)
    (slo,) = as_json(poller.snapshot, clock.now)["slos"]
    assert slo["coverage"] == 0
    said = "120 hours were answered in part: what came counts, and they are asked for again"
    assert said in slo["notes"]
    head = objective_detail.head(poller.snapshot, report)
    assert f"{said}." in head
    assert f"coverage {units.percent(0)}, and {units.percent(report.partial_coverage)} in part" in head


def test_a_node_that_is_gone_is_partial_while_it_lasts_and_whole_afterwards(proxy: Misbehaving, start: Start) -> None:
    """VictoriaMetrics#4721."""
    proxy.fault = NODE_GONE
    poller, clock = start("two instances")
    report = later(poller, clock, 60)
    shop = poller.snapshot.by_name["shop"]
    assert (shop.health, report.state, report.sli) == (Health.UNKNOWN, State.NO_DATA, 1.0)
    assert AnsweredInPart() in shop.reasons
    assert poller.snapshot.source.partial
    proxy.fault = NONE
    report = later(poller, clock, 75)
    shop = poller.snapshot.by_name["shop"]
    assert shop.current.errors["server"] == pytest.approx(0.75, abs=1e-3)
    assert report.sli == pytest.approx(0.25, abs=1e-3)
    assert (shop.health, poller.snapshot.source.partial) == (Health.BREACHING, False)
    assert all("in part" not in note for note in as_json(poller.snapshot, clock.now)["slos"][0]["notes"])


def test_a_node_that_is_lost_while_the_dashboard_runs_takes_nothing_away(proxy: Misbehaving, start: Start) -> None:
    poller, clock = start("two instances")
    proxy.fault = NODE_GONE
    report = later(poller, clock, 600)
    assert report.bad == pytest.approx(7.5 * (DAY - HOUR), rel=1e-2), "failures of ten minutes are missing"
    assert poller.snapshot.by_name["shop"].health is Health.BREACHING
    proxy.fault = NONE
    report = later(poller, clock, 75)
    assert report.sli == pytest.approx(0.25, abs=1e-3)
    assert poller.snapshot.by_name["shop"].current.errors["server"] == pytest.approx(0.75, abs=1e-3)


def test_who_is_all_there_in_an_answer_in_part_is_judged_by_it(proxy: Misbehaving, start: Start) -> None:
    """The store that is gone holds nothing of this service: the minutes that came in full before prove it."""
    poller, clock = start("two instances")
    proxy.fault = STORE_GONE
    report = later(poller, clock, 300)
    assert not report.is_partial_now
    assert report.partial_coverage == 0
    assert poller.snapshot.source.partial


def test_null_for_an_empty_answer_is_an_empty_answer(proxy: Misbehaving, start: Start) -> None:
    """prometheus-engine#1645, cortex#1142."""
    poller, clock = start("two instances")
    proxy.fault = Fault(200, b'{"status":"success","data":{"resultType":"matrix","result":null},"warnings":null}')
    later(poller, clock, 60)
    source = poller.snapshot.source
    assert (source.state, source.error, source.trouble) == (SourceState.STALE, None, Trouble.NO_DATA)
    proxy.fault = NONE
    later(poller, clock, 15)
    assert poller.snapshot.source.state is SourceState.OK
