"""Incidents of before those that the poller keeps up with, derived from the hours of a period once, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.engine.incidents.incident_hours import BEFORE, Moment
from dashboard.engine.incidents.incident_work import derive
from dashboard.engine.past.past_hours import ObjectiveHours
from dashboard.incidents.incident import Incident
from dashboard.slo.event_rows import Rows
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger_view import LedgerView
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

# This many stretches of the past are kept. After this many seconds it is known of what happened whether it was over.
KEPT, OVER_S = 4, DAY
# What began this many seconds before is seen from its first step, and so has the id that it always had.
LEAD_S = 7 * DAY


@dataclass(slots=True)
class _Slot:
    """What is known of a stretch; `missing`: hours that the source has not answered yet, None before the first try."""

    incidents: tuple[Incident, ...] = ()
    detail: dict[object, dict[int, np.ndarray]] = field(default_factory=dict)
    missing: int | None = None


class OlderIncidents:
    """Derives incidents of the past.

    Args:
        source: asked for the hours in which something happened.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._slots: OrderedDict[tuple[object, ...], _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def between(
        self,
        hours: Sequence[ObjectiveHours],
        rows_s: Sequence[int],
        exclusions: Sequence[Exclusion],
        services: Sequence[ServiceInfo],
        span: tuple[float, float],
    ) -> tuple[Incident, ...] | None:
        """Incidents that were over by a moment, or went on then, newest first; None: the source does not tell yet.

        Args:
            hours: of all objectives. `rows_s`: seconds of the rows that each is counted by. `exclusions`: maintenance.
            services: of the catalog. `span`: epoch seconds; they were not over by its start.
        """
        start, end = span
        if end <= start or not hours:
            return ()
        first, last = int(start // DAY) * DAY - BEFORE - LEAD_S, int(-(-end // DAY)) * DAY + OVER_S
        slot = self._slot((tuple(known.slo.counting_key for known in hours), first, last))
        while slot.missing is None or slot.missing:
            was_missing = slot.missing
            self._derive(slot, Moment(_view(hours, exclusions, first, last), {}, rows_s, last, services, last - first))
            if slot.missing and slot.missing == was_missing:
                return None
        return tuple(
            incident
            for incident in slot.incidents
            if incident.start < end and (incident.end is None or incident.end > start)
        )

    def forget(self) -> None:
        """Drop all: the source has other events now."""
        with self._lock:
            self._slots.clear()

    def _slot(self, key: tuple[object, ...]) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > KEPT:
                self._slots.popitem(last=False)
            return slot

    def _derive(self, slot: _Slot, moment: Moment) -> None:
        derived = derive(self._source, moment, {}, slot.detail, {}, everything=True)
        slot.incidents, slot.missing = derived.incidents, derived.missing


def _view(
    hours: Sequence[ObjectiveHours], exclusions: Sequence[Exclusion], first: int, last: int
) -> LedgerView:  # fmt: skip
    """Hours that end in (first, last], epoch seconds, as a ledger would hold them."""
    count = (last - first) // HOUR
    values = np.zeros((count, len(hours), 3))
    for column, known in enumerate(hours):
        ends = known.rows.ends
        inside = (ends > first) & (ends <= last)
        values[(ends[inside] - first) // HOUR - 1, column] = known.rows.values[inside, 0]
    rows = Rows(first + HOUR, HOUR, values)
    nothing = Rows.nothing(last, 60, 1, len(hours))
    return LedgerView(tuple(known.slo for known in hours), rows, nothing, tuple(exclusions))
