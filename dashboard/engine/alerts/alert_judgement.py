"""Judges alert rules only every few minutes: with thousands of objectives it takes a while, and little changes."""

from collections.abc import Sequence

from dashboard.alerts.alert import AlertInterval
from dashboard.alerts.burning import Burning, Measured, burning
from dashboard.alerts.quality import AlertQuality, Judgement, quality
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.event_rows import Rows

# Seconds between two judgements of the rules, and two searches for periods in which budgets burned.
JUDGED_EVERY, BURNING_EVERY = 60.0, 300.0


class AlertJudgement:
    """The most recent quality of all rules.

    Args:
        pages: severities that wake somebody up, in lower case.
    """

    def __init__(self, pages: frozenset[str]) -> None:
        self._pages = pages
        self._quality = AlertQuality()
        self._judged_at = self._burnings_at = float("-inf")
        self._alerts = 0
        self._burnings: tuple[Burning, ...] = ()
        self._measured: tuple[Measured, ...] = ()
        self._hours: Rows | None = None

    def quality(self, intervals: Sequence[AlertInterval], since: float, snapshot: Snapshot) -> AlertQuality:
        """The quality of all rules as of a refresh.

        Args:
            intervals: alerts that fired, in order of time. `since`: epoch seconds from which on they are known.
            snapshot: objectives and events of the refresh.
        """
        now = snapshot.at
        # The arrays of whole hours are replaced when an hour closes, and while the history is read.
        has_hours = self._hours is snapshot.ledger.hours
        if not has_hours or not 0 <= now - self._burnings_at < BURNING_EVERY:
            slos = [report.slo for report in snapshot.slos]
            self._burnings, self._measured = burning(snapshot.ledger, slos, since)
            self._burnings_at, self._hours = now, snapshot.ledger.hours
        elif len(intervals) == self._alerts and 0 <= now - self._judged_at < JUDGED_EVERY:
            return self._quality
        start = max(since, self._begin(intervals, since))
        judgement = Judgement(start, now, snapshot.time_zone, self._pages, self._burnings, self._measured)
        self._quality, self._judged_at, self._alerts = quality(intervals, judgement), now, len(intervals)
        return self._quality

    def _begin(self, intervals: Sequence[AlertInterval], since: float) -> float:
        """Epoch seconds at which the source's data begin: a week without data is not a week without pages."""
        starts = [objective.start for objective in self._measured]
        return min((*starts, *(alert.start for alert in intervals[:1])), default=since)
