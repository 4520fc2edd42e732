"""What is one incident, who moved first, and that its id stays as more joins it."""

from dataclasses import replace
from itertools import permutations

import pytest

from dashboard.incidents.bursts import bursts
from dashboard.incidents.impacts import impact
from dashboard.incidents.incident import Edge, Graph, Incident, Severity
from dashboard.incidents.merging import Member, incidents, spans
from dashboard.timerange import DAY, HOUR
from tests.incidents.impacts import START, member
from tests.incidents.series import NOW, Trouble, of_service, steps


def graph(*edges: Edge) -> list[Graph]:
    """A service graph of the time of the bursts, after one of a day before."""
    return [Graph(START - 86_400, START - 80_000, (Edge("x", "y", 1.0),)), Graph(START - 600, START + 900, edges)]


def services(*members: Member) -> list[tuple[str, ...]]:
    """The services of each incident, those that moved first first."""
    return [incident.services for incident in incidents(members)]


@pytest.mark.parametrize(
    ("late", "onsets", "together"),
    [(0, (10, 290), True), (300, (280, 20), True), (300, (20, 280), False), (600, (290, 10), False)],
)
def test_services_belong_together_where_they_began_together(late: int, onsets: tuple[int, int], together: bool) -> None:
    merged = services(member("checkout", into=onsets[0]), member("payments", late=late, into=onsets[1]))
    assert len(merged) == (1 if together else 2)


def test_objectives_of_a_service_belong_together_while_one_burns() -> None:
    errors = member()
    slow = replace(errors, impact=replace(errors.impact, slo="checkout-latency"))
    for late, count in ((900, 1), (1_200 + HOUR, 2)):
        later = member(late=late)
        later = replace(later, impact=replace(later.impact, slo="checkout-latency"))
        assert len(incidents([errors, later])) == count
    assert len(incidents([errors, slow])[0].impacts) == 2


def test_of_what_burned_slowly_the_same_hour_says_nothing() -> None:
    assert len(services(member("checkout", hold=6 * HOUR), member("payments"))) == 2


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_the_callee_whose_edge_carries_the_failures_moved_first(late: int) -> None:
    checkout, payments, bank = member("checkout"), member("payments", late=late), member("bank", late=late)
    carrying = (Edge("checkout", "payments", 10_000, 210), Edge("payments", "bank", 10_000, 205))
    (incident,) = incidents([checkout, payments, bank], graph(*carrying))
    assert incident.service == "bank"
    assert incident.edges == carrying
    healthy = (Edge("checkout", "payments", 10_000, 210), Edge("payments", "bank", 10_000, 0))
    assert incidents([checkout, payments, bank], graph(*healthy))[0].service == "payments"


def test_a_callee_that_began_later_is_no_first_mover() -> None:
    edge = Edge("checkout", "payments", 10_000, 210)
    (incident,) = incidents([member("checkout"), member("payments", late=600)], graph(edge))
    assert incident.services == ("checkout", "payments")
    circle = (edge, Edge("payments", "checkout", 10_000, 210))
    assert set(incidents([member("checkout"), member("payments")], graph(*circle))[0].services) == {
        "checkout",
        "payments",
    }


def test_the_span_of_a_graph_is_that_of_what_began_together() -> None:
    (span,) = spans([member("checkout"), member("payments", late=600), member("search", late=20_000)])
    assert (span.start, span.end, span.services) == (START - 300, START + 1_200, frozenset({"checkout", "payments"}))


def test_the_id_is_that_of_what_was_noticed_first_in_whatever_order() -> None:
    early = member("payments", late=300, into=5, noticed=member().burst.start + 600)
    late = member("checkout", into=295, noticed=member().burst.start + 900)
    latest = member("bank", late=300, into=10, noticed=member().burst.start + 1_500)
    ids = {incidents(order)[0].id for order in permutations((early, late, latest))}
    assert ids == {early.id} == {incidents([early])[0].id}
    (incident,) = incidents([early, late, latest])
    assert set(incident.aliases) == {late.id, latest.id}
    assert incident.service == "checkout"


def test_an_incident_is_open_as_long_as_one_of_it_is_and_as_severe_as_the_worst() -> None:
    (incident,) = incidents(
        [member("checkout", severity=Severity.TICKET), member("payments", end=None, over=None, alerted=None)]
    )
    assert incident.end is None
    assert incident.severity is Severity.PAGE
    assert incident.detected_at == member().impact.detected_at


def derived(until: int) -> tuple[Incident, ...]:
    """What two services and a third make of their counts until a moment."""
    at = NOW - 2 * DAY + 1_000
    common, other = Trouble(at, at + 2_400, 0.05), Trouble(at + 7 * HOUR, at + 8 * HOUR, 0.08)
    every = (
        of_service("checkout", steps(common, other, seed=3, until=until)),
        of_service("payments", steps(common, seed=4, until=until)),
        of_service("search", steps(Trouble(at - 900, at + 1_800, 0.3), seed=5, until=until)),
    )
    return incidents(
        Member(burst, impact(of, burst, budget_events=None, left=None)) for of in every for burst in bursts(of)
    )


def test_recomputed_at_a_hundred_later_moments_the_ids_stay() -> None:
    whole = {incident.id: tuple(sorted(incident.services)) for incident in derived(NOW)}
    assert len(whole) == 3
    assert set(whole.values()) == {("checkout", "payments"), ("checkout",), ("search",)}
    first_seen: dict[str, int] = {}
    # From before the first to a day later, at steps that hit all phases of an hour.
    for number in range(100):
        until = NOW - 2 * DAY + number * 5 * 300
        for incident in derived(until):
            first_seen.setdefault(incident.id, until)
    assert set(first_seen) == set(whole)
    assert {incident.id for incident in derived(NOW + DAY)} == set(whole)
