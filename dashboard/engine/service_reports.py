"""One moment judged: samples and the SLOs' reports in, a report per service out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

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

NOTHING_SELDOM: Mapping[str, pd.DataFrame] = {}
SLOS_ONLY = "known only by its SLOs: no signal of it is measured"


def reports(
    services: Sequence[ServiceInfo],
    samples: pd.DataFrame,
    slos: Sequence[SloReport],
    ledger_view: LedgerView,
    *,
    now: float,
    patience: Callable[[ServiceInfo], float],
    partial: bool = False,
    seldom: Mapping[str, pd.DataFrame] = NOTHING_SELDOM,
    data_end: float | None = None,
) -> tuple[ServiceReport, ...]:
    """Every service's report, most urgent first.

    Args:
        services: all that are known.
        samples: the live window, (service, measure, detail) columns.
        slos: reports of the SLOs of all services. `ledger_view`: the events they were judged by.
        now: epoch seconds.
        patience: of a service, in seconds; one that was measured longer ago is unknown.
        partial: the samples lack something, so that nothing is good by them alone.
        seldom: samples of services that are measured too seldom for the live window, by name.
        data_end: epoch seconds of the newest sample, where the data have ended and `now` is then.
    """
    groups = {**by_service(samples), **seldom}
    slos_by_service: dict[str, list[SloReport]] = {}
    for slo in slos:
        slos_by_service.setdefault(slo.slo.service, []).append(slo)
    # A service without samples has a frame with the levels that panels select by, shared by all of these.
    empty = pd.DataFrame(index=samples.index, columns=pd.MultiIndex.from_arrays([[], []], names=frames.LEVELS[1:]))
    judged = [
        _service(
            info,
            groups.get(info.name, empty),
            tuple(slos_by_service.get(info.name, ())),
            ledger_view,
            now=now,
            patience=patience(info),
            partial=partial,
        )
        for info in services
    ]
    if data_end is not None:
        judged = [replace(report, reasons=(DataEnd(data_end), *report.reasons)) for report in judged]
    return tuple(sorted(judged, key=_urgency))


def slos_without_signals(services: Sequence[ServiceInfo], slos: Sequence[SloReport]) -> tuple[SloReport, ...]:
    """Reports of SLOs whose service no signal tells of: those of recording rules, and of the operator's queries."""
    with_signals = {info.name for info in services}
    return tuple(report for report in slos if report.slo.service not in with_signals)


def not_recorded(slos: Sequence[SloReport], recorded: Sequence[Slo]) -> tuple[SloReport, ...]:
    """Reports without those of recording rules.

    A server goes on to answer with a value that was recorded up to five minutes ago: how old these are is told by the
    newest recorded sample, which the source looks for.
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
    """The reports with what is unusual about each service, and what that costs its error budgets.

    Args:
        reports: as `reports` returns them; their order is kept.
        monitor: has looked at the same moment. `ledger_view`: the events the SLOs were judged by.
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
    """Reasons without the full resources that an anomaly names, too: with its start and its forecast."""
    resources = {anomaly.detail for anomaly in anomalies if anomaly.until is None}
    return tuple(reason for reason in reasons if not (isinstance(reason, NearlyFull) and reason.resource in resources))


def expired(before: Sequence[ServiceReport], *, now: float) -> tuple[ServiceReport, ...]:
    """The reports of the last refresh when nothing new came: a service that was measured too long ago is unknown.

    Args:
        before: reports of the last refresh that succeeded.
        now: epoch seconds.
    """
    judged = [report if is_fresh(report, now) else _lost(report, now) for report in before]
    return tuple(sorted(judged, key=_urgency))


def is_fresh(report: ServiceReport, now: float) -> bool:
    """It was measured so lately that its health holds at `now` (epoch seconds)."""
    return report.newest is not None and abs(now - report.newest) <= report.patience


def _lost(report: ServiceReport, now: float) -> ServiceReport:
    reason = health_reasons.without_data(
        report.current, report.newest, has_signals=report.info.origin is not Origin.SLOS
    )
    current = _current(report.current, now=now, patience=report.patience)
    return replace(report, health=Health.UNKNOWN, reasons=(reason,), current=current)


def _current(reading: CurrentValues, *, now: float, patience: float) -> CurrentValues:
    """The newest signals, without their numbers where these are old: they would look like those of now."""
    is_old = reading.time is not None and abs(now - reading.time) > patience
    return CurrentValues(reading.time) if is_old else reading


def by_service(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One (measure, detail) frame per service, in one pass over the columns."""
    codes, names = pd.factorize(samples.columns.get_level_values("service"))
    if not len(codes):
        return {}
    values, columns = samples.to_numpy(), samples.iloc[:0].droplevel("service", axis=1).columns
    kinds = columns.factorize()[0]
    # Most services have the same columns: an index that they share is searched much faster than one for each.
    shared: dict[bytes, pd.Index] = {}
    groups = {}
    by_code = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    for name, places in zip(names, by_code, strict=True):
        kind = kinds[places].tobytes()
        if kind not in shared:
            shared[kind] = columns[places]
        # Columns that lie side by side are looked at where they are.
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
    patience: float,
    partial: bool,
) -> ServiceReport:
    reading = current_values(samples, threshold=info.threshold)
    newest = _newest(info, samples, slos, reading)
    if newest is None or not _live(info, slos, age=now - newest, patience=patience):
        reason = health_reasons.without_data(reading, newest, has_signals=info.origin is not Origin.SLOS)
        current = _current(reading, now=now, patience=patience)
        return ServiceReport(info, Health.UNKNOWN, (reason,), current, slos, samples, newest, patience=patience)
    failing = failing_now(slos, reading.errors.get("server"))
    health = health_of(slos, live=True, failing=failing) if slos else _without_slos(reading)
    not_told = health_reasons.failures_not_told(info, slos, reading, samples)
    reasons: tuple[Reason, ...] = (
        *((not_told,) if not_told else ()),
        *health_reasons.with_data(slos, reading, ledger_view),
    )
    # An alert that fires says more.
    if failing is not None and health is Health.AT_RISK and not any(isinstance(reason, Burning) for reason in reasons):
        reasons = (failing, *reasons)
    # A host is judged by its resources alone, which are as complete as the samples.
    if partial and not slos and health is Health.HEALTHY:
        health, reasons = Health.UNKNOWN, (*reasons, AnsweredInPart())
    # Whoever waits longer than an hour for data is not told what was not measured for minutes.
    unmeasured = tuple(health_reasons.not_measured_now(slos)) if patience < HOUR else ()
    if (unmeasured or not_told) and health is Health.HEALTHY:
        health = Health.UNKNOWN
    # One that only SLOs tell of is measured as seldom as these are counted, and the last row is one ago.
    seldom = max((slo.stale_after_s + slo.slo.row_s for slo in slos), default=0.0)
    seldom = seldom if info.origin is Origin.SLOS else 0.0
    return ServiceReport(
        info, health, (*reasons, *unmeasured), reading, slos, samples, newest, patience=max(patience, seldom)
    )


def _live(info: ServiceInfo, slos: Sequence[SloReport], *, age: float, patience: float) -> bool:
    """Something was measured of a service lately; of one that only its SLOs tell of, by any of them."""
    # Rows of recording rules may lie hours apart: each SLO knows by itself when it is too old.
    return age <= patience if info.origin is not Origin.SLOS else not all(slo.stale for slo in slos)


def _newest(
    info: ServiceInfo, samples: pd.DataFrame, slos: Sequence[SloReport], reading: CurrentValues
) -> float | None:
    """When a service was last measured: its requests if SLOs judge them, its SLOs if there are no signals of it."""
    if info.origin is Origin.SLOS:
        return max((slo.measured_at for slo in slos if slo.measured_at is not None), default=None)
    return _counted_at(samples) if slos else reading.time


def _counted_at(samples: pd.DataFrame) -> float | None:
    """When requests were last counted: a gauge that goes on says nothing about them."""
    # A source with a histogram alone has no `requests`: the last bucket counts all of them.
    columns = (frames.values(samples, "requests"), frames.values(samples, "latency", "inf"))
    counted = np.flatnonzero(~np.isnan(columns).all(axis=0))
    return float(samples.index[counted[-1]].timestamp()) if len(counted) else None


def _without_slos(reading: CurrentValues) -> Health:
    # A host has no requests to count: only how full it is can be judged. Requests that nobody judges are not fine.
    if reading.most_used is None:
        return Health.UNKNOWN
    if reading.most_used[1] >= health_reasons.NEARLY_FULL:
        return Health.AT_RISK
    return Health.HEALTHY if reading.traffic is None else Health.UNKNOWN


def _urgency(report: ServiceReport) -> tuple[int, float, int, str]:
    # Without an SLO nothing is spent. An unknown tier comes after those that somebody ranked.
    left = min((slo.remaining for slo in report.slos if slo.remaining is not None), default=1.0)
    return URGENCY[report.health], left, report.info.tier or 9, report.name
