"""One moment judged: samples and the objectives' reports in, a report per service out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.anomaly.anomalies import Anomaly
from dashboard.anomaly.monitor import Watch
from dashboard.engine.anomaly_costs import cost, ranked
from dashboard.engine.health import URGENCY, Health, health_of
from dashboard.engine.snapshot import ServiceReport
from dashboard.signals.current import CurrentValues, current_values
from dashboard.slo.ledger import LedgerView
from dashboard.slo.report import SloReport, State
from dashboard.sources.protocol import Origin, ServiceInfo
from dashboard.timerange import DAY, HOUR

NEARLY_FULL = "{} is nearly full"
PROMISED = "no signal of it is measured here: only its objectives are known"
REASONS = {
    State.EXHAUSTED: "the {indicator} budget is spent",
    State.CRITICAL: "the {indicator} budget burns {burn:.1f} times too fast",
    State.INCREASING: "the {indicator} budget has begun to burn {burn:.1f} times as fast as it may",
    State.RECOVERING: "the {indicator} budget burned and has stopped",
}


def reports(
    services: Sequence[ServiceInfo],
    samples: pd.DataFrame,
    slos: Sequence[SloReport],
    *,
    now: float,
    patience: float,
) -> tuple[ServiceReport, ...]:
    """Every service's report, most urgent first.

    Args:
        samples: the live window. `slos`: of all services. `patience`: a service whose newest sample is older, in
            seconds, is unknown.
    """
    groups = by_service(samples)
    slos_by_service: dict[str, list[SloReport]] = {}
    for slo in slos:
        slos_by_service.setdefault(slo.slo.service, []).append(slo)
    empty = pd.DataFrame(index=samples.index, columns=pd.MultiIndex.from_arrays([[], []], names=frames.LEVELS[1:]))
    made = [
        _service(
            info, groups.get(info.name, empty), tuple(slos_by_service.get(info.name, ())), now=now, patience=patience
        )
        for info in services
    ]
    return tuple(sorted(made, key=_urgency))


def slos_without_signals(services: Sequence[ServiceInfo], slos: Sequence[SloReport]) -> tuple[SloReport, ...]:
    """Objectives of services that no signal tells of: those of recording rules, and of the operator's queries."""
    known = {info.name for info in services}
    return tuple(report for report in slos if report.slo.service not in known)


def services_known_by_slos(slos: Sequence[SloReport]) -> tuple[ServiceInfo, ...]:
    """The services of such objectives."""
    names = dict.fromkeys(report.slo.service for report in slos)
    return tuple(ServiceInfo(name, "", errors=False, notes=(PROMISED,), origin=Origin.SLOS) for name in names)


def unusual(
    reports: Sequence[ServiceReport], watch: Watch, ledger_view: LedgerView, *, now: float
) -> tuple[ServiceReport, ...]:
    """The same reports with what is unusual about each service, and what that costs its budgets."""
    found, learned, forecasts = watch.anomalies(), watch.learned, watch.forecasts()
    return tuple(
        replace(
            report,
            reasons=tuple(one for one in report.reasons if one not in _told_better(found.get(report.name, ()))),
            anomalies=ranked(
                replace(one, cost=cost(one, report.slos, ledger_view, now=now)) for one in found.get(report.name, ())
            ),
            learned=learned.get(report.name, False),
            forecasts=forecasts.get(report.name, {}),
        )
        for report in reports
    )


def _told_better(anomalies: Sequence[Anomaly]) -> set[str]:
    """Reasons that an anomaly tells with its start and its forecast."""
    return {NEARLY_FULL.format(one.detail) for one in anomalies if one.until is None and one.detail}


def expired(before: Sequence[ServiceReport], *, now: float, patience: float) -> tuple[ServiceReport, ...]:
    """The same reports when nothing new came: what is older than the patience is unknown."""
    made = [report if _fresh(report, now, patience) else _lost(report) for report in before]
    return tuple(sorted(made, key=_urgency))


def _fresh(report: ServiceReport, now: float, patience: float) -> bool:
    return report.newest is not None and now - report.newest <= patience


def _lost(report: ServiceReport) -> ServiceReport:
    return replace(report, health=Health.UNKNOWN, reasons=("no data now",))


def by_service(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One (measure, detail) frame per service, in one pass over the columns."""
    names = samples.columns.get_level_values("service")
    codes, uniques = pd.factorize(names)
    return {
        str(name): samples.iloc[:, np.flatnonzero(codes == code)].droplevel("service", axis=1)
        for code, name in enumerate(uniques)
    }


def _service(
    info: ServiceInfo, samples: pd.DataFrame, slos: tuple[SloReport, ...], *, now: float, patience: float
) -> ServiceReport:
    reading = current_values(samples, threshold=info.threshold)
    newest, live = _newest(info, samples, slos, reading), False
    if newest is not None:
        live = now - newest <= patience if info.origin is not Origin.SLOS else not all(slo.silent for slo in slos)
    health = health_of(slos, live=live) if slos else _without_slos(reading, live=live)
    reasons = _reasons(slos, reading, live=live, known=info.origin is not Origin.SLOS)
    missing = _unmeasured(slos) if live and patience < HOUR else ()
    if missing and health is Health.HEALTHY:
        health = Health.UNKNOWN
    return ServiceReport(info, health, (*reasons, *missing), reading, slos, samples, newest)


def _newest(
    info: ServiceInfo, samples: pd.DataFrame, slos: Sequence[SloReport], reading: CurrentValues
) -> float | None:
    """When something was last known of a service: requests if they are judged, its objectives if nothing else tells."""
    if info.origin is Origin.SLOS:
        return max((slo.measured_at for slo in slos if slo.measured_at is not None), default=None)
    return _counted_at(samples) if slos else reading.time


def _counted_at(samples: pd.DataFrame) -> float | None:
    """When requests were last counted: a gauge that goes on says nothing about them."""
    counts = frames.series(samples, "requests").fillna(frames.series(samples, "latency", "inf")).dropna()
    return None if counts.empty else float(counts.index[-1].timestamp())


def _unmeasured(slos: Sequence[SloReport]) -> tuple[str, ...]:
    """Budgets that only the past vouches for, and objectives that were never measured beside others that were."""
    told = [
        f"the {slo.slo.kind} was last measured {(slo.at - slo.measured_at) / 60:.0f} min ago"
        for slo in slos
        if slo.silent and slo.measured_at is not None
    ]
    never = [slo.slo.kind for slo in slos if slo.measured_at is None]
    return (*told, *(f"the {kind} was never measured" for kind in never if len(never) < len(slos)))


def _without_slos(reading: CurrentValues, *, live: bool) -> Health:
    # A host has no requests to count: only how full it is can be judged. Requests that nobody judges are not fine.
    if not live or reading.most_used is None:
        return Health.UNKNOWN
    if reading.most_used[1] >= 0.9:
        return Health.AT_RISK
    return Health.HEALTHY if reading.traffic is None else Health.UNKNOWN


def _reasons(slos: Sequence[SloReport], reading: CurrentValues, *, live: bool, known: bool) -> tuple[str, ...]:
    if reading.time is None and known:
        return ("no data in the live window",)
    if not live:
        return ("no data now",)
    if not slos and reading.traffic is not None:
        return ("nothing tells whether its requests fail",)
    told = [
        REASONS[slo.state].format(indicator=slo.slo.kind, burn=slo.pace or 0.0) + _young(slo)
        for slo in slos
        if slo.state in REASONS
    ]
    if slos and all(slo.state is State.NO_DATA for slo in slos):
        measured = max(slo.measured_s for slo in slos)
        few = f"measured for {measured / 60:.0f} min: too little to judge its objectives yet"
        told.append(few if 0 < measured < HOUR else "no requests were counted yet for its objectives")
    if reading.most_used and reading.most_used[1] >= 0.9:
        told.append(NEARLY_FULL.format(reading.most_used[0]))
    return tuple(told)


def _young(slo: SloReport) -> str:
    """How little a spent budget is known by, where that is less than a day."""
    if slo.state is not State.EXHAUSTED or slo.measured_s >= min(DAY, 0.5 * (slo.at - slo.start)):
        return ""
    long = f"{slo.measured_s / 60:.0f} min" if slo.measured_s < 2 * HOUR else f"{slo.measured_s / HOUR:.0f} h"
    return f", by the {long} that were measured"


def _urgency(made: ServiceReport) -> tuple[int, float, int, str]:
    left = min((slo.remaining for slo in made.slos if slo.remaining is not None), default=1.0)
    return URGENCY[made.health], left, made.info.tier or 9, made.name
