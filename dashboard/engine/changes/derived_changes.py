"""Derives changes from the versions in the source's data, which are read in the background."""

import json
import logging
import time
from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.changes.change import Change
from dashboard.changes.derived.presence import STEP_S
from dashboard.engine.background import Background
from dashboard.engine.changes import changes_memory
from dashboard.engine.changes.known_versions import Derived, KnownVersions, Part
from dashboard.engine.past.remembered import Memory, array_text, text_array
from dashboard.exceptions import SourceError
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.protocol import Source
from dashboard.sources.versions import versions_of

log = logging.getLogger(__name__)

# Seconds between two requests for new data.
NEW_S = 60
# Longest duration of a part in seconds, and the pause after one that was refused or partial.
PART_S, PAUSE_S, PAUSE_MAX_S = 120.0, 60.0, 3600.0
# Seconds for which further parts are read between two refreshes if answers are fast.
TURN_S = 5.0


class DerivedChanges:
    """The derived changes of a source's services.

    Args:
        source: asked in a background thread, which also derives the changes.

    Attributes:
        queries: number of queries sent to the source since the start. `newest`: what is derived so far.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.queries = 0
        self.forget()

    def forget(self) -> None:
        """Drop everything, including a reading in progress: the clock was wrong, or the data have been replaced."""
        self._reading = Background[Derived]("versions", PART_S)
        self._known, self.newest = KnownVersions(), Derived()
        self._asked_at = self._again_at = -float("inf")
        self._pause_s = PAUSE_S

    def saved(self) -> Memory | None:
        """What was read about versions, for the next process; None if there is nothing or a reading is in progress."""
        known = self._known
        # What a reading that has ended read is in `known`, whether or not its result was taken.
        is_reading = not self._reading.is_idle and not self._reading.has_ended()
        if known.first is None or is_reading:
            return None
        versions = changes_memory.saved(known.presences, known.moments)
        more = {"first": known.first, "last": known.last, "steps": known.steps, "names": sorted(known.names)}
        return {"versions": text_array(versions)}, {"more": json.dumps(more)}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Continue with what another process had read about versions.

        Args:
            arrays, facts: as returned by `saved`.
        """
        presences, moments = changes_memory.restored(array_text(arrays["versions"]))
        more = json.loads(facts["more"])
        known = KnownVersions(
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
        """What is derived so far; missing data are read in the background. Never waits and never fails.

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
        """All changes derived between two times, however long it takes; errors are left out.

        Args:
            services: of the catalog. `start`, `now`: epoch seconds.
        """
        known = self._known = KnownVersions(kept_s=now - start)
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

    def _read(self, known: KnownVersions, part: Part, services: Sequence[ServiceInfo], now: float) -> Derived:
        """Read a part, and further ones while there is time, in the background thread.

        Args:
            known: receives the data. `part`: the first part. `services`: of the catalog. `now`: epoch seconds.
        """
        derived, until = known.derived, time.monotonic() + TURN_S
        following: Part | None = part
        while following is not None:
            answer = versions_of(self._source, services, following.grid)
            self.queries += len(answer.costs)
            # A version missing from a partial answer may still be running: its absence would look like a deploy.
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
        # Errors in the background must not affect the snapshot.
        except Exception:
            log.exception("Changes could not be derived")
            self._pause(now)

    def _pause(self, now: float) -> None:
        self._again_at, self._pause_s = now + self._pause_s, min(2 * self._pause_s, PAUSE_MAX_S)


def derived_change(
    source: Source, services: Sequence[ServiceInfo], number: int, now: float
) -> tuple[Change, Sequence[Change]] | None:  # fmt: skip
    """The change with this id, and those of its service since then; None if there is none.

    Changes are derived back in time until the id is found, however long that takes.

    Args:
        source: asked for versions. `services`: candidates. `number`: the id. `now`: epoch seconds.

    Raises:
        SourceError: the source did not answer.
    """
    known, change, others = KnownVersions(), None, list[Change]()
    known.follow(services, now)
    part = known.next_part(now, is_new_due=True)
    while part is not None and (change is None or part.turns):
        derived = known.take(part, versions_of(source, services, part.grid), source.kind, now)
        change = next((change for change in derived.changes if number in change.ids), None)
        others = [other for other in derived.changes if change is not None and other.service == change.service]
        part = known.next_part(now, is_new_due=False)
    return None if change is None else (change, others)
