"""Builds a review from facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.capacity.capacity import CapacityReport
from dashboard.incidents.record import Record
from dashboard.incidents.statistics import statistics
from dashboard.review.deploys import deploys
from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.gaps import gaps
from dashboard.review.period import Period
from dashboard.review.review import Gap, ObjectiveReview, Review, Verdict
from dashboard.review.spending import spending
from dashboard.review.toil import costs_of
from dashboard.review.trend import trend
from dashboard.slo.exclusions import ExcludedTime
from dashboard.slo.indicators import Measure
from dashboard.slo.judgement import MeasuredTime
from dashboard.slo.sla import sla_report
from dashboard.timerange import DAY, HOUR

# Number of earlier periods with their spending.
BEFORE = 5
RECENT, LAST_WEEK = 28 * DAY, 7 * DAY
# From this used share of its budget on an objective was met narrowly.
NARROW = 0.75
_ORDER = {Verdict.MISSED: 0, Verdict.NO_DATA: 1, Verdict.NARROWLY: 2, Verdict.MET: 2}


def review(facts: Facts) -> Review:
    """The review of a period."""
    records = [record for record in facts.records if _touches(record, facts)]
    earlier = facts.period.earlier(BEFORE)
    every = [_objective(known, facts, records, earlier) for known in facts.objectives]
    objectives = _with_traffic_shares(every)
    objectives.sort(key=_order)
    begun = [record for record in records if facts.period.holds(record.moments.start)]
    acknowledged = {
        record.incident.id: record.acknowledgement.at for record in begun if record.acknowledgement is not None
    }
    return Review(
        period=facts.period,
        at=facts.at,
        title=facts.title,
        objectives=tuple(objectives),
        incidents=tuple(record.incident for record in _costliest_first(records, objectives)),
        deploys=deploys(facts.changes, records, facts.period),
        coverage=_coverage(facts),
        data_begin=_data_begin(facts),
        titles=facts.titles,
        records={record.incident.id: record for record in records},
        alerts=facts.alerts,
        statistics=statistics((record.incident for record in begun), acknowledged),
        incidents_begin=facts.incidents_begin,
        changes_begin=facts.changes_begin,
        teams=facts.teams,
        toil=facts.toil,
        capacity=facts.capacity,
        price_origin=facts.price_origin,
        costs=costs_of(facts.monthly_costs, facts.currency, _requests(objectives), facts.until - facts.period.start),
    )


def narrowed(whole: Review, services: Iterable[str]) -> Review:
    """The review of some services only; shares of traffic still refer to all."""
    chosen = set(services)
    incidents = tuple(incident for incident in whole.incidents if chosen.intersection(incident.services))
    records = {incident.id: whole.record(incident) for incident in incidents}
    begun = [incident for incident in incidents if whole.period.holds(records[incident.id].moments.start)]
    known = {
        number: record.acknowledgement.at for number, record in records.items() if record.acknowledgement is not None
    }
    objectives = tuple(objective for objective in whole.objectives if objective.slo.service in chosen)
    return replace(
        whole,
        objectives=objectives,
        coverage=sum(each.coverage for each in objectives) / len(objectives) if objectives else 0.0,
        incidents=incidents,
        records=records,
        statistics=statistics(begun, known),
        deploys={service: row for service, row in whole.deploys.items() if service in chosen},
        notes={service: note for service, note in whole.notes.items() if service in chosen or not service},
        toil={service: toil for service, toil in whole.toil.items() if service in chosen},
        capacity=_capacity_of(whole.capacity, chosen),
        costs={service: cost for service, cost in whole.costs.items() if service in chosen},
    )


def _capacity_of(report: CapacityReport | None, services: set[str]) -> CapacityReport | None:
    """The resources of some services only."""
    if report is None:
        return None
    return replace(report, resources=tuple(each for each in report.resources if each.service in services))


def _requests(objectives: Iterable[ObjectiveReview]) -> dict[str, float]:
    """Requests by service: of its objectives the one with the highest count."""
    requests: dict[str, float] = {}
    for objective in objectives:
        if objective.slo.measure in (Measure.ERRORS, Measure.LATENCY):
            requests[objective.slo.service] = max(requests.get(objective.slo.service, 0.0), objective.valid)
    return requests


def _objective(
    known: ObjectiveFacts, facts: Facts, records: Sequence[Record], earlier: Sequence[Period]
) -> ObjectiveReview:  # fmt: skip
    slo, start, until = known.slo, facts.period.start, facts.until
    counts = known.counts.within(start, until)
    bad, valid, allowed = counts.bad, counts.valid, counts.allowed
    measured = _measured(known, facts, start, until)
    verdict = _verdict(bad, allowed, measured)
    before = tuple(_judged_spent(known, facts, each.start, each.end) for each in earlier)
    spent = counts.spent
    return ObjectiveReview(
        slo=slo,
        held=tuple(counts.held()),
        bad=bad,
        valid=valid,
        allowed=allowed,
        measured=measured,
        verdict=verdict,
        gaps=gaps(slo, counts, start, until, facts.exclusions),
        spent=spent,
        recent=_judged_spent(known, facts, until - RECENT, until),
        last_week=_judged_spent(known, facts, until - LAST_WEEK, until),
        window_remaining=known.window_remaining,
        before=before,
        trend=trend([*before, None if verdict is Verdict.NO_DATA else spent]),
        spending=spending(slo, counts, records, allowed, measured),
        sla=sla_report(slo.sla, bad=bad, valid=valid, measured=measured) if slo.sla and valid > 0 else None,
        policy=known.policy,
        exceptions=known.exceptions,
    )


def _verdict(bad: float, allowed: float, measured: MeasuredTime) -> Verdict:
    is_met = measured.is_met(bad, allowed)
    if is_met is None:
        return Verdict.NO_DATA
    if not is_met:
        return Verdict.MISSED
    return Verdict.NARROWLY if bad >= NARROW * allowed else Verdict.MET


def _judged_spent(known: ObjectiveFacts, facts: Facts, start: float, end: float) -> float | None:
    """The used share of the budget of a time span (epoch seconds), from whole hours; None if it cannot be judged."""
    start = start // HOUR * HOUR if end % HOUR else start
    counts = known.counts.within(start, end)
    is_met = _measured(known, facts, start, end).is_met(counts.bad, counts.allowed)
    return None if is_met is None else counts.spent


def _measured(known: ObjectiveFacts, facts: Facts, start: float, end: float) -> MeasuredTime:
    """How much of a time span was measured, and should have been; epoch seconds."""
    excluded = ExcludedTime.of(known.slo, facts.exclusions).seconds(start, end)
    return MeasuredTime(known.counts.within(start, end).measured_s, max(0.0, end - start - excluded))


def _coverage(facts: Facts) -> float:
    """The measured share of the period so far over all objectives."""
    every = [_measured(known, facts, facts.period.start, facts.until) for known in facts.objectives]
    return MeasuredTime(sum(each.seconds for each in every), sum(each.expected_s for each in every)).coverage


def _data_begin(facts: Facts) -> float | None:
    """Epoch seconds since when there are data; None if they cover the whole period."""
    begins = [known.begin for known in facts.objectives if known.begin is not None]
    first = min(begins, default=None)
    return first if first is not None and first > facts.period.start else None


def _with_traffic_shares(objectives: Sequence[ObjectiveReview]) -> list[ObjectiveReview]:
    """Objectives with their share of the events of all objectives that count such events."""
    valid: dict[tuple[object, ...], float] = {}
    for objective in objectives:
        valid[_counted_as(objective)] = valid.get(_counted_as(objective), 0.0) + objective.valid
    return [
        replace(objective, traffic_share=objective.valid / total if (total := valid[_counted_as(objective)]) else None)
        for objective in objectives
    ]


def _counted_as(objective: ObjectiveReview) -> tuple[object, ...]:
    slo = objective.slo
    return slo.kind, slo.method, slo.counted, slo.row_s


def _order(objective: ObjectiveReview) -> tuple[int, float, str, str]:
    slo = objective.slo
    return _ORDER[objective.verdict], -(objective.spent or 0.0), slo.service, slo.name


def _touches(record: Record, facts: Facts) -> bool:
    incident = record.incident
    return incident.start < facts.until and (incident.end is None or incident.end > facts.period.start)


def _costliest_first(records: Sequence[Record], objectives: Sequence[ObjectiveReview]) -> list[Record]:
    """Incidents by the largest share of a budget that they used in the period."""
    shares: Mapping[str, float] = {}
    for objective in objectives:
        for part in objective.spending:
            shares[part.incident] = max(shares.get(part.incident, 0.0), part.share or 0.0)  # type: ignore[index]
    return sorted(records, key=lambda record: (-shares.get(record.incident.id, 0.0), -record.incident.start))


def period_gaps(whole: Review) -> tuple[Gap, ...]:
    """Time in which no objective had usable data, so that monitoring as a whole was missing."""
    every = [set(objective.gaps) for objective in whole.objectives]
    shared = set.intersection(*every) if every else set()
    return tuple(sorted(shared, key=lambda gap: (gap.start, gap.end)))
