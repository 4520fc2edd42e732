"""What may have caused an incident, from what a snapshot holds of it."""

from dashboard.changes.known import of_service
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.oncall.explanation import Explanation
from dashboard.oncall.suspect import Suspect, Trouble
from dashboard.oncall.suspects import suspects

# A change may show what it does this many seconds later.
LOOK_BACK_S = 6 * 3600.0


def incident_suspects(
    snapshot: Snapshot, incident: Incident, explanation: Explanation | None = None
) -> tuple[Suspect, ...]:
    """What may have caused an incident, the most likely first.

    Args:
        snapshot: has the changes, the traffic that is expected and the resources. `incident`: one of its own.
        explanation: what the additional bad events of its first service have in common; None where that is not known.
    """
    end = snapshot.at if incident.end is None else incident.end
    trouble = Trouble(service=incident.service, start=incident.start, end=incident.end, now=snapshot.at)
    changes = of_service(snapshot.changes, incident.service, incident.start - LOOK_BACK_S, end)
    return suspects(trouble, changes, explanation)
