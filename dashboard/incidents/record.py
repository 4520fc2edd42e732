"""Everything known about one incident, immutable: the input of its page and its post-mortem."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.changes.change import Kind
from dashboard.changes.known import KnownChange
from dashboard.incidents.context import FiredAlert, Spending
from dashboard.incidents.incident import Correctable, Impact, Incident
from dashboard.incidents.people import Acknowledgement, ActionItem, Correction, Note
from dashboard.incidents.statistics import Moments, moments
from dashboard.oncall.suspect import Grade, Suspect

# Something done within this many seconds before the end may have ended it.
ENDED_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One incident with everything that people and senders added.

    Attributes:
        changes: of the services concerned, from an hour before the start to the end, in order.
        suspects: possible causes, most likely first.
        alerts: from other tools that fired meanwhile.
        acknowledgements, notes, corrections: oldest first. `items`: action items.
        titles: names of services on pages, where they differ.
        spending: what spent the budget; None if unknown.
    """

    incident: Incident
    changes: tuple[KnownChange, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    alerts: tuple[FiredAlert, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    notes: tuple[Note, ...] = ()
    corrections: tuple[Correction, ...] = ()
    items: tuple[ActionItem, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    spending: Spending | None = None

    @property
    def moments(self) -> Moments:
        """When it began, was detected, was acknowledged and was over, as corrected."""
        first = self.acknowledgement
        return moments(self.incident, None if first is None else first.at)

    @property
    def acknowledgement(self) -> Acknowledgement | None:
        """The first acknowledgement that was not withdrawn; None without one."""
        return next((told for told in self.acknowledgements if told.withdrawn_at is None), None)

    @property
    def main(self) -> Impact:
        """The impact that took most of its budget; the first one if several did."""
        return self.incident.main

    @property
    def cause(self) -> KnownChange | None:
        """The change that most likely caused it; None if there is none."""
        likely = (suspect for suspect in self.suspects if suspect.grade is Grade.MOST_LIKELY)
        return next((suspect.change for suspect in likely if suspect.change is not None), None)

    @property
    def way_out(self) -> KnownChange | None:
        """The last change that may have ended it, preferably a rollback; None without one."""
        start, end = self.moments.start, self.moments.end
        if end is None:
            return None
        near = [change for change in self.changes if max(start, end - ENDED_S) <= change.change.start <= end]
        rollbacks = [change for change in near if change.change.kind is Kind.ROLLBACK]
        others = [change for change in near if change.change.kind is not Kind.SCALING]
        last = [*others, *rollbacks]
        return last[-1] if last else None

    def title_of(self, service: str) -> str:
        """The name of a service on pages."""
        return self.titles.get(service, service)

    def correction(self, field: Correctable) -> Correction | None:
        """The newest valid correction of a field; None without one, or if it was withdrawn."""
        newest = next((told for told in reversed(self.corrections) if told.field is field), None)
        return newest if newest is not None and newest.text else None
