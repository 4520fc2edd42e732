"""The error-budget policy: the state of an objective by its remaining budget, and exceptions granted by people.

Budgets are signed shares (0–1), times are epoch seconds. The defaults are four states that most teams use: more than
half left, up to half, up to a quarter, nothing: https://sre.google/workbook/error-budget-policy/
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.slo.budget import TOLERANCE
from dashboard.slo.objective import Slo
from dashboard.slo.patterns import ALL, matches


class PolicyState(StrEnum):
    """What may be released, from everything to nothing."""

    SHIP = "ship"
    CAREFUL = "careful"
    FREEZE_FEATURES = "freeze_features"
    FREEZE_ALL = "freeze_all"


# The remaining share of the budget at or below which each state begins.
CAREFUL, FREEZE_FEATURES, FREEZE_ALL = 0.5, 0.25, 0.0
BURNING = ("page",)
NO_WORDS: Mapping[PolicyState, str] = {}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the states begin.

    Attributes:
        careful, freeze_features, freeze_all: remaining shares of the budget; at or below them the state begins.
        burning: severities of burn alerts that freeze everything while one fires; other severities mean careful.
        meaning: configured meanings of the states; missing ones have the default meaning.
    """

    careful: float = CAREFUL
    freeze_features: float = FREEZE_FEATURES
    freeze_all: float = FREEZE_ALL
    burning: tuple[str, ...] = BURNING
    meaning: Mapping[PolicyState, str] = field(default_factory=lambda: NO_WORDS, hash=False)

    def state(self, left: float) -> PolicyState:
        """The state by the remaining share of the budget alone."""
        if is_at_most(left, self.freeze_all):
            return PolicyState.FREEZE_ALL
        if is_at_most(left, self.freeze_features):
            return PolicyState.FREEZE_FEATURES
        return PolicyState.CAREFUL if is_at_most(left, self.careful) else PolicyState.SHIP


def is_at_most(left: float, limit: float) -> bool:
    """Whether a share is at or below a limit, with a tolerance for floating point."""
    return left <= limit + TOLERANCE


@dataclass(frozen=True, slots=True)
class Subject:
    """An objective in the form that patterns are matched against.

    Attributes:
        slo: the objective. `short`: its service without the cluster. `tier`: of the service; None if unknown.
    """

    slo: Slo
    short: str
    tier: int | None = None

    def is_of(self, services: Sequence[str], slos: Sequence[str]) -> bool:
        """Whether its service and its name each match one of the patterns."""
        return matches(self.slo, services, slos, {self.slo.service: self.short})


@dataclass(frozen=True, slots=True)
class Override:
    """Other limits for some objectives: patterns of services and names, and tiers; no tiers: all.

    `where`: file, line and key of its block.
    """

    limits: Limits
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL
    tiers: tuple[int, ...] = ()
    where: str = field(default="", compare=False)

    def covers(self, subject: Subject) -> bool:
        """Whether it applies to an objective."""
        return (not self.tiers or subject.tier in self.tiers) and subject.is_of(self.services, self.slos)


@dataclass(frozen=True, slots=True)
class PolicyException:
    """A decision to allow releases for some objectives until a given time, whatever budget remains.

    Attributes:
        who, why: as written. `begins`, `until`: epoch seconds; at `until` it no longer applies.
        services, slos: patterns of names.
        even_burning: it also applies while a budget burns.
        where: file, line and key of its block.
        number: its id in the state; empty if it is configured.
    """

    who: str
    why: str
    until: float
    begins: float = float("-inf")
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL
    even_burning: bool = False
    where: str = field(default="", compare=False)
    number: str = ""

    def holds(self, now: float) -> bool:
        """Whether it has begun and not ended at `now`."""
        return self.begins <= now < self.until

    def covers(self, subject: Subject) -> bool:
        """Whether it applies to an objective."""
        return subject.is_of(self.services, self.slos)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """The configured policy: limits for all objectives, other limits for some, and exceptions.

    Attributes:
        overrides: the first that matches an objective applies.
        takes_added: exceptions added at run time apply too.
    """

    limits: Limits = field(default_factory=Limits)
    overrides: tuple[Override, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    takes_added: bool = True

    def limits_of(self, subject: Subject) -> Limits:
        """The limits for an objective."""
        return next((override.limits for override in self.overrides if override.covers(subject)), self.limits)

    def exceptions_of(self, subject: Subject) -> tuple[PolicyException, ...]:
        """All exceptions for an objective, including ended ones, in the order of the file."""
        return tuple(exception for exception in self.exceptions if exception.covers(subject))


def holding(exceptions: Iterable[PolicyException], now: float, *, burning: bool) -> PolicyException | None:
    """The exception that applies at `now` and lasts longest; None if there is none.

    Args:
        exceptions: of one objective. `now`: epoch seconds.
        burning: the budget burns, so only exceptions that allow that apply.
    """
    standing = (each for each in exceptions if each.holds(now) and (each.even_burning or not burning))
    return max(standing, key=lambda exception: exception.until, default=None)
