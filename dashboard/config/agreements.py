"""Agreements about objectives in the configuration: maintenance, burn policies, SLAs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.slo.exclusions import Exclusion
from dashboard.slo.objective import Sla, Slo
from dashboard.slo.patterns import ALL, NO_CLUSTERS, matches
from dashboard.slo.policy import Policy, RuleDiagnostic, RuleFault
from dashboard.timerange import DAY, HOUR
from dashboard.toml.place import Place
from dashboard.toml.reader import nearest

NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Configured maintenance, by the wall clock of a zone.

    Attributes:
        start, end: local times. `every_days`: it repeats after this many days; 0: once.
        services, slos: patterns of names it applies to, `*` for all.
        place: its block of the configuration.
    """

    start: datetime
    end: datetime
    zone: str
    reason: str = ""
    every_days: int = 0
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    def exclusions(
        self, slos: Sequence[Slo], since: float, until: float, short_names: Mapping[str, str] = NO_CLUSTERS
    ) -> Iterable[Exclusion]:
        """Its occurrences between two times, for the objectives it applies to.

        Args:
            slos: all of them. `since`, `until`: epoch seconds.
            short_names: names of services without their cluster, by full name.
        """
        # An exclusion without names would apply to every objective: if no name matches there must be none at all.
        names = frozenset(slo.name for slo in slos if matches(slo, self.services, self.slos, short_names))
        for start, end in self._spans(since, until) if names else ():
            yield Exclusion(start, end, self.reason, slos=names)

    def _spans(self, since: float, until: float) -> Iterable[tuple[float, float]]:
        zone, days = ZoneInfo(self.zone), 0
        if self.every_days:
            # Skip to the first one in range: a weekly window since 1970 has thousands of occurrences.
            passed = (since - self.start.replace(tzinfo=zone).timestamp()) // 86400
            days = max(0, int(passed) // self.every_days * self.every_days)
        while True:
            moved = timedelta(days=days)
            # Moved by the wall clock, and only then converted: 02:00 stays 02:00 when daylight saving time begins.
            start, end = ((local + moved).replace(tzinfo=zone).timestamp() for local in (self.start, self.end))
            if start >= until:
                return
            # The first one begins before `since`, and may or may not be over by then.
            if end > since:
                yield start, end
            if not self.every_days:
                return
            days += self.every_days


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A burn policy and the patterns of its objectives; `place`: its block of the configuration."""

    policy: Policy
    services: tuple[str, ...] = ALL
    slos: tuple[str, ...] = ALL
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedSla:
    """An SLA and the name of its objective; `place`: its block of the configuration."""

    slo: str
    sla: Sla
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Maintenance, burn policies and SLAs of a configuration.

    Attributes:
        short_names: names of services without their cluster, by full name: a pattern without a cluster matches all.
    """

    maintenance: tuple[Maintenance, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    slas: tuple[NamedSla, ...] = ()
    short_names: Mapping[str, str] = field(default_factory=dict)

    def for_services(self, short_names: Mapping[str, str]) -> "Agreements":
        """With the services of a source; `short_names`: names without their cluster, by full name."""
        return replace(self, short_names=short_names)

    def applied(self, slos: Iterable[Slo]) -> tuple[Slo, ...]:
        """The objectives with the first matching policy, unless they have one, and with their SLA."""
        slas = {named.slo: named.sla for named in self.slas}
        return tuple(replace(slo, policy=self._policy(slo), sla=slas.get(slo.name, slo.sla)) for slo in slos)

    def unknown(self, slos: Sequence[Slo]) -> tuple[str, ...]:
        """SLAs without a matching objective: a line each, with file, line and key."""
        names = [slo.name for slo in slos]
        return tuple(
            f"{named.place.at('slo')}: there is no objective {named.slo!r}{nearest(named.slo, names)}"
            for named in self.slas
            if named.slo not in names
        )

    def unmatched(self, slos: Sequence[Slo]) -> tuple[str, ...]:
        """Patterns of maintenance and policies that match no objective: a line each, with its place.

        This may be intended, as a service may be away.
        """
        blocks: tuple[Maintenance | PolicyRule, ...] = (*self.maintenance, *self.policies)
        return tuple(line for block in blocks for line in self._unmatched(block, slos))

    def diagnostics(self, slos: Sequence[Slo]) -> tuple[str, ...]:
        """Agreements that contradict these objectives: a line each, with file, line and key.

        An SLA that is stricter than its objective; a policy with a rule that can never fire.
        """
        by_name = {slo.name: slo for slo in slos}
        places = {rule.policy: rule.place for rule in self.policies}
        slas = [
            f"{named.place.at('objective')}: {_stricter(named, by_name[named.slo])}"
            for named in self.slas
            if named.slo in by_name and named.sla.objective > by_name[named.slo].objective
        ]
        policies = [
            f"{places[slo.policy].at()}: for {slo.name} {_left_out(diagnostic)}"
            for slo in slos
            if slo.policy in places
            for diagnostic in slo.diagnostics
            if diagnostic.left_out
        ]
        return (*slas, *policies)

    def exclusions(self, slos: Sequence[Slo], now: float, *, since: float | None = None) -> tuple[Exclusion, ...]:
        """Maintenance as far back as the longest window, and ahead to the end of every calendar period.

        Args:
            slos: all of them. `now`: epoch seconds.
            since: epoch seconds, for whoever looks further back.
        """
        begin = now - max((slo.window.longest for slo in slos), default=0.0)
        since = begin if since is None else min(since, begin)
        # Asked for at the beginning of each day (UTC), so that two days reach to the end of tomorrow.
        until = max([now + 2 * DAY, *(slo.window.bounds(now)[1] for slo in slos)])
        return tuple(
            part for span in self.maintenance for part in span.exclusions(slos, since, until, self.short_names)
        )

    def _unmatched(self, block: Maintenance | PolicyRule, slos: Sequence[Slo]) -> Iterator[str]:
        services, names = {slo.service for slo in slos}, {slo.name for slo in slos}
        unmet = [
            *(
                ("services", f"{pattern!r} is no service{nearest(pattern, services)}")
                for pattern in block.services
                if not any(matches(slo, (pattern,), ALL, self.short_names) for slo in slos)
            ),
            *(
                ("slos", f"{pattern!r} is no objective{nearest(pattern, names)}")
                for pattern in block.slos
                if not any(matches(slo, ALL, (pattern,), self.short_names) for slo in slos)
            ),
        ]
        yield from (f"{block.place.at(key)}: {what}" for key, what in unmet)
        if not unmet and not any(matches(slo, block.services, block.slos, self.short_names) for slo in slos):
            yield f"{block.place.at()}: no objective is of these services and has one of these names"

    def _policy(self, slo: Slo) -> Policy | None:
        # A policy that the SLO names itself is nearer to it than a pattern.
        matching = (rule.policy for rule in self.policies if matches(slo, rule.services, rule.slos, self.short_names))
        return slo.policy if slo.policy is not None else next(matching, None)


def _stricter(named: NamedSla, slo: Slo) -> str:
    return (
        f"the SLA of {slo.name} ({named.sla.objective:g}) is stricter than its objective ({slo.objective:g}): "
        "an objective leaves room before the SLA that costs money"
    )


def _left_out(diagnostic: RuleDiagnostic) -> str:
    """Why a rule of a policy does not work for an objective, and what to change."""
    row = diagnostic.row
    rule = f"the {row.severity} rule over {row.long_s / HOUR:g} h is left out"
    if diagnostic.fault is RuleFault.WINDOW_TOO_LONG:
        return f"{rule}: its window is as long as the objective's, take a shorter one"
    return (
        f"{rule}: it could never fire, since a burn rate of {diagnostic.threshold:.4g} would need "
        f"{diagnostic.error_ratio:.4g} failures a request, take a lower one"
    )
