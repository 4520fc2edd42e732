"""What an anomaly costs: the share of an error budget that its failures took beyond what is usual."""

from collections.abc import Iterable

import numpy as np

from dashboard.anomaly.anomalies import Anomaly, Layer, Signal
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.indicators import Measure
from dashboard.slo.ledger import LedgerView
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Timeline
from dashboard.timerange import DAY

# What an objective measures that counts the failures of a signal.
COUNTED = {Signal.ERRORS: Measure.ERRORS, Signal.LATENCY: Measure.LATENCY}
# What is usual is the share of bad events on the day before.
BEFORE = float(DAY)


def cost(anomaly: Anomaly, slos: Iterable[SloReport], ledger_view: LedgerView, *, now: float) -> float | None:
    """Share of the budget taken by bad events above the usual share, from its start until its end or now.

    None where no objective counts the signal, or nothing was counted. (bad - usual × valid) / (budget × valid of the
    window), never below 0.
    """
    report = _counting(anomaly, slos, ledger_view)
    if report is None or not report.budgeted:
        return None
    track = Timeline.of(ledger_view, report.slo)
    end = now if anomaly.until is None else anomaly.until
    during, before = track.within(
        np.array([anomaly.since, anomaly.since - BEFORE]), np.array([max(end, anomaly.since), anomaly.since])
    )
    if during[VALID] <= 0:
        return None
    usual = before[BAD] / before[VALID] if before[VALID] > 0 else 0.0
    excess = during[BAD] - usual * during[VALID]
    return max(0.0, float(excess / (report.slo.budget * report.budgeted)))


def _counting(anomaly: Anomaly, slos: Iterable[SloReport], ledger_view: LedgerView) -> SloReport | None:
    """The first objective that counts what is anomalous; hints are of no signal that is counted."""
    measure = COUNTED.get(anomaly.signal) if anomaly.layer is Layer.TEST else None
    if measure is None:
        return None
    return next((report for report in slos if report.slo.measure is measure and report.slo in ledger_view.slos), None)


def ranked(anomalies: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """The dearest first; of those that cost nothing known, those that last, then the least probable; hints last."""
    return tuple(sorted(anomalies, key=_rank))


def _rank(one: Anomaly) -> tuple[bool, float, bool, float]:
    p = one.p_value if one.p_value is not None else 1.0
    return one.layer is Layer.NOVELTY, -(one.cost or 0.0), one.until is not None, p
