"""A page that is paused: what it shows, and what its viewer misses meanwhile."""

from dataclasses import replace

import pytest

from dashboard.engine.health import Health
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import State
from dashboard.ui import pause
from dashboard.ui.text import pause_text
from dashboard.ui.text.pause_text import Missed


def changed(
    snapshot: Snapshot, health: Health | None = None, state: State | None = None, refreshes: int = 3
) -> Snapshot:
    """The snapshot some refreshes later, with its first service and its first objective changed."""
    first, *others = snapshot.services
    first = replace(first, health=health or first.health)
    slo, *slos = snapshot.slos
    source = replace(snapshot.source, ticks=snapshot.source.ticks + refreshes)
    by_name = {**snapshot.by_name, first.name: first}
    slos = [replace(slo, state=state or slo.state), *slos]
    return replace(snapshot, services=(first, *others), by_name=by_name, slos=tuple(slos), source=source)


def missed(before: Snapshot, after: Snapshot) -> Missed:
    return pause._missed(pause.paused_view(before), pause.paused_view(after))


def test_refreshes_and_changes_are_counted(snapshot: Snapshot) -> None:
    before = changed(snapshot, Health.AT_RISK, State.INCREASING)
    name = before.services[0].name
    assert missed(before, before) == Missed(0)
    assert missed(before, changed(before)) == Missed(3)
    assert missed(before, changed(before, Health.BREACHING, State.EXHAUSTED)) == Missed(3, (name,), 0, 1)
    assert missed(before, changed(before, Health.HEALTHY)) == Missed(3, (), 1, 0)


def test_what_came_meanwhile_is_no_change_of_what_is_shown(snapshot: Snapshot) -> None:
    nothing = replace(snapshot, services=(), by_name={}, slos=())
    assert missed(nothing, changed(snapshot)) == Missed(3)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Missed(0), "This picture is of 08:53 (1 m ago). No refresh was missed yet."),
        (Missed(1), "This picture is of 08:53 (1 m ago). 1 refresh was missed, no service or objective changed."),
        (Missed(1200, objectives=1),
         "This picture is of 08:53 (1 m ago). 1,200 refreshes were missed: 1 objective is in another state."),
        (Missed(4, ("shop",), 2, 3),
         "This picture is of 08:53 (1 m ago). 4 refreshes were missed: shop is breaching, 2 services are better, "
         "3 objectives are in another state."),
        (Missed(4, ("shop",) * 4),
         "This picture is of 08:53 (1 m ago). 4 refreshes were missed: shop is breaching, shop is breaching, "
         "shop is breaching, 1 more service is worse."),
    ],
)  # fmt: skip
def test_what_is_missed_is_said_in_a_sentence(snapshot: Snapshot, told: Missed, sentence: str) -> None:
    now = 1_760_000_000.0
    base = snapshot.services[0]
    first = replace(base, info=replace(base.info, name="shop"), health=Health.BREACHING)
    shown = replace(snapshot, by_name={"shop": first}, time_zone="UTC")
    assert pause_text.sentence(now, told, shown, now + 60).replace("\xa0", " ") == sentence
