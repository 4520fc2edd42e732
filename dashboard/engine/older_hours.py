"""Hours before those that the ledger holds, asked of the source once and kept, bounded in size."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.engine import event_counts
from dashboard.engine.past_hours import ObjectiveHours
from dashboard.exceptions import SourceError
from dashboard.slo.event_requests import EventRequest, Level, hours_of
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

log = logging.getLogger(__name__)

# What is asked for at once, and so many hours of objectives are kept: 24 bytes each.
PART_S, KEPT_ROWS = 31 * DAY, 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Hours of some objectives between two full hours; `rows`: of the ledger that they were counted by."""

    slos: tuple[Slo, ...]
    rows: Rows


class OlderHours:
    """Completes what is known of past hours by what the source still has.

    Args:
        source: is asked for counts.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: OrderedDict[tuple[tuple[object, ...], int, int], _Part] = OrderedDict()
        self._lock = threading.Lock()

    def completed(
        self, hours: Sequence[ObjectiveHours], steps: Sequence[int], exclusions: Sequence[Exclusion], at: float
    ) -> list[ObjectiveHours]:
        """Hours of objectives with those that nobody had read yet; what the source does not answer stays unknown.

        Args:
            hours: what is known of some objectives, of the same hours. `steps`: seconds of the rows of each.
            exclusions: maintenance. `at`: epoch seconds; a ledger has asked for a window before it.
        """
        groups: dict[int, list[int]] = {}
        for place, known in enumerate(hours):
            groups.setdefault(_begin(known, at), []).append(place)
        whole = list(hours)
        for begin, places in groups.items():
            start = hours[places[0]].rows.start
            for part in self._missing([hours[place].slo for place in places], [steps[place] for place in places],
                                      exclusions, start, begin):  # fmt: skip
                for column, place in enumerate(places):
                    whole[place] = _with(whole[place], part.rows, column)
        return whole

    def forget(self) -> None:
        """Drop all: the source has other events now."""
        with self._lock:
            self._parts.clear()

    def _missing(
        self, slos: Sequence[Slo], steps: Sequence[int], exclusions: Sequence[Exclusion], start: int, end: int
    ) -> Iterator[_Part]:  # fmt: skip
        """Hours of objectives from `start` to `end`, epoch seconds of full hours, the newest part first."""
        # By fixed parts of time: another period asks for the same ones again.
        for first in range(start // PART_S * PART_S, end, PART_S)[::-1]:
            # By whole days: what is held moves on by the hour, and each hour is asked for once.
            begin, until = max(first, start // DAY * DAY), min(first + PART_S, -(-end // DAY) * DAY)
            try:
                yield self._part(slos, steps, exclusions, begin, until)
            except SourceError as error:
                log.info("Hours before %s could not be read: %s", until, error)
                return

    def _part(
        self, slos: Sequence[Slo], steps: Sequence[int], exclusions: Sequence[Exclusion], start: int, end: int
    ) -> _Part:  # fmt: skip
        key = (tuple(slo.counting_key for slo in slos), start, end)
        with self._lock:
            part = self._parts.get(key)
        if part is None:
            part = _Part(tuple(slos), _counted(self._source, slos, steps, exclusions, start, end))
        with self._lock:
            self._parts[key] = part
            self._parts.move_to_end(key)
            while len(self._parts) > 1 and sum(each.rows.values.size // 3 for each in self._parts.values()) > KEPT_ROWS:
                self._parts.popitem(last=False)
        return part


def _begin(known: ObjectiveHours, at: float) -> int:
    """Epoch seconds of a full hour before which nobody has looked for events of an objective."""
    asked = int(at // HOUR) * HOUR - hours_of(known.slo) * HOUR
    return min(int(known.begin), asked) if known.begin is not None else asked


def _counted(
    source: Source, slos: Sequence[Slo], steps: Sequence[int], exclusions: Sequence[Exclusion], start: int, end: int
) -> Rows:  # fmt: skip
    """Hours of objectives that end in (start, end], counted as a ledger counts those of a window.

    Raises:
        SourceError: the source did not answer.
    """
    ledger = Ledger(exclusions=exclusions)
    ledger.follow([replace(slo, window=Rolling(float(end - start))) for slo in slos], steps)
    requests = [request for request in ledger.due(end) if request.level is Level.HOURS]
    while requests:
        request = requests.pop()
        fetched = event_counts.fetch(source, request)
        places = [place for place, refusal in enumerate(fetched.refusals) if refusal is None]
        if places:
            answered = EventRequest(tuple(request.slos[place] for place in places), request.grid, Level.HOURS)
            doubts = None if fetched.doubts is None else fetched.doubts.of(np.array(places))
            requests += ledger.add(answered, fetched.values, doubts)
    return ledger.hours


def _with(known: ObjectiveHours, rows: Rows, column: int) -> ObjectiveHours:
    """What is known of an objective, with hours of which nothing was.

    Args:
        known: of it. `rows`: of several objectives. `column`: its place there.
    """
    inside = (rows.ends >= known.rows.first) & (rows.ends <= known.rows.end)
    places = (rows.ends[inside] - known.rows.first) // HOUR
    added = rows.values[inside, column]
    new = (known.rows.values[places, 0, SECONDS] == 0) & (added[:, SECONDS] > 0)
    if not new.any():
        return known
    values = known.rows.values.copy()
    values[places[new], 0] = added[new]
    begin = float(rows.ends[inside][new][0] - HOUR)
    whole = Rows(known.rows.first, HOUR, values, known.rows.partial)
    return replace(known, rows=whole, begin=begin if known.begin is None else min(begin, known.begin))
