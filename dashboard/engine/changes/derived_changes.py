"""Changes that nobody told of, derived from the versions that a source knows, which are read beside the refreshes."""

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

# So often it is asked what is new, in seconds.
NEW_S = 60
# A part may take so many seconds; after one that was refused, or answered in part, comes a pause.
PART_S, PAUSE_S, PAUSE_MAX_S = 120.0, 60.0, 3600.0
# Where parts are answered fast, so many seconds of them come between two refreshes.
TURN_S = 5.0


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
        self._known, self.newest = KnownVersions(), Derived()
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
        """Read a part, and those that follow while there is time, in the thread beside the refreshes.

        Args:
            known: takes them in. `part`: the first. `services`: of the catalog. `now`: epoch seconds.
        """
        derived, until = known.derived, time.monotonic() + TURN_S
        following: Part | None = part
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


def derived_change(
    source: Source, services: Sequence[ServiceInfo], number: int, now: float
) -> tuple[Change, Sequence[Change]] | None:  # fmt: skip
    """The change of an id, and those of its service since then; None where there is none. Takes as long as it takes.

    Changes are derived back in time until it is there.

    Args:
        source: is asked for versions. `services`: that it may be of. `number`: its id. `now`: epoch seconds.

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
