"""What several Alertmanagers say is told once, and told as the one that tells somebody says."""

from dataclasses import replace

import pytest

from dashboard.alerts.alertmanager import RoutedAlert, Routing, Silence, Suppression
from dashboard.alerts.joined_routing import joined

NOW = 1_760_000_000.0
ALERT = RoutedAlert((("alertname", "Down"),), NOW - 60, ("pager",))
SILENCED = replace(ALERT, silences=("1",), start=NOW - 90, receivers=("chat",))
INHIBITED = replace(ALERT, is_inhibited=True)
UNDECIDED = replace(ALERT, is_processed=False)
HELD = Silence("1", "Ana", "new disks", NOW - 600, NOW + 600)


def test_one_alone_is_told_as_it_is() -> None:
    said = Routing(NOW, (ALERT, replace(SILENCED, labels=(("alertname", "Disk"),))), (HELD,), ("pager", "chat"))
    assert joined([said]) == said


def test_members_of_a_cluster_give_one_entry_each() -> None:
    said = Routing(NOW, (ALERT,), (HELD,), ("pager",))
    assert joined([said, said, said]) == said


@pytest.mark.parametrize(
    ("first", "second", "suppression"),
    [
        (ALERT, SILENCED, Suppression.NONE),
        (SILENCED, ALERT, Suppression.NONE),
        (UNDECIDED, SILENCED, None),
        (SILENCED, INHIBITED, Suppression.INHIBITED),
        (SILENCED, SILENCED, Suppression.SILENCED),
    ],
)
def test_what_one_of_them_tells_is_told(
    first: RoutedAlert, second: RoutedAlert, suppression: Suppression | None
) -> None:
    [alert] = joined([Routing(NOW, (first,)), Routing(NOW, (second,))]).alerts
    assert alert.suppression is suppression
    assert alert.start == min(first.start, second.start)
    assert set(alert.receivers) == {*first.receivers, *second.receivers}


def test_silences_of_each_are_told_the_next_to_end_first() -> None:
    other = replace(HELD, id="2", end=NOW + 60)
    both = replace(SILENCED, silences=("2",))
    said = joined([Routing(NOW, (SILENCED,), (HELD,), ("pager",)), Routing(NOW, (both,), (other,), ("chat", "pager"))])
    assert said.silences == (other, HELD)
    assert said.alerts[0].silences == ("1", "2")
    assert said.receivers == ("pager", "chat")
