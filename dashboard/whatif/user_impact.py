"""The effect on users: bad requests, and minutes in which too many of them were bad."""

from dataclasses import dataclass, replace

import numpy as np

from dashboard.slo.alerts import TIE
from dashboard.slo.event_rows import BAD, VALID
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR
from dashboard.whatif.past import Counted

MINUTE = 60


@dataclass(frozen=True, slots=True)
class UserImpact:
    """The effect on users in a time span.

    Attributes:
        bad, valid: events. `seconds`: time in which a larger share was bad than allowed, in whole rows.
        worst_at: epoch seconds of the end of the hour with the most bad events; None if none was bad.
        worst_bad, worst_valid: events of that hour.
    """

    bad: float
    valid: float
    seconds: float
    worst_at: float | None = None
    worst_bad: float = 0.0
    worst_valid: float = 0.0

    @property
    def ratio(self) -> float | None:
        """The share of bad events, 0–1; None without any."""
        return self.bad / self.valid if self.valid > 0 else None


def user_impact(slo: Slo, rows: Counted, since: float) -> UserImpact:
    """The effect on users from a time on.

    Args:
        slo: the objective with the allowed share. `rows`: its events. `since`: epoch seconds.
    """
    of_minutes = _after(rows.coarser(MINUTE), since)
    bad, valid = of_minutes.values[:, BAD].astype(float), of_minutes.values[:, VALID].astype(float)
    beyond = bad > slo.budget * valid * (1 + TIE)
    hours = _after(rows.coarser(HOUR), since)
    whole = UserImpact(float(bad.sum()), float(valid.sum()), float(beyond.sum()) * of_minutes.step)
    if not len(hours.values) or not hours.values[:, BAD].max() > 0:
        return whole
    worst = int(np.argmax(hours.values[:, BAD]))
    counts = hours.values[worst]
    at = float(hours.first + worst * hours.step)
    return UserImpact(whole.bad, whole.valid, whole.seconds, at, float(counts[BAD]), float(counts[VALID]))


def _after(rows: Counted, since: float) -> Counted:
    """The rows that begin at or after a time."""
    skipped = int(np.clip(-(-(since - rows.start) // rows.step), 0, len(rows.values)))
    return replace(rows, first=rows.first + skipped * rows.step, values=rows.values[skipped:])
