"""The dashboard's own metrics: names that people alert on, and what they say."""

import threading
from dataclasses import replace

import pytest

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import SourceUnavailable
from dashboard.notifications import running
from dashboard.notifications.delivery import NotSent
from dashboard.notifications.dispatcher import Dispatcher, Situation
from dashboard.slo.policy import WORKBOOK, Rule
from dashboard.slo.report import Alert, Burn, Reading
from dashboard.sources.protocol import Answer
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.timerange import DAY, Grid
from dashboard.web.metrics import exposition
from tests.notifications.samples import NOW, Recorded, incident, plain_notification, webhook
from tests.steady import START, Clock, Steady

NAMES = {
    "golden_signals_up", "golden_signals_ticks_total", "golden_signals_tick_failures_total",
    "golden_signals_upstream_queries_total", "golden_signals_tick_duration_seconds", "golden_signals_data_age_seconds",
    "golden_signals_services", "golden_signals_anomalies", "golden_signals_burn_alerts",
    "golden_signals_budget_remaining_ratio", "golden_signals_burn_rate_1h",
}  # fmt: skip


def rows(poller: Poller) -> dict[str, float]:
    """Series with its labels → value, without those that tell when a counter began."""
    lines = exposition(poller).decode().splitlines()
    series = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in series.items() if not name.partition("{")[0].endswith("_created")}


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("shop",))


@pytest.fixture
def poller(source: Steady) -> Poller:
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    return ticked


def test_the_names_stay_and_each_has_a_help_text(poller: Poller) -> None:
    text = exposition(poller).decode()
    assert {name.partition("{")[0] for name in rows(poller)} == NAMES
    helps = [line.split(" ", 3)[3] for line in text.splitlines() if line.startswith("# HELP")]
    assert len(helps) == len(NAMES)
    assert all(helps)


def test_they_say_how_the_budgets_and_the_source_are(poller: Poller, source: Steady) -> None:
    labels = 'service="shop",slo="shop-availability"'
    values = rows(poller)
    assert values["golden_signals_up"] == 1
    assert values['golden_signals_services{health="healthy"}'] == 1
    assert values[f"golden_signals_budget_remaining_ratio{{{labels}}}"] == pytest.approx(0.9)
    assert values[f"golden_signals_burn_rate_1h{{{labels}}}"] == pytest.approx(0.1)
    assert values['golden_signals_burn_alerts{service="shop",severity="page",slo="shop-availability"}'] == 0
    source.failure = SourceUnavailable("connection refused")
    source.clock.now += 120
    poller.tick()
    values = rows(poller)
    assert (values["golden_signals_up"], values["golden_signals_tick_failures_total"]) == (0, 1)
    assert values["golden_signals_data_age_seconds"] == 120
    assert values['golden_signals_services{health="unknown"}'] == 1


# --- the source ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "up"),
    [(SourceState.STARTING, 0), (SourceState.OK, 1), (SourceState.STALE, 0), (SourceState.DOWN, 0)],
)
def test_only_a_source_with_current_data_is_up(poller: Poller, state: SourceState, up: int) -> None:
    snapshot = poller.snapshot
    poller.snapshot = replace(snapshot, source=replace(snapshot.source, state=state))
    assert rows(poller)["golden_signals_up"] == up


def test_refreshes_and_failures_are_counted_apart(poller: Poller, source: Steady) -> None:
    for failure in (None, SourceUnavailable("connection refused"), None):
        source.failure = failure
        source.clock.now += 15
        poller.tick()
    values = rows(poller)
    assert (values["golden_signals_ticks_total"], values["golden_signals_tick_failures_total"]) == (3, 1)


def test_the_queries_of_viewers_are_counted_with_those_of_refreshes(poller: Poller) -> None:
    before = rows(poller)["golden_signals_upstream_queries_total"]
    assert before == len(poller.snapshot.source.costs)
    poller.viewers.window("shop", Grid.ending(START, span=DAY, step=300))
    assert rows(poller)["golden_signals_upstream_queries_total"] == before + 1


class Slow(Steady):
    """A source whose live window takes two seconds."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        self.clock.now += 2
        return super().samples(grid, service)


def test_a_refresh_takes_as_long_as_its_source_does() -> None:
    source = Slow(Clock(), ("shop",))
    poller = Poller(source, clock=source.clock)
    poller.tick()
    assert rows(poller)["golden_signals_tick_duration_seconds"] == 2


def test_before_the_first_refresh_there_is_neither_age_nor_duration(source: Steady) -> None:
    values = rows(Poller(source, clock=source.clock))
    assert values["golden_signals_up"] == 0
    assert values["golden_signals_ticks_total"] == 0
    assert "golden_signals_data_age_seconds" not in values
    assert "golden_signals_tick_duration_seconds" not in values
    assert not [name for name in values if name.startswith(("golden_signals_burn", "golden_signals_budget"))]


# --- services and anomalies ------------------------------------------------------------------------------------------


def test_every_health_is_counted_also_where_no_service_has_it(poller: Poller) -> None:
    values = rows(poller)
    counts = {health: values[f'golden_signals_services{{health="{health}"}}'] for health in Health}
    assert counts == {Health.HEALTHY: 1, Health.AT_RISK: 0, Health.BREACHING: 0, Health.UNKNOWN: 0}


LASTING = Anomaly("shop", Signal.ERRORS, Direction.HIGH, START - 600.0, None, START, 0.2, 0.1, (None, 0.01), 1e-9)
OVER = replace(LASTING, until=START - 60.0)
HINT = replace(LASTING, layer=Layer.NOVELTY, p_value=None)


@pytest.mark.parametrize(
    ("anomalies", "errors"),
    [((), 0), ((LASTING,), 1), ((OVER,), 0), ((HINT,), 0), ((LASTING, LASTING, OVER), 2)],
    ids=["none", "one", "one that is over", "a hint", "two of three"],
)
def test_anomalies_that_last_are_counted_by_signal(poller: Poller, anomalies: tuple[Anomaly, ...], errors: int) -> None:
    (report,) = poller.snapshot.services
    poller.snapshot = replace(poller.snapshot, services=(replace(report, anomalies=anomalies),))
    values = rows(poller)
    counts = {signal: values[f'golden_signals_anomalies{{signal="{signal}"}}'] for signal in Signal}
    assert counts == {Signal.ERRORS: errors, Signal.LATENCY: 0, Signal.TRAFFIC: 0, Signal.SATURATION: 0}


# --- budgets ---------------------------------------------------------------------------------------------------------

LABELS = 'service="shop",slo="shop-availability"'


def with_slo(poller: Poller, **changes: object) -> dict[str, float]:
    """The metrics after the SLO's report was changed."""
    first, *others = poller.snapshot.slos
    poller.snapshot = replace(poller.snapshot, slos=(replace(first, **changes), *others))
    return rows(poller)


def test_an_overspent_budget_is_negative_and_not_clamped(poller: Poller) -> None:
    assert with_slo(poller, remaining=-1.5)[f"golden_signals_budget_remaining_ratio{{{LABELS}}}"] == -1.5


def test_without_valid_events_there_is_no_series_instead_of_a_zero(poller: Poller) -> None:
    values = with_slo(poller, remaining=None, burn=())
    assert f"golden_signals_budget_remaining_ratio{{{LABELS}}}" not in values
    assert f"golden_signals_burn_rate_1h{{{LABELS}}}" not in values
    assert 'golden_signals_budget_remaining_ratio{service="shop",slo="shop-latency"}' in values


@pytest.mark.parametrize(
    ("place", "firing", "counts"),
    [(0, True, (1, 0)), (1, True, (1, 0)), (2, True, (0, 1)), (0, False, (0, 0))],
    ids=["a page", "another page", "a ticket", "silent"],
)
def test_alerts_that_fire_are_counted_by_severity(
    poller: Poller, place: int, firing: bool, counts: tuple[int, int]
) -> None:
    burn = Burn(3600.0, 20.0, 96.0, 100.0, 1.0)
    alert = Alert(Rule(WORKBOOK.rows[place], 14.4), burn, burn, Reading.CRITICAL, firing)
    values = with_slo(poller, alerts=(alert,))
    by_severity = [
        values[f'golden_signals_burn_alerts{{service="shop",severity="{severity}",slo="shop-availability"}}']
        for severity in ("page", "ticket")
    ]
    assert tuple(by_severity) == counts


def test_hostile_names_cannot_break_out_of_their_label(source: Steady) -> None:
    source.names = ('sh"op\n{evil="1"} 1',)
    poller = Poller(source, clock=source.clock)
    poller.tick()
    lines = [line for line in exposition(poller).decode().splitlines() if "evil" in line]
    assert lines
    assert all('service="sh\\"op' in line for line in lines)


# --- notifications ---------------------------------------------------------------------------------------------------


def test_they_say_how_telling_receivers_goes(poller: Poller) -> None:
    store = open_store(StateSpec(MEMORY))
    receivers = [Recorded(webhook(name=name)) for name in ("well", "gone")]
    receivers[1].failure = NotSent("answered 410", is_final=True)
    dispatcher = Dispatcher(
        store, receivers, lambda: Situation([incident()]), plain_notification, lambda: NOW, threading.Event()
    )  # fmt: skip
    running.use(dispatcher)
    dispatcher.look()
    name = "golden_signals_notifications"
    waiting = rows(poller)
    for receiver in receivers:
        dispatcher.send_due(receiver)
    dispatcher.look()
    values = rows(poller)
    running.use(None)
    store.close()
    assert [waiting[f'{name}_waiting{{receiver="{who}"}}'] for who in ("well", "gone")] == [1, 1]
    assert [values[f'{name}_waiting{{receiver="{who}"}}'] for who in ("well", "gone")] == [0, 0]
    assert [values[f'{name}_sent_total{{receiver="{who}"}}'] for who in ("well", "gone")] == [1, 0]
    assert [values[f'{name}_failed_total{{receiver="{who}"}}'] for who in ("well", "gone")] == [0, 1]
