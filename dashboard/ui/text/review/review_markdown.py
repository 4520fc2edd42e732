"""A review as Markdown; text of people and senders is escaped."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.incidents.incident import Incident
from dashboard.incidents.statistics import Summary
from dashboard.review.decisions import Decision, decisions
from dashboard.review.review import ObjectiveReview, Review
from dashboard.ui.text import change_text, units
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.incidents.post_mortem_markdown import inline, text
from dashboard.ui.text.review import (
    review_decisions,
    review_effort,
    review_outlook,
    review_periods,
    review_sentences,
    review_terms,
    review_words,
)
from dashboard.ui.text.review.review_gaps import gaps

# Maximum number of listed incidents, most expensive first.
INCIDENTS = 10
HOW = (
    "_Achieved is good ÷ valid events. The budget is what may fail: valid events × (1 − objective), by the objective "
    "that held in each hour. Background is what no incident explains. Time without data counts neither way._"
)


def markdown(review: Review) -> str:
    """The whole review as one text that ends with a line break."""
    parts = [
        f"# {inline(_title(review))}",
        inline(f"{review.title} · {review_periods.days(review.period)} · {_coverage(review)}"),
        text(review_sentences.paragraph(review)),
        "\n".join(f"- {text(gap)}" for gap in gaps(review)),
        *_note(review, ""),
        *_section("Objectives", _objectives(review)),
        *_section("What the budgets were spent on", _spending(review)),
        *_section("Incidents", _incidents(review), *_times(review)),
        *_section("Alerts", (), *_alerts(review)),
        *_section("SLA and credits", (), *review_terms.agreements(review)),
        *_section("Deploys", _deploys(review)),
        *_section("Error-budget policy", (), *review_terms.policy(review)),
        *_section("Capacity outlook", (), *_capacity(review)),
        *_section("Toil and cost", _effort(review), *_toil(review)),
        *_decisions(review),
        *_services(review),
        *_signed(review),
        HOW,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _title(review: Review) -> str:
    return review_periods.title(review.period) + ("" if review.is_over else ", so far")


def _coverage(review: Review) -> str:
    return f"data cover {units.percent(review.coverage)}"


def _section(title: str, rows: Iterable[Sequence[str]], *lines: str) -> list[str]:
    """A heading with a table and lines; empty without content.

    Args:
        title: of the section. `rows`: the header, then the rows. `lines`: sentences.
    """
    every = list(rows)
    if len(every) < 2 and not lines:
        return []
    return [f"## {title}", _table(every) if len(every) > 1 else "", "\n".join(f"- {text(line)}" for line in lines)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    heads = rows[0]
    lines = [heads, ["---"] * len(heads), *(tuple(map(inline, row)) for row in rows[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _objectives(review: Review) -> Iterator[Sequence[str]]:
    earlier = review_periods.earlier(review)
    yield (
        "Service", "Objective", "Achieved", "Bad of valid", "Budget used", "28 days", "7 days",
        review_periods.between(earlier) or "Before", "Traffic", "Coverage", "Window left", "Verdict",
    )  # fmt: skip
    for objective in review.objectives:
        slo = objective.slo
        yield (
            review.title_of(slo.service),
            _held(objective),
            units.sli(objective.achieved, slo.objective),
            f"{units.count(objective.bad)} of {units.count(objective.valid)}",
            units.percent(objective.spent),
            units.percent(objective.recent),
            units.percent(objective.last_week),
            " ".join(map(units.percent, objective.before[-len(earlier) :] if earlier else (None,))),
            units.percent(objective.traffic_share),
            units.percent(objective.coverage),
            units.percent(objective.window_remaining),
            review_words.verdict(objective),
        )


def _held(objective: ObjectiveReview) -> str:
    """The target, and earlier targets if it changed within the period."""
    now = review_words.objective(objective.slo)
    before = [units.objective(held.objective) for held in objective.held[:-1]]
    return f"{now}, before {', '.join(before)}" if before else now


def _spending(review: Review) -> Iterator[Sequence[str]]:
    yield ("Service", "Objective", "What", "Bad", "Budget used", "Without it")
    for objective in review.objectives:
        for part in objective.spending if objective.bad else ():
            without = {None: "", True: "met", False: "missed all the same"}[part.is_met_without]
            yield (
                review.title_of(objective.slo.service),
                objective.slo.name,
                review_words.part(review, part),
                units.count(part.bad),
                units.percent(part.share),
                without,
            )


def _incidents(review: Review) -> Iterator[Sequence[str]]:
    yield ("Began", "Lasted", "What happened", "Cost")
    for incident in review.incidents[:INCIDENTS]:
        record = review.record(incident)
        times = record.moments
        lasted = "goes on" if times.end is None else change_text.length(times.end - times.start)
        yield (
            review_words.began(record, review.period.zone),
            lasted,
            incident_text.shown_title(record, review.at),
            ", ".join(_costs(review, incident)),
        )


def _costs(review: Review, incident: Incident) -> Iterator[str]:
    """The cost of an incident for each budget: 96 % of the budget of checkout-availability."""
    for objective in review.objectives:
        for part in objective.spending:
            if part.incident == incident.id and part.share is not None:
                yield f"{units.percent(part.share)} of the budget of {objective.slo.name}"


def _times(review: Review) -> Iterator[str]:
    left_out = len(review.incidents) - INCIDENTS
    if left_out > 0:
        yield f"{review_words.several(left_out, 'more incident')} cost less."
    figures = review.statistics
    if figures is not None and figures.number:
        yield _time("detected", figures.detect, "never detected")
        yield _time("acknowledged", figures.acknowledge, "never acknowledged")
        yield _time("over", figures.recover, "still going on")


def _time(what: str, summary: Summary, missing: str) -> str:
    """Median and range of a duration: Median until detected: 4 min (n = 7, 2 min – 1 h)."""
    return f"Median until {what}: {change_text.length(summary.middle)} ({incident_text.spread(summary, missing)})"


def _alerts(review: Review) -> Iterator[str]:
    quality = review.alerts
    if quality is None:
        return
    judged = sum(rule.judged for rule in quality.rules)
    touched = sum(rule.touched for rule in quality.rules)
    fired = sum(rule.fired for rule in quality.rules)
    if judged:
        share = f"{touched:,} of {judged:,} ({units.percent(touched / judged)})"
        yield f"{review_words.several(fired, 'alert')} fired; {share} {review_words.WHILE_WORSE}."
    else:
        yield f"{review_words.several(fired, 'alert')} fired."
    yield review_words.paged(quality.load)
    if quality.unpaged:
        yield review_words.unpaged(len(quality.unpaged))


def _deploys(review: Review) -> Iterator[Sequence[str]]:
    yield ("Service", "Deploys", "Failed", "Change failure rate")
    for service, known in review.deploys.items():
        rate = units.percent(known.failure_rate)
        yield (review.title_of(service), f"{known.number:,}", f"{known.failed:,}", rate)


def _effort(review: Review) -> Iterator[Sequence[str]]:
    """Columns of toil, of cost, or of both, as far as there are data."""
    has_toil, has_costs = bool(review.toil), bool(review.costs)
    toil_heads, cost_heads = ("Toil", "Of the work"), ("Cost", "Of a million requests")
    yield ("Service", *(toil_heads if has_toil else ()), *(cost_heads if has_costs else ()))
    for service in sorted({*review.toil, *review.costs} - {""}, key=review.title_of):
        toil, cost = review.toil.get(service), review.costs.get(service)
        hours = units.MISSING if toil is None else f"{toil.toil_hours:.4g} h"
        share = units.percent(None if toil is None else toil.share)
        money = (cost.amount, cost.per_million) if cost is not None else (None, None)
        amounts = tuple(review_words.money(cost, amount) for amount in money)
        yield (review.title_of(service), *((hours, share) if has_toil else ()), *(amounts if has_costs else ()))


def _capacity(review: Review) -> Iterator[str]:
    """Resources that fill up, when, and at which load."""
    for line in review_outlook.outlook(review):
        yield f"{line.title}: {line.said}" if line.title else line.said
    when = review_outlook.as_of(review)
    if review.capacity is not None and review.capacity.resources and when:
        yield units.sentence(when)


def _decisions(review: Review) -> Iterator[str]:
    """Suggested decisions, most urgent first."""
    every = decisions(review)
    if not every:
        return
    yield "## Decisions suggested"
    yield "\n".join(f"{place}. {_decision(review, decision)}" for place, decision in enumerate(every, 1))


def _decision(review: Review, decision: Decision) -> str:
    lead = f"{review_decisions.title(review, decision)}: {review_decisions.lead(review, decision)}."
    return f"**{inline(lead)}** {inline(review_decisions.reason(review, decision))}"


def _toil(review: Review) -> Iterator[str]:
    said = review_effort.toil(review)
    if said:
        yield said
    if review.costs:
        yield inline(review_effort.costs(review))


def _services(review: Review) -> Iterator[str]:
    if not review.services:
        return
    yield "## Services"
    for service in review.services:
        yield f"**{inline(review.title_of(service))}**: {inline(review_sentences.service_paragraph(review, service))}"
        yield from _note(review, service)


def _note(review: Review, service: str) -> Iterator[str]:
    note = review.notes.get(service, "")
    if note:
        yield "\n".join(f"> {text(line)}" for line in note.splitlines())


def _signed(review: Review) -> Iterator[str]:
    signed = review.sign_off
    if signed is not None:
        remarks = f": {signed.remarks}" if signed.remarks else ""
        yield text(f"Signed off by {signed.name} on {review_words.day(signed.at, review.period.zone)}{remarks}")
