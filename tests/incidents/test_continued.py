"""What was under way when the hours that are held begin is told from its own beginning."""

from dataclasses import replace

from dashboard.incidents.continued import continued
from dashboard.incidents.incident import StepCounts
from tests.review.facts import impact, incident

EDGE, HOUR = 1_791_000_000.0, 3600.0
CUT = impact("checkout", EDGE, None, 90.0, valid=900.0, is_cut=True, detected_at=EDGE + HOUR)
# Three hours before the edge, and two that both have.
COUNTS = StepCounts(EDGE - 4 * HOUR, HOUR, (0.0, 10.0, 10.0, 10.0, 10.0, 10.0), (100.0,) * 6)
BEFORE = impact("checkout", EDGE - 3 * HOUR, None, 50.0, valid=500.0, usual_bad=5.0, seconds=5 * HOUR, counts=COUNTS)


def test_an_incident_is_told_from_its_own_beginning_and_no_event_twice() -> None:
    whole = continued(incident(CUT), [incident(BEFORE, number="20260901-1")])
    (joined,) = whole.impacts
    assert (whole.start, joined.start, joined.end, joined.is_cut) == (BEFORE.start, BEFORE.start, None, False)
    assert (joined.bad, joined.valid, joined.usual_bad) == (120, 1200, 12)
    assert (joined.seconds, joined.detected_at) == (CUT.seconds + 3 * HOUR, BEFORE.detected_at)


def test_what_was_over_before_or_is_of_another_objective_is_another_story() -> None:
    over = replace(BEFORE, end=EDGE - HOUR)
    for other in (over, replace(BEFORE, slo="checkout-latency"), replace(BEFORE, start=EDGE + HOUR)):
        assert continued(incident(CUT), [incident(other)]) == incident(CUT)
    whole = replace(CUT, is_cut=False)
    assert continued(incident(whole), [incident(BEFORE)]) == incident(whole)
