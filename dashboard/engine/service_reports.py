"""Judges one moment: samples and SLO reports in, a report per service out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.anomaly.anomalies import Anomaly
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.engine import health_reasons
from dashboard.engine.anomaly_costs import cost, ranked
from dashboard.engine.health import (
    URGENCY,
    AnsweredInPart,
    Burning,
    DataEnd,
    Health,
    NearlyFull,
    Reason,
    failing_now,
    health_of,
)
from dashboard.engine.snapshot import ServiceReport
from dashboard.signals.current import CurrentValues, current_values
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import Origin, ServiceInfo
from dashboard.timerange import HOUR

SLOS_ONLY = "known only by its SLOs: no signal of it is measured"


@dataclass(frozen=True, slots=True)
class LiveSamples:
    """The samples by which services are judged.

    Attributes:
        frame: the live window, (service, measure, detail) columns.
        sparse: samples of services measured too rarely for the live window, by name.
        partial: they are incomplete, so nothing is good because of them alone.
        data_end: epoch seconds of the newest one if the data have ended; None if they are current.
    """

    frame: pd.DataFrame
    sparse: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    partial: bool = False
    data_end: float | None = None


def reports(
    services: Sequence[ServiceInfo],
    samples: LiveSamples,
    slos: Sequence[SloReport],
    ledger_view: LedgerView,
    *,
    now: float,
    stale_after_s: Callable[[ServiceInfo], float],
) -> tuple[ServiceReport, ...]:
    """A report for each service, most urgent first.

    Args:
        services: all known services. `samples`: of all of them.
        slos: reports of all SLOs. `ledger_view`: the events they were judged by.
        now: epoch seconds; the time of the newest sample if the data have ended.
        stale_after_s: seconds after which a service without new data is unknown.
    """
    groups = {**by_service(samples.frame), **samples.sparse}
    slos_by_service: dict[str, list[SloReport]] = {}
    for slo in slos:
        slos_by_service.setdefault(slo.slo.service, []).append(slo)
    # All services without samples share one empty frame with the column levels that panels select by.
    empty = pd.DataFrame(
        index=samples.frame.index, columns=pd.MultiIndex.from_arrays([[], []], names=frames.LEVELS[1:])
    )
    judged = [
        _service(
            info,
            groups.get(info.name, empty),
            tuple(slos_by_service.get(info.name, ())),
            ledger_view,
            now=now,
            stale_after_s=stale_after_s(info),
            partial=samples.partial,
        )
        for info in services
    ]
    if samples.data_end is not None:
        judged = [replace(report, reasons=(DataEnd(samples.data_end), *report.reasons)) for report in judged]
    return tuple(sorted(judged, key=_urgency))


def slos_without_signals(services: Sequence[ServiceInfo], slos: Sequence[SloReport]) -> tuple[SloReport, ...]:
    """SLO reports of services without signals: from recording rules, and from operators' queries."""
    with_signals = {info.name for info in services}
    return tuple(report for report in slos if report.slo.service not in with_signals)


def not_recorded(slos: Sequence[SloReport], recorded: Sequence[Slo]) -> tuple[SloReport, ...]:
    """Reports without those of recording rules.

    A server keeps answering with a recorded value for up to five minutes; how old these are is determined by the
    newest recorded sample, which the source looks up.
    """
    names = {slo.name for slo in recorded}
    return tuple(report for report in slos if report.slo.name not in names)


def services_known_by_slos(slos: Sequence[SloReport]) -> tuple[ServiceInfo, ...]:
    """The services of such SLOs, each once."""
    names = dict.fromkeys(report.slo.service for report in slos)
    return tuple(ServiceInfo(name, "", errors=False, notes=(SLOS_ONLY,), origin=Origin.SLOS) for name in names)


def with_anomalies(
    reports: Sequence[ServiceReport], monitor: AnomalyMonitor, ledger_view: LedgerView, *, now: float
) -> tuple[ServiceReport, ...]:
    """Add anomalies, and their cost to the error budgets, to the reports.

    Args:
        reports: as returned by `reports`; the order is kept.
        monitor: evaluated at the same time. `ledger_view`: the events the SLOs were judged by.
        now: epoch seconds.
    """
    anomalies, has_baseline, forecasts = monitor.anomalies(), monitor.has_baseline, monitor.forecasts()
    return tuple(
        replace(
            report,
            reasons=_not_said_by(anomalies.get(report.name, ()), report.reasons),
            anomalies=ranked(
                replace(anomaly, cost=cost(anomaly, report.slos, ledger_view, now=now))
                for anomaly in anomalies.get(report.name, ())
            ),
            has_baseline=has_baseline.get(report.name, False),
            forecasts=forecasts.get(report.name, {}),
        )
        for report in reports
    )


def _not_said_by(anomalies: Sequence[Anomaly], reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Reasons except full resources that an anomaly also reports, with its start and forecast."""
    resources = {anomaly.detail for anomaly in anomalies if anomaly.until is None}
    return tuple(reason for reason in reasons if not (isinstance(reason, NearlyFull) and reason.resource in resources))


def expired(before: Sequence[ServiceReport], *, now: float) -> tuple[ServiceReport, ...]:
    """The reports of the last refresh if there are no new data: services measured too long ago become unknown.

    Args:
        before: reports of the last successful refresh.
        now: epoch seconds.
    """
    judged = [report if is_fresh(report, now) else _lost(report, now) for report in before]
    return tuple(sorted(judged, key=_urgency))


def is_fresh(report: ServiceReport, now: float) -> bool:
    """Whether a service was measured recently enough for its health to hold at `now` (epoch seconds)."""
    return report.newest is not None and abs(now - report.newest) <= report.stale_after_s


def _lost(report: ServiceReport, now: float) -> ServiceReport:
    reason = _without_data(report.info, report.current, report.newest, report.slos)
    current = _current(report.current, now=now, stale_after_s=report.stale_after_s)
    return replace(report, health=Health.UNKNOWN, reasons=(reason,), current=current)


def _without_data(info: ServiceInfo, reading: CurrentValues, newest: float | None, slos: Sequence[SloReport]) -> Reason:
    has_signals = info.origin is not Origin.SLOS
    return health_reasons.without_data(reading, newest, slos, has_signals=has_signals, last_seen=info.last_seen)


def _current(reading: CurrentValues, *, now: float, stale_after_s: float) -> CurrentValues:
    """The newest signals; old numbers are removed, as they would look current."""
    is_old = reading.time is not None and abs(now - reading.time) > stale_after_s
    return CurrentValues(reading.time) if is_old else reading


def by_service(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One (measure, detail) frame per service, in one pass over the columns."""
    codes, names = pd.factorize(samples.columns.get_level_values("service"))
    if not len(codes):
        return {}
    values, columns = samples.to_numpy(), samples.iloc[:0].droplevel("service", axis=1).columns
    kinds = columns.factorize()[0]
    # Most services have the same columns; a shared index is much faster to search than one per service.
    shared: dict[bytes, pd.Index] = {}
    groups = {}
    by_code = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    for name, places in zip(names, by_code, strict=True):
        kind = kinds[places].tobytes()
        if kind not in shared:
            shared[kind] = columns[places]
        # Adjacent columns are taken as views.
        is_block = places[-1] - places[0] + 1 == len(places)
        block = values[:, places[0] : places[-1] + 1] if is_block else values[:, places]
        groups[str(name)] = pd.DataFrame(block, index=samples.index, columns=shared[kind], copy=False)
    return groups


def _service(
    info: ServiceInfo,
    samples: pd.DataFrame,
    slos: tuple[SloReport, ...],
    ledger_view: LedgerView,
    *,
    now: float,
    stale_after_s: float,
    partial: bool,
) -> ServiceReport:
    reading = current_values(samples, threshold=info.threshold)
    newest = _newest(info, samples, slos, reading)
    if newest is None or not _live(info, slos, age=now - newest, stale_after_s=stale_after_s):
        reason = _without_data(info, reading, newest, slos)
        current = _current(reading, now=now, stale_after_s=stale_after_s)
        return ServiceReport(
            info, Health.UNKNOWN, (reason,), current, slos, samples, newest, stale_after_s=stale_after_s
        )
    failing = failing_now(slos, reading.errors.get("server"))
    health = health_of(slos, live=True, failing=failing) if slos else _without_slos(reading)
    unknown = health_reasons.failures_unknown(info, slos, reading, samples)
    reasons: tuple[Reason, ...] = (
        *((unknown,) if unknown else ()),
        *health_reasons.with_data(slos, reading, ledger_view),
    )
    # A firing alert says more than this reason.
    if failing is not None and health is Health.AT_RISK and not any(isinstance(reason, Burning) for reason in reasons):
        reasons = (failing, *reasons)
    # A host is judged only by its resources, which are as complete as the samples.
    if partial and not slos and health is Health.HEALTHY:
        health, reasons = Health.UNKNOWN, (*reasons, AnsweredInPart())
    # With data more than an hour apart, minutes without measurements are not worth a reason.
    unmeasured = tuple(health_reasons.not_measured_now(slos)) if stale_after_s < HOUR else ()
    if (unmeasured or unknown) and health is Health.HEALTHY:
        health = Health.UNKNOWN
    stale_after_s = max(stale_after_s, _rows_stale_after_s(info, slos))
    return ServiceReport(
        info, health, (*reasons, *unmeasured), reading, slos, samples, newest, stale_after_s=stale_after_s
    )


def _rows_stale_after_s(info: ServiceInfo, slos: Sequence[SloReport]) -> float:
    """Seconds for which a service known only from SLOs is as fresh as their rows; 0 for other services."""
    if info.origin is not Origin.SLOS:
        return 0.0
    # The last row may be one row old.
    return max((slo.stale_after_s + slo.slo.row_s for slo in slos), default=0.0)


def _live(info: ServiceInfo, slos: Sequence[SloReport], *, age: float, stale_after_s: float) -> bool:
    """Whether a service was measured recently; one known only from SLOs, by any of them."""
    # Rows of recording rules may be hours apart; each SLO knows when it is stale.
    return age <= stale_after_s if info.origin is not Origin.SLOS else not all(slo.stale for slo in slos)


def _newest(
    info: ServiceInfo, samples: pd.DataFrame, slos: Sequence[SloReport], reading: CurrentValues
) -> float | None:
    """When a service was last measured: its requests if SLOs judge them, its SLOs if it has no signals."""
    if info.origin is Origin.SLOS:
        return max((slo.measured_at for slo in slos if slo.measured_at is not None), default=None)
    return _counted_at(samples) if slos else reading.time


def _counted_at(samples: pd.DataFrame) -> float | None:
    """When requests were last counted: a gauge that still reports says nothing about them."""
    # A source with only a histogram has no `requests`; its last bucket counts all of them.
    columns = (frames.values(samples, "requests"), frames.values(samples, "latency", "inf"))
    counted = np.flatnonzero(~np.isnan(columns).all(axis=0))
    return float(samples.index[counted[-1]].timestamp()) if len(counted) else None


def _without_slos(reading: CurrentValues) -> Health:
    # A host has no requests and can only be judged by its resources. Requests without an SLO are not fine.
    if reading.most_used is None:
        return Health.UNKNOWN
    if reading.most_used[1] >= health_reasons.NEARLY_FULL:
        return Health.AT_RISK
    return Health.HEALTHY if reading.traffic is None else Health.UNKNOWN


def _urgency(report: ServiceReport) -> tuple[int, float, int, str]:
    # Without an SLO no budget is spent. Unknown tiers come last.
    left = min((slo.remaining for slo in report.slos if slo.remaining is not None), default=1.0)
    return URGENCY[report.health], left, report.info.tier or 9, report.name
