"""A picture by data that are not current claims nothing good, and takes back nothing bad."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard.engine.default_slos import availability
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot, downgraded
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.signals.current import CurrentValues
from dashboard.slo.policy import WORKBOOK, Rule
from dashboard.slo.report import Alert, Burn, Reading, SlaReport, SloReport, State
from dashboard.sources.catalog import ServiceInfo

OLD = [SourceState.STARTING, SourceState.STALE, SourceState.DOWN]


def slo(state: State, **more: Any) -> SloReport:
    report = SloReport(availability("shop"), state, 0.0, 0.0, 1.0, 9.0, 10.0, 1.0, 0.9, None, 0.5)
    return replace(report, **more)


def service(health: Health, *slos: SloReport, name: str = "shop") -> ServiceReport:
    return ServiceReport(ServiceInfo(name, "test"), health, (), CurrentValues(), slos, pd.DataFrame())


def alert(reading: Reading | None, *, firing: bool = False) -> Alert:
    burn = Burn(3600.0, 20.0, 9.0, 10.0, 1.0)
    return Alert(Rule(WORKBOOK.rows[0], 14.4), burn, burn, reading, firing)


def shown(state: SourceState, *services: ServiceReport) -> Snapshot:
    """The snapshot as pages get it, of a source in a state."""
    slos = tuple(slo_report for report in services for slo_report in report.slos)
    by_name = {report.name: report for report in services}
    status = SourceStatus("csv", "a.csv", state)
    return downgraded(Snapshot(0.0, status, services=services, by_name=by_name, slos=slos))


def test_by_a_source_that_is_fine_the_picture_is_believed_as_it_is() -> None:
    report = service(Health.HEALTHY, slo(State.ACCEPTABLE))
    snapshot = shown(SourceState.OK, report)
    assert snapshot.services == (report,)
    assert snapshot.slos[0].state is State.ACCEPTABLE


@pytest.mark.parametrize("state", OLD)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Health.HEALTHY, Health.UNKNOWN),
        (Health.UNKNOWN, Health.UNKNOWN),
        (Health.AT_RISK, Health.AT_RISK),
        (Health.BREACHING, Health.BREACHING),
    ],
)
def test_no_service_is_healthy_by_a_source_that_is_not_fine(state: SourceState, before: Health, after: Health) -> None:
    assert shown(state, service(before)).services[0].health is after


@pytest.mark.parametrize("state", OLD)
@pytest.mark.parametrize("before", list(State))
def test_no_slo_is_acceptable_by_it_and_what_burned_may_still_burn(state: SourceState, before: State) -> None:
    snapshot = shown(state, service(Health.AT_RISK, slo(before)))
    after = State.NO_DATA if before is State.ACCEPTABLE else before
    assert [report.state for report in (*snapshot.slos, *snapshot.services[0].slos)] == [after, after]
    assert snapshot.slos[0].stale is (before is State.ACCEPTABLE)


def test_the_numbers_stay_for_those_who_want_to_know_how_it_was() -> None:
    (report,) = shown(SourceState.STALE, service(Health.HEALTHY, slo(State.ACCEPTABLE))).slos
    assert (report.remaining, report.sli, report.valid) == (0.5, 0.9, 10.0)


def test_a_service_is_the_same_by_its_name_as_in_the_list() -> None:
    snapshot = shown(SourceState.DOWN, service(Health.HEALTHY), service(Health.AT_RISK, name="cart"))
    assert [snapshot.by_name[report.name] for report in snapshot.services] == list(snapshot.services)
    assert snapshot.by_name["shop"].health is Health.UNKNOWN


@pytest.mark.parametrize("reading", [*Reading, None])
def test_windows_that_were_fine_are_unread_and_an_alert_keeps_firing(reading: Reading | None) -> None:
    (report,) = shown(
        SourceState.DOWN, service(Health.BREACHING, slo(State.CRITICAL, alerts=(alert(reading, firing=True),)))
    ).slos
    assert report.alerts[0].reading is (None if reading is Reading.ACCEPTABLE else reading)
    assert report.alerts[0].firing
    assert report.paging


@pytest.mark.parametrize(("before", "after"), [(True, None), (False, False), (None, None)])
def test_an_sla_is_not_said_to_be_met_but_stays_broken(before: bool | None, after: bool | None) -> None:
    report = slo(State.CRITICAL, sla=SlaReport(0.99, 0.2, before, None))
    (shown_report,) = shown(SourceState.STALE, service(Health.AT_RISK, report)).slos
    assert shown_report.sla is not None
    assert shown_report.sla.met is after
