"""Incidents, alerts and deploys of a review: the most expensive ones, their duration, and the quality of alerts."""

from dashboard.alerts.quality import RuleQuality
from dashboard.incidents.incident import Correctable
from dashboard.incidents.record import Record
from dashboard.incidents.statistics import Statistics, Summary
from dashboard.review.review import Deploys, ObjectiveReview, Review, Spending
from dashboard.ui.text import change_text, objective_terms, units
from dashboard.ui.text.change_text import length
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_drawing import squares
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, text
from dashboard.ui.text.review.review_words import several

# Maximum number of listed incidents and rules.
INCIDENTS, RULES = 12, 8
Cost = tuple[ObjectiveReview, Spending]


def incidents(review: Review, links: Links) -> str:
    """The incidents with the highest cost, most expensive first, as HTML.

    Args:
        review: of the period. `links`: of incidents.
    """
    if not review.incidents:
        return ""
    records = [review.record(incident) for incident in review.incidents]
    rows = "".join(_incident(review, record, links) for record in records[:INCIDENTS])
    heads = "".join(
        f'<th scope="col"{kind}>{head}</th>'
        for head, kind in (
            ("Began", ""), ("Services", ""), ("Cost", ""), ("Detected after", ' class="n"'),
            ("Acknowledged", ' class="n"'), ("Recovered", ' class="n"'), ("Cause", ""),
        )
    )  # fmt: skip
    more = len(records) - INCIDENTS
    foot = f'<p class="say">and {several(more, "incident")} that cost less</p>' if more > 0 else ""
    table = f'<table class="cards"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{foot}'
    return part("Incidents that cost most", table, text(_medians(review.statistics)), "incidents")


def _medians(whole: Statistics | None) -> str:
    """Median times of incidents that began in the period: median: detected after 4 min (of 3), over after 1 h 24 m."""
    # The row of a single incident has its times.
    if whole is None or whole.number < 2:
        return ""
    times = (("detected after", whole.detect), ("acknowledged after", whole.acknowledge), ("over after", whole.recover))
    said = ", ".join(f"{word} {_middle(summary)}" for word, summary in times if summary.number)
    return f"median: {said}" if said else ""


def _middle(summary: Summary) -> str:
    return f"{length(summary.middle)} (of {summary.number})"


def _incident(review: Review, record: Record, links: Links) -> str:
    """The row of one incident.

    Args:
        review: of the period. `record`: the incident. `links`: of incidents.
    """
    times, zone = record.moments, review.period.zone
    began = links.incident(record.incident.id, text(review_words.began(record, zone)))
    # In the same order as the shares of budgets beside them.
    costly = dict.fromkeys(reviewed.slo.service for reviewed, _ in _costs(review, record))
    services = tuple(dict.fromkeys((*costly, *record.incident.services)))
    names = ", ".join(name(review.title_of(service), 40) for service in services[:3])
    more = f" and {len(services) - 3} more" if len(services) > 3 else ""
    recovered = _after("recovered", times.to_recover) if times.end is not None else '<td class="n amber">goes on</td>'
    return (
        f'<tr><td class="wide">{began}</td><td class="wide w"><b>{names}</b>{more}</td>'
        f'<td class="wide">{_cost(review, record)}</td>'
        f"{_after('detected', times.to_detect)}{_after('acknowledged', times.to_acknowledge)}"
        f'{recovered}<td class="wide w" data-name="cause">{_cause(record)}</td></tr>'
    )


def _after(what: str, seconds: float | None) -> str:
    """A cell with the time until an event; on phones, which show no header, with the name of the event."""
    if seconds is None:
        return f'<td class="n grey">not {what}</td>'
    return f'<td class="n" data-name="{what} after">{length(seconds)}</td>'


def _cause(record: Record) -> str:
    """The title given by a person, else the most likely change."""
    title = record.incident.corrections.get(Correctable.TITLE, "")
    if title:
        return name(title)
    if record.cause is None:
        return '<span class="grey">not known</span>'
    return f"{name(change_text.named(record.cause))} (most likely)"


def _cost(review: Review, record: Record) -> str:
    """The cost in the budgets of the period: 1.56M failed requests, 96 % of the budget."""
    costs = _costs(review, record)
    if not costs:
        main = record.main
        return f"{units.short(incident_text.cost(main))} {incident_text.words(main).events}"
    costliest = costs[0]
    events = objective_terms.further_events(costliest[0].slo)
    shares = review_words.listed([f"<b>{units.percent(spent.share)}</b>" for _, spent in costs[:3]])
    of = "of the budget" if len(costs) == 1 else "of the budgets"
    return f"{units.short(sum(spent.bad for _, spent in costs))} {text(events)}, {shares} {of}"


def _costs(review: Review, record: Record) -> list[Cost]:
    """The cost of an incident for each objective, the largest share of a budget first."""
    numbers = {record.incident.id, *record.incident.aliases}
    costs = (
        (reviewed, spent)
        for reviewed in review.objectives
        for spent in reviewed.spending
        if spent.incident and spent.incident in numbers
    )
    return sorted(costs, key=lambda cost: -(cost[1].share or 0.0))


def alerts(review: Review) -> str:
    """The quality of alerts, as HTML; empty without alerts."""
    quality = review.alerts
    if quality is None or not quality.rules:
        return ""
    judged, touched = (sum(getattr(rule, field) for rule in quality.rules) for field in ("judged", "touched"))
    fired = sum(rule.fired for rule in quality.rules)
    share = f" ({units.percent(touched / judged)})" if judged else ""
    sentence = f"<b>{touched:,} of {several(judged, 'alert')}</b>{share} fired {review_words.WHILE_WORSE}"
    unjudged = f"; of {several(fired - judged, 'other')} that is not known" if fired > judged else ""
    picture = squares(touched, judged, f"{touched} of {judged} alerts {review_words.WHILE_WORSE}") if judged else ""
    pages = review_words.paged(quality.load)
    lines = [f"{sentence}{unjudged}.{picture}", pages, *map(_useless, quality.without_impact[:RULES])]
    if quality.unpaged:
        lines.append(review_words.unpaged(len(quality.unpaged)))
    rows = "".join(f"<li>{line}</li>" for line in lines if line)
    return part("Alerts, and how good they were", f'<ul class="rows ruled">{rows}</ul>', kind="alerts")


def _useless(rule: RuleQuality) -> str:
    return f"{name(rule.rule.name, 60)} {review_words.alerts_in_vain(rule)}."


def deploys(review: Review) -> str:
    """Deploys and the share of failed ones, as HTML; empty without deploys."""
    every = [(service, known) for service, known in review.deploys.items() if known.number]
    if not every:
        return ""
    whole = Deploys(number=sum(each.number for _, each in every), failed=sum(each.failed for _, each in every))
    failed = sorted((row for row in every if row[1].failed), key=lambda row: (-row[1].failed, row[0]))
    lines = [
        f"<b>{whole.failed:,} of {several(whole.number, 'deploy')}</b> failed: change failure rate "
        f"<b>{units.percent(whole.failure_rate)}</b>."
    ]
    lines += [f"{name(review.title_of(service), 60)}: {_failed(each)}" for service, each in failed[:RULES]]
    rows = "".join(f"<li>{line}</li>" for line in lines)
    note = "failed: blamed for an incident, or rolled back"
    return part("Deploys", f'<ul class="rows ruled">{rows}</ul>', note, "deploys")


def _failed(each: Deploys) -> str:
    return f"{each.failed:,} of {each.number:,} failed ({units.percent(each.failure_rate)})."
