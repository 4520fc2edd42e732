"""The capacity outlook, and toil and cost of services, as HTML."""

from collections.abc import Sequence
from typing import Final

from dashboard.review.review import Review
from dashboard.ui.text import units
from dashboard.ui.text.capacity_text import URGENCY
from dashboard.ui.text.review import review_effort, review_outlook, review_words
from dashboard.ui.text.review.review_drawing import mark
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, sentence, text
from dashboard.ui.text.review.review_outlook import OutlookLine
from dashboard.ui.text.review.review_words import several

# Maximum number of listed services.
SERVICES = 20
# Column headers of toil and cost.
TOIL: Final = ("Toil", "Of all work")
COST: Final = ("Cost", "Per million requests")


def capacity(review: Review) -> str:
    """Resources that fill up, when, and at which load; empty if no limit is known."""
    rows = "".join(f"<li>{_line(line)}</li>" for line in review_outlook.outlook(review))
    listed = f'<ul class="rows ruled">{rows}</ul>' if rows else ""
    return part("Capacity outlook", listed, text(review_outlook.as_of(review)), "capacity")


def _line(line: OutlookLine) -> str:
    """A resource with its mark; the colour of the mark adds nothing to the words."""
    if line.urgency is None:
        return sentence(line.said)
    shown = URGENCY[line.urgency]
    return f'<span class="{shown.colour}">{mark(shown)}</span><b>{name(line.title, 80)}</b>: {sentence(line.said)}'


def effort(review: Review, links: Links) -> str:
    """Toil and cost of each service; empty without records of toil and prices.

    Args:
        review: of the period. `links`: of services.
    """
    # Costs are those of what is held now: for a period without requests they mean nothing.
    paid = {service for service, cost in review.costs.items() if cost.per_million is not None}
    services = sorted({*review.toil, *paid} - {""}, key=review.title_of)
    said = review_effort.toil(review)
    if not services and not said:
        return ""
    # No columns for missing data.
    groups = [heads for heads, is_there in ((TOIL, review.toil), (COST, paid)) if is_there]
    rows = "".join(_row(review, service, links, groups) for service in services[:SERVICES])
    more = f'<p class="say">and {several(len(services) - SERVICES, "more service")}</p>' if services[SERVICES:] else ""
    heads = "".join(f'<th scope="col" class="n">{head}</th>' for group in groups for head in group)
    table = (
        f'<table class="cards"><thead><tr><th scope="col">Service</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else ""
    )
    note = " ".join(filter(None, (sentence(said), text(review_effort.costs(review)) if paid else "")))
    return part("Toil and cost", f"{table}{more}" or f'<p class="ruled">{note}</p>', note if table else "", "effort")


def _row(review: Review, service: str, links: Links, groups: Sequence[tuple[str, str]]) -> str:
    """The row of one service.

    Args:
        review: of the period. `service`: its id. `links`: of services. `groups`: column headers.
    """
    toil, cost = review.toil.get(service), review.costs.get(service)
    values = {
        TOIL: (
            units.MISSING if toil is None else f"{toil.toil_hours:.4g}{units.NBSP}h",
            units.percent(None if toil is None else toil.share),
        ),
        COST: (
            review_words.money(cost, None if cost is None else cost.amount),
            review_words.money(cost, None if cost is None else cost.per_million),
        ),
    }
    numbers = "".join(
        f'<td class="n{" none" if value == units.MISSING else ""}" data-name="{head.lower()}">{text(value)}</td>'
        for group in groups
        for head, value in zip(group, values[group], strict=True)
    )
    title = links.service(service, name(review.title_of(service), 48))
    return f'<tr><th scope="row" class="name">{title}</th>{numbers}</tr>'
