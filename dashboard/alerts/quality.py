"""The quality of alerting rules: how often they fired, flapped and paged, and how often a budget burned meanwhile.

Alerts are counted individually: two pods with one rule are two alerts. A page is one notification of a person: alerts
of one rule for one service that fire at once, or again within the hold time, are one page.
https://sre.google/sre-book/being-on-call/ and https://sre.google/workbook/alerting-on-slos/ (precision and recall)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.alerts.alert import AlertInterval, AlertRule
from dashboard.alerts.burning import Burning, Measured
from dashboard.alerts.nights import night_of, nights_between
from dashboard.timerange import DAY

# An alert that fires again within this many seconds of being resolved has flapped.
HOLD = 600.0
# Severities that wake somebody up, as in the rules of Prometheus, Sloth and ours.
PAGES = frozenset({"page", "critical"})
# Using less than this share of a budget is no reason to wake somebody up.
SHARE_MIN = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuality:
    """One rule over the period.

    Attributes:
        pages: its severity wakes somebody up.
        services: names of the services of its alerts.
        fired: alerts that started firing within the period, or were firing at its start. `firing`: those that fire now.
        flapped: of these, those that fired again within the hold time after being resolved.
        firing_s: total seconds of firing. `longest_s`: of the longest alert.
        judged: of those that fired, those about a service whose objectives were measured at that time.
        touched: of these, those during which a budget of the service burned unusually fast.
        times_paged: number of pages; 0 if it wakes nobody up.
        last: epoch seconds of the newest start.
    """

    rule: AlertRule
    pages: bool
    services: tuple[str, ...]
    fired: int
    firing: int
    flapped: int
    firing_s: float
    longest_s: float
    judged: int
    touched: int
    times_paged: int
    last: float

    @property
    def impact_share(self) -> float | None:
        """The share of its alerts that touched a budget, 0–1; None if none could be judged."""
        return self.touched / self.judged if self.judged else None

    @property
    def never_had_impact(self) -> bool:
        """Whether all of its alerts could be judged, and none of them touched a budget."""
        return self.judged > 0 and not self.touched and self.judged == self.fired


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLoad:
    """The pages of the people on call.

    Attributes:
        pages: of all rules. `night_pages`: those that began at night.
        nights: number that began within the period. `disturbed_nights`: those with a page.
        seconds: of the period.
    """

    pages: int = 0
    night_pages: int = 0
    nights: int = 0
    disturbed_nights: int = 0
    seconds: float = 0.0

    @property
    def pages_per_week(self) -> float | None:
        """None if less than a day is known."""
        return self.pages * 7 * DAY / self.seconds if self.seconds >= DAY else None

    @property
    def pages_per_person_night(self) -> float | None:
        """Pages per night for one person on call; None if no night is known."""
        return self.night_pages / self.nights if self.nights else None


@dataclass(frozen=True, slots=True)
class AlertQuality:
    """All rules over a period.

    Attributes:
        start, end: epoch seconds of the period.
        rules: those that fired, most pages first. `load`: the pages of people.
        unpaged: time spans in which a budget burned unusually fast without a page, most expensive first.
    """

    start: float = 0.0
    end: float = 0.0
    rules: tuple[RuleQuality, ...] = ()
    load: PageLoad = field(default_factory=PageLoad)
    unpaged: tuple[Burning, ...] = ()

    @property
    def without_impact(self) -> tuple[RuleQuality, ...]:
        """Rules whose alerts never touched a budget, most alerts first."""
        return tuple(sorted((rule for rule in self.rules if rule.never_had_impact), key=lambda rule: -rule.fired))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The period and the data by which alerts are judged.

    Attributes:
        start, end: epoch seconds of the period. `zone`: IANA name of the time zone for nights.
        pages: severities that wake somebody up, in lower case.
        burnings: time spans in which budgets burned. `measured`: when objectives were measured.
    """

    start: float
    end: float
    zone: str = "UTC"
    pages: frozenset[str] = PAGES
    burnings: tuple[Burning, ...] = ()
    measured: tuple[Measured, ...] = ()

    def wakes(self, rule: AlertRule) -> bool:
        """Whether the severity of a rule wakes somebody up."""
        return rule.severity.casefold() in self.pages


def quality(intervals: Iterable[AlertInterval], judgement: Judgement) -> AlertQuality:
    """The quality of all rules that fired.

    Args:
        intervals: alerts that fired. `judgement`: the period, and what they are judged by.
    """
    inside = [alert for alert in intervals if alert.overlaps(judgement.start, judgement.end)]
    by_rule: dict[AlertRule, list[AlertInterval]] = {}
    for alert in inside:
        by_rule.setdefault(alert.rule, []).append(alert)
    known = _Known.of(judgement)
    rules = [_rule_quality(rule, alerts, judgement, known) for rule, alerts in by_rule.items()]
    rules.sort(key=lambda rule: (-rule.times_paged, -rule.fired, rule.rule.name, rule.rule.severity))
    waking = [alert for alert in inside if judgement.wakes(alert.rule)]
    return AlertQuality(
        judgement.start, judgement.end, tuple(rules), _load(waking, judgement), _unpaged(waking, judgement)
    )


def pages(alerts: Iterable[AlertInterval], end: float) -> list[float]:
    """The pages: epoch seconds of the first alert of each, ascending.

    Args:
        alerts: of rules that page. `end`: epoch seconds of the period's end.
    """
    grouped: dict[tuple[str, str | None], list[AlertInterval]] = {}
    for alert in alerts:
        grouped.setdefault((alert.rule.name, alert.service), []).append(alert)
    starts: list[float] = []
    for group in grouped.values():
        until = float("-inf")
        for alert in sorted(group, key=lambda alert: alert.start):
            if alert.start > until + HOLD:
                starts.append(alert.start)
            until = max(until, alert.end_by(end))
    return sorted(starts)


def flaps(alerts: Iterable[AlertInterval]) -> int:
    """How many alerts fired again, with the same labels, within the hold time after being resolved."""
    ends: dict[object, float] = {}
    count = 0
    for alert in sorted(alerts, key=lambda alert: alert.start):
        before = ends.get(alert.labels)
        count += before is not None and alert.start - before <= HOLD
        ends[alert.labels] = alert.end_by(float("inf"))
    return count


@dataclass(frozen=True, slots=True)
class _Known:
    """When the budgets of each service burned, and when its objectives were measured."""

    burnings: Mapping[str, Sequence[Burning]]
    measured: Mapping[str, Sequence[Measured]]

    @classmethod
    def of(cls, judgement: Judgement) -> "_Known":
        burnings: dict[str, list[Burning]] = {}
        measured: dict[str, list[Measured]] = {}
        for stretch in judgement.burnings:
            burnings.setdefault(stretch.service, []).append(stretch)
        for objective in judgement.measured:
            measured.setdefault(objective.slo.service, []).append(objective)
        return cls(burnings, measured)

    def is_judged(self, alert: AlertInterval, now: float) -> bool:
        """Whether objectives of the service were measured while it fired."""
        objectives = self.measured.get(alert.service or "", ())
        return any(objective.start < alert.end_by(now) and objective.end > alert.start for objective in objectives)

    def touches(self, alert: AlertInterval, now: float) -> bool:
        """Whether a budget of the service burned while it fired."""
        stretches = self.burnings.get(alert.service or "", ())
        return any(stretch.start < alert.end_by(now) and stretch.end > alert.start for stretch in stretches)


def _rule_quality(rule: AlertRule, alerts: Sequence[AlertInterval], judgement: Judgement, known: _Known) -> RuleQuality:
    seconds = [alert.end_by(judgement.end) - max(alert.start, judgement.start) for alert in alerts]
    judged = [alert for alert in alerts if known.is_judged(alert, judgement.end)]
    wakes = judgement.wakes(rule)
    return RuleQuality(
        rule=rule,
        pages=wakes,
        services=tuple(sorted({alert.service for alert in alerts if alert.service})),
        fired=len(alerts),
        firing=sum(alert.end is None for alert in alerts),
        flapped=flaps(alerts),
        firing_s=sum(seconds),
        longest_s=max(seconds),
        judged=len(judged),
        touched=sum(known.touches(alert, judgement.end) for alert in judged),
        times_paged=len(pages(alerts, judgement.end)) if wakes else 0,
        last=max(alert.start for alert in alerts),
    )


def _load(waking: Sequence[AlertInterval], judgement: Judgement) -> PageLoad:
    starts = [start for start in pages(waking, judgement.end) if start >= judgement.start]
    at_night = [night for start in starts if (night := night_of(start, judgement.zone)) is not None]
    return PageLoad(
        pages=len(starts),
        night_pages=len(at_night),
        nights=nights_between(judgement.start, judgement.end, judgement.zone),
        disturbed_nights=len(set(at_night)),
        seconds=judgement.end - judgement.start,
    )


def _unpaged(waking: Sequence[AlertInterval], judgement: Judgement) -> tuple[Burning, ...]:
    """Burning within the period without a page for the service during it, or in the hold time after."""
    by_service: dict[str | None, list[AlertInterval]] = {}
    for alert in waking:
        by_service.setdefault(alert.service, []).append(alert)
    unpaged = [
        stretch
        for stretch in judgement.burnings
        if stretch.share >= SHARE_MIN
        and stretch.start >= judgement.start
        and not any(alert.overlaps(stretch.start, stretch.end + HOLD) for alert in by_service.get(stretch.service, ()))
    ]
    return tuple(sorted(unpaged, key=lambda stretch: -stretch.share))
