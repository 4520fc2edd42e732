"""Builds the snapshot of one moment: every service and SLO, judged by the current data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from dashboard.anomaly.detectors import DetectorSettings
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.changes.known import KnownChange
from dashboard.engine import service_reports
from dashboard.engine.snapshot import Snapshot, downgraded
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import ServiceInfo


def judged_snapshot(
    empty: Snapshot,
    services: Sequence[ServiceInfo],
    slos: tuple[SloReport, ...],
    *,
    samples: pd.DataFrame,
    seldom: Mapping[str, pd.DataFrame],
    ledger_view: LedgerView,
    monitor: AnomalyMonitor,
    detectors: DetectorSettings,
    patience: Callable[[ServiceInfo], float],
    answered_in_part: bool,
    changes: tuple[KnownChange, ...] = (),
) -> Snapshot:
    """Build the snapshot with every service and SLO.

    Args:
        empty: the snapshot without services and SLOs.
        services: all known services. `slos`: reports of all SLOs.
        samples: of the live window, (service, measure, detail) columns. `ledger_view`: the events of the SLOs.
        seldom: samples of services measured too rarely for the live window, by name.
        monitor: evaluated at the same time.
        detectors: its tests.
        patience: returns seconds for a service.
        answered_in_part: the samples are incomplete.
        changes: all known changes.
    """
    now = empty.at
    reports = service_reports.reports(
        services,
        samples,
        slos,
        ledger_view,
        now=now,
        patience=patience,
        partial=answered_in_part,
        seldom=seldom,
        data_end=empty.source.data_end,
    )
    reports = service_reports.with_anomalies(reports, monitor, ledger_view, now=now)
    complete = replace(
        empty,
        services=reports,
        by_name={report.name: report for report in reports},
        slos=slos,
        ledger=ledger_view,
        detection_history=monitor.history,
        detectors=detectors,
        traffic_forecast=monitor.traffic_forecast(),
        changes=changes,
    )
    return downgraded(complete)
