"""How objectives of a snapshot stand: by what is known of their services, as the pages show them."""

from dataclasses import replace

import pytest

from dashboard.engine.gate.gate_standings import decision_of
from dashboard.engine.health import (
    FailsByOtherCounter,
    FailsByOtherLabel,
    FailsByUnreadCounter,
    FailuresUnknown,
    Health,
    OutcomeUnknown,
    RowsLeftOut,
)
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.gate.standing import Reason, Verdict
from tests.steady import Clock, Steady


@pytest.mark.parametrize(
    "reason",
    [
        FailuresUnknown(),
        FailsByOtherCounter("micrometer"),
        FailsByOtherLabel("success", "false", "code", "http_requests_total"),
        FailsByUnreadCounter("http_requests_failed_total", "http_requests_total"),
        RowsLeftOut(400, 3_280),
    ],
    ids=lambda each: type(each).__name__,
)
def test_nothing_goes_of_which_nobody_knows_what_fails(reason: OutcomeUnknown) -> None:
    source = Steady(Clock())
    poller = Poller(source, Settings(), clock=source.clock)
    poller.tick()
    snapshot = poller.read()
    assert decision_of(snapshot, snapshot.at, Reason.FEATURE).verdict is Verdict.GO
    services = tuple(replace(each, health=Health.UNKNOWN, reasons=(reason,)) for each in snapshot.services)
    untold = replace(snapshot, services=services, by_name={each.name: each for each in services})
    assert decision_of(untold, snapshot.at, Reason.FEATURE).verdict is Verdict.UNKNOWN
