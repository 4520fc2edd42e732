"""Whether a service is well, in one word."""

from collections.abc import Sequence
from enum import StrEnum

from dashboard.slo.report import SloReport, State


class Health(StrEnum):
    """What a tile says about a service, in one word."""

    BREACHING = "breaching"
    UNKNOWN = "unknown"
    AT_RISK = "at_risk"
    HEALTHY = "healthy"


# Most urgent first; no data comes before at risk, because nobody knows what it hides.
URGENCY = {Health.BREACHING: 0, Health.UNKNOWN: 1, Health.AT_RISK: 2, Health.HEALTHY: 3}


def health_of(slos: Sequence[SloReport], *, live: bool) -> Health:
    """A service's health: unknown without live data whatever its budget says, else that of its worst SLO.

    Args:
        slos: reports of all its SLOs.
        live: something was measured of it lately.
    """
    if not live:
        return Health.UNKNOWN
    states = {slo.state for slo in slos}
    if State.EXHAUSTED in states or any(slo.paging for slo in slos):
        return Health.BREACHING
    if not states or State.NO_DATA in states:
        return Health.UNKNOWN
    if states & {State.CRITICAL, State.INCREASING, State.RECOVERING}:
        return Health.AT_RISK
    return Health.HEALTHY
