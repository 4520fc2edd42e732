"""Decisions that a review suggests, as HTML."""

from dashboard.review.decisions import Decision, decisions
from dashboard.review.review import Review
from dashboard.ui.text.review import review_decisions
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, sentence


def suggested(review: Review, links: Links) -> str:
    """A numbered list with a heading, most urgent first; empty without decisions.

    Args:
        review: of the period. `links`: of services.
    """
    rows = "".join(f"<li>{_decision(review, decision, links)}</li>" for decision in decisions(review))
    return part("Decisions suggested", f'<ol class="rows ruled">{rows}</ol>' if rows else "", kind="decisions")


def _decision(review: Review, decision: Decision, links: Links) -> str:
    """The decision in bold, then its reason.

    Args:
        review: of the period. `decision`: suggested by it. `links`: of its service.
    """
    service = links.service(decision.service, name(review_decisions.title(review, decision), 60))
    lead, reason = (sentence(words(review, decision)) for words in (review_decisions.lead, review_decisions.reason))
    return f"<b>{service}: {lead}.</b> {reason}"
