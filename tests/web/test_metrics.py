"""The dashboard's own metrics: names that people alert on, and what they say."""

import pytest

from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.web.metrics import exposition
from tests.steady import Clock, Steady

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
    made = Poller(source, clock=source.clock)
    made.tick()
    return made


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
