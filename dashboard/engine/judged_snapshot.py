"""The snapshot of one moment: every service and SLO, judged by what is held."""

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
    """The snapshot with every service and SLO.

    Args:
        empty: the snapshot of the moment without any.
        services: all that are known. `slos`: reports of all SLOs.
        samples: the live window, (service, measure, detail) columns. `ledger_view`: the events of the SLOs.
        seldom: samples of services that are measured too seldom for it, by name.
        monitor: has looked at the same moment.
        detectors: what it tests by.
        patience: of a service, in seconds.
        answered_in_part: the samples lack something.
        changes: all that are known.
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
