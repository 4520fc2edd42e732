"""What incidents are derived from at one moment: hours, and the steps since the last complete one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.engine.incidents import incident_detail
from dashboard.incidents.candidates import burning
from dashboard.incidents.steps import STEP
from dashboard.slo.event_rows import BAD, SECONDS, Rows
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import ServiceInfo
from dashboard.timerange import DAY, HOUR

# How far back hours are looked at, and those of them that are only what came before.
LOOKED_AT, BEFORE = 33 * DAY, 3 * DAY
# A step is complete this many seconds after its end: the newest scrape of a target comes late.
SETTLED = 30.0
# The longest rule looks back on this many hours.
LONGEST = 72


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What incidents are derived from at one moment.

    Attributes:
        view: the events. `reports`: of its objectives, by their counting keys. `rows_s`: seconds of their rows.
        at: epoch seconds until which steps are complete.
        services: of the catalog. `looked_at`: this many seconds back hours are looked at.
    """

    view: LedgerView
    reports: Mapping[tuple[object, ...], SloReport]
    rows_s: Sequence[int]
    at: int
    services: Sequence[ServiceInfo] = ()
    looked_at: float = LOOKED_AT

    @classmethod
    def of(
        cls,
        view: LedgerView,
        reports: Iterable[SloReport],
        rows_s: Sequence[int],
        services: Sequence[ServiceInfo],
        now: float,
    ) -> "Moment":
        """The newest moment of a ledger.

        Args:
            view: the events. `reports`: of its objectives. `rows_s`: seconds of their rows.
            services: of the catalog. `now`: epoch seconds.
        """
        until = min(max(view.fine.end, view.hours.end), now - SETTLED)
        by_key = {report.slo.counting_key: report for report in reports}
        return cls(view, by_key, rows_s, int(until // STEP) * STEP, services)


def judged_since(hours: Rows, oldest: int | None = None) -> int | None:
    """Epoch seconds since when incidents are derived; None if that is since the data begin.

    Where hours before the first one may hold more, its first days are only what came before.

    Args:
        hours: all that are held. `oldest`: end of the first that is looked at, epoch seconds; None: of the first.
    """
    first = hours.first if oldest is None else oldest
    place = (first - hours.first) // HOUR
    is_cut = place < len(hours.values) and bool((hours.values[place, :, SECONDS] > 0).any())
    return first - HOUR + BEFORE if is_cut else None


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """The hours that are looked at, and the steps since the last complete one.

    Attributes:
        first: epoch seconds of the end of the first hour. `values`: shape (hours, objectives, 3).
        newest: steps since then, shape (steps, objectives, 3). `judged_from`: epoch seconds.
        recent: end of an hour → its steps by fine rows, shape (12, objectives, 3).
    """

    first: int
    values: np.ndarray
    newest: np.ndarray
    recent: Mapping[int, np.ndarray]
    budgets: np.ndarray
    windows_s: np.ndarray
    failures_min: np.ndarray
    judged_from: int

    @classmethod
    def of(cls, moment: Moment) -> "Hours":
        """Of a ledger, as far back as incidents are looked for."""
        view = moment.view
        rows = view.hours
        until = min(rows.end, moment.at // HOUR * HOUR)
        oldest = max(rows.first, until - int(moment.looked_at) + HOUR)
        begin, end = (oldest - rows.first) // HOUR, (until - rows.first) // HOUR + 1
        ends = range(max(oldest, int(view.fine.start) // HOUR * HOUR + HOUR), until + 1, HOUR)
        return cls(
            oldest,
            rows.values[begin:end],
            incident_detail.steps_between(view.fine, until, moment.at),
            incident_detail.from_rows(view.fine, ends),
            np.array([slo.budget for slo in view.slos]),
            np.array([slo.window.nominal_s for slo in view.slos]),
            np.array([slo.min_failures if slo.counted else 1 for slo in view.slos]),
            judged_since(rows, oldest) or 0,
        )

    def may_have_changed(self, hours: int) -> np.ndarray:
        """Which objectives burned in the last hours, of which there are so many, or since, and failed often enough."""
        newest = self.newest.sum(axis=0, keepdims=True)
        lately = np.concatenate([self.values[-hours:], newest])
        bad = np.concatenate([self.values[-max(hours, LONGEST) :], newest])[:, :, BAD].sum(axis=0)
        changed: np.ndarray = burning(lately, self.budgets).any(axis=0) & (bad >= self.failures_min)
        return changed
