"""Decisions that a review suggests, as HTML."""

from dashboard.review.decisions import Decision, decisions
from dashboard.review.review import Review
from dashboard.ui.text.review import review_decisions
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, sentence


def suggested(review: Review, links: Links) -> str:
    """A numbered list under its heading, most urgent first; empty if nothing follows.

    Args:
        review: of the period. `links`: where services lead.
    """
    rows = "".join(f"<li>{_decision(review, decision, links)}</li>" for decision in decisions(review))
    return part("Decisions suggested", f'<ol class="rows ruled">{rows}</ol>' if rows else "", kind="decisions")


def _decision(review: Review, decision: Decision, links: Links) -> str:
    """What to do in bold, then why.

    Args:
        review: of the period. `decision`: that follows from it. `links`: where its service leads.
    """
    service = links.service(decision.service, name(review_decisions.title(review, decision), 60))
    lead, reason = (sentence(words(review, decision)) for words in (review_decisions.lead, review_decisions.reason))
    return f"<b>{service}: {lead}.</b> {reason}"
