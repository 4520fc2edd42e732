"""What the configuration says of objectives: maintenance that counts for nothing, burn policies, contracts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from dashboard.config.parsers import nearest
from dashboard.slo.ledger import Exclusion
from dashboard.slo.objective import Sla, Slo
from dashboard.slo.policy import Policy, RuleDiagnostic, RuleFault
from dashboard.timerange import DAY, HOUR

ALL = ("*",)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Time that is agreed to count for nothing, by the wall clock of a zone.

    Attributes:
        start, end: local times. `every_days`: it repeats after so many days; 0: once.
        services, slos: patterns of names it holds for, `*` for all.
    """

    start: datetime
    end: datetime
    zone: str
    reason: str = ""
    every_days: int = 0
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL

    def exclusions(self, slos: Sequence[Slo], since: float, until: float) -> Iterable[Exclusion]:
        """Its occurrences between two moments (epoch seconds), for the objectives it holds for."""
        chosen = frozenset(slo.name for slo in slos if matches(slo, self.services, self.slos))
        for start, end in self._spans(since, until) if chosen else ():
            yield Exclusion(start, end, self.reason, slos=chosen)

    def _spans(self, since: float, until: float) -> Iterable[tuple[float, float]]:
        zone, days = ZoneInfo(self.zone), 0
        if self.every_days:
            passed = (since - self.start.replace(tzinfo=zone).timestamp()) // 86400
            days = max(0, int(passed) // self.every_days * self.every_days)
        while True:
            moved = timedelta(days=days)
            start, end = ((local + moved).replace(tzinfo=zone).timestamp() for local in (self.start, self.end))
            if start >= until:
                return
            if end > since:
                yield start, end
            if not self.every_days:
                return
            days += self.every_days


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A burn policy and the objectives it is for."""

    policy: Policy
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL


@dataclass(frozen=True, slots=True)
class Contract:
    """An SLA and the objective it stands beside, by name."""

    slo: str
    sla: Sla


@dataclass(frozen=True, slots=True)
class Agreements:
    """All of it."""

    maintenance: tuple[Maintenance, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    contracts: tuple[Contract, ...] = ()

    def applied(self, slos: Iterable[Slo]) -> tuple[Slo, ...]:
        """The objectives with the first policy that is for them, where they have none, and with their contract."""
        slas = {contract.slo: contract.sla for contract in self.contracts}
        return tuple(replace(slo, policy=self._policy(slo), sla=slas.get(slo.name, slo.sla)) for slo in slos)

    def unknown(self, slos: Sequence[Slo]) -> tuple[str, ...]:
        """Contracts that stand beside none of all objectives: a line each, with its key."""
        names = [slo.name for slo in slos]
        return tuple(
            f"slas[{number}].slo: there is no objective {contract.slo!r}{nearest(contract.slo, names)}"
            for number, contract in enumerate(self.contracts, start=1)
            if contract.slo not in names
        )

    def diagnostics(self, slos: Sequence[Slo]) -> tuple[str, ...]:
        """What cannot be right for these objectives, which they were applied to: a line each, with its key.

        A contract that is stricter than its objective; a policy with a rule that can never fire.
        """
        known, mine = {slo.name: slo for slo in slos}, {rule.policy for rule in self.policies}
        contracts = [
            f"slas[{number}].objective: {_stricter(contract, known[contract.slo])}"
            for number, contract in enumerate(self.contracts, start=1)
            if contract.slo in known and contract.sla.objective > known[contract.slo].objective
        ]
        never = [
            f"policies: for {slo.name} {_left_out(diagnostic)}"
            for slo in slos
            if slo.policy in mine
            for diagnostic in slo.diagnostics
            if diagnostic.left_out
        ]
        return (*contracts, *never)

    def exclusions(self, slos: Sequence[Slo], now: float) -> tuple[Exclusion, ...]:
        """Maintenance as far back as the longest window, and ahead to the end of every calendar period."""
        since = now - max((slo.window.longest for slo in slos), default=0.0)
        until = max([now + 2 * DAY, *(slo.window.bounds(now)[1] for slo in slos)])
        return tuple(part for one in self.maintenance for part in one.exclusions(slos, since, until))

    def _policy(self, slo: Slo) -> Policy | None:
        mine = (rule.policy for rule in self.policies if matches(slo, rule.services, rule.slos))
        return slo.policy if slo.policy is not None else next(mine, None)


def _stricter(contract: Contract, slo: Slo) -> str:
    return (
        f"the contract of {slo.name} ({contract.sla.objective:g}) is stricter than its objective ({slo.objective:g}): "
        "a promise to oneself leaves room before the one that costs money"
    )


def _left_out(diagnostic: RuleDiagnostic) -> str:
    """Why a rule of a policy is none for an objective, and what to change."""
    row = diagnostic.row
    rule = f"the {row.severity} rule over {row.long_s / HOUR:g} h is left out"
    if diagnostic.fault is RuleFault.WINDOW_TOO_LONG:
        return f"{rule}: its window is as long as the objective's, take a shorter one"
    return (
        f"{rule}: it could never fire, since a burn rate of {diagnostic.threshold:.4g} would need "
        f"{diagnostic.error_ratio:.4g} failures a request, take a lower one"
    )


def matches(slo: Slo, services: Sequence[str], slos: Sequence[str]) -> bool:
    """The objective's service and name match one pattern each (`*` and `?` as in a shell)."""
    return any(fnmatchcase(slo.service, pattern) for pattern in services) and any(
        fnmatchcase(slo.name, pattern) for pattern in slos
    )
