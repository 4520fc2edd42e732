"""Decisions that a review suggests, in plain words: what to do, and the facts behind it."""

from typing import Final

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.review.decisions import STAGE, Decision, Suggested
from dashboard.review.review import ObjectiveReview, Review
from dashboard.timerange import DAY
from dashboard.ui.text import units
from dashboard.ui.text.review import review_outlook, review_sentences, review_words
from dashboard.ui.text.review.review_words import several

# Verbs for resources of which one adds more; others are enlarged.
_AMOUNTS: Final = {
    "cpu": "add CPU",
    "memory": "add memory",
    "disk": "add disk space",
    "pool": "enlarge the pool",
    "queue": "enlarge the queue, or empty it faster",
}


def title(review: Review, decision: Decision) -> str:
    """The name, as on pages, of the service of a decision.

    Args:
        review: of the period. `decision`: suggested by it.
    """
    return review.title_of(decision.service) if decision.resource is None else decision.resource.title


def lead(review: Review, decision: Decision) -> str:
    """What to do, in a few words without a capital: release in stages.

    Args:
        review: of the period. `decision`: suggested by it.
    """
    match decision.kind:
        case Suggested.STAGES:
            return "release in stages"
        case Suggested.CAPACITY:
            return _add(review, decision)
        case Suggested.LOOSEN:
            return "loosen the objective, or invest in meeting it"
        case Suggested.ALERT:
            return "add an alert that pages somebody"
        case Suggested.TIGHTEN:
            now = units.objective(_objective(decision).slo.objective)
            return f"raise the objective from {now} to {units.objective(decision.suggested)}, or spend less on it"


def reason(review: Review, decision: Decision) -> str:
    """The reason for a decision, in one sentence with its numbers.

    Args:
        review: of the period. `decision`: suggested by it.
    """
    match decision.kind:
        case Suggested.STAGES:
            return _staged(review, decision)
        case Suggested.CAPACITY:
            return _full(_resource(decision))
        case Suggested.LOOSEN:
            reviewed = _objective(decision)
            of = review_words.cut(review_words.objective(reviewed.slo))
            known = f"{decision.missed} of {_periods(review, decision)}"
            return f"{units.sentence(of)[:-1]} was missed in {known} that are known."
        case Suggested.ALERT:
            spent = f"{units.percent(decision.share)} of the budget of {_subject(review, decision)} was spent"
            return f"{spent} while nobody was paged, in {several(decision.stretches or 0, 'stretch', 'stretches')}."
        case Suggested.TIGHTEN:
            most = f"more than {units.percent(decision.share)}" if decision.share else "any"
            known = f"In {_periods(review, decision)} that are known"
            return f"{known} {_subject(review, decision)} never used {most} of its budget."


def _objective(decision: Decision) -> ObjectiveReview:
    assert decision.objective is not None, "it is about an objective"
    return decision.objective


def _resource(decision: Decision) -> ResourceCapacity:
    assert decision.resource is not None, "it is about a resource"
    return decision.resource


def _subject(review: Review, decision: Decision) -> str:
    return review_sentences.subject(review, _objective(decision))


def _periods(review: Review, decision: Decision) -> str:
    """A number of periods: 6 months."""
    unit = review.period.unit
    return several(decision.periods or 0, "period" if unit is None else unit.name.lower())


def _staged(review: Review, decision: Decision) -> str:
    """Stopped at 5 % of traffic, deploy v42 on 14 Oct would have cost at most 4.8 % of the budget of …, not 96 %."""
    assert decision.part is not None, "it is about a change"
    what = review_sentences.thing(review, decision.part)
    cost = f"at most {units.percent(decision.staged)} of the budget of {_subject(review, decision)}"
    met = "; the objective would have been met" if decision.is_met_staged else ""
    stopped = f"Stopped at {STAGE * 100:.0f}{units.NBSP}% of the traffic, the {what}"
    return f"{stopped} would have cost {cost}, not {units.percent(decision.share)}{met}."


def _add(review: Review, decision: Decision) -> str:
    """Add memory before 25 Nov; enlarge the pool now."""
    resource = review_words.cut(_resource(decision).resource)
    what = _AMOUNTS.get(resource, f"enlarge {resource}")
    if decision.before is None or decision.before - review.at < DAY:
        return f"{what} now"
    return f"{what} before {review_words.day(decision.before, review.period.zone)}"


def _full(each: ResourceCapacity) -> str:
    full = review_outlook.full(each)
    return f"At its present trend it is {full}." if each.outlook.seconds else f"It is {full}."
