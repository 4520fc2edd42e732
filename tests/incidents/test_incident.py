"""What an incident says of itself by its impacts."""

from dataclasses import replace

import pytest

from dashboard.incidents.incident import Impact, Incident, Severity

IMPACT = Impact(
    service="checkout",
    slo="checkout-availability",
    objective=0.999,
    window_s=2_592_000,
    severity=Severity.PAGE,
    start=1_000_000.0,
    end=1_002_040.0,
    bad=920.0,
    valid=25_500.0,
    usual_bad=10.0,
    seconds=2_040.0,
    budget_share=0.071,
)


def test_services_are_told_once_in_the_order_in_which_they_moved() -> None:
    slower = replace(IMPACT, slo="checkout-latency")
    impacts = (IMPACT, slower, replace(IMPACT, service="payments", start=1_000_060.0))
    incident = Incident(id="a1", impacts=impacts, start=1_000_000.0, end=None, detected_at=None, severity=Severity.PAGE)
    assert (incident.service, incident.services) == ("checkout", ("checkout", "payments"))
    assert incident.is_open


@pytest.mark.parametrize(
    ("quiet", "since"),
    [((None, None), None), ((9.0, None), None), ((9.0, 12.0), 12.0)],
    ids=["none", "one goes on", "all since"],
)
def test_it_is_quiet_once_all_that_goes_on_is(quiet: tuple[float | None, ...], since: float | None) -> None:
    impacts = (IMPACT, *(replace(IMPACT, end=None, quiet_since=moment) for moment in quiet))
    incident = Incident(id="a1", impacts=impacts, start=1_000_000.0, end=None, detected_at=None, severity=Severity.PAGE)
    assert incident.quiet_since == since


def test_an_impact_without_events_has_no_ratio() -> None:
    assert IMPACT.ratio == pytest.approx(0.03608, abs=1e-5)
    assert replace(IMPACT, bad=0.0, valid=0.0).ratio is None
