"""Changes that nobody told of, derived from the versions that a source knows: read beside the refreshes, part by part.

First the newest hours, then what comes, then the past until all that is kept is known. Of what is unchanged nothing is
derived again.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.changes.change import Change
from dashboard.changes.derived.derive import Turn, derived_changes, turns
from dashboard.changes.derived.presence import STEP_S, Presence, Subject
from dashboard.engine import changes_memory
from dashboard.engine.background import Background
from dashboard.engine.remembered import Memory, array_text, text_array
from dashboard.exceptions import SourceError
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import Source
from dashboard.sources.versions import VersionsAnswer, versions_of
from dashboard.timerange import DAY, HOUR, Grid

log = logging.getLogger(__name__)

KEPT_S = 30 * DAY
# The first part, and how many numbers another may have: the past is read in parts of that size.
FIRST_STEPS, NUMBERS, STEPS_MIN, STEPS_MAX = 6 * HOUR // STEP_S, 400_000, 12, DAY // STEP_S
# Before so many parts that held nothing nothing is kept.
EMPTY_PARTS = 3
# So often it is asked what is new, in seconds; so many closed steps are read again, as samples come late.
NEW_S, AGAIN_STEPS = 60, 2
# A part may take so many seconds; after one that was refused, or answered in part, comes a pause.
PART_S, PAUSE_S, PAUSE_MAX_S = 120.0, 60.0, 3600.0
# Where parts are answered fast, so many seconds of them come between two refreshes.
TURN_S = 5.0
# Turns of the last days are looked at more closely, at steps of so many seconds.
FINE_S, FINE_SINCE_S = 30, 2 * DAY


@dataclass(frozen=True, slots=True)
class Derived:
    """What was derived until one moment: the same object as long as nothing has changed.

    Attributes:
        changes: of all services, in their order. `notes`: what cannot be told, a line each.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """What is read next: steps of a grid, or a closer look at turns."""

    grid: Grid
    turns: tuple[Turn, ...] = ()


@dataclass(slots=True)
class _Known:
    """What was read so far; used by one thread at a time.

    Attributes:
        first, last: steps that are known, both inside; None: none is yet.
        steps: so many the next part of the past may have.
        moments: turn → epoch seconds; None where a closer look did not tell. `turns`: of the last days.
        names: of services whose past is read. `read_anew_at`: epoch seconds since when it is.
        empty_parts: so many of the past, one after the other, held nothing.
        kept_s: so many seconds of the past are read.
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

    def next_part(self, now: float, *, is_new_due: bool) -> _Part | None:
        """What is to be read next; None where all is known.

        Args:
            now: epoch seconds. `is_new_due`: it is time to ask what has come.
        """
        closed = int(now // STEP_S)
        if self.first is None:
            return _Part(_grid(closed - FIRST_STEPS + 1, closed))
        if is_new_due and closed > self.last:
            return _Part(_grid(min(self.last - AGAIN_STEPS + 1, closed), closed))
        if is_new_due:
            # The step under way: a bad deploy is wanted at once.
            return _Part(Grid(int(now), int(now), STEP_S))
        unknown = [turn for turn in self.turns if turn not in self.moments and turn.step * STEP_S <= now]
        if unknown:
            end = max(turn.step for turn in unknown) * STEP_S
            at_once = tuple(turn for turn in unknown if turn.step * STEP_S == end)
            return _Part(Grid(end - STEP_S, end, FINE_S), at_once)
        oldest = int((now - self.kept_s) // STEP_S) + 1
        if self.first > oldest and self.empty_parts < EMPTY_PARTS:
            return _Part(_grid(max(self.first - self.steps, oldest), self.first - 1))
        return None

    def follow(self, services: Sequence[ServiceInfo], now: float) -> None:
        """Of services that have come the past is read, too, once in an hour: where pods are services some always come.

        Args:
            services: of the catalog. `now`: epoch seconds.
        """
        names = frozenset(info.name for info in services)
        if self.first is None:
            self.names = names
        elif not names <= self.names and not 0 <= now - self.read_anew_at < HOUR:
            self.names, self.read_anew_at = names, now
            self.first, self.empty_parts = self.last + 1, 0

    def take(self, part: _Part, answer: VersionsAnswer, source: str, now: float) -> Derived:
        """Take in what was answered, and derive what follows from it.

        Args:
            part: what was asked. `answer`: to it. `source`: the kind of source. `now`: epoch seconds.
        """
        touched = self._look_closer(part, answer) if part.turns else self._add(part.grid, answer)
        return self.derive(touched, source, now, answer.notes)

    def derive(self, touched: set[str], source: str, now: float, notes: tuple[str, ...] = ()) -> Derived:
        """Derive what follows for some services.

        Args:
            touched: ids of services of which more is known. `source`: the kind of source. `now`: epoch seconds.
            notes: what cannot be told, a line each.
        """
        is_other = self._derive(touched, source)
        if is_other:
            self.turns = tuple(turns(self.presences, int((now - FINE_SINCE_S) // STEP_S)))
        if is_other or notes != self.derived.notes:
            every = [change for changes in self.by_service.values() for change in changes]
            self.derived = Derived(tuple(sorted(every, key=lambda change: (change.start, change.id))), notes)
        return self.derived

    def _derive(self, services: set[str], source: str) -> bool:
        """Derive the changes of services anew; whether they are others than before.

        Args:
            services: ids. `source`: the kind of source.
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
        """Take in steps; returns the services that they changed."""
        # The step under way is known by its end, too.
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

    def _look_closer(self, part: _Part, answer: VersionsAnswer) -> set[str]:
        """Learn when within its step something turned; returns the services of which that is known now."""
        for turn in part.turns:
            amounts = answer.counts.get(turn.subject, {}).get(turn.version)
            self.moments[turn] = None if amounts is None else _moment(turn, amounts, part.grid)
        return {turn.subject.service for turn in part.turns}


class DerivedChanges:
    """The changes of a source's services.

    Args:
        source: is asked in a thread beside the refreshes, where what it answers is worked out, too.

    Attributes:
        queries: sent to the source since the start. `newest`: what is derived by now.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.queries = 0
        self.forget()

    def forget(self) -> None:
        """Drop all: the clock was wrong, or the data are others; what is being read is given up."""
        self._reading = Background[Derived]("versions", PART_S)
        self._known, self.newest = _Known(), Derived()
        self._asked_at = self._again_at = -float("inf")
        self._pause_s = PAUSE_S

    def saved(self) -> Memory | None:
        """What was read of versions, for the next process; None where nothing was, or it is being read just now."""
        known = self._known
        if known.first is None or not self._reading.is_idle:
            return None
        versions = changes_memory.saved(known.presences, known.moments)
        more = {"first": known.first, "last": known.last, "steps": known.steps, "names": sorted(known.names)}
        return {"versions": text_array(versions)}, {"more": json.dumps(more)}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Go on with what another process had read of versions.

        Args:
            arrays, facts: as `saved` gave them.
        """
        presences, moments = changes_memory.restored(array_text(arrays["versions"]))
        more = json.loads(facts["more"])
        known = _Known(
            presences,
            moments=moments,
            first=int(more["first"]),
            last=int(more["last"]),
            steps=int(more["steps"]),
            names=frozenset(more["names"]),
        )
        services = {subject.service for subject in presences}
        self.newest = known.derive(services, self._source.kind, (known.last + 1) * float(STEP_S))
        self._known = known

    def advance(self, services: Sequence[ServiceInfo], now: float) -> Derived:
        """What is derived by now; what is missing is read beside it. It never waits, and never fails.

        Args:
            services: of the catalog. `now`: epoch seconds.
        """
        if self._reading.has_ended():
            self._take(now)
        if not self._reading.is_idle or now < self._again_at <= now + PAUSE_MAX_S:
            return self.newest
        self._known.follow(services, now)
        is_new_due = not 0 <= now - self._asked_at < NEW_S
        part = self._known.next_part(now, is_new_due=is_new_due)
        if part is not None:
            self._asked_at = now if is_new_due else self._asked_at
            known = self._known
            self._reading.start(lambda: self._read(known, part, services, now))
        return self.newest

    def read_all(self, services: Sequence[ServiceInfo], start: float, now: float) -> Derived:
        """All that follows from the data between two moments, for as long as it takes; what fails is left out.

        Args:
            services: of the catalog. `start`, `now`: epoch seconds.
        """
        known = self._known = _Known(kept_s=now - start)
        known.follow(services, now)
        part = known.next_part(now, is_new_due=True)
        try:
            while part is not None:
                answer = versions_of(self._source, services, part.grid)
                self.newest = known.take(part, answer, self._source.kind, now)
                part = known.next_part(now, is_new_due=False)
        except SourceError as error:
            log.info("Versions could not be read: %s", error)
        return self.newest

    def _read(self, known: _Known, part: _Part, services: Sequence[ServiceInfo], now: float) -> Derived:
        """Read a part, and those that follow while there is time, in the thread beside the refreshes.

        Args:
            known: takes them in. `part`: the first. `services`: of the catalog. `now`: epoch seconds.
        """
        derived, until = known.derived, time.monotonic() + TURN_S
        following: _Part | None = part
        while following is not None:
            answer = versions_of(self._source, services, following.grid)
            self.queries += len(answer.costs)
            # What is absent from half an answer may be there all the same: it would look like a deploy.
            if answer.partial:
                raise SourceError("the source answered in part")
            derived = known.take(following, answer, self._source.kind, now)
            following = known.next_part(now, is_new_due=False) if time.monotonic() < until else None
        return derived

    def _take(self, now: float) -> None:
        try:
            self.newest, self._pause_s = self._reading.take(), PAUSE_S
        except SourceError as error:
            log.info("Versions could not be read: %s", error)
            self._pause(now)
        # What stands beside the picture must not take the picture away.
        except Exception:
            log.exception("Changes could not be derived")
            self._pause(now)

    def _pause(self, now: float) -> None:
        self._again_at, self._pause_s = now + self._pause_s, min(2 * self._pause_s, PAUSE_MAX_S)


def derived_change(source: Source, services: Sequence[ServiceInfo], number: int, now: float) -> Change | None:
    """The change of an id, derived back in time until it is there; None where there is none. Takes as long as it takes.

    Args:
        source: is asked for versions. `services`: that it may be of. `number`: its id. `now`: epoch seconds.

    Raises:
        SourceError: the source did not answer.
    """
    known, change = _Known(), None
    known.follow(services, now)
    part = known.next_part(now, is_new_due=True)
    while part is not None and (change is None or part.turns):
        derived = known.take(part, versions_of(source, services, part.grid), source.kind, now)
        change = next((change for change in derived.changes if number in change.ids), None)
        part = known.next_part(now, is_new_due=False)
    return change


def _grid(first: int, last: int) -> Grid:
    return Grid(first * STEP_S, last * STEP_S, STEP_S)


def _moment(turn: Turn, amounts: np.ndarray, grid: Grid) -> float | None:
    """Epoch seconds at which a version came or went; None where the closer look does not tell."""
    there = np.flatnonzero(np.nan_to_num(amounts) > 0)
    if not len(there):
        return None
    place = int(there[0]) - 1 if turn.comes else int(there[-1])
    return float(grid.start + max(place, 0) * grid.step)
