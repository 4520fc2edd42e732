"""What is told of an incident, by what was told already."""

from dataclasses import replace

import pytest

from dashboard.incidents.incident import Incident, Severity
from dashboard.notifications.events import Announcement, events
from dashboard.notifications.spec import EventKind, ReceiverSpec
from tests.notifications.samples import closed, incident, ticket

ALL = ReceiverSpec(name="all", severities=frozenset(Severity))


def told_by(receiver: ReceiverSpec, *stages: Incident) -> list[str]:
    """The events that a receiver is told while an incident goes through some stages, each looked at three times."""
    announced: dict[tuple[str, str], list[Announcement]] = {}
    named: list[str] = []
    for looks, stage in enumerate(stages):
        for _ in range(3):
            for event in events([stage], [receiver], announced):
                row = Announcement(event.kind, stage.severity, len(stage.services), 10.0 * looks + len(named))
                announced.setdefault((stage.id, receiver.name), []).append(row)
                named += [event.id] if event.is_wanted else []
    return [name.removesuffix(f" {receiver.name}").removeprefix("a1 ") for name in named]


ANOMALY = incident(severity=Severity.ANOMALY)
WIDER = ticket(services=("checkout", "payments"))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([incident(), closed(incident())], ["open", "close"]),
        ([ticket(), incident(), closed(incident())], ["open", "escalation-page", "close"]),
        ([ANOMALY, ticket(), incident()], ["open", "escalation-ticket", "escalation-page"]),
        ([incident(), ticket()], ["open"]),
        ([ticket(), WIDER, closed(WIDER)], ["open", "change-2", "close"]),
        ([WIDER, ticket()], ["open"]),
        ([closed(incident())], []),
        ([ticket(), closed(incident())], ["open", "close"]),
        ([incident(), closed(incident()), incident(), closed(incident())], ["open", "close", "open 2", "close 2"]),
    ],
    ids=[
        "page", "escalates", "twice", "becomes less", "spreads", "shrinks", "over when first seen",
        "escalates at the end", "goes on after all",
    ],
)  # fmt: skip
def test_each_event_is_told_once(stages: list[Incident], expected: list[str]) -> None:
    assert told_by(ALL, *stages) == expected


MERGED = ticket(services=("checkout", "payments"), aliases=("a2", "a3"))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([ticket("a2"), MERGED, closed(MERGED)], ["a2 open", "change-2", "close"]),
        ([ticket(), ticket("a2"), MERGED, closed(MERGED)], ["open", "a2 open", "change-2", "close"]),
        ([ticket("a2"), closed(ticket("a2")), MERGED], ["a2 open", "a2 close", "open"]),
        ([ticket(), ticket("a3"), closed(ticket("a3")), MERGED], ["open", "a3 open", "a3 close", "change-2"]),
        ([MERGED, closed(MERGED), ticket("a2"), MERGED], ["open", "close", "a2 open", "change-2 2"]),
    ],
    ids=["told under another id", "both told", "a part is over", "a part of what goes on is over", "goes on by a part"],
)
def test_what_became_a_part_of_another_is_told_no_more_and_ends_with_it(
    stages: list[Incident], expected: list[str]
) -> None:
    assert told_by(ALL, *stages) == expected


def test_an_incident_is_told_once_it_is_urgent_enough() -> None:
    pages = replace(ALL, severities=frozenset({Severity.PAGE}))
    assert told_by(pages, ticket(), incident(), closed(incident())) == ["open", "close"]
    assert told_by(replace(pages, severities=frozenset({Severity.TICKET})), ticket(), incident()) == ["open"]


def test_what_a_receiver_does_not_want_to_hear_is_kept_in_mind() -> None:
    ends = replace(ALL, events=frozenset({EventKind.CLOSE}))
    assert told_by(ends, incident(), closed(incident())) == ["close"]


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ((), 1),
        (("payments",), 1),
        (("eu/payments",), 1),
        (("pay*",), 1),
        (("eu/*",), 1),
        (("cart", "check*"), 1),
        (("cart",), 0),
        (("pay",), 0),
        (("us/payments",), 0),
    ],
)
def test_services_are_names_or_patterns(services: tuple[str, ...], expected: int) -> None:
    receiver = replace(ALL, services=services)
    assert len(events([incident(services=("checkout", "eu/payments"))], [receiver], {})) == expected
