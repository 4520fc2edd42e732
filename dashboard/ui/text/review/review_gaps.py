"""Time of a review without usable data, in sentences: what was not measured, of whom, and why."""

from collections.abc import Sequence

from dashboard.review.review import Review
from dashboard.ui.text import moments
from dashboard.ui.text.review import review_words


def gaps(review: Review) -> Sequence[str]:
    """A sentence for each stretch without usable data of at least an hour, those of several objectives once."""
    by_stretch: dict[tuple[float, float, str], set[str]] = {}
    for reviewed in review.objectives:
        for gap in reviewed.gaps:
            if gap.end - gap.start >= 3600:
                service = review_words.title(review, reviewed.slo.service)
                by_stretch.setdefault((gap.start, gap.end, gap.reason), set()).add(service)
    every = {review_words.title(review, reviewed.slo.service) for reviewed in review.objectives}
    return [_gap(review, stretch, services, every) for stretch, services in sorted(by_stretch.items())]


def _gap(review: Review, stretch: tuple[float, float, str], services: set[str], every: set[str]) -> str:
    begin, end, reason = stretch
    between = moments.between(begin, end, review.period.zone)
    names = sorted(services)
    of = "all services" if services == every and len(every) > 1 else review_words.listed(names[:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 and services != every else ""
    why = f" ({review_words.cut(reason)})" if reason else ""
    return f"No usable data of {of}{more}: {between}{why}. That time counts neither way."
