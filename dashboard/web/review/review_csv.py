"""A review as CSV: comments on its origin, then rows of objectives and of resources, unrounded."""

import math
from collections.abc import Iterator
from functools import partial

from dashboard.review.review import Cause, ObjectiveReview, Review
from dashboard.ui.text import price_text, units
from dashboard.ui.text.review import review_periods, review_sentences, review_words
from dashboard.web.csv_text import cell, moment, table

COLUMNS = (
    "service", "team", "slo", "kind", "objective (ratio)", "objectives within the period", "verdict",
    "achieved (ratio)", "bad", "valid", "allowed", "budget spent (ratio)", "spent, last 28 days (ratio)",
    "spent, last 7 days (ratio)", "spent, 5 periods ago (ratio)", "spent, 4 periods ago (ratio)",
    "spent, 3 periods ago (ratio)", "spent, 2 periods ago (ratio)", "spent, the period before (ratio)", "trend",
    "bad by changes", "bad by other incidents", "bad by background", "mostly", "coverage (ratio)", "unmeasured (s)",
    "traffic share (ratio)", "window", "window budget left (ratio)", "sla (ratio)", "sla met", "credit", "deploys",
    "failed deploys", "toil (h)", "work (h)", "cost", "currency", "cost of a million requests", "note",
    "resource", "urgency", "use (ratio)", "peak (ratio)", "full in (s)", "full in, earliest (s)", "full in, latest (s)",
    "load at full (1/s)", "load (1/s)", "as of", "prices",
)  # fmt: skip
HOW = (
    "achieved = 1 - bad / valid, summed over all measured hours of the period",
    "allowed = valid x (1 - objective), each hour by the objective that held in it; budget spent = bad / allowed",
    "bad = by changes + by other incidents + by background, exactly; empty: not known",
    "rows with a resource follow those of objectives: kind capacity, no slo; seconds count from the moment in as of",
)


def as_csv(review: Review) -> str:
    """All objectives of a review, highest spending first, then the resources of its capacity outlook."""
    period = review.period
    zone = period.zone
    head = (
        f"{review.title}: review of {units.plain(review_periods.title(period))} ({period.name})",
        f"from {moment(period.start, zone)} to {moment(period.end, zone)}, time zone {zone}, "
        f"{'over' if review.is_over else 'so far'}; at {moment(review.at, zone)}",
        review_sentences.paragraph(review),
        *HOW,
    )
    return table(head, COLUMNS, [*map(partial(_row, review), review.objectives), *_resources(review)])


def _row(review: Review, objective: ObjectiveReview) -> list[str]:
    slo, sla = objective.slo, objective.sla
    service, zone = slo.service, review.period.zone
    deploys, toil, cost = review.deploys.get(service), review.toil.get(service), review.costs.get(service)
    before = (None,) * (5 - len(objective.before)) + objective.before[-5:]
    return [
        *map(cell, (review.title_of(service), review.teams.get(service, ""), slo.name, slo.kind)),
        number(slo.objective),
        cell("; ".join(_held(review, objective)) if len(objective.held) > 1 else ""),
        str(objective.verdict),
        *map(number, (objective.achieved, objective.bad, objective.valid, objective.allowed, objective.spent)),
        *map(number, (objective.recent, objective.last_week, *before)),
        str(objective.trend),
        *(number(_bad(objective, cause)) for cause in Cause),
        cell(_mostly(review, objective)),
        *map(number, (objective.coverage, objective.unmeasured_s, objective.traffic_share)),
        slo.window.duration,
        number(objective.window_remaining),
        number(None if sla is None else sla.objective),
        "" if sla is None or sla.met is None else str(sla.met).lower(),
        cell("" if sla is None else sla.credit or ""),
        number(None if deploys is None else deploys.number),
        number(None if deploys is None else deploys.failed),
        *map(number, (None, None) if toil is None else (toil.toil_hours, toil.hours)),
        number(None if cost is None else cost.amount),
        cell("" if cost is None else cost.currency),
        number(None if cost is None else cost.per_million),
        cell(review.notes.get(service, "")),
        *("" for _ in COLUMNS[COLUMNS.index("resource") : -1]),
        cell("" if cost is None else units.plain(price_text.origin(review.price_origin, zone, review.at))),
    ]


def _resources(review: Review) -> Iterator[list[str]]:
    """Rows of resources, the first to be full first; cells of objectives are empty."""
    report = review.capacity
    for each in () if report is None else report.resources:
        outlook = each.outlook
        cells = {
            "service": cell(each.title),
            "team": cell(review.teams.get(each.service, "")),
            "kind": "capacity",
            "resource": cell(each.resource),
            "urgency": str(each.urgency),
            "use (ratio)": number(each.now),
            "peak (ratio)": number(each.peak),
            "full in (s)": number(outlook.seconds),
            "full in, earliest (s)": number(outlook.early),
            "full in, latest (s)": number(outlook.late),
            "load at full (1/s)": number(each.load.full),
            "load (1/s)": number(each.traffic_now),
            "as of": "" if report is None or report.at is None else moment(report.at, review.period.zone),
        }
        yield [cells.get(column, "") for column in COLUMNS]


def number(value: float | None) -> str:
    """A number with all its digits; empty if there is none."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def _bad(objective: ObjectiveReview, cause: Cause) -> float:
    return sum(part.bad for part in objective.spending if part.cause is cause)


def _mostly(review: Review, objective: ObjectiveReview) -> str:
    most = review_sentences.most_of(objective)
    return "" if most is None else units.plain(review_words.part(review, most))


def _held(review: Review, objective: ObjectiveReview) -> Iterator[str]:
    """The values that applied in turn: 0.999 until 2026-10-14T00:00:00+00:00."""
    for held in objective.held:
        bound = "" if held.limit is None else f" within {held.limit:g}"
        yield f"{held.objective:g}{bound} until {moment(held.end, review.period.zone)}"
