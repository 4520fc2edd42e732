"""The end of a review: agreements with customers, notes, sign-offs, and how everything was computed."""

from collections.abc import Sequence

from dashboard.review.review import ObjectiveReview, Review
from dashboard.ui.text import status_text, units
from dashboard.ui.text.review import review_sentences, review_words
from dashboard.ui.text.review.review_drawing import mark
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import lines, name, part, sentence, text
from dashboard.ui.text.status_text import SLA_MET

# How each number is computed; the counts are in the tables.
TERMS = (
    ("Budget", "the error budget: what an objective lets fail. With 99.9 % it is one request of 1,000."),
    ("Achieved", "good ÷ valid events of all measured hours of the period: events are added up, then divided."),
    ("Used", "bad events ÷ bad events that were allowed; allowed are the valid events of each hour × the budget "
     "(1 − objective) that held in that hour. More than 100 % means that the objective was missed."),
    ("28 d, 7 d", "the same of the last 28 and of the last 7 days of the period."),
    ("Left", "what is left at the end of the period of the budget of the objective's own window."),
    ("Spent on", "all bad events from the start of an incident to its end are its, and those of the change that is "
     "blamed for it; what two share counts once. The background is what no incident explains. Together they are all "
     "bad events."),
    ("Coverage", "measured share of the period. Time without usable data counts neither way, and is said above."),
)  # fmt: skip


def agreements(review: Review) -> str:
    """SLAs and service credits as HTML; empty without an SLA."""
    agreed = [each for each in review.objectives if each.sla is not None]
    rows = "".join(_agreement(review, each) for each in agreed)
    if not rows:
        return ""
    owed = [each.sla.credit for each in agreed if each.sla is not None and each.sla.credit]
    none = "no credits are due" if all(each.sla is not None and each.sla.met is not None for each in agreed) else ""
    note = f"credits are due for {len(owed)} of {len(agreed)}" if owed else none
    return part("SLA and credits", f'<ul class="rows ruled">{rows}</ul>', note, "agreements")


def _agreement(review: Review, reviewed: ObjectiveReview) -> str:
    sla = reviewed.sla
    assert sla is not None, "only those with an SLA are asked for"
    shown = SLA_MET[sla.met]
    word = text(shown.word if sla.met is not None else status_text.too_little(reviewed.coverage))
    credit = f"; <b>credit due: {name(sla.credit)}</b>" if sla.credit else ""
    achieved = units.sli(reviewed.achieved, sla.objective)
    return (
        f'<li><span class="{shown.colour}">{mark(shown)}<b>{word}</b></span> '
        f"<b>{name(review.title_of(reviewed.slo.service), 60)}</b>: {achieved} achieved, "
        f"{units.objective(sla.objective)} agreed{credit}</li>"
    )


def notes(review: Review) -> str:
    """Notes of people on the period as a whole, as HTML."""
    words = review.notes.get("", "")
    return part("Notes", f'<div class="note ruled">{lines(words)}</div>', kind="notes") if words.strip() else ""


def services(review: Review, links: Links) -> str:
    """Each service in words, with notes of people, as HTML.

    Args:
        review: of the period. `links`: of services.
    """
    known = {each.slo.service for each in review.objectives if each.valid > 0}
    services = (service for service in review.services if service in known or review.notes.get(service, "").strip())
    rows = "".join(_service(review, service, links) for service in services)
    return part("Service by service", f'<ul class="rows ruled">{rows}</ul>' if rows else "", kind="services")


def _service(review: Review, service: str, links: Links) -> str:
    said = sentence(review_sentences.service_paragraph(review, service))
    written = review.notes.get(service, "")
    note = f'<div class="note"><small>Note</small>{lines(written)}</div>' if written.strip() else ""
    return f"<li><h3>{links.service(service, name(review.title_of(service)))}</h3><p>{said}</p>{note}</li>"


def signing(review: Review) -> str:
    """Sign-offs, or room for signatures on paper, as HTML."""
    signed = review.sign_off
    if signed is None:
        blanks = "".join(f"<span>{head}</span>" for head in ("Name", "Date and signature"))
        return part("Sign-off", f'<div class="blanks ruled">{blanks}</div>', "not signed off yet", "sign")
    when = review_words.dated(signed.at, review.period.zone)
    remarks = f'<div class="note">{lines(signed.remarks)}</div>' if signed.remarks.strip() else ""
    said = f"<p>Signed off by <b>{name(signed.name)}</b> on {text(when)}. It is frozen as it was then.</p>"
    return part("Sign-off", f'<div class="ruled">{said}{remarks}</div>', kind="sign")


def computed(review: Review, gaps: Sequence[str]) -> str:
    """How numbers are computed, and which data were missing, as HTML.

    Args:
        review: of the period. `gaps`: sentences about time without usable data.
    """
    terms = [*TERMS, *_changed(review), *((("No data", " ".join(gaps)),) if gaps else ())]
    rows = "".join(f"<dt>{text(term)}</dt><dd>{text(words)}</dd>" for term, words in terms)
    return part("How this was computed", f'<dl class="terms ruled">{rows}</dl>')


def _changed(review: Review) -> Sequence[tuple[str, str]]:
    """Objectives that changed within the period."""
    zone = review.period.zone
    sentences = [
        f"{review_words.title(review, each.slo.service)}: "
        + ", ".join(
            f"{units.objective(held.objective)} from {review_words.day(held.start, zone)}" for held in each.held
        )
        for each in review.objectives
        if len(each.held) > 1
    ]
    if not sentences:
        return ()
    return (("Changed objectives", f"{'; '.join(sentences)}. Each hour is judged by what held in it."),)
