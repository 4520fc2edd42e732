"""Hours before those that the ledger holds, asked of the source once and kept, bounded in size."""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.engine import event_counts
from dashboard.engine.incidents import incident_detail
from dashboard.engine.past.past_hours import ObjectiveHours
from dashboard.exceptions import SourceError
from dashboard.incidents.steps import STEP
from dashboard.slo.event_requests import EventRequest, Level, hours_of
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

log = logging.getLogger(__name__)

# What is requested at once, and this many hours of objectives are kept: 24 bytes each.
PART_S, KEPT_ROWS = 10 * DAY, 4_000_000
# This many hours that edges of periods cut are kept: in some zones each of them cuts one.
CUT_KEPT = 64

_Key = tuple[tuple[object, ...], int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How far back hours are wanted.

    Attributes:
        at: epoch seconds; a ledger has asked for a window before that.
        since: epoch seconds; what is older may come later, once `timeout_s` seconds have passed.
        oldest: epoch seconds before which the source holds nothing; None if nobody knows.
    """

    at: float
    since: float
    timeout_s: float = math.inf
    oldest: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Objectives that are requested together, with the seconds of the rows of each, and maintenance."""

    slos: tuple[Slo, ...]
    steps: Sequence[int]
    exclusions: Sequence[Exclusion]

    def key(self, start: int, end: int) -> _Key:
        """What makes hours of them one and the same; epoch seconds."""
        return tuple(slo.counting_key for slo in self.slos), start, end


class OlderHours:
    """Completes what is known of past hours by what the source still has.

    Args:
        source: asked for counts.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: OrderedDict[_Key, Rows] = OrderedDict()
        self._cut: dict[_Key, Mapping[int, np.ndarray]] = {}
        self._lock = threading.Lock()

    def completed(
        self, hours: Sequence[ObjectiveHours], steps: Sequence[int], exclusions: Sequence[Exclusion], wanted: Wanted
    ) -> tuple[list[ObjectiveHours], bool]:
        """Hours of objectives with those that nobody had read yet; and whether that is all that there can be.

        Args:
            hours: what is known of some objectives, of the same hours. `steps`: seconds of the rows of each.
            exclusions: maintenance. `wanted`: how far back, and how long that may take.
        """
        groups: dict[int, list[int]] = {}
        for place, known in enumerate(hours):
            groups.setdefault(_asked_until(known, wanted.at), []).append(place)
        whole, ends, is_whole = [_Completed(known) for known in hours], time.monotonic() + wanted.timeout_s, True
        used, size = set[_Key](), 0
        for begin, places in groups.items():
            for start, end in _parts(hours[places[0]].rows.start, begin):
                if wanted.oldest is not None and end <= wanted.oldest:
                    break
                lacking = [place for place in places if whole[place].lacks(start, min(end, begin))]
                if not lacking:
                    continue
                asked = _Asked(
                    tuple(hours[place].slo for place in lacking), [steps[place] for place in lacking], exclusions
                )
                is_earlier = end <= wanted.since
                # Of very many objectives the periods before are those that were kept: nobody asks for all that again.
                if is_earlier and size >= KEPT_ROWS:
                    break
                key = asked.key(start, end)
                if is_earlier and time.monotonic() > ends and key not in self._parts:
                    is_whole = False
                    break
                try:
                    rows = self._part(asked, key)
                except SourceError as error:
                    log.info("Hours before %s could not be read: %s", end, error)
                    break
                used.add(key)
                size += _size(rows)
                for column, place in enumerate(lacking):
                    whole[place].add(rows, column)
        self._drop_beyond(used)
        return [each.hours for each in whole], is_whole

    def before(
        self, moment: float, slos: Sequence[Slo], steps: Sequence[int], exclusions: Sequence[Exclusion]
    ) -> Mapping[int, np.ndarray]:
        """Events of the hour that a moment cuts, until that moment: place of an objective → shape (3,).

        Args:
            moment: epoch seconds. `slos`: objectives; those that the source does not count so closely are left out.
            steps: seconds of the rows of each. `exclusions`: maintenance.
        """
        start, asked = int(moment // HOUR) * HOUR, _Asked(tuple(slos), steps, exclusions)
        known = self._cut.get(asked.key(start, int(moment)))
        if known is None:
            fine = {place: (slo, steps[place]) for place, slo in enumerate(slos) if steps[place] < HOUR}
            try:
                detail = incident_detail.fetch(self._source, fine, start, start + HOUR, exclusions, [])
            except SourceError as error:
                log.info("The hour of %s could not be read: %s", moment, error)
                return {}
            count = int(moment - start) // STEP
            known = {place: rows[:count].sum(axis=0) for (place, _), rows in detail.items()}
            self._cut[asked.key(start, int(moment))] = known
            while len(self._cut) > CUT_KEPT:
                self._cut.pop(next(iter(self._cut)), None)
        return known

    def forget(self) -> None:
        """Drop all: the source has other events now."""
        with self._lock:
            self._parts.clear()
            self._cut.clear()

    def _part(self, asked: _Asked, key: _Key) -> Rows:
        """Hours of objectives, requested once.

        Args:
            asked: the objectives. `key`: identifies them and the range, in epoch seconds, in which hours end.

        Raises:
            SourceError: the source did not answer.
        """
        with self._lock:
            rows = self._parts.get(key)
        if rows is None:
            rows = _counted(self._source, asked, *key[1:])
        with self._lock:
            self._parts[key] = rows
            self._parts.move_to_end(key)
        return rows

    def _drop_beyond(self, used: set[_Key]) -> None:
        """Drop what was not needed for the longest time, where too much is kept."""
        with self._lock:
            while self._total() > KEPT_ROWS and self._parts and (oldest := next(iter(self._parts))) not in used:
                del self._parts[oldest]

    def _total(self) -> int:
        return sum(map(_size, self._parts.values()))


class _Completed:
    """What is known of one objective, which takes hours in of which nothing was; copied once, when the first comes.

    Args:
        known: of it.

    Attributes:
        hours: all that is known.
    """

    def __init__(self, known: ObjectiveHours) -> None:
        self.hours, self._is_own = known, False

    def lacks(self, start: int, end: int) -> bool:
        """Hours that end in (start, end] are missing of those that are wanted, or were imported; epoch seconds.

        Not only before all that is known: hours that were imported may lie far before those that the source still has.
        """
        rows = self.hours.rows
        first, last = max(start + HOUR, rows.first), min(end, rows.end)
        return bool(self._open(_places(rows, first, last)).any())

    def add(self, rows: Rows, column: int) -> None:
        """Add what was counted of it.

        Args:
            rows: of several objectives. `column`: its place there.
        """
        known = self.hours.rows
        first, last = max(known.first, rows.first), min(known.end, rows.end)
        own, added = _places(known, first, last), rows.values[_places(rows, first, last), column]
        new = self._open(own) & (added[:, SECONDS] > 0)
        if not new.any():
            return
        if not self._is_own:
            known, self._is_own = Rows(known.first, HOUR, known.values.copy(), known.partial), True
        known.values[own, 0][new] = added[new]
        begin = float(first + int(np.argmax(new)) * HOUR - HOUR)
        begin = begin if self.hours.begin is None else min(begin, self.hours.begin)
        imported = self.hours.is_imported
        if imported is not None:
            imported = imported.copy()
            imported[own][new] = False
        self.hours = replace(self.hours, rows=known, begin=begin, is_imported=imported)

    def _open(self, places: slice) -> np.ndarray:
        """Which hours take what the source counts: nothing measured is known of them, only what a file says."""
        is_open: np.ndarray = self.hours.rows.values[places, 0, SECONDS] == 0
        return is_open if self.hours.is_imported is None else is_open | self.hours.is_imported[places]


def _places(rows: Rows, first: int, last: int) -> slice:
    """The places of hours that end at `first … last`, epoch seconds that lie among the rows; none if last < first."""
    begin = (first - rows.first) // HOUR
    return slice(begin, max((last - rows.first) // HOUR + 1, begin))


def _size(rows: Rows) -> int:
    """How many hours of objectives they hold."""
    return rows.values.size // 3


def _parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Parts of what lies between two full hours (epoch seconds), newest first."""
    # By fixed parts of time and whole days: what is held moves on by the hour, and each hour is requested once.
    for first in range(start // PART_S * PART_S, end, PART_S)[::-1]:
        yield max(first, start // DAY * DAY), min(first + PART_S, -(-end // DAY) * DAY)


def _asked_until(known: ObjectiveHours, at: float) -> int:
    """Epoch seconds of a full hour from which on the ledger asks for events of an objective."""
    return int(at // HOUR) * HOUR - hours_of(known.slo) * HOUR


def _counted(source: Source, asked: _Asked, start: int, end: int) -> Rows:
    """Hours of objectives that end in (start, end], counted as a ledger counts those of a window.

    Raises:
        SourceError: the source did not answer.
    """
    ledger = Ledger(exclusions=asked.exclusions)
    ledger.follow([replace(slo, window=Rolling(float(end - start))) for slo in asked.slos], asked.steps)
    requests = [request for request in ledger.due(end) if request.level is Level.HOURS]
    while requests:
        request = requests.pop()
        fetched = event_counts.fetch(source, request)
        places = [place for place, refusal in enumerate(fetched.refusals) if refusal is None]
        if places:
            answered = EventRequest(tuple(request.slos[place] for place in places), request.grid, Level.HOURS)
            gaps = None if fetched.gaps is None else fetched.gaps.of(np.array(places))
            requests += ledger.add(answered, fetched.values, gaps)
    return ledger.hours
