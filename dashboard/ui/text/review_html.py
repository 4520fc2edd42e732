"""A review as HTML: the parts that a page and a file share, and the file, which fetches nothing and runs nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.review.review import Review
from dashboard.ui.text import review_words, units
from dashboard.ui.text.review_closing_html import agreements, computed, notes, signing
from dashboard.ui.text.review_incidents_html import alerts, deploys, incidents
from dashboard.ui.text.review_links import IN_FILE, Links
from dashboard.ui.text.review_markup import attribute, name, text
from dashboard.ui.text.review_objectives_html import gaps, objectives
from dashboard.ui.text.review_spending_html import spending, sums, without

# Whatever is in it: no script runs, and nothing is fetched; fonts and pictures are in the file.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
)
# What begins and ends the parts of a file, for who shows it as it was kept.
BEGIN, END = '<main class="rv">', "</main>"


def review_html(review: Review, style: str) -> str:
    """The review as one file.

    Args:
        review: of a period. `style`: CSS that fetches nothing, its fonts within it.
    """
    title = f"{review_words.period_title(review.period)} · service review"
    named = f"{title} · {review.title}" if review.title else title
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{attribute(named)}</title><style>{style}</style></head>\n<body>{BEGIN}"
        f"{_top(review)}{body(review)}{END}</body></html>\n"
    )


def shown_part(file: str) -> str:
    """What a file that was kept shows, as a page shows it; empty where it is none."""
    begin, end = file.find(BEGIN), file.rfind(END)
    return file[begin + len(BEGIN) : end] if 0 <= begin < end else ""


def body(review: Review, links: Links = IN_FILE) -> str:
    """All parts below the title, as HTML.

    Args:
        review: of a period. `links`: where names lead.
    """
    said = gaps(review)
    parts: tuple[Callable[[], str], ...] = (
        lambda: _banners(review, len(said)),
        lambda: objectives(review, links),
        lambda: spending(review),
        lambda: without(review, links),
        lambda: incidents(review, links),
        lambda: _pair(alerts(review), agreements(review)),
        lambda: _pair(deploys(review), ""),
        lambda: notes(review),
        lambda: signing(review),
        lambda: sums(review),
        lambda: computed(review, said),
        lambda: _foot(review),
    )
    return "".join(part() for part in parts)


def _top(review: Review) -> str:
    cover = f"data cover {units.percent(review.coverage)} of the period"
    return (
        f'<div class="top"><span>{name(review.title)} · service review</span>'
        f"<span>{text(review_words.period_days(review.period))} · {cover}</span></div>"
        f"<h1>{text(review_words.period_title(review.period))}</h1>"
    )


def _banners(review: Review, gaps_number: int) -> str:
    """What is to be known before anything is read."""
    zone, said = review.period.zone, []
    if review.at < review.period.end:
        said.append(
            f"So far: the period is not over. These are the numbers until {review_words.moment(review.at, zone)}."
        )
    if review.data_begin is not None and review.data_begin > review.period.start:
        said.append(
            f"Data begin on {review_words.moment(review.data_begin, zone)}: nothing is known of the time before."
        )
    if gaps_number:
        said.append(
            f"There are no usable data of {review_words.several(gaps_number, 'stretch', 'stretches')}: see the end."
        )
    return "".join(f'<p class="said">{text(sentence)}</p>' for sentence in said)


def _pair(left: str, right: str) -> str:
    return f'<div class="pair">{left}{right}</div>' if left and right else left or right


def _foot(review: Review) -> str:
    at = datetime.fromtimestamp(review.at, ZoneInfo(review.period.zone))
    written = f"written {review_words.day(review.at, review.period.zone)} {at.year}, {at:%H:%M %Z}"
    return (
        '<div class="foot"><span>Achieved = good ÷ valid events. Background = what no incident explains.</span>'
        f"<span>{text(written)}</span></div>"
    )
