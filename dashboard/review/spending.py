"""What the budget of an objective was spent on: changes, other incidents, and the background."""

from collections.abc import Iterable, Sequence

from dashboard.incidents.incident import Impact
from dashboard.incidents.record import Record
from dashboard.review.attribution import Stretch, attributed, steps_of
from dashboard.review.counts import Counts
from dashboard.review.review import Cause, Spending
from dashboard.slo.judgement import MeasuredTime
from dashboard.slo.objective import Slo


def spending(
    slo: Slo, counts: Counts, records: Iterable[Record], allowed: float, measured: MeasuredTime
) -> tuple[Spending, ...]:  # fmt: skip
    """The parts of all bad events of a period: most expensive first, then the background. They add up exactly.

    Args:
        slo: the objective. `counts`: of the period. `records`: incidents that overlap it.
        allowed: number of allowed bad events. `measured`: time of the period.
    """
    concerned = [(record, own) for record in records if (own := impacts_on(slo, record))]
    impacts = [impact for _, own in concerned for impact in own]
    stretches = [
        Stretch(record.incident.id, impact.start, float("inf") if impact.end is None else impact.end)
        for record, own in concerned
        for impact in own
    ]
    shares = attributed(counts, stretches, steps_of(impacts)) if stretches else {}
    total = counts.bad
    parts = [
        _part(record, own, shares[record.incident.id], counts, allowed, measured)
        for record, own in concerned
        if record.incident.id in shares
    ]
    parts.sort(key=lambda part: (-part.bad, part.begins or 0.0, part.incident))
    rest = total - sum(shares.values())
    return (*parts, Spending(cause=Cause.BACKGROUND, bad=rest, share=_share(rest, allowed)))


def impacts_on(slo: Slo, record: Record) -> list[Impact]:
    """The impacts of an incident on an objective.

    Args:
        slo: the objective. `record`: the incident.
    """
    impacts = record.incident.impacts
    return [impact for impact in impacts if (impact.service, impact.slo) == (slo.service, slo.name)]


def _part(
    record: Record, own: Sequence[Impact], bad: float, counts: Counts, allowed: float, measured: MeasuredTime
) -> Spending:  # fmt: skip
    """The part of one incident.

    Args:
        record: the incident. `own`: its impacts on the objective. `bad`: its events in the period.
        counts: of the period. `allowed`: number of allowed bad events. `measured`: time of the period.
    """
    cause, total, first = record.cause, counts.bad, min(own, key=lambda impact: impact.start)
    rest = total - beyond_usual(bad, own)
    # If hours begin only later, its known start is only the start of the data.
    is_older = first.is_cut and first.start < float(counts.starts[0])
    return Spending(
        cause=Cause.INCIDENT if cause is None else Cause.CHANGE,
        bad=bad,
        share=_share(bad, allowed),
        incident=record.incident.id,
        change="" if cause is None else str(cause.change.id),
        begins=None if is_older else first.start,
        spent_without=_share(rest, allowed),
        is_met_without=measured.is_met(rest, allowed) if measured.is_met(total, allowed) is False else None,
    )


def beyond_usual(bad: float, impacts: Iterable[Impact]) -> float:
    """The bad events of an incident that would not have occurred without it, beyond the usual ones.

    Args:
        bad: events of the incident in the period. `impacts`: of the incident on the objective.
    """
    own = list(impacts)
    whole, usual = sum(impact.bad for impact in own), sum(impact.usual_bad for impact in own)
    return bad * max(1 - usual / whole, 0.0) if whole > 0 else bad


def _share(bad: float, allowed: float) -> float | None:
    return bad / allowed if allowed > 0 else None
