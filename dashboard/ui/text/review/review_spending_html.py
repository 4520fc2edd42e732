"""What budgets were spent on: a bar for each of the worst objectives, all sums, and what-if results."""

from collections.abc import Iterator, Sequence

from dashboard.review.review import Cause, ObjectiveReview, Review, Spending
from dashboard.ui.text import objective_terms, units
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_drawing import Piece, longest, stack
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, text
from dashboard.ui.text.review.review_words import CAUSES

# Maximum number of drawn objectives, those that used most; and of separate pieces of each.
DRAWN, PIECES = 12, 8
# Maximum number of incidents in the list of objectives that would have been met, or missed anyway, without them.
WITHOUT = 12
# Smaller shares are not drawn separately.
SMALLEST = 0.004


def spending(review: Review) -> str:
    """Stacked bars under their heading, as HTML."""
    drawn = [each for each in review.objectives if each.spent is not None and each.spending][:DRAWN]
    if not drawn:
        return ""
    end = longest([each.spent for each in drawn])
    # Leave room for the sum to the right of the longest bar.
    scale = end * 1.16
    rows = "".join(_row(review, reviewed, end, scale) for reviewed in drawn)
    keys = "".join(
        f'<span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{cause}" width="10" height="10"/></svg>'
        f"{CAUSES[cause]}</span>"
        for cause in Cause
    )
    content = f'<div class="spent">{rows}{_axis(scale)}</div>{_others(review, drawn)}'
    return part("What the budget was spent on", content, f'<span class="keys">{keys}</span>')


def _row(review: Review, reviewed: ObjectiveReview, longest_bar: float, scale: float) -> str:
    """One objective: its name, its bar with the labels that fit, and the sum.

    Args:
        review: of the period. `reviewed`: the objective. `longest_bar`: the maximum length of a bar, as a share.
        scale: the share at the right end.
    """
    parts, share = list(_pieces(review, reviewed)), reviewed.spent or 0.0
    of = review_words.objective(reviewed.slo)
    label = f"{review_words.title(review, reviewed.slo.service)}, {of}: " + ", ".join(
        f"{words} {units.percent(piece.share)}" for piece, words in parts
    )
    bar = stack(
        [piece for piece, _ in parts], longest_bar, scale, f"{label}; in all {units.percent(share)} of the budget"
    )
    labels, begin = "", 0.0
    for piece, words in parts:
        end = min(begin + piece.share, longest_bar)
        labels += _label(piece, words, begin / scale, max(end - begin, 0.0) / scale)
        begin = end
    red = " red" if share > 1 else ""
    return (
        f'<div class="spentrow"><div class="of"><b>{name(review.title_of(reviewed.slo.service), 48)}</b>'
        f'<small>{name(of, 64)}</small></div><div class="stack">{bar}<div aria-hidden="true">{labels}'
        f'<span class="sum{red}" style="left:{begin / scale:.3%}">{units.brief_percent(share)}</span></div></div></div>'
    )


def _label(piece: Piece, words: str, begin: float, width: float) -> str:
    """The label of a piece in as many words as fit, at least its share.

    Args:
        piece: of the bar. `words`: its description. `begin`, `width`: shares of the width of the bar.
    """
    share = units.percent(piece.share)
    longer = f"{words} {share}" if words != CAUSES[Cause.BACKGROUND] else share
    texts = dict.fromkeys((longer, share))
    spans = "".join(f'<span class="l{_wide(label)}">{name(label, 40)}</span>' for label in texts)
    return f'<div class="in {piece.kind}" style="left:{begin:.3%};width:{width:.3%}">{spans}</div>'


def _wide(label: str) -> int:
    """The CSS class for the width of a label, in multiples of four characters."""
    return min(-(-len(label) // 4) * 4, 40)


def _pieces(review: Review, reviewed: ObjectiveReview) -> Iterator[tuple[Piece, str]]:
    """Pieces from left to right with their labels: changes, other incidents, the background; small ones merged."""
    for cause in Cause:
        own = [each for each in reviewed.spending if each.cause is cause and (each.share or 0.0) > 0]
        large = [each for each in own[:PIECES] if (each.share or 0.0) >= SMALLEST]
        for each in large:
            yield Piece(str(cause), each.share or 0.0), review_words.part(review, each)
        rest = sum(each.share or 0.0 for each in own) - sum(each.share or 0.0 for each in large)
        if rest > 0:
            yield Piece(str(cause), rest), f"{len(own) - len(large)} small {CAUSES[cause]}"


def _axis(scale: float) -> str:
    places = ((0.0, "0", ""), (0.5, f"50{units.NBSP}%", "half"), (1.0, f"100{units.NBSP}%: the whole budget", ""))
    ends = "".join(f'<span class="{kind}" style="left:{at / scale:.3%}">{words}</span>' for at, words, kind in places)
    return f'<div class="spentrow" aria-hidden="true"><div class="of"></div><div class="axis">{ends}</div></div>'


def _others(review: Review, drawn: Sequence[ObjectiveReview]) -> str:
    """A sentence about what is not drawn."""
    others = [each for each in review.objectives if each not in drawn and each.spent is not None]
    if not others:
        return ""
    most = units.percent(max(each.spent or 0.0 for each in others))
    of = "The other objective used" if len(others) == 1 else f"Each of the other {len(others)} objectives used at most"
    return f'<p class="say">{of} {most} of its budget.</p>'


def without(review: Review, links: Links) -> str:
    """Which objectives would have been met without an incident, as HTML.

    Args:
        review: of the period. `links`: of incidents.
    """
    lines = [
        f"<li>{_without(review, reviewed, spent, links)}</li>"
        for reviewed in review.objectives
        for spent in reviewed.spending
        if spent.is_met_without is not None and spent.cause is not Cause.BACKGROUND
    ]
    if not lines:
        return ""
    if len(lines) > WITHOUT:
        lines[WITHOUT:] = [
            f"<li>and {len(lines) - WITHOUT} more, which took less or are of objectives further down</li>"
        ]
    return part("If that incident had not been", f'<ul class="rows ruled">{"".join(lines)}</ul>', kind="without")


def _without(review: Review, reviewed: ObjectiveReview, spent: Spending, links: Links) -> str:
    what = links.incident(spent.incident, name(review_words.part(review, spent), 60))
    service, objective = name(review.title_of(reviewed.slo.service)), text(review_words.objective(reviewed.slo))
    would = "would have been <b>met</b>" if spent.is_met_without else "would have been missed all the same"
    used = f"{units.percent(spent.spent_without)} of its budget used instead of {units.percent(reviewed.spent)}"
    return (
        f"Without the {what} ({units.percent(spent.share)} of the budget) the objective of <b>{service}</b>, "
        f"{objective}, {would}: {used}."
    )


def sums(review: Review) -> str:
    """All sums in events, as HTML: changes, other incidents and the background add up to the spending."""
    rows = "".join(_sum(review, reviewed) for reviewed in review.objectives if reviewed.valid > 0)
    if not rows:
        return ""
    heads = "".join(f'<th scope="col" class="n">{head}</th>' for head in ("Changes", "Other incidents", "Background"))
    table = (
        f'<table class="cards sums"><thead><tr><th scope="col">Service</th><th scope="col">Events</th>{heads}'
        '<th scope="col" class="n">Together</th><th scope="col" class="n">Allowed</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return part("How the budget adds up", table, "bad events of the period")


def _sum(review: Review, reviewed: ObjectiveReview) -> str:
    by_cause = {cause: sum(each.bad for each in reviewed.spending if each.cause is cause) for cause in Cause}
    numbers = [(CAUSES[cause], units.count(bad)) for cause, bad in by_cause.items()]
    numbers += [("together", f"<b>{units.count(reviewed.bad)}</b>"), ("allowed", units.count(reviewed.allowed))]
    cells = "".join(
        f'<td class="n{" none" if value == "0" else ""}" data-name="{head}">{value}</td>' for head, value in numbers
    )
    events = objective_terms.further_events(reviewed.slo)
    return (
        f'<tr><th scope="row" class="name">{name(review.title_of(reviewed.slo.service), 48)}</th>'
        f'<td class="wide w">{text(events)}</td>{cells}</tr>'
    )
