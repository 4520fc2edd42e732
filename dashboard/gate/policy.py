"""The error-budget policy: the state of an objective by what is left of its budget, and the exceptions of people.

Budgets are shares (0–1), signed; moments are epoch seconds. The defaults are the four states most teams copy: more than
half left, up to a half, up to a quarter, nothing: https://sre.google/workbook/error-budget-policy/
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.slo.budget import HAIR
from dashboard.slo.objective import Slo
from dashboard.slo.patterns import ALL, matches


class PolicyState(StrEnum):
    """What may be released, from everything to nothing."""

    SHIP = "ship"
    CAREFUL = "careful"
    FREEZE_FEATURES = "freeze_features"
    FREEZE_ALL = "freeze_all"


# Where each state begins: with this share of the budget left, or less.
CAREFUL, FREEZE_FEATURES, FREEZE_ALL = 0.5, 0.25, 0.0
BURNING = ("page",)
NO_WORDS: Mapping[PolicyState, str] = {}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the states begin.

    Attributes:
        careful, freeze_features, freeze_all: shares of the budget; with that much left, or less, the state begins.
        burning: severities of burn alerts that freeze everything while one fires. The others make careful.
        meaning: what the states mean, in the words of the configuration; those that are not there mean the usual.
    """

    careful: float = CAREFUL
    freeze_features: float = FREEZE_FEATURES
    freeze_all: float = FREEZE_ALL
    burning: tuple[str, ...] = BURNING
    meaning: Mapping[PolicyState, str] = field(default_factory=lambda: NO_WORDS, hash=False)

    def state(self, left: float) -> PolicyState:
        """The state by the share of the budget that is left alone."""
        if is_at_most(left, self.freeze_all):
            return PolicyState.FREEZE_ALL
        if is_at_most(left, self.freeze_features):
            return PolicyState.FREEZE_FEATURES
        return PolicyState.CAREFUL if is_at_most(left, self.careful) else PolicyState.SHIP


def is_at_most(left: float, limit: float) -> bool:
    """Whether a share is a limit or less, but for what floats leave of it."""
    return left <= limit + HAIR


@dataclass(frozen=True, slots=True)
class Subject:
    """An objective as patterns name it.

    Attributes:
        slo: it. `short`: its service without the cluster. `tier`: of the service; None when unknown.
    """

    slo: Slo
    short: str
    tier: int | None = None

    def is_of(self, services: Sequence[str], slos: Sequence[str]) -> bool:
        """Whether its service and its name match one pattern each."""
        return matches(self.slo, services, slos, {self.slo.service: self.short})


@dataclass(frozen=True, slots=True)
class Override:
    """Other limits for some objectives: patterns of services and names, and tiers; no tier: of any.

    `where`: file, line and key of its block.
    """

    limits: Limits
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL
    tiers: tuple[int, ...] = ()
    where: str = field(default="", compare=False)

    def covers(self, subject: Subject) -> bool:
        """Whether it is for an objective."""
        return (not self.tiers or subject.tier in self.tiers) and subject.is_of(self.services, self.slos)


@dataclass(frozen=True, slots=True)
class PolicyException:
    """Somebody lets releases of some objectives go until a moment, whatever is left of the budget.

    Attributes:
        who, why: as they were written. `begins`, `until`: epoch seconds; at `until` it no longer holds.
        services, slos: patterns of names.
        even_burning: it lets releases go while a budget burns, too.
        where: file, line and key of its block.
        number: its id in the state; empty where it is of the configuration.
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
        """Whether it has begun at `now` and is not over."""
        return self.begins <= now < self.until

    def covers(self, subject: Subject) -> bool:
        """Whether it is for an objective."""
        return subject.is_of(self.services, self.slos)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """What is configured: limits for all objectives, others for some, and exceptions.

    Attributes:
        overrides: the first that covers an objective holds for it.
        takes_added: exceptions that people add while it runs count, too.
    """

    limits: Limits = field(default_factory=Limits)
    overrides: tuple[Override, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    takes_added: bool = True

    def limits_of(self, subject: Subject) -> Limits:
        """The limits that hold for an objective."""
        return next((override.limits for override in self.overrides if override.covers(subject)), self.limits)

    def exceptions_of(self, subject: Subject) -> tuple[PolicyException, ...]:
        """All exceptions for an objective, those that are over included, in the order of the file."""
        return tuple(exception for exception in self.exceptions if exception.covers(subject))


def holding(exceptions: Iterable[PolicyException], now: float, *, burning: bool) -> PolicyException | None:
    """The exception that lets go at `now` for longest; None where none does.

    Args:
        exceptions: of one objective. `now`: epoch seconds.
        burning: the budget burns: only exceptions for that count.
    """
    standing = (each for each in exceptions if each.holds(now) and (each.even_burning or not burning))
    return max(standing, key=lambda exception: exception.until, default=None)
