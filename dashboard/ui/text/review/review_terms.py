"""Agreements with customers and the error-budget policy in a review, a plain sentence each."""

from collections.abc import Iterator

from dashboard.gate.policy import PolicyException, PolicyState
from dashboard.review.review import Review
from dashboard.ui.text import policy_text, status_text, units
from dashboard.ui.text.review import review_words
from dashboard.ui.text.status_text import SLA_MET


def agreements(review: Review) -> Iterator[str]:
    """Each SLA with the credit due: checkout: missed, 99.93 % achieved, 99.95 % agreed; credit due: 10 %."""
    for each in review.objectives:
        sla = each.sla
        if sla is None:
            continue
        word = status_text.too_little(each.coverage) if sla.met is None else SLA_MET[sla.met].word
        credit = f"; credit due: {sla.credit}" if sla.credit else ""
        achieved = units.sli(each.achieved, sla.objective)
        title = review.title_of(each.slo.service)
        yield f"{title}: {word}, {achieved} achieved, {units.objective(sla.objective)} agreed{credit}"


def policy(review: Review) -> Iterator[str]:
    """Objectives that hold releases, each with its reason, and exceptions that let releases go."""
    standings = [(each, each.policy) for each in review.objectives if each.policy is not None]
    for each, standing in standings:
        if standing.state is not PolicyState.SHIP:
            title, of = review.title_of(each.slo.service), review_words.objective(each.slo)
            yield f"{title}, {of}: {policy_text.STATES[standing.state].word}, as {policy_text.because(standing)}"
    shipped = sum(standing.state is PolicyState.SHIP for _, standing in standings)
    if shipped:
        others = "all objectives" if shipped == len(standings) else review_words.several(shipped, "other objective")
        yield f"{others}: ship"
    yield from _exceptions(review)


def _exceptions(review: Review) -> Iterator[str]:
    """Exception of Ada, until Fri 4 Dec, 12:00, for checkout-availability: the objective is renegotiated."""
    objectives: dict[PolicyException, list[str]] = {}
    for objective in review.objectives:
        for exception in objective.exceptions:
            objectives.setdefault(exception, []).append(objective.slo.name)
    for exception, names in objectives.items():
        until = review_words.moment(exception.until, review.period.zone)
        who, what = policy_text.who(exception), review_words.listed(names)
        yield f"Exception of {who}, until {until}, for {what}: {exception.why}"
