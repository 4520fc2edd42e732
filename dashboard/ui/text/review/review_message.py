"""The review of a week or month as a message: a title with the result, its first paragraph, and a link."""

from dashboard.review.review import Review, Verdict
from dashboard.ui.text import units
from dashboard.ui.text.review import review_periods, review_sentences, review_words

# Maximum length of a title, as it is a mail subject, or a line on a lock screen.
TITLE_SIGNS = 200


def title(review: Review) -> str:
    """The result: Week 41 of 2026: 11 of 12 objectives met."""
    judged = len(review.objectives) - review.number(Verdict.NO_DATA)
    met = review.number(Verdict.MET, Verdict.NARROWLY)
    said = f"{met:,} of {review_words.several(judged, 'objective')} met" if judged else "not known"
    named = f"{review.title} · " if review.title else ""
    return _one_line(f"{named}{review_periods.title(review.period)}: {said}")[:TITLE_SIGNS]


def text(review: Review, link: str) -> str:
    """The message itself; `link`: to the page of the review, empty without one."""
    said = _one_line(review_sentences.paragraph(review))
    return f"{said}\n{link}" if link else said


def _one_line(words: str) -> str:
    """Text in which names, which come from labels, cannot break the line or start a mail header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in units.plain(words)).split())
