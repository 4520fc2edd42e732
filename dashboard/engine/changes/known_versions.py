"""What was read about versions so far, in parts: what to read next, and which changes follow from it.

The newest hours are read first, then new data, then the past until everything kept is known. Changes are only derived
again for services whose data have changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.changes.change import Change
from dashboard.changes.derived.derive import Turn, derived_changes, turns
from dashboard.changes.derived.presence import STEP_S, Presence, Subject
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import DAY, HOUR, Grid

KEPT_S = 30 * DAY
# Length of the first part, and the largest number of values of a part of the past.
FIRST_STEPS, NUMBERS, STEPS_MIN, STEPS_MAX = 6 * HOUR // STEP_S, 400_000, 12, DAY // STEP_S
# The past is considered complete after this many empty parts in a row.
EMPTY_PARTS = 3
# How many closed steps are read again, as samples arrive late.
AGAIN_STEPS = 2
# Turns in this many recent seconds are examined at finer steps, of this many seconds.
FINE_S, FINE_SINCE_S = 30, 2 * DAY


@dataclass(frozen=True, slots=True)
class Derived:
    """What was derived so far: the same object as long as nothing has changed.

    Attributes:
        changes: of all services, in order of time. `notes`: what cannot be derived, one line each.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What to read next: steps of a grid, or a closer look at turns."""

    grid: Grid
    turns: tuple[Turn, ...] = ()


@dataclass(slots=True)
class KnownVersions:
    """What was read so far; used by one thread at a time.

    Attributes:
        first, last: first and last known step; None before the first part.
        steps: number of steps in the next part of the past.
        moments: turn → epoch seconds; None if a closer look found none. `turns`: of the last days.
        names: services whose past is read. `read_anew_at`: epoch seconds since when.
        empty_parts: number of consecutive empty parts of the past.
        kept_s: how many seconds of the past are read.
    """

    presences: dict[Subject, Presence] = field(default_factory=dict)
    by_service: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    moments: dict[Turn, float | None] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    first: int | None = None
    last: int = 0
    steps: int = FIRST_STEPS
    names: frozenset[str] = frozenset()
    read_anew_at: float = -float("inf")
    empty_parts: int = 0
    derived: Derived = Derived()
    kept_s: float = KEPT_S

    def next_part(self, now: float, *, is_new_due: bool) -> Part | None:
        """What to read next; None if everything is known.

        Args:
            now: epoch seconds. `is_new_due`: a request for new data is due.
        """
        closed = int(now // STEP_S)
        if self.first is None:
            return Part(_grid(closed - FIRST_STEPS + 1, closed))
        if is_new_due and closed > self.last:
            return Part(_grid(min(self.last - AGAIN_STEPS + 1, closed), closed))
        if is_new_due:
            # Include the current step: a bad deploy should be visible immediately.
            return Part(Grid(int(now), int(now), STEP_S))
        unknown = [turn for turn in self.turns if turn not in self.moments and turn.step * STEP_S <= now]
        if unknown:
            end = max(turn.step for turn in unknown) * STEP_S
            at_once = tuple(turn for turn in unknown if turn.step * STEP_S == end)
            return Part(Grid(end - STEP_S, end, FINE_S), at_once)
        oldest = int((now - self.kept_s) // STEP_S) + 1
        if self.first > oldest and self.empty_parts < EMPTY_PARTS:
            return Part(_grid(max(self.first - self.steps, oldest), self.first - 1))
        return None

    def follow(self, services: Sequence[ServiceInfo], now: float) -> None:
        """Read the past of new services too, at most once an hour: if services are pods, some are always new.

        Args:
            services: of the catalog. `now`: epoch seconds.
        """
        names = frozenset(info.name for info in services)
        if self.first is None:
            self.names = names
        elif not names <= self.names and not 0 <= now - self.read_anew_at < HOUR:
            self.names, self.read_anew_at = names, now
            self.first, self.empty_parts = self.last + 1, 0

    def take(self, part: Part, answer: VersionsAnswer, source: str, now: float) -> Derived:
        """Store an answer and derive what follows from it.

        Args:
            part: what was requested. `answer`: the answer. `source`: kind of source. `now`: epoch seconds.
        """
        touched = self._look_closer(part, answer) if part.turns else self._add(part.grid, answer)
        return self.derive(touched, source, now, answer.notes)

    def derive(self, touched: set[str], source: str, now: float, notes: tuple[str, ...] = ()) -> Derived:
        """Derive the changes of some services.

        Args:
            touched: ids of services with new data. `source`: kind of source. `now`: epoch seconds.
            notes: what cannot be derived, one line each.
        """
        is_other = self._derive(touched, source)
        if is_other:
            self.turns = tuple(turns(self.presences, int((now - FINE_SINCE_S) // STEP_S)))
        if is_other or notes != self.derived.notes:
            every = [change for changes in self.by_service.values() for change in changes]
            self.derived = Derived(tuple(sorted(every, key=lambda change: (change.start, change.id))), notes)
        return self.derived

    def _derive(self, services: set[str], source: str) -> bool:
        """Derive the changes of services again; returns whether they differ from before.

        Args:
            services: their ids. `source`: kind of source.
        """
        moments = {turn: moment for turn, moment in self.moments.items() if moment is not None}
        owned: dict[str, dict[Subject, Presence]] = {service: {} for service in services}
        for subject, presence in self.presences.items():
            if subject.service in owned:
                owned[subject.service][subject] = presence
        derived = {name: tuple(derived_changes(name, each, source, moments)) for name, each in owned.items()}
        is_other = any(changes != self.by_service.get(name, ()) for name, changes in derived.items())
        self.by_service |= derived
        return is_other

    def _add(self, grid: Grid, answer: VersionsAnswer) -> set[str]:
        """Store steps; returns the services that changed."""
        # The current step is stored under its end too.
        first, last = -(-grid.start // STEP_S), -(-grid.end // STEP_S)
        changed = {
            subject.service
            for subject, counts in answer.counts.items()
            if self.presences.setdefault(subject, Presence()).add(first, counts)
        }
        if grid.end % STEP_S == 0:
            is_past = self.first is not None and last < self.first
            is_empty = not any(np.nan_to_num(row).any() for rows in answer.counts.values() for row in rows.values())
            self.empty_parts = self.empty_parts + 1 if is_past and is_empty else 0
            self.first = first if self.first is None else min(self.first, first)
            self.last = max(self.last, last)
        numbers = sum(len(counts) for counts in answer.counts.values())
        self.steps = int(np.clip(NUMBERS // max(numbers, 1), STEPS_MIN, STEPS_MAX))
        return changed

    def _look_closer(self, part: Part, answer: VersionsAnswer) -> set[str]:
        """Find the time of turns within their step; returns the services for which it is known now."""
        for turn in part.turns:
            amounts = answer.counts.get(turn.subject, {}).get(turn.version)
            self.moments[turn] = None if amounts is None else _moment(turn, amounts, part.grid)
        return {turn.subject.service for turn in part.turns}


def _grid(first: int, last: int) -> Grid:
    return Grid(first * STEP_S, last * STEP_S, STEP_S)


def _moment(turn: Turn, amounts: np.ndarray, grid: Grid) -> float | None:
    """Epoch seconds at which a version came or went; None if the closer look does not show it."""
    there = np.flatnonzero(np.nan_to_num(amounts) > 0)
    if not len(there):
        return None
    place = int(there[0]) - 1 if turn.comes else int(there[-1])
    return float(grid.start + max(place, 0) * grid.step)
