"""One moment judged: samples, ledger and the newest counts in, a report per service out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.history import events
from dashboard.signals.current import Current, current
from dashboard.slo.budget import Burn, Slo, SloReport, State, report
from dashboard.snapshot import URGENCY, Health, ServiceReport, health_of
from dashboard.sources.base import ServiceInfo
from dashboard.timerange import HOUR

AVAILABILITY = 0.999
LATENCY = 0.99
REASONS = {
    State.EXHAUSTED: "the {indicator} budget is spent",
    State.CRITICAL: "the {indicator} budget burns {burn:.1f} times too fast",
    State.INCREASING: "the {indicator} budget burns {burn:.1f} times as fast as it may",
    State.RECOVERING: "the {indicator} budget burned and has stopped",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """Event counts by service, with (measure, detail) columns; a service is missing where nothing was counted.

    Attributes:
        ledger: closed hours, oldest first.
        open_hour: one row over the time since the last full hour. `last_hour`: one row over the last 3600 s.
        open_s: seconds the open hour covers.
    """

    ledger: Mapping[str, pd.DataFrame]
    open_hour: Mapping[str, pd.DataFrame]
    last_hour: Mapping[str, pd.DataFrame]
    open_s: float

    @classmethod
    def of(
        cls,
        ledger: pd.DataFrame | None,
        open_hour: pd.DataFrame | None,
        last_hour: pd.DataFrame | None,
        open_s: float,
    ) -> Self:
        """Split frames with (service, measure, detail) columns; None where nothing could be asked."""
        return cls(_split(ledger), _split(open_hour), _split(last_hour), open_s)


def default_slos(info: ServiceInfo, *, availability: float = AVAILABILITY, latency: float = LATENCY) -> tuple[Slo, ...]:
    """The objectives a service has when nobody wrote any: availability, and latency where there are buckets."""
    slos = [Slo(info.name, "availability", availability)] if info.errors else []
    if info.threshold is not None:
        slos.append(Slo(info.name, "latency", latency, threshold=info.threshold))
    return tuple(slos)


def reports(
    services: Sequence[ServiceInfo], samples: pd.DataFrame, counted: Counted, *, now: float, patience: float
) -> tuple[ServiceReport, ...]:
    """Every service's report, most urgent first.

    Args:
        samples: the live window. `patience`: a service whose newest sample is older, in seconds, is unknown.
    """
    groups = by_service(samples)
    empty = pd.DataFrame(index=samples.index, columns=pd.MultiIndex.from_arrays([[], []], names=frames.LEVELS[1:]))
    made = [_service(info, groups.get(info.name, empty), counted, now=now, patience=patience) for info in services]
    return tuple(sorted(made, key=_urgency))


def aged(before: Sequence[ServiceReport], *, now: float, patience: float) -> tuple[ServiceReport, ...]:
    """The same reports when nothing new came: what is older than the patience is unknown."""
    made = [report if _fresh(report, now, patience) else _lost(report) for report in before]
    return tuple(sorted(made, key=_urgency))


def _fresh(report: ServiceReport, now: float, patience: float) -> bool:
    return report.newest is not None and now - report.newest <= patience


def _lost(report: ServiceReport) -> ServiceReport:
    return replace(report, health=Health.UNKNOWN, reasons=("no data now",))


def _split(frame: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    return {} if frame is None else by_service(frame)


def by_service(samples: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One (measure, detail) frame per service, in one pass over the columns."""
    names = samples.columns.get_level_values("service")
    codes, uniques = pd.factorize(names)
    return {
        str(name): samples.iloc[:, np.flatnonzero(codes == code)].droplevel("service", axis=1)
        for code, name in enumerate(uniques)
    }


def _service(
    info: ServiceInfo, samples: pd.DataFrame, counted: Counted, *, now: float, patience: float
) -> ServiceReport:
    reading = current(samples, threshold=info.threshold)
    slos = tuple(slo_report(slo, counted, now=now) for slo in default_slos(info))
    newest = _counted_at(samples) if slos else reading.time
    live = newest is not None and now - newest <= patience
    health = health_of(slos, live=live) if slos else _without_slos(reading, live=live)
    reasons = _reasons(slos, reading, live=live)
    missing = _unmeasured(slos) if live and patience < HOUR else ()
    if missing and health is Health.HEALTHY:
        health = Health.UNKNOWN
    return ServiceReport(info, health, (*reasons, *missing), reading, slos, samples, newest)


def _counted_at(samples: pd.DataFrame) -> float | None:
    """When requests were last counted: a gauge that goes on says nothing about them."""
    counts = frames.series(samples, "requests").fillna(frames.series(samples, "latency", "inf")).dropna()
    return None if counts.empty else float(counts.index[-1].timestamp())


def _unmeasured(slos: Sequence[SloReport]) -> tuple[str, ...]:
    """Budgets that only the past vouches for: nothing of their last hour is known, not even that nobody came."""
    return tuple(
        f"the {slo.slo.indicator} of the last hour is not known"
        for slo in slos
        if slo.remaining is not None and all(burn.coverage == 0 for burn in slo.burn)
    )


def _without_slos(reading: Current, *, live: bool) -> Health:
    # A host has no requests to count: only how full it is can be judged. Requests that nobody judges are not fine.
    if not live or reading.most_used is None:
        return Health.UNKNOWN
    if reading.most_used[1] >= 0.9:
        return Health.AT_RISK
    return Health.HEALTHY if reading.traffic is None else Health.UNKNOWN


def _reasons(slos: Sequence[SloReport], reading: Current, *, live: bool) -> tuple[str, ...]:
    if reading.time is None:
        return ("no data in the live window",)
    if not live:
        return ("no data now",)
    if not slos and reading.traffic is not None:
        return ("nothing tells whether its requests fail",)
    told = [
        REASONS[slo.state].format(indicator=slo.slo.indicator, burn=slo.burn_1h or 0.0)
        for slo in slos
        if slo.state in REASONS
    ]
    if slos and all(slo.state is State.NO_DATA for slo in slos):
        told.append("no requests were counted yet for its objectives")
    if reading.most_used and reading.most_used[1] >= 0.9:
        told.append(f"{reading.most_used[0]} is nearly full")
    return tuple(told)


def _urgency(made: ServiceReport) -> tuple[int, float, int, str]:
    left = min((slo.remaining for slo in made.slos if slo.remaining is not None), default=1.0)
    return URGENCY[made.health], left, made.info.tier or 9, made.name


def slo_report(slo: Slo, counted: Counted, *, now: float) -> SloReport:
    """Budget and burn of one objective over its rolling window, by the ledger."""
    good, valid, coverage = _window(slo, counted, now=now)
    hour_good, hour_valid = _one(counted.last_hour, slo)
    burn = Burn(
        window_s=float(HOUR),
        rate=(hour_valid - hour_good) / hour_valid / slo.budget if hour_valid > 0 else None,
        good=hour_good if hour_valid > 0 else None,
        valid=hour_valid if hour_valid > 0 else None,
        coverage=1.0 if hour_valid == hour_valid else 0.0,
    )
    return report(slo, good=good, valid=valid, start=now - slo.window_s, end=now, coverage=coverage, hour=burn)


def _window(slo: Slo, counted: Counted, *, now: float) -> tuple[float, float, float]:
    """Good and valid events in the window, and the share of its hours that were measured."""
    good, valid, measured = _closed_hours(counted.ledger.get(slo.service), slo, now=now)
    open_good, open_valid = _one(counted.open_hour, slo)
    if open_valid == open_valid:
        good, valid, measured = good + open_good, valid + open_valid, measured + counted.open_s
    return good, valid, min(1.0, measured / slo.window_s)


def _closed_hours(counts: pd.DataFrame | None, slo: Slo, *, now: float) -> tuple[float, float, float]:
    """Good and valid events and measured seconds of the ledger; a service of this hour is in none yet."""
    if counts is None:
        return 0.0, 0.0, 0.0
    hours = events(counts, slo.indicator, slo.threshold)
    ends = np.array([end.timestamp() for end in hours.index])
    # The oldest hour lies partly before the window: it counts by the part inside.
    weight = np.clip((ends - (now - slo.window_s)) / HOUR, 0, 1)
    values = hours.to_numpy()
    good, valid = np.nansum(values * weight[:, None], axis=0)
    return float(good), float(valid), float((weight * ~np.isnan(values[:, 1])).sum()) * HOUR


def _one(counts: Mapping[str, pd.DataFrame], slo: Slo) -> tuple[float, float]:
    if slo.service not in counts:
        return np.nan, np.nan
    row = events(counts[slo.service], slo.indicator, slo.threshold).iloc[-1]
    return float(row["good"]), float(row["valid"])
