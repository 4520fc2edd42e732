"""The ledger: closed hours of every objective, and fine rows of the last hours. Any window is a sum over them.

Hours reach back as far as the longest window; each is asked for once more when the next one closes, so that late
samples are counted. Fine rows, by the minute as a rule, reach back over all short windows; their newest ten minutes
are asked for again whenever a row closes. The oldest hour of a window, which its start cuts, is held in fine rows, too.
Nothing is ever added to a sum: what comes replaces what was there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.slo.events import Values, events
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR, Grid

CountingKey = tuple[object, ...]
# Fine rows cover the longest window that hours are too coarse for, and the hour that is open.
FINE_SPAN = 7 * HOUR
OVERLAP = 600
# Prometheus answers no more than 11,000 points.
POINTS_MAX = 10_000


class Level(StrEnum):
    """Where rows are kept: the last hours in fine rows, all hours, and the oldest hour in fine rows again."""

    FINE = "fine"
    HOURS = "hours"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class EventRequest:
    """Events to ask a source for: of these objectives, on this grid."""

    slos: tuple[Slo, ...]
    grid: Grid
    level: Level


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Time that counts for nothing, from `start` to `end` (epoch seconds); no `slos`: for every objective."""

    start: float
    end: float
    reason: str = ""
    slos: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def covers(self, slo: Slo) -> bool:
        """It holds for an objective."""
        everyone = not self.slos and not self.services
        return everyone or slo.name in self.slos or slo.service in self.services


@dataclass(frozen=True, slots=True, eq=False)
class LedgerView:
    """What a ledger held at one moment: for pages that draw how a number came about."""

    slos: tuple[Slo, ...]
    hours: Rows
    fine: Rows
    exclusions: tuple[Exclusion, ...] = ()

    def column(self, slo: Slo) -> int:
        """The place of an objective in the rows.

        Raises:
            ValueError: it is not held.
        """
        return self.slos.index(slo)


EMPTY = LedgerView((), Rows.nothing(0, HOUR, 1, 0), Rows.nothing(0, 60, 1, 0))


class Ledger:
    """Events of some objectives.

    Args:
        base: seconds of a fine row. `exclusions`: maintenance.
    """

    def __init__(self, *, base: int = 60, exclusions: Sequence[Exclusion] = ()) -> None:
        self.base = base
        self.exclusions = tuple(exclusions)
        self._lost: list[np.ndarray] = []
        self.slos: tuple[Slo, ...] = ()
        self.hours = Rows.nothing(0, HOUR, 1, 0)
        self.fine = Rows.nothing(0, base, FINE_SPAN // base, 0)
        self._column: dict[CountingKey, int] = {}
        # How far answers reach without a gap, and how far rows may be summed: they stay while all is asked anew.
        self._until: dict[tuple[Level, CountingKey], int] = {}
        self._seam: dict[CountingKey, int] = {}
        self._edges: dict[int, Rows] = {}
        self._backwards: dict[CountingKey, int] = {}

    def follow(self, slos: Sequence[Slo], base: int) -> None:
        """Hold these objectives from now on; what was counted by the same rules is kept, the rest is asked anew."""
        if base != self.base:
            self._until = {key: end for key, end in self._until.items() if key[0] is Level.HOURS}
            self.base, self._edges = base, {}
            self.fine = Rows.nothing(self.hours.end, base, FINE_SPAN // base, len(self.slos))
        if tuple(slos) == self.slos and len(self._lost) == len(slos):
            return
        hours = max((int(-(-slo.window.longest // HOUR)) for slo in slos), default=1) + 1
        kept = [self._column.get(slo.counting_key, -1) for slo in slos]
        self.hours = _rearranged(self.hours, hours, kept)
        self.fine = _rearranged(self.fine, len(self.fine.values), kept)
        self._edges = {end: _rearranged(rows, len(rows.values), kept) for end, rows in self._edges.items()}
        self.slos = tuple(slos)
        self._lost = [_merged([one for one in self.exclusions if one.covers(slo)]) for slo in slos]
        self._column = {slo.counting_key: place for place, slo in enumerate(slos)}
        self._until = {key: end for key, end in self._until.items() if key[1] in self._column}
        self._seam = {counting_key: end for counting_key, end in self._seam.items() if counting_key in self._column}

    def forget(self) -> None:
        """Ask for all anew: what was counted was counted by other rules. It is judged by until it is replaced."""
        self._until = {}

    @property
    def empty(self) -> bool:
        """Nothing was stored yet of any objective."""
        return bool(self.slos) and not self._seam

    @property
    def at(self) -> int:
        """Epoch seconds of the newest row's end: the moment of evaluation."""
        return max(self.fine.end, self.hours.end)

    @property
    def view(self) -> LedgerView:
        """What is held now."""
        return LedgerView(self.slos, self.hours, self.fine, self.exclusions)

    def due(self, now: float) -> list[EventRequest]:
        """What to ask the source for; nothing while no row has closed."""
        asks: list[EventRequest] = []
        for level in Level:
            waiting: dict[Grid, list[Slo]] = {}
            for slo in self.slos:
                grid = self._oldest(slo, now) if level is Level.EDGE else self._wanted(slo, now, level)
                if grid is not None:
                    waiting.setdefault(grid, []).append(slo)
                    self._begin(level, slo, grid)
            asks += [EventRequest(tuple(some), part, level) for grid, some in waiting.items() for part in _parts(grid)]
        return asks

    def _begin(self, level: Level, slo: Slo, grid: Grid) -> None:
        """Where all is asked anew, nothing before it was answered."""
        begun = grid.start - grid.step
        if level is not Level.EDGE and not begun <= self._until.get((level, slo.counting_key), 0) <= grid.end:
            self._until[(level, slo.counting_key)] = begun

    def add(self, ask: EventRequest, values: Values, *, closed: bool = True) -> list[EventRequest]:
        """Store an answer; returns what must be asked beside it: hours that maintenance cuts through.

        Args:
            closed: False for an answer in part: it is shown, and asked for again.
        """
        rows, step = len(ask.grid), ask.grid.step
        counted = [events(slo, values, rows, step) for slo in ask.slos]
        made = np.stack([one.array for one in counted], axis=1)
        ends = ask.grid.start + np.arange(rows) * step
        for place, (slo, one) in enumerate(zip(ask.slos, counted, strict=True)):
            made[self._excluded(slo, ends - step, ends), place] = 0.0
            if one.backwards.any():
                self._backwards[slo.counting_key] = int(ends[one.backwards][-1])
        if ask.level is Level.FINE:
            self.fine = self._stored(self.fine, ask, ends, made)
        elif closed and ask.level is Level.HOURS:
            self._vouched(ask, ends, made)
            self.hours = self._stored(self.hours, ask, ends, made)
        elif closed:
            self._edge(ask, ends, made)
        if closed:
            self._reached(ask)
        return self._cut(ask) if closed and ask.level is Level.HOURS else []

    def _reached(self, ask: EventRequest) -> None:
        """Note how far closed answers reach; one that leaves a gap behind does not count, it is asked for again."""
        for slo in ask.slos:
            held = self._until.get((ask.level, slo.counting_key), 0)
            if ask.grid.start - ask.grid.step <= held or ask.level is Level.EDGE:
                self._until[(ask.level, slo.counting_key)] = max(ask.grid.end, held)
                if ask.level is Level.HOURS:
                    self._seam[slo.counting_key] = max(ask.grid.end, self._seam.get(slo.counting_key, 0))

    def sums(self, seconds: float | np.ndarray) -> np.ndarray:
        """Events of the last so many seconds, a number or one for each objective; shape (objectives, 3)."""
        starts = np.broadcast_to(self.at - np.asarray(seconds, dtype=float), (len(self.slos),))
        return self.since(starts)

    def since(self, starts: np.ndarray) -> np.ndarray:
        """Events after each objective's start (epoch seconds) until now, shape (objectives, 3)."""
        now = np.full(len(starts), float(self.at))
        seam = np.array([float(self._seam.get(slo.counting_key, 0)) for slo in self.slos])
        first = np.minimum(-(-starts // HOUR) * HOUR, seam)
        earlier = self._cut_off(starts, first) + self.hours.sums(first, seam)
        earlier += self.fine.sums(np.maximum(seam, starts), now)
        recent = self._fined & (starts >= self.fine.start)
        made: np.ndarray = np.where(recent[:, None], self.fine.sums(starts, now), earlier)
        return made

    @property
    def _fined(self) -> np.ndarray:
        """Which objectives have fine rows: not those whose rows are hours or longer."""
        return np.array([(slo.row_s or self.base) < HOUR for slo in self.slos])

    def _cut_off(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The hour that each window's start cuts: by its fine rows where they are held, else by its share."""
        made = self.hours.sums(starts, ends)
        for end, rows in self._edges.items():
            held = [self._until.get((Level.EDGE, slo.counting_key)) == end for slo in self.slos]
            mine = np.array(held) & (ends == end)
            made = np.where(mine[:, None], rows.sums(starts, ends), made)
        return made

    def backwards(self, slo: Slo) -> int | None:
        """Epoch seconds of the newest row in which its valid events ran backwards."""
        return self._backwards.get(slo.counting_key)

    def unmeasured(self, starts: np.ndarray) -> np.ndarray:
        """Seconds without any measure after each objective's start (epoch seconds), once it had been measured.

        Of the hour in which it first was, and of the one that the start cuts, only fine rows tell.
        """
        old = self.hours.ends <= self.fine.start
        hours, fine = self.hours.values[old, :, SECONDS], self.fine.values[:, :, SECONDS]
        begun = np.maximum.accumulate(hours > 0, axis=0)
        lately = np.maximum.accumulate(fine > 0, axis=0) | begun[-1:].any(axis=0)
        begun[1:] &= begun[:-1]
        begun[:1] = False
        begun &= self.hours.ends[old, None] - HOUR >= starts
        lately &= self.fine.ends[:, None] - self.fine.step >= starts
        lost = ((HOUR - hours) * begun).sum(axis=0) + ((self.fine.step - fine) * lately).sum(axis=0)
        made: np.ndarray = np.clip(lost, 0, None)
        return made

    def measured(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective was measured; 0 where none is held."""
        fine = _newest(self.fine)
        # A closed hour does not vouch for its end where fine rows tell how it was.
        known = self._fined & np.array([(Level.FINE, slo.counting_key) in self._until for slo in self.slos])
        old = self.hours.values.copy()
        old[np.ix_(self.hours.ends > self.fine.start, known)] = 0.0
        made: np.ndarray = np.maximum(fine, _newest(Rows(self.hours.first, HOUR, old)))
        return made

    def exclude(self, exclusions: Sequence[Exclusion]) -> None:
        """Leave this out from now on; rows that are stored already stay as they are."""
        if tuple(exclusions) != self.exclusions:
            self.exclusions, self._lost = tuple(exclusions), []
            self.follow(self.slos, self.base)

    def excluded_s(self, slo: Slo, start: float, end: float) -> float:
        """Seconds of a span that maintenance takes out of an objective."""
        lost = self._lost[self._column[slo.counting_key]]
        return float(_overlap(lost, start, end).sum()) if len(lost) else 0.0

    def _wanted(self, slo: Slo, now: float, level: Level) -> Grid | None:
        """The grid to ask of one objective; None while no row has closed."""
        fine = level is Level.FINE
        step = slo.row_s or (self.base if fine else HOUR)
        if fine and step >= HOUR:
            return None
        unit = max(step, self.base if fine else HOUR)
        end = int(now // unit) * unit
        span = FINE_SPAN if fine else (int(-(-slo.window.longest // HOUR)) + 1) * HOUR
        held = self._until.get((level, slo.counting_key))
        if held is None or held > end or held < end - span:
            return Grid.between(end - span, end, step=step)
        if held == end:
            return None
        return Grid.between(held - (OVERLAP if fine else HOUR), end, step=step)

    def _oldest(self, slo: Slo, now: float) -> Grid | None:
        """The hour that the start of the window cuts, in fine rows; None where it cuts none, or it is held."""
        step = slo.row_s or self.base
        start = slo.window.bounds(self._moment(now))[0]
        end = int(-(-start // HOUR) * HOUR)
        if start % HOUR == 0 or step >= HOUR or self._until.get((Level.EDGE, slo.counting_key)) == end:
            return None
        return Grid.between(end - HOUR, end, step=step)

    def _moment(self, now: float) -> int:
        """When all will be judged once what is due has been added."""
        steps = {max(slo.row_s or self.base, self.base) for slo in self.slos}
        return max((int(now // step) * step for step in steps if step < HOUR), default=int(now // HOUR) * HOUR)

    def _edge(self, ask: EventRequest, ends: np.ndarray, made: np.ndarray) -> None:
        """Keep the fine rows of an hour; those that no window's start cuts any more are dropped."""
        end = ask.grid.end
        rows = self._edges.get(end) or Rows.nothing(end, self.base, HOUR // self.base, len(self.slos))
        cut = {held for (level, _), held in self._until.items() if level is Level.EDGE}
        self._edges = {held: other for held, other in self._edges.items() if held in cut}
        self._edges[end] = self._stored(rows, ask, ends, made)

    def _stored(self, rows: Rows, ask: EventRequest, ends: np.ndarray, made: np.ndarray) -> Rows:
        columns = np.array([self._column[slo.counting_key] for slo in ask.slos])
        ends, made = _coarser(ends, made, rows.step)
        end = int(-(-ask.grid.end // rows.step) * rows.step)
        return rows.reaching(end).put(ends, columns, made)

    def _vouched(self, ask: EventRequest, ends: np.ndarray, made: np.ndarray) -> None:
        """An hour that is one answer was measured for as long as its fine rows were, where they are all held."""
        for place, slo in enumerate(ask.slos if ask.grid.step == HOUR else ()):
            mine = self.fine.values[:, self._column[slo.counting_key], SECONDS]
            # Targets may be scraped too slowly for any fine row.
            if not mine.any():
                continue
            total = np.concatenate([[0.0], np.cumsum(mine)])
            held = (ends - HOUR >= self.fine.start) & (ends <= self._until.get((Level.FINE, slo.counting_key), 0))
            last = (ends[held] - self.fine.start) // self.fine.step
            seconds = total[last] - total[last - HOUR // self.fine.step]
            made[held, place, SECONDS] = np.where(made[held, place, SECONDS] > 0, seconds, 0.0)

    def _excluded(self, slo: Slo, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The rows that lie in maintenance: more than half of each."""
        lost = sum(_overlap(one, starts, ends) for one in self._lost[self._column[slo.counting_key]])
        made: np.ndarray = np.asarray(lost > (ends - starts) / 2) & np.ones(len(ends), dtype=bool)
        return made

    def _cut(self, ask: EventRequest) -> list[EventRequest]:
        """Hours that maintenance cuts through, asked again by fine rows."""
        if ask.grid.step < HOUR:
            return []  # it came in fine rows already
        asks: dict[int, list[Slo]] = {}
        for slo in ask.slos:
            edges = self._lost[self._column[slo.counting_key]].ravel()
            hours = {int(edge // HOUR) * HOUR + HOUR for edge in edges if edge % HOUR}
            for end in hours:
                if ask.grid.start <= end <= ask.grid.end and ask.grid.step == HOUR:
                    asks.setdefault(end, []).append(slo)
        return [
            EventRequest(tuple(slos), Grid.between(end - HOUR, end, step=self.base), Level.HOURS)
            for end, slos in asks.items()
        ]


def _merged(exclusions: Sequence[Exclusion]) -> np.ndarray:
    """Their spans in order, those that touch joined, shape (spans, 2)."""
    made: list[list[float]] = []
    for one in sorted(exclusions, key=lambda one: one.start):
        if made and one.start <= made[-1][1]:
            made[-1][1] = max(made[-1][1], one.end)
        else:
            made.append([one.start, one.end])
    return np.array(made).reshape(-1, 2)


def _overlap(spans: np.ndarray, starts: float | np.ndarray, ends: float | np.ndarray) -> np.ndarray:
    """Seconds that spans (the last axis holds start and end) share with others."""
    made: np.ndarray = np.clip(np.minimum(ends, spans[..., 1]) - np.maximum(starts, spans[..., 0]), 0, None)
    return made


def _parts(grid: Grid) -> Iterable[Grid]:
    """The same points in grids that a server answers, each beginning after a full hour; oldest first."""
    size = max(1, POINTS_MAX * grid.step // HOUR) * HOUR
    start = grid.start - grid.step
    while start < grid.end:
        end = min(start + size, grid.end)
        yield Grid.between(start, end, step=grid.step)
        start = end


def _coarser(ends: np.ndarray, made: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows added up to the longer rows that they end in."""
    longer, first = np.unique(-(-ends // step) * step, return_index=True)
    return longer, np.add.reduceat(made, first, axis=0)


def _newest(rows: Rows) -> np.ndarray:
    """Epoch seconds of the newest row in which each objective was measured, 0 without any."""
    there = rows.values[:, :, SECONDS] > 0
    last = len(there) - 1 - np.argmax(there[::-1], axis=0)
    made: np.ndarray = np.where(there.any(axis=0), rows.ends[last], 0.0)
    return made


def _rearranged(rows: Rows, length: int, kept: Sequence[int]) -> Rows:
    """Other columns (the places of those that are kept, -1 for a new one) and another number of rows."""
    values = np.zeros((length, len(kept), 3))
    common = min(length, len(rows.values))
    for place, before in enumerate(kept):
        if before >= 0:
            values[length - common :, place] = rows.values[len(rows.values) - common :, before]
    return Rows(rows.end - (length - 1) * rows.step, rows.step, values)
