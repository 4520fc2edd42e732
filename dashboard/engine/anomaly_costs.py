"""The cost of an anomaly: the share of an error budget that its additional failures took."""

from collections.abc import Iterable
from itertools import chain

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.indicators import Measure, Ratio
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Timeline
from dashboard.timerange import DAY

# Which SLO kinds count the failures of each signal.
COUNTED = {Signal.ERRORS: Measure.ERRORS, Signal.LATENCY: Measure.LATENCY}
# The usual share of bad events is that of this many seconds before the anomaly.
BEFORE = float(DAY)


def cost(anomaly: Anomaly, slos: Iterable[SloReport], ledger_view: LedgerView, *, now: float) -> float | None:
    """Share of the error budget taken by bad events above the usual share.

    (bad − usual × valid) ÷ (budget × valid events of the SLO's window), from the anomaly's start until its end or now,
    never below 0; None if no SLO counts the signal, or nothing was counted.

    Args:
        anomaly: a period in which a signal of the service was unusual.
        slos: reports of the service's SLOs.
        ledger_view: the events that the SLOs are judged by.
        now: epoch seconds, the end of an ongoing anomaly.
    """
    report = _counting(anomaly, slos, ledger_view)
    if report is None or not report.budgeted:
        return None
    end = max(now if anomaly.until is None else anomaly.until, anomaly.since)
    during, before = Timeline.of(ledger_view, report.slo).within(
        np.array([anomaly.since, anomaly.since - BEFORE]), np.array([end, anomaly.since])
    )
    if during[VALID] <= 0:
        return None
    # Without earlier events there is no usual share, so every failure counts as additional.
    usual = before[BAD] / before[VALID] if before[VALID] > 0 else 0.0
    excess = during[BAD] - usual * during[VALID]
    return max(0.0, float(excess / (report.slo.budget * report.budgeted)))


def _counting(anomaly: Anomaly, slos: Iterable[SloReport], ledger_view: LedgerView) -> SloReport | None:
    """The first SLO that counts the anomalous signal; hints belong to no counted signal."""
    measure = COUNTED.get(anomaly.signal) if anomaly.layer is Layer.TEST else None
    if measure is None:
        return None
    counted = [report for report in slos if report.slo in ledger_view.slos]
    exact = (report for report in counted if report.slo.measure is measure)
    # An operator's own ratio does not say what it measures; without a limit it usually counts failures.
    ratios = (report for report in counted if measure is Measure.ERRORS and _is_plain_ratio(report.slo))
    return next(chain(exact, ratios), None)


def _is_plain_ratio(slo: Slo) -> bool:
    return slo.measure is None and slo.limit is None and isinstance(slo.indicator, Ratio)


def ranked(anomalies: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Most expensive first; then, without a known cost, ongoing ones, then the least probable; hints last."""
    return tuple(sorted(anomalies, key=_rank))


def _rank(anomaly: Anomaly) -> tuple[bool, float, bool, float]:
    p_value = 1.0 if anomaly.p_value is None else anomaly.p_value
    return anomaly.layer is Layer.NOVELTY, -(anomaly.cost or 0.0), anomaly.until is not None, p_value
