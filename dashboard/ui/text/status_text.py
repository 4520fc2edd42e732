"""The word, mark and colour of each state, used by every page, chip, count and label."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from dashboard.comparison.verdicts import Verdict
from dashboard.engine.health import Health
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import Alert, Reading, SloReport, State, Suppression
from dashboard.ui.text.units import NBSP


class Status(NamedTuple):
    """How a state is shown. Never by colour alone: mark and word say the same.

    Attributes:
        mark: one character.
        word: lower case, without a full stop.
        colour: red, amber, green or grey; the style sheet has a class `gs-<colour>` for it.
    """

    mark: str
    word: str
    colour: str


# In order of urgency, as in lists and counts. Red and amber are hard to tell apart for people with a red-green
# deficiency, so their marks differ in outline and not only in size.
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
# Critical by ticket rules only: red is reserved for what wakes somebody up, for services and objectives.
TICKET: Final = Status("◇", "critical, ticket", "amber")
# In the order of lists of objectives: what missing data hide may be worse than amber.
SLO_SHOWN: Final[tuple[Status, ...]] = (
    *(SLO_STATE[state] for state in (State.EXHAUSTED, State.CRITICAL, State.NO_DATA)),
    TICKET,
    *(SLO_STATE[state] for state in (State.INCREASING, State.RECOVERING, State.ACCEPTABLE)),
)
SOURCE_STATE: Final[Mapping[SourceState, Status]] = {
    SourceState.STARTING: Status("◌", "starting", "grey"),
    SourceState.OK: Status("✓", "connected", "green"),
    SourceState.STALE: Status("▲", "stale", "amber"),
    SourceState.DOWN: Status("✕", "down", "red"),
}
# For comparisons: unknown is never shown as good.
COMPARED: Final[Mapping[Verdict, Status]] = {
    Verdict.WORSE: Status("✕", "worse", "red"),
    Verdict.INCONCLUSIVE: Status("◌", "inconclusive", "grey"),
    Verdict.NO_DATA: Status("◌", "no data", "grey"),
    Verdict.BETTER: Status("✓", "better", "green"),
    Verdict.SAME: Status("✓", "same", "green"),
}
# The reading of both windows of a burn rule, in the words of the resulting state; unread without a window.
READING: Final[Mapping[Reading | None, Status]] = {
    Reading.CRITICAL: SLO_STATE[State.CRITICAL],
    Reading.INCREASING: SLO_STATE[State.INCREASING],
    Reading.RECOVERING: SLO_STATE[State.RECOVERING],
    Reading.ACCEPTABLE: SLO_STATE[State.ACCEPTABLE],
    None: SLO_STATE[State.NO_DATA],
}
# Whether an SLA is met; None if the newest data are too old to say, or too few: see `too_little`.
SLA_MET: Final[Mapping[bool | None, Status]] = {
    True: Status("✓", "met", "green"),
    False: Status("✕", "not met", "red"),
    None: Status("◌", "no data now", "grey"),
}


# The highest percentage of hours that is too little.
LITTLE_MAX: Final = 49


def too_little(coverage: float) -> str:
    """Why nobody can say whether a period was met; `coverage`: its measured share, 0–1."""
    return f"not known: {known_hours(coverage)}"


def known_hours(coverage: float) -> str:
    """A coverage that is not enough, in whole percents: it never looks like enough."""
    share = min(round(coverage * 100), LITTLE_MAX)
    return f"{share or 'under 1'}{NBSP}% of the hours have data"


def of_objective(report: SloReport) -> Status:
    """The status of an objective; a critical one depends on whether it wakes somebody up."""
    return TICKET if report.state is State.CRITICAL and not report.paging else SLO_STATE[report.state]


def of_alert(alert: Alert) -> Status:
    """The status of an alert's reading; without a colour if there are too few failures to judge."""
    shown = READING[alert.reading]
    if alert.suppressed is Suppression.MIN_FAILURES:
        return shown._replace(colour="grey")
    return TICKET if alert.reading is Reading.CRITICAL and alert.rule.row.severity != "page" else shown


def status(state: Health | State | SourceState) -> Status:
    """The status of a state of a service, an SLO or the source."""
    if isinstance(state, Health):
        return HEALTH[state]
    return SLO_STATE[state] if isinstance(state, State) else SOURCE_STATE[state]
