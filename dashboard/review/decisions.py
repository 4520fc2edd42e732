"""Decisions that a review suggests: a few kinds, each based on facts in it, and none if data are few."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboard.alerts.burning import Burning
from dashboard.capacity.capacity import ResourceCapacity, Urgency
from dashboard.changes.change import Kind
from dashboard.changes.known import KnownChange
from dashboard.gate.policy import PolicyState
from dashboard.incidents.record import Record
from dashboard.review.review import Cause, ObjectiveReview, Review, Spending, Verdict
from dashboard.review.spending import beyond_usual, impacts_on
from dashboard.slo.budget import is_spent
from dashboard.slo.indicators import Measure
from dashboard.slo.objective import Slo
from dashboard.timerange import DAY

# Maximum number of suggestions.
MOST_DECISIONS: Final = 5
# The share of the traffic in the first stage of a release in stages.
STAGE: Final = 0.05
# A part with more than this share of all bad events is the main one.
MOST: Final = 0.5
# An objective counts as never challenged if less than this share of its budget was used in each of this many periods.
NEVER_CHALLENGED, PERIODS_MIN = 0.05, 3
# Fewer bad or allowed events may be chance.
EVENTS_MIN: Final = 20.0
# Coverage of a period from which on "never" can be said.
COVERED: Final = 0.9
# Objectives are not tightened to budgets below this.
BUDGET_MIN: Final = 1e-4
# Share of the budget used without a page from which on an alert is missing.
UNPAGED_MIN: Final = 0.1
# Minimum days of data for a forecast; actions due within this many seconds come first.
DAYS_MIN, URGENT_S = 7.0, 7.0 * DAY
# Kinds of changes that can be released to a part of the traffic first.
_IN_STAGES = (Kind.DEPLOY, Kind.FLAG, Kind.CONFIGURATION, Kind.EXPERIMENT)


class Suggested(StrEnum):
    """Kinds of suggestions, most urgent first."""

    STAGES = "release_in_stages"
    CAPACITY = "add_capacity"
    LOOSEN = "loosen_or_invest"
    ALERT = "add_an_alert"
    TIGHTEN = "tighten_or_spend_less"


_ORDER = {kind: place for place, kind in enumerate(Suggested, 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A suggestion with the facts it is based on.

    Attributes:
        kind: of suggestion. `service`: id of its service.
        objective: that it is about; None for a resource. `resource`: None for an objective.
        part: the cost of the blamed change; only for a release in stages, else None.
        share: of the budget of the period: used by the change, used without a page, or
            the maximum of all known periods; None for a resource.
        staged: the maximum cost of the change at `STAGE` of the traffic, as a share of the same budget.
        is_met_staged: whether the objective would then have been met; None if that is not known.
        before: epoch seconds before which the resource may be full, by the early end of its interval.
        periods: number of known ones, including this one. `missed`: of them.
        suggested: objective, 0–1, that leaves half the budget.
        stretches: number of time spans of burning without a page.
    """

    kind: Suggested
    service: str
    objective: ObjectiveReview | None = None
    resource: ResourceCapacity | None = None
    part: Spending | None = None
    share: float | None = None
    staged: float | None = None
    is_met_staged: bool | None = None
    before: float | None = None
    periods: int | None = None
    missed: int | None = None
    suggested: float | None = None
    stretches: int | None = None


def decisions(review: Review) -> tuple[Decision, ...]:
    """The decisions for a review, most urgent first; empty if there are none."""
    every = [*_stages(review), *_capacity(review), *_loosen(review), *_alerts(review), *_tighten(review)]
    every.sort(key=lambda decision: _urgency(review, decision))
    return tuple(every[:MOST_DECISIONS])


def is_never_challenged(reviewed: ObjectiveReview) -> bool:
    """Whether it used hardly any of its budget in each of several periods."""
    shares = _known(reviewed)
    return len(shares) >= PERIODS_MIN and max(shares) < NEVER_CHALLENGED


def _urgency(review: Review, decision: Decision) -> tuple[int, float]:
    """The sort key: kind, then nearest date or largest share of a budget; for tightening the most traffic."""
    before = decision.before
    if before is not None:
        return (0 if before - review.at <= URGENT_S else _ORDER[decision.kind]), before
    if decision.kind is Suggested.TIGHTEN and decision.objective is not None:
        return _ORDER[decision.kind], -(decision.objective.traffic_share or 0.0)
    return _ORDER[decision.kind], -(decision.share or 0.0)


def _known(reviewed: ObjectiveReview) -> list[float]:
    """The used shares of the budget in all known periods, oldest first."""
    return [share for share in (*reviewed.before, reviewed.judged_spent) if share is not None]


def _stages(review: Review) -> Iterator[Decision]:
    """Missed budgets mainly used by one blamed change; one decision per change, for the budget it used most of."""
    blamed: set[int] = set()
    missed = [each for each in review.objectives if each.verdict is Verdict.MISSED and each.bad >= EVENTS_MIN]
    pairs = [(each, part) for each in missed for part in each.spending if part.cause is Cause.CHANGE]
    for reviewed, part in sorted(pairs, key=lambda pair: -(pair[1].share or 0.0)):
        record = review.record_of(part)
        cause = None if record is None else record.cause
        if record is None or cause is None or cause.change.id in blamed or part.bad <= MOST * reviewed.bad:
            continue
        decision = _staged(reviewed, part, record, cause)
        if decision is not None:
            blamed.add(cause.change.id)
            yield decision


def _staged(reviewed: ObjectiveReview, part: Spending, record: Record, cause: KnownChange) -> Decision | None:
    """The cost of a change released in stages; None for kinds without stages.

    Args:
        reviewed: a missed objective. `part`: the cost of the change for it. `record`: its incident.
        cause: the change.
    """
    slo = reviewed.slo
    by_requests = slo.counted and slo.measure in (Measure.ERRORS, Measure.LATENCY)
    if cause.change.kind not in _IN_STAGES or part.share is None or not by_requests:
        return None
    saved = (1 - STAGE) * beyond_usual(part.bad, impacts_on(slo, record))
    # The service that was changed decides about releases, not the affected one.
    own = not cause.services or slo.service in cause.services
    return Decision(
        kind=Suggested.STAGES,
        service=slo.service if own else cause.services[0],
        objective=reviewed,
        part=part,
        share=part.share,
        staged=STAGE * part.share,
        is_met_staged=reviewed.measured.is_met(reviewed.bad - saved, reviewed.allowed),
    )


def _capacity(review: Review) -> Iterator[Decision]:
    """Resources that may be full before the end of the next period, by forecasts with an interval."""
    report = review.capacity
    if report is None or report.at is None:
        return
    end = review.period.later().end
    for each in report.resources:
        outlook = each.outlook
        if outlook.seconds is None or each.days < DAYS_MIN or each.urgency is Urgency.NO_DATA:
            continue
        early = outlook.seconds if outlook.early is None else min(outlook.early, outlook.seconds)
        is_bounded = outlook.late is not None
        if report.at + (early if is_bounded else outlook.seconds) < end:
            yield Decision(kind=Suggested.CAPACITY, service=each.service, resource=each, before=report.at + early)


def _loosen(review: Review) -> Iterator[Decision]:
    """Objectives that were missed in most of the known periods, unchanged as far as known."""
    for reviewed in review.objectives:
        shares = _known(reviewed)
        missed = sum(share > 1 for share in shares)
        is_usual = len(shares) >= PERIODS_MIN and missed > MOST * len(shares)
        enough = reviewed.bad >= EVENTS_MIN and len(reviewed.held) <= 1
        if reviewed.verdict is Verdict.MISSED and is_usual and enough:
            yield Decision(
                kind=Suggested.LOOSEN,
                service=reviewed.slo.service,
                objective=reviewed,
                share=max(shares),
                periods=len(shares),
                missed=missed,
            )


def _alerts(review: Review) -> Iterator[Decision]:
    """Objectives whose budget burned fast enough for a page, while nobody was paged."""
    for reviewed in review.objectives:
        own = [stretch for stretch in _unpaged(review) if _deserves_a_page(stretch, reviewed.slo)]
        bad = sum(stretch.bad for stretch in own)
        # Events that do not fit into the sum were counted differently.
        if reviewed.verdict is Verdict.NO_DATA or not EVENTS_MIN <= bad <= reviewed.bad or reviewed.allowed <= 0:
            continue
        if bad >= UNPAGED_MIN * reviewed.allowed:
            share, service = bad / reviewed.allowed, reviewed.slo.service
            yield Decision(kind=Suggested.ALERT, service=service, objective=reviewed, share=share, stretches=len(own))


def _deserves_a_page(stretch: Burning, slo: Slo) -> bool:
    """Whether it is of this objective, and burned as long and as fast as a paging rule of its policy requires."""
    seconds, period_s = stretch.end - stretch.start, slo.window.nominal_s
    if (stretch.service, stretch.slo) != (slo.service, slo.name) or seconds <= 0:
        return False
    rows = [rule for rule in slo.rules if rule.row.severity == "page"]
    return any(
        stretch.share >= rule.threshold * rule.row.long_s / period_s
        and stretch.share / seconds >= rule.threshold / period_s
        for rule in rows
    )


def _unpaged(review: Review) -> Iterator[Burning]:
    """Burning without a page within the past part of the period, so that its events are in the review."""
    for stretch in () if review.alerts is None else review.alerts.unpaged:
        if review.period.start <= stretch.start and stretch.end <= review.until:
            yield stretch


def _tighten(review: Review) -> Iterator[Decision]:
    """Request-based objectives that were never challenged, in a finished and measured period."""
    for reviewed in review.objectives if review.is_over else ():
        slo = reviewed.slo
        enough = reviewed.allowed >= EVENTS_MIN and reviewed.coverage >= COVERED and len(reviewed.held) <= 1
        is_met_easily = reviewed.verdict is Verdict.MET and is_never_challenged(reviewed)
        is_met_easily &= not _is_in_trouble(reviewed)
        if is_met_easily and enough and slo.counted and slo.budget >= BUDGET_MIN:
            shares = _known(reviewed)
            yield Decision(
                kind=Suggested.TIGHTEN,
                service=slo.service,
                objective=reviewed,
                share=max(shares),
                periods=len(shares),
                suggested=round(1 - slo.budget / 2, 9),
            )


def _is_in_trouble(reviewed: ObjectiveReview) -> bool:
    """Whether the budget of its own window is used up, or its policy holds releases: it needs no smaller budget."""
    state = None if reviewed.policy is None else reviewed.policy.state
    is_held = state in (PolicyState.FREEZE_FEATURES, PolicyState.FREEZE_ALL)
    return is_held or (reviewed.window_remaining is not None and is_spent(reviewed.window_remaining))
