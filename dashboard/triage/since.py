"""Since when a budget burns: the end of the newest stretch in which it did not."""

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.policy import ALLOWED_RATE, SHORT_MIN
from dashboard.slo.report import Alert, SloReport
from dashboard.slo.timeline import Timeline

# It is looked for in steps of this part of the short window, so many of them at most.
PART, STEPS = 5, 600
# Hours are known of what came before the fine rows.
COARSE = 3600.0


def is_held(report: SloReport, ledger_view: LedgerView) -> bool:
    """A ledger holds the events of an objective."""
    # Of thousands it is the same object, and to compare two takes a hundred times as long.
    return any(slo is report.slo for slo in ledger_view.slos)


def burning_since(report: SloReport, alert: Alert, ledger_view: LedgerView) -> float | None:
    """Epoch seconds at which the present burn began, to about the length of the alert's short window.

    That is the end of the newest short window which spent no more than is allowed; None where the rows that are held
    have none, or are not of that objective.

    Args:
        report: of the objective. `alert`: of it, which fires. `ledger_view`: its events.
    """
    if not is_held(report, ledger_view):
        return None
    timeline, window = Timeline.of(ledger_view, report.slo), alert.short.window_s
    step = max(window / PART, 60.0)
    moments = report.at - step * np.arange(STEPS)
    # Where only hours are known a shorter window would be a part of one.
    width = np.where(moments - window >= timeline.fine_from, window, max(window, COARSE))
    moments, width = moments[moments - width >= timeline.edges[0]], width[moments - width >= timeline.edges[0]]
    counts = timeline.within(moments - width, moments)
    known = counts[:, SECONDS] >= SHORT_MIN * width
    calm = known & (counts[:, BAD] <= ALLOWED_RATE * report.slo.budget * counts[:, VALID])
    return float(moments[np.argmax(calm)]) if calm.any() else None
