"""The policy on a tile and at an objective."""

from dataclasses import replace

from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.gate.policy import BudgetPolicy, Limits, PolicyException
from dashboard.ui.panels import policy
from dashboard.ui.panels.objectives import objective_detail
from dashboard.ui.panels.wall import wall_tiles
from tests.steady import Clock, Steady


def snapshot(error_ratio: float = 0.0001, policy: BudgetPolicy | None = None) -> Snapshot:
    source = Steady(Clock(), ("shop",))
    source.error_ratio = error_ratio
    poller = Poller(source, clock=source.clock)
    poller.tick()
    read = replace(poller.read(), policy=policy or BudgetPolicy())
    poller.stop()
    return read


def test_a_tile_says_nothing_while_everything_may_be_released() -> None:
    shown = snapshot()
    assert policy.mark(shown, shown.services[0]) == ""
    assert "gs-policy" not in wall_tiles.cached_tile(shown, shown.services[0])


def test_a_tile_and_a_row_say_the_state_of_the_worst_objective_in_a_word() -> None:
    shown = snapshot(0.02)
    for as_row in (False, True):
        drawn = wall_tiles.cached_tile(shown, shown.services[0], as_row=as_row)
        assert "<b>freeze all</b><i>freeze all</i>" in drawn
        # The health stays what it was.
        assert "breaching" in drawn
    features = snapshot(0.0008)
    assert "<b>freeze features</b><i>freeze</i>" in wall_tiles.cached_tile(features, features.services[0])
    careful = snapshot(0.0006)
    assert "<b>careful</b><i>careful</i>" in wall_tiles.cached_tile(careful, careful.services[0])


def test_a_tile_without_data_says_that_alone() -> None:
    shown = snapshot(0.02)
    ended = replace(shown, source=replace(shown.source, data_end=shown.at))
    assert policy.mark(ended, ended.services[0]) == ""


HOSTILE = '<img src=x onerror="alert(1)">'


def test_exceptions_are_listed_with_who_why_and_until_and_hostile_words_are_inert() -> None:
    now = snapshot().at
    exceptions = (
        PolicyException(HOSTILE, HOSTILE, now + 60, even_burning=True),
        PolicyException("Grace", "over", now),
        PolicyException("Ada", "to come", now + 120, now + 60),
    )
    limits = Limits(meaning=dict.fromkeys(policy.PolicyState, HOSTILE))
    shown = snapshot(0.02, BudgetPolicy(limits, exceptions=exceptions))
    drawn = objective_detail.head(shown, shown.slos[0])
    assert "<img" not in drawn
    assert drawn.count("<li>Exception: ") == 2
    assert "Grace" not in drawn
    assert "By the exception features and fixes may be released now." in drawn
    assert "<img" not in wall_tiles.cached_tile(shown, shown.services[0])
    assert "<b>policy exception</b><i>exception</i>" in wall_tiles.cached_tile(shown, shown.services[0])
