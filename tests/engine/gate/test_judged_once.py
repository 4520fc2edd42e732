"""Judged once is judged as the poller does, by fewer queries."""

from collections.abc import Callable

import pytest

from dashboard.engine.freshness import as_of
from dashboard.engine.gate.gate_standings import decision_of, standing_of
from dashboard.engine.gate.judged_once import UnknownName, Wanted, judged_once
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable
from dashboard.gate.policy import PolicyState
from dashboard.gate.standing import Doubt, Reason, Verdict
from dashboard.slo.indicators import Column, Ratio
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR
from tests.steady import Clock, Steady


def fine(source: Steady) -> None:
    """As it is."""


def failing(source: Steady) -> None:
    source.error_ratio = 0.02


def spent(source: Steady) -> None:
    source.error_ratio = 0.0009


def part(source: Steady) -> None:
    source.partial = True


def stopped(source: Steady) -> None:
    source.ends = source.clock.now - 30 * 60


def silent(source: Steady) -> None:
    source.silent = {"shop"}


def uncounted(source: Steady) -> None:
    source.gauge = 0.5
    source.lost = dict.fromkeys(("requests", "errors", "latency"), source.clock.now - 150)


def young(source: Steady) -> None:
    source.begins = source.clock.now - HOUR


STATES: list[Callable[[Steady], None]] = [fine, failing, spent, part, stopped, silent, uncounted, young]


@pytest.mark.parametrize("become", STATES, ids=lambda each: each.__name__)
def test_it_stands_as_the_dashboard_shows_it(become: Callable[[Steady], None]) -> None:
    source = Steady(Clock())
    become(source)
    poller = Poller(source, clock=source.clock)
    poller.tick()
    shown, now = poller.read(), source.clock()
    once = as_of(judged_once(source, Settings(), Wanted(), now), now)
    for report in once.slos:
        (same,) = [other for other in shown.slos if other.slo == report.slo]
        one, other = standing_of(once, report, now), standing_of(shown, same, now)
        assert (one.state, one.basis, one.doubt) == (other.state, other.basis, other.doubt), report.slo.name
    assert len(once.slos) == len(shown.slos)
    for reason in Reason:
        assert decision_of(once, now, reason).verdict is decision_of(shown, now, reason).verdict
    poller.stop()


def test_the_states_of_the_test_are_different_ones() -> None:
    seen = {}
    for become in STATES:
        source = Steady(Clock())
        become(source)
        snapshot = judged_once(source, Settings(), Wanted(("shop",), ("shop-availability",)), source.clock())
        (report,) = snapshot.slos
        standing = standing_of(snapshot, report, source.clock())
        seen[become.__name__] = standing.doubt or standing.state
    assert seen == {
        "fine": PolicyState.SHIP,
        "failing": PolicyState.FREEZE_ALL,
        "spent": PolicyState.FREEZE_FEATURES,
        "part": Doubt.IN_PART,
        "stopped": Doubt.SOURCE,
        "silent": Doubt.SILENT,
        "uncounted": Doubt.SILENT,
        "young": PolicyState.SHIP,
    }


def test_only_what_is_named_is_judged_and_a_title_will_do() -> None:
    source = Steady(Clock(), ("shop", "cart"))
    snapshot = judged_once(source, Settings(), Wanted(("cart",)), source.clock())
    assert {report.slo.service for report in snapshot.slos} == {"cart"}
    assert list(snapshot.by_name) == ["cart"]
    named = judged_once(source, Settings(), Wanted(slos=("shop-latency",)), source.clock())
    assert [report.slo.name for report in named.slos] == ["shop-latency"]


@pytest.mark.parametrize(
    ("wanted", "kind", "name"),
    [
        (Wanted(("chekout",)), "service", "chekout"),
        (Wanted(slos=("shop",)), "objective", "shop"),
        (Wanted(("cart",), ("shop-latency",)), "objective", "shop-latency"),
    ],
)
def test_what_there_is_not_is_named(wanted: Wanted, kind: str, name: str) -> None:
    source = Steady(Clock())
    with pytest.raises(UnknownName) as raised:
        judged_once(source, Settings(), wanted, source.clock())
    assert (raised.value.kind, raised.value.name) == (kind, name)
    assert raised.value.known


def test_a_source_without_services_leaves_nothing_to_decide_by() -> None:
    source = Steady(Clock(), ())
    snapshot = judged_once(source, Settings(), Wanted(), source.clock())
    decision = decision_of(snapshot, source.clock(), Reason.FEATURE)
    assert (decision.verdict, decision.deciding) == (Verdict.UNKNOWN, None)


def test_a_source_that_does_not_answer_is_said() -> None:
    source = Steady(Clock())
    source.failure = SourceUnavailable("away")
    with pytest.raises(SourceUnavailable):
        judged_once(source, Settings(), Wanted(), source.clock())


def test_an_objective_of_a_service_that_the_source_does_not_know_is_unknown() -> None:
    gone = Slo(
        "gone", "gone-availability", Ratio(Column("gone", "requests"), bad=Column("gone", "errors", "server")), 0.99
    )
    source = Steady(Clock())
    snapshot = judged_once(source, Settings(slos=(gone,)), Wanted(("gone",)), source.clock())
    assert [decision_of(snapshot, source.clock(), reason).verdict for reason in Reason] == [Verdict.UNKNOWN] * 2
