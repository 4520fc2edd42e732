"""A suspect: a possible cause of a trouble, its likelihood, and the evidence for and against it, as values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.changes.known import KnownChange


class Grade(StrEnum):
    """How likely it is the cause; `EFFECT`: it began after the trouble, because of it."""

    MOST_LIKELY = "most likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    EFFECT = "effect, not cause"
    RULED_OUT = "ruled out"


class SuspectKind(StrEnum):
    """Kinds of suspects."""

    CHANGE = "change"
    TRAFFIC = "traffic"
    SATURATION = "saturation"
    DEPENDENCY = "dependency"


class Finding(StrEnum):
    """What a piece of evidence says; after each stands which values it has.

    Of all: BEGAN_AFTER: the trouble began `seconds` after it. BEGAN_BEFORE: it began `seconds` before it.
    Of changes: WORSE, NOT_WORSE: the bad ratio from `before` to `now`. SELECTED: the additional bad events come from
    `labels`, which name what was changed, and are `share` of all additional ones. NOT_SELECTED: they come from
    `labels`, which name something else, or are spread over all versions where these are empty. ENDED_WITH_ROLLBACK:
    the trouble ended `seconds` after it was taken back, to version `name`. GOES_ON: it was taken back, to `name`, and
    the trouble continues, or went on, for `seconds`. ENDED_WITH_CHANGE: the trouble ended `seconds` after it.
    OUTLASTED: the trouble continues, or went on, for `seconds` after its end. MENTIONS: its text names `name`, which
    the additional bad events have in common. OTHER_SERVICE: it was made to `name`, which this service calls. RIVAL:
    `name` was changed within `seconds` of it. FAILED: its sender says so. SHARE_OF_BUDGET: from it to the end `now`
    more bad events came than before, `share` of the budget; None if there is none.
    Of traffic: EXPECTED, BEYOND_EXPECTED: `now` requests per second at most, where `low` to `high` are expected,
    or `before` came before.
    Of resources: FILLED: `name` from `before` to `now`, 0–1. NEVER_FULL: it was at `now`, at most.
    Of dependencies: MOVED_FIRST: `name` moved `seconds` before. MOVED_LATER: `seconds` after. CARRIES: the calls of
    `name` that failed are `share` of the additional bad events.
    """

    BEGAN_AFTER = "began after"
    BEGAN_BEFORE = "began before"
    WORSE = "worse"
    NOT_WORSE = "not worse"
    SELECTED = "selected"
    NOT_SELECTED = "not selected"
    ENDED_WITH_ROLLBACK = "ended with rollback"
    ENDED_WITH_CHANGE = "ended with change"
    GOES_ON = "goes on"
    OUTLASTED = "outlasted"
    MENTIONS = "mentions"
    OTHER_SERVICE = "other service"
    RIVAL = "rival"
    FAILED = "failed"
    SHARE_OF_BUDGET = "share of budget"
    EXPECTED = "expected"
    BEYOND_EXPECTED = "beyond expected"
    FILLED = "filled"
    NEVER_FULL = "never full"
    MOVED_FIRST = "moved first"
    MOVED_LATER = "moved later"
    CARRIES = "carries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that speaks for or against a suspect; `Finding` says which values are there, the others are None.

    Attributes:
        seconds: between two moments. `before`, `now`, `low`, `high`: of what was measured, in its own unit.
        share: 0–1. `name`: of a service, a resource or a version. `labels`: name → value of a selection.
    """

    finding: Finding
    seconds: float | None = None
    before: float | None = None
    now: float | None = None
    low: float | None = None
    high: float | None = None
    share: float | None = None
    name: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A possible cause of a trouble.

    Attributes:
        kind, grade: what it is, and how likely. `at`: epoch seconds of its start; None if it has none.
        change: for the kind `CHANGE`; else None. `name`: the resource, or the called service; else empty.
        additional_bad: bad events since then beyond the earlier ratio; None if not counted.
        budget_share: these as a share of the error budget of the window; None without a budget.
        pro, contra: the evidence for and against it, strongest first.
    """

    kind: SuspectKind
    grade: Grade
    at: float | None = None
    change: KnownChange | None = None
    name: str = ""
    additional_bad: float | None = None
    budget_share: float | None = None
    pro: tuple[Evidence, ...] = ()
    contra: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A trouble: a service in which more events are bad than before.

    Attributes:
        service: its id. `start`: epoch seconds of the first unusual step.
        end: of the last one; None while it is open. `now`: epoch seconds up to which everything here is known.
        times: epoch seconds at which steps end, ascending; `bad`, `valid`: events of each, None if nothing was
            measured. They begin at least an hour before `start` where that much is known.
        budget: allowed bad events in the window of the objective; None without an objective.
    """

    service: str
    start: float
    end: float | None
    now: float
    times: Sequence[float] = ()
    bad: Sequence[float | None] = ()
    valid: Sequence[float | None] = ()
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class TrafficSeen:
    """Requests per second while the trouble began: the most of them, and what is expected then, or came before.

    Attributes:
        rose_at: epoch seconds since when it is beyond; None if it is not, or that is unknown.
    """

    most: float
    low: float | None = None
    high: float | None = None
    before: float | None = None
    rose_at: float | None = None


@dataclass(frozen=True, slots=True)
class ResourceSeen:
    """A resource of the service: its share of the limit before, and the highest during the trouble, 0–1.

    Attributes:
        rose_at: epoch seconds since when it is unusual; None if it is not.
    """

    name: str
    before: float | None
    most: float | None
    rose_at: float | None = None


@dataclass(frozen=True, slots=True)
class DependencySeen:
    """A called service: when it moved, and the share of the additional bad events that its failed calls explain.

    Attributes:
        moved_at: epoch seconds; None if it did not. `share`: 0–1; None without an edge.
    """

    service: str
    moved_at: float | None
    share: float | None = None
