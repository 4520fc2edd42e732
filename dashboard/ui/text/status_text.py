"""The one word, mark and colour of each state: every page, chip, count and label takes them from here."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from dashboard.engine.health import Health
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import Reading, State


class Status(NamedTuple):
    """How a state is shown. Never by the colour alone: the mark and the word say the same.

    Attributes:
        mark: one character.
        word: lower case, without a full stop.
        colour: red, amber, green or grey; the style sheet has a class `gs-<colour>` for it.
    """

    mark: str
    word: str
    colour: str


# In order of urgency, as lists and counts show them. Red and amber are the pair that is most alike to people with
# a red-green deficiency, so their marks differ in outline and not only in size.
HEALTH: Final[Mapping[Health, Status]] = {
    Health.BREACHING: Status("✕", "breaching", "red"),
    Health.UNKNOWN: Status("◌", "no data", "grey"),
    Health.AT_RISK: Status("▲", "at risk", "amber"),
    Health.HEALTHY: Status("✓", "healthy", "green"),
}
SLO_STATE: Final[Mapping[State, Status]] = {
    State.EXHAUSTED: Status("✕", "exhausted", "red"),
    State.NO_DATA: Status("◌", "no data", "grey"),
    State.CRITICAL: Status("◆", "critical", "red"),
    State.INCREASING: Status("▲", "increasing", "amber"),
    State.RECOVERING: Status("▽", "recovering", "amber"),
    State.ACCEPTABLE: Status("✓", "acceptable", "green"),
}
SOURCE_STATE: Final[Mapping[SourceState, Status]] = {
    SourceState.STARTING: Status("◌", "starting", "grey"),
    SourceState.OK: Status("✓", "connected", "green"),
    SourceState.STALE: Status("▲", "stale", "amber"),
    SourceState.DOWN: Status("✕", "down", "red"),
}
# What both windows of a burn rule say together has the words of the state it leads to; unread without a window.
READING: Final[Mapping[Reading | None, Status]] = {
    Reading.CRITICAL: SLO_STATE[State.CRITICAL],
    Reading.INCREASING: SLO_STATE[State.INCREASING],
    Reading.RECOVERING: SLO_STATE[State.RECOVERING],
    Reading.ACCEPTABLE: SLO_STATE[State.ACCEPTABLE],
    None: SLO_STATE[State.NO_DATA],
}
# Whether an SLA is met; None where the newest data are too old to say.
SLA_MET: Final[Mapping[bool | None, Status]] = {
    True: Status("✓", "met", "green"),
    False: Status("✕", "not met", "red"),
    None: Status("◌", "no data now", "grey"),
}


def status(state: Health | State | SourceState) -> Status:
    """How a state of a service, an SLO or the source is shown."""
    if isinstance(state, Health):
        return HEALTH[state]
    return SLO_STATE[state] if isinstance(state, State) else SOURCE_STATE[state]
