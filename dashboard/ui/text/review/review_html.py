"""A review as HTML: the parts that a page and a file share, and the file, which fetches nothing and runs nothing."""

from collections.abc import Callable, Sequence
from typing import Final

from dashboard.review.review import Review
from dashboard.ui.text.review import review_periods, review_sentences, review_words
from dashboard.ui.text.review.review_closing_html import agreements, computed, notes, services, signing
from dashboard.ui.text.review.review_decisions_html import suggested
from dashboard.ui.text.review.review_effort_html import capacity, effort
from dashboard.ui.text.review.review_gaps import gaps
from dashboard.ui.text.review.review_incidents_html import alerts, deploys, incidents
from dashboard.ui.text.review.review_links import IN_FILE, Links
from dashboard.ui.text.review.review_markup import attribute, name, sentence, text
from dashboard.ui.text.review.review_objectives_html import objectives
from dashboard.ui.text.review.review_policy_html import policy
from dashboard.ui.text.review.review_spending_html import spending, sums, without
from dashboard.ui.text.review.review_words import VERDICTS

# Whatever the review contains: no script runs, and nothing is fetched; fonts and pictures are in the file.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
)
# Number of gaps named at the top; the others are at the end.
TOLD: Final = 2
# The start and end of the body of a file, to extract it from a stored file.
BEGIN, END = '<main class="rv">', "</main>"


def review_html(review: Review, style: str) -> str:
    """The review as one file.

    Args:
        review: of a period. `style`: CSS that fetches nothing, its fonts within it.
    """
    title = f"{review_periods.title(review.period)} · service review"
    named = f"{title} · {review.title}" if review.title else title
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{attribute(named)}</title><style>{style}</style></head>\n<body>{BEGIN}"
        f"{_top(review)}{body(review)}{END}</body></html>\n"
    )


def shown_part(file: str) -> str:
    """The body of a stored file for display on a page; empty if it is not a review."""
    begin, end = file.find(BEGIN), file.rfind(END)
    return file[begin + len(BEGIN) : end] if 0 <= begin < end else ""


def body(review: Review, links: Links = IN_FILE) -> str:
    """All parts below the title, as HTML.

    Args:
        review: of a period. `links`: of names.
    """
    said = gaps(review)
    parts: tuple[Callable[[], str], ...] = (
        lambda: _lead(review),
        lambda: _banners(review, said),
        lambda: objectives(review, links),
        lambda: spending(review),
        lambda: without(review, links),
        lambda: incidents(review, links),
        lambda: _pair(alerts(review), agreements(review)),
        lambda: _pair(deploys(review), policy(review)),
        lambda: _pair(capacity(review), effort(review, links)),
        lambda: suggested(review, links),
        lambda: notes(review),
        lambda: services(review, links),
        lambda: signing(review),
        lambda: sums(review),
        lambda: computed(review, said),
        lambda: _foot(review),
    )
    return "".join(part() for part in parts)


def _top(review: Review) -> str:
    cover = f"data cover {review_words.coverage(review.coverage)} of the period"
    return (
        f'<div class="top"><span>{name(review.title)} · service review</span>'
        f"<span>{text(review_periods.days(review.period))} · {cover}</span></div>"
        f"<h1>{text(review_periods.title(review.period))}</h1>"
    )


def _lead(review: Review) -> str:
    """The period in plain sentences, the first one in bold; services in trouble in their colour."""
    first, *others = review_sentences.sentences(review) or [""]
    said = "".join(f" {_marked(review, each)}" for each in others)
    return f'<p class="lead"><b>{sentence(first)}</b>{said}</p>'


def _marked(review: Review, words: str) -> str:
    """A sentence as HTML; the service at its start is marked."""
    for reviewed in review.objectives:
        title, colour = review_words.title(review, reviewed.slo.service), VERDICTS[reviewed.verdict].colour
        if colour in ("red", "amber") and words.startswith(f"{title} "):
            return f'<b class="{colour}">{name(title)}</b> {sentence(words[len(title) :])}'
    return sentence(words)


def _banners(review: Review, said: Sequence[str]) -> str:
    """Notices above everything else; `said`: sentences about time without usable data."""
    zone, sentences = review.period.zone, []
    if not review.is_over:
        until = review_words.moment(review.at, zone)
        sentences.append(f"The period is not over: these are the numbers until {until}.")
    if review.data_begin is not None and review.data_begin > review.period.start:
        begin = review_words.moment(review.data_begin, zone)
        sentences.append(f"Data begin on {begin}: nothing is known of the time before.")
    sentences += said[:TOLD]
    if len(said) > TOLD:
        more = review_words.several(len(said) - TOLD, "more case", "more cases")
        sentences.append(f"Usable data are missing in {more}: see the end.")
    return f'<div class="said">{"".join(f"<p>{text(each)}</p>" for each in sentences)}</div>' if sentences else ""


def _pair(left: str, right: str) -> str:
    return f'<div class="pair">{left}{right}</div>' if left and right else left or right


def _foot(review: Review) -> str:
    written = f"written {review_words.dated(review.at, review.period.zone)}"
    return (
        '<div class="foot"><span>Achieved = good ÷ valid events. Background = what no incident explains.</span>'
        f"<span>{text(written)}</span></div>"
    )
