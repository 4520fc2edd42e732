"""Stores closed incidents, and gives stored ones, with corrections, to the poller."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard.engine.incidents import incident_spending
from dashboard.engine.incidents.incident_context import context_of
from dashboard.engine.poller import Poller
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.exceptions import StateError
from dashboard.incidents.incident import Correctable, Incident
from dashboard.incidents.stored import read, written
from dashboard.state import incidents as state
from dashboard.state.incidents import StoredIncident
from dashboard.state.store import Store
from dashboard.timerange import DAY, HOUR

log = logging.getLogger(__name__)

EVERY_S = 4.0
# An incident that has lasted this long is stored, too, and again after as long: its source may lose its start.
LONG_S = 6 * HOUR
# A stored open incident that has not been seen for this long is closed at its last known time.
LOST_S = 2 * DAY
# Past alerts, changes and anomalies are read in the background: stored incidents do not get them afterwards.
GRACE_S = 300.0
# It asks for what spent a budget like viewers do, one incident at a time.
VIEWER = Viewer("incident keeper")
# How far back stored incidents are shown.
SHOWN_S = 30 * DAY


class IncidentKeeper:
    """Stores incidents in a thread, off the event loop and the refreshes.

    Args:
        poller: knows the incidents of the data. `store`: keeps them.
        grace_s: seconds after the first snapshot in which nothing is stored.
    """

    def __init__(self, poller: Poller, store: Store, *, grace_s: float = GRACE_S) -> None:
        self._poller, self._store, self._grace_s = poller, store, grace_s
        self._begun_at: float | None = None
        self._known: dict[str, StoredIncident] = {}
        self._read: dict[str, tuple[str, Incident]] = {}
        self._corrections: dict[str, Mapping[Correctable, str]] = {}
        self._sign: tuple[Any, ...] = ()
        # Incidents for which it is known what spent their budget, or that this is unknown.
        self._explained: set[tuple[str, incident_spending.Wanted]] = set()
        self._problem = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="incident keeper", daemon=True)

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; closed incidents are stored."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def turn(self) -> None:
        """Store closed incidents, and read those stored and corrected by any replica.

        Raises:
            StateError: the store failed; it is tried again at the next turn.
        """
        now = self._poller.clock()
        sign = state.sign(self._store)
        if sign != self._sign:
            self._known = {row.id: row for row in state.stored(self._store, now - SHOWN_S)}
            self._corrections = corrections_of(self._store)
            self._sign = sign
        if self._is_whole(now):
            for incident in self._poller.snapshot.incidents:
                self._keep(incident, now)
            self._explain(now)
        stored = [known for row in self._known.values() if (known := self._incident(row, now)) is not None]
        self._poller.incidents.take(stored, self._corrections)

    def _is_whole(self, now: float) -> bool:
        """Whether anomalies, alerts of other tools and changes of past incidents had enough time to be read."""
        if self._begun_at is None and self._poller.snapshot.incidents:
            self._begun_at = now
        return self._begun_at is not None and now >= self._begun_at + self._grace_s

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.turn()
                self._problem = ""
            except StateError as error:
                if str(error) != self._problem:
                    log.warning("Incidents are not kept: %s", error)
                self._problem = str(error)
            except Exception:  # the thread must survive any error
                log.exception("Incidents are not kept")
            self._ended.wait(EVERY_S)

    def _keep(self, incident: Incident, now: float) -> None:
        """Store a closed or long incident, unless it is stored in this form."""
        known = self._known.get(incident.id)
        if incident.end is None:
            is_due = now - incident.start >= LONG_S and (known is None or now - known.end >= LONG_S)
        else:
            before = None if known is None else self._incident(known, now)
            is_due = before is None or not before.is_frozen or len(before.impacts) < len(incident.impacts)
        if not is_due:
            return
        # The source also loses the changes and alerts around it.
        self._write(replace(incident, context=context_of(self._poller.snapshot, incident)), now)

    def _write(self, incident: Incident, now: float) -> None:
        row = StoredIncident(incident.id, incident.start, incident.end or now, written(incident))
        state.keep(self._store, row, now)
        self._known[row.id] = row

    def _explain(self, now: float) -> None:
        """Store what spent the budget of the newest incident that lacks it, as its source will lose that."""
        snapshot = self._poller.snapshot
        for row in sorted(self._known.values(), key=lambda row: -row.start):
            incident = self._incident(row, now)
            if incident is None or not incident.is_frozen or incident.context is None:
                continue
            asked, stored = incident_spending.wanted(incident, now), incident.context.spending
            if asked is None or (stored is not None and incident_spending.is_of(stored, asked)):
                continue
            if (row.id, asked) in self._explained or not incident_spending.may_be_known(snapshot, asked):
                continue
            window = self._poller.viewers.explanations.fetch(*asked, VIEWER, wait_s=0.0)
            if window.explanation is None and window.error is None:
                return
            self._explained.add((row.id, asked))
            spending = incident_spending.as_kept(window)
            if spending is not None:
                self._write(replace(incident, context=replace(incident.context, spending=spending)), now)
            return

    def _incident(self, row: StoredIncident, now: float) -> Incident | None:
        """The incident of a row, parsed once; None if it cannot be parsed."""
        text, incident = self._read.get(row.id, ("", None))
        if text != row.content:
            incident = read(row.content)
            if incident is None:
                return None
            self._read[row.id] = row.content, incident
        assert incident is not None, "what was read is kept with its text"
        if incident.end is None and now - row.end > LOST_S:
            impacts = tuple(replace(impact, end=impact.end or row.end) for impact in incident.impacts)
            return replace(incident, end=row.end, impacts=impacts)
        return incident


def corrections_of(store: Store) -> dict[str, Mapping[Correctable, str]]:
    """Corrections by people, by the id of an incident; fields of newer versions are left out.

    Raises:
        StateError: the store failed.
    """
    fields = {str(field): field for field in Correctable}
    return {
        incident: {fields[name]: text for name, text in said.items() if name in fields}
        for incident, said in state.corrections(store).items()
    }
