"""The effort and the costs of a period, one sentence each."""

from dashboard.review.review import Review
from dashboard.ui.text import price_text, units

# The maximum recommended share of toil: https://sre.google/sre-book/eliminating-toil/
TOIL_MOST = 0.5


def toil(review: Review) -> str:
    """The share of toil in all work: 31 of 80 hours of work (39 %) were toil, below half; empty if unknown."""
    known = review.toil.get("")
    if known is None or known.share is None:
        return ""
    side = "more than half, which is too much" if known.share > TOIL_MOST else "at most half, as it should be"
    hours = f"{known.toil_hours:.4g} of {known.hours:.4g} hours of work"
    return units.plain(f"{hours} ({units.percent(known.share)}) were toil: {side}.")


def costs(review: Review) -> str:
    """The basis of the costs, one sentence; empty without costs."""
    if not review.costs:
        return ""
    prices = price_text.origin(review.price_origin, review.period.zone, review.at)
    return units.plain(f"Costs are those of what is held now, by the prices of {prices}.")
