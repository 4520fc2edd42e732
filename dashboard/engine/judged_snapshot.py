"""Builds the snapshot of one moment: every service and SLO, judged by the current data."""

from dataclasses import replace
from functools import partial

from dashboard.changes.known import KnownChange
from dashboard.engine import freshness, service_reports
from dashboard.engine.intake import Intake
from dashboard.engine.service_reports import LiveSamples
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot, downgraded, empty_snapshot
from dashboard.engine.source_status import SourceStatus
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Catalog


def judged_snapshot(
    intake: Intake,
    settings: Settings,
    catalog: Catalog,
    status: SourceStatus,
    slos: tuple[SloReport, ...],
    *,
    answered_in_part: bool,
    changes: tuple[KnownChange, ...] = (),
) -> Snapshot:
    """Build the snapshot with every service and SLO.

    Args:
        intake: the fetched data, judged at its time. `settings`: of the poller.
        catalog: the services. `status`: of the source.
        slos: reports of all SLOs.
        answered_in_part: the samples are incomplete.
        changes: all known changes.
    """
    samples, ledger_view, monitor, now = intake.samples, intake.slos.ledger_view, intake.monitor, intake.at
    assert samples is not None, "what is judged was fetched"
    without_signals = service_reports.slos_without_signals(catalog.services, slos)
    reports = service_reports.reports(
        (*catalog.services, *service_reports.services_known_by_slos(without_signals)),
        LiveSamples(samples, intake.sparse.samples, answered_in_part, status.data_end),
        slos,
        ledger_view,
        now=now,
        stale_after_s=partial(freshness.stale_after_with, catalog, settings.refresh),
    )
    reports = service_reports.with_anomalies(reports, monitor, ledger_view, now=now)
    complete = replace(
        empty_snapshot(now, status, settings),
        services=reports,
        by_name={report.name: report for report in reports},
        slos=slos,
        ledger=ledger_view,
        detection_history=monitor.history,
        detectors=settings.detectors,
        traffic_forecast=monitor.traffic_forecast(),
        changes=changes,
    )
    return downgraded(complete)
