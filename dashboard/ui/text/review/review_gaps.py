"""Time of a review without usable data, in sentences: when, for which services, and why."""

from collections.abc import Sequence

from dashboard.review.review import Review
from dashboard.ui.text import change_text, moments
from dashboard.ui.text.review import review_words

# Maximum number of gaps of the same services to list.
LISTED = 3


def gaps(review: Review) -> Sequence[str]:
    """A sentence for each gap of at least an hour; gaps of several objectives at once are named once.

    A service that is measured only now and then, such as a nightly job, has one sentence for all its gaps.
    """
    by_stretch: dict[tuple[float, float, str], set[str]] = {}
    for reviewed in review.objectives:
        for gap in reviewed.gaps:
            if gap.end - gap.start >= 3600:
                service = review_words.title(review, reviewed.slo.service)
                by_stretch.setdefault((gap.start, gap.end, gap.reason), set()).add(service)
    every = {review_words.title(review, reviewed.slo.service) for reviewed in review.objectives}
    alike: dict[tuple[frozenset[str], str], list[tuple[float, float]]] = {}
    for (begin, end, reason), services in sorted(by_stretch.items()):
        alike.setdefault((frozenset(services), reason), []).append((begin, end))
    said = [_gap(review, stretches, reason, services, every) for (services, reason), stretches in alike.items()]
    # Said once, as it applies to all gaps.
    return [f"{said[0]} That time counts neither way.", *said[1:]] if said else []


def _gap(
    review: Review, stretches: Sequence[tuple[float, float]], reason: str, services: frozenset[str], every: set[str]
) -> str:  # fmt: skip
    """No usable data for invoices: 5 Oct 2026 02:00 – 04:30 UTC (monitoring was moved).

    Args:
        review: of the period. `stretches`: starts and ends in epoch seconds. `reason`: of the gaps; empty: unknown.
        services: titles. `every`: the titles of all services.
    """
    zone, names = review.period.zone, sorted(services)
    of = "all services" if services == every and len(every) > 1 else review_words.listed(names[:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 and services != every else ""
    why = f" ({review_words.cut(reason)})" if reason else ""
    if len(stretches) <= LISTED:
        when = ", ".join(moments.between(begin, end, zone) for begin, end in stretches)
    else:
        whole = change_text.length(sum(end - begin for begin, end in stretches))
        when = (
            f"{len(stretches):,} stretches, {whole} in all, {moments.between(stretches[0][0], stretches[-1][1], zone)}"
        )
    return f"No usable data for {of}{more}: {when}{why}."
