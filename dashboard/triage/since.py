"""Since when a budget burns: the end of the last period in which it did not."""

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.policy import ALLOWED_RATE, SHORT_MIN
from dashboard.slo.report import Alert, SloReport
from dashboard.slo.timeline import Timeline

# The search uses steps of this part of the short window, and at most this many of them.
PART, STEPS = 5, 600
# Before the fine rows there are only hours.
COARSE = 3600.0


def is_held(report: SloReport, ledger_view: LedgerView) -> bool:
    """Whether a ledger has the events of an objective."""
    # Nearly always the same object; comparing two by content takes a hundred times as long.
    return any(slo is report.slo for slo in ledger_view.slos)


def burning_since(report: SloReport, alert: Alert, ledger_view: LedgerView) -> float | None:
    """Epoch seconds at which the present burn began, exact to about the length of the alert's short window.

    This is the end of the last short window that spent no more than allowed; None if the existing rows have none, or do
    not belong to that objective.

    Args:
        report: of the objective. `alert`: its firing alert. `ledger_view`: its events.
    """
    if not is_held(report, ledger_view):
        return None
    timeline, window = Timeline.of(ledger_view, report.slo), alert.short.window_s
    step = max(window / PART, 60.0)
    moments = report.at - step * np.arange(STEPS)
    # With hourly rows, a shorter window would be a part of a row.
    width = np.where(moments - window >= timeline.fine_from, window, max(window, COARSE))
    moments, width = moments[moments - width >= timeline.edges[0]], width[moments - width >= timeline.edges[0]]
    counts = timeline.within(moments - width, moments)
    known = counts[:, SECONDS] >= SHORT_MIN * width
    calm = known & (counts[:, BAD] <= ALLOWED_RATE * report.slo.budget * counts[:, VALID])
    return float(moments[np.argmax(calm)]) if calm.any() else None
