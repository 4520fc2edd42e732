"""Incidents, derived in the background: once over what is known at the start, then at each step of five minutes."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np

from dashboard.engine.background import Background
from dashboard.engine.incidents.incident_closeup import PART_S
from dashboard.engine.incidents.incident_detection import with_detection
from dashboard.engine.incidents.incident_hours import Moment
from dashboard.engine.incidents.incident_work import Derived, derive
from dashboard.engine.past.remembered import Memory
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Correctable, Graph, Incident
from dashboard.incidents.merging import Member, Span
from dashboard.incidents.steps import PER_HOUR
from dashboard.incidents.stored import merged, with_corrections
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

log = logging.getLogger(__name__)

# How far back incidents are kept.
KEPT = 30 * DAY


class IncidentTracker:
    """Derives the incidents of a ledger.

    Args:
        source: asked for the counts of hours in which something happened, in a thread of its own.

    Attributes:
        derived: incidents of the data that are there, newest first.
        missing: this many hours are still to be fetched; None before anything was derived.
        queries: this many were sent to the source.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._work = Background[Derived]("incidents", PART_S)
        self._members: dict[object, tuple[Member, ...]] = {}
        self._detail: dict[object, dict[int, np.ndarray]] = {}
        # By a hash of the key, until its objective is known.
        self._remembered: dict[str, dict[int, np.ndarray]] = {}
        self._graphs: Mapping[Span, Graph] = {}
        self._at, self._is_stuck = 0, False
        self._last: Moment | None = None
        self._generation = self._working_on = 0
        self._stored: tuple[Incident, ...] = ()
        self._corrections: Mapping[str, Mapping[Correctable, str]] = {}
        self._shown: tuple[Incident, ...] | None = None
        self.derived: tuple[Incident, ...] = ()
        self.missing: int | None = None
        self.queries = 0

    def forget(self) -> None:
        """Derive everything again: the source has other events than before. What is known is shown until then."""
        self._members, self._detail, self._graphs = {}, {}, {}
        self._at, self._is_stuck, self.missing = 0, False, None
        self._last = None
        self._generation += 1

    def saved(self) -> Memory:
        """Hours that were looked at closely, for the next process: the source need not be asked for them again."""
        keys = list(self._detail)
        ends = [end for key in keys for end in self._detail[key]]
        steps = [steps for key in keys for steps in self._detail[key].values()]
        places = np.repeat(np.arange(len(keys)), [len(self._detail[key]) for key in keys]) if keys else np.zeros(0)
        arrays = {
            "places": places.astype(np.int64),
            "ends": np.array(ends, dtype=np.int64),
            "steps": np.array(steps, dtype=float).reshape(-1, PER_HOUR, 3),
        }
        return arrays, {"keys": json.dumps([hash_of(key) for key in keys])}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> None:
        """Continue with hours that another process looked at closely.

        Args:
            arrays, facts: as `saved` gave them.
        """
        remembered: dict[str, dict[int, np.ndarray]] = {key: {} for key in json.loads(facts["keys"])}
        keys = list(remembered)
        for place, end, steps in zip(arrays["places"].tolist(), arrays["ends"].tolist(), arrays["steps"], strict=True):
            remembered[keys[place]][end] = steps
        self._remembered = remembered

    def _recall(self, slos: Sequence[Slo]) -> None:
        """Take hours that were remembered, once their objectives are known."""
        for slo in slos:
            hours = self._remembered.get(hash_of(slo.counting_key))
            if hours is not None:
                self._detail.setdefault(slo.counting_key, hours)
        self._remembered = {}

    def advance(self, moment: Moment, wait_s: float | None = 0.0) -> bool:
        """Begin what is due at a moment, and take what has been done; True if more is known than before.

        Args:
            moment: what to derive from. `wait_s`: this many seconds are waited for it; None: as long as it takes.
        """
        changed = self._take(0.0)
        self._last = moment
        is_due = moment.at > self._at or self.has_more
        if self._work.is_idle and is_due and moment.view.slos and moment.view.hours.end > 0:
            self._begin(moment)
        return self._take(wait_s) or changed

    def _begin(self, moment: Moment) -> None:
        if self._remembered:
            self._recall(moment.view.slos)
        everything = self.missing is None or bool(self.missing)
        members, detail = dict(self._members), {key: dict(hours) for key, hours in self._detail.items()}
        source, graphs, self._working_on = self._source, self._graphs, self._generation
        self._at = moment.at
        self._work.start(lambda: derive(source, moment, members, detail, graphs, everything=everything))

    @property
    def has_more(self) -> bool:
        """Hours are missing that can be asked for now."""
        return bool(self.missing) and not self._is_stuck

    def go_on(self, wait_s: float | None) -> bool:
        """Continue with what could not be derived at once; True if more is known than before, or more is missing.

        Args:
            wait_s: this many seconds are waited; None: as long as it takes.
        """
        return self._last is not None and self.advance(self._last, wait_s)

    def take(self, stored: Sequence[Incident], corrections: Mapping[str, Mapping[Correctable, str]]) -> None:
        """Show incidents that were kept, too, and what people corrected of any, by its id; from any thread."""
        if (tuple(stored), corrections) != (self._stored, self._corrections):
            self._stored, self._corrections, self._shown = tuple(stored), corrections, None

    def put_into(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot with the incidents that are known."""
        shown = self._shown
        if shown is None:
            oldest, corrections = snapshot.at - KEPT, self._corrections
            every = merged(
                self.derived, (stored for stored in self._stored if stored.end is None or stored.end > oldest)
            )
            shown = self._shown = tuple(with_corrections(incident, corrections) for incident in every)
        known = (with_detection(snapshot.alerts, incident, snapshot.at) for incident in shown)
        incidents = tuple(_with_anomalies(snapshot, incident) for incident in known)
        return replace(snapshot, incidents=incidents, incidents_missing=self.missing)

    def _take(self, wait_s: float | None) -> bool:
        if self._work.is_idle or not self._work.has_ended(wait_s):
            return False
        try:
            derived = self._work.take()
        except Exception:  # a fault of one objective must not hide all others
            log.exception("Incidents could not be derived")
            return False
        self.queries += derived.queries
        if self._working_on != self._generation:
            return False
        before, was_missing = self.derived, self.missing
        self._members, self._graphs, self.missing = dict(derived.members), derived.graphs, derived.missing
        # What the source does not answer is requested again with the next step, not at once.
        self._is_stuck = was_missing is not None and derived.missing >= was_missing
        self._detail = {key: dict(hours) for key, hours in derived.detail.items()}
        self.derived = tuple(
            incident for incident in derived.incidents if incident.end is None or incident.end > derived.at - KEPT
        )
        self._shown = None
        return before != self.derived or self.has_more


def hash_of(key: object) -> str:
    """What a counting key is known by in another process."""
    return sha256(repr(key).encode()).hexdigest()[:16]


def _with_anomalies(snapshot: Snapshot, incident: Incident) -> Incident:
    """An incident with what was unusual of its services within it and the hour before, as far as it is remembered."""
    if incident.is_frozen:
        return incident
    end = snapshot.at if incident.end is None else incident.end
    anomalies = tuple(
        anomaly
        for service in incident.services
        if service in snapshot.by_name
        for anomaly in snapshot.by_name[service].anomalies
        if anomaly.since <= end and (anomaly.until is None or anomaly.until >= incident.start - HOUR)
    )
    return replace(incident, anomalies=anomalies) if anomalies else incident
