"""The objectives of a review as a table: target, result, and used budget."""

from collections.abc import Sequence
from typing import Final

from dashboard.review.period import Period
from dashboard.review.review import ObjectiveReview, Review, Trend, Verdict
from dashboard.ui.text import units
from dashboard.ui.text.review import review_periods, review_words
from dashboard.ui.text.review.review_drawing import budget_bar, longest, mark, trend
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markup import name, part, pieces, text
from dashboard.ui.text.review.review_words import VERDICTS

EXPLAINED: Final = (
    "budget: how much may fail or be slow · used: what of it was, in the period and its last 28 and 7 days; above "
    f"100{units.NBSP}% the objective is missed · left: of the objective’s own window"
)
# Widths of the columns in percent of the table, on paper and on screen.
WIDTHS: Final = (16.5, 16.5, 9.0, 6.5, 11.0, 5.5, 5.5, 5.5, 8.0, 16.0)
# The same if a word of a service's name would be wider than its column, in characters.
WIDE: Final = (23.0, 13.0, 9.0, 6.5, 9.5, 5.5, 5.5, 5.5, 7.5, 15.0)
FITS: Final = 15
# Maximum length of the name of a service and of an objective in a cell.
_NAME, _OBJECTIVE = 48, 64


def objectives(review: Review, links: Links) -> str:
    """The table with its heading, as HTML.

    Args:
        review: of the period. `links`: of services and objectives.
    """
    # A table of dashes would add nothing to the first sentence.
    if not any(reviewed.valid > 0 for reviewed in review.objectives):
        return ""
    scale = longest([reviewed.spent for reviewed in review.objectives])
    rows = "".join(_row(review, reviewed, scale, links) for reviewed in review.objectives)
    table = f'<table class="cards objectives"><thead>{_heads(review, scale)}</thead><tbody>{rows}</tbody></table>'
    return part("Objectives and results", table, EXPLAINED)


def _heads(review: Review, scale: float) -> str:
    between = review_periods.between([*review_periods.earlier(review), review.period])
    whole = f'<span style="left:calc((100% - 14px)*{1 / scale:.4f})">100{units.NBSP}%</span>'
    heads = (
        ("", "Service"), ("", "Objective"), ("n", "Achieved"), ("n", "Used"), ("bar", whole), ("n", "28 d"),
        ("n", "7 d"), ("n", "Left"), ("", text(between)), ("", "Verdict"),
    )  # fmt: skip
    cells = (
        f'<th scope="col" class="{kind}" style="--w:{width:g}">{head}</th>'
        for (kind, head), width in zip(heads, _widths(review), strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _widths(review: Review) -> Sequence[float]:
    words = (piece for service in review.services for piece in pieces(review.title_of(service)[:_NAME]))
    return WIDE if max(map(len, words), default=0) > FITS else WIDTHS


def _row(review: Review, reviewed: ObjectiveReview, scale: float, links: Links) -> str:
    """The row of one objective.

    Args:
        review: of the period. `reviewed`: the objective. `scale`: the share at the right end of the bars.
        links: of the service and the objective.
    """
    slo, shown = reviewed.slo, VERDICTS[reviewed.verdict]
    service = links.service(slo.service, name(review.title_of(slo.service), _NAME))
    objective = links.objective(slo.name, name(review_words.objective(slo), _OBJECTIVE))
    used = units.brief_percent(reviewed.spent)
    bar = budget_bar(reviewed.spent, scale, shown.colour, f"budget used: {used}")
    course = trend([share for _, share in _course(review, reviewed)], shown.colour, trend_label(review, reviewed))
    return (
        f'<tr class="{reviewed.verdict}"><th scope="row" class="name"><span class="clip">{service}</span>'
        f"{_small(_traffic(reviewed))}</th>"
        f'<td class="of"><span class="clip">{objective}</span>{_small(_conditions(review, reviewed))}</td>'
        f'<td class="n achieved">{units.sli(reviewed.achieved, slo.objective)}'
        f"{_small(_events(reviewed))}</td>"
        f'<td class="n used {reviewed.verdict}">{used}</td><td class="bar">{bar}</td>'
        f"{_number('28 d', reviewed.recent)}{_number('7 d', reviewed.last_week)}"
        f'<td class="n more" data-name="left">{units.brief_percent(reviewed.window_remaining)}</td>'
        f'<td class="trend">{course}</td><td class="verdict {shown.colour}">{mark(shown)}'
        f"<b>{text(review_words.verdict(reviewed))}</b></td></tr>"
    )


def _small(words: str) -> str:
    return f"<small>{words}</small>" if words else ""


def _traffic(reviewed: ObjectiveReview) -> str:
    share = reviewed.traffic_share
    return "" if share is None else review_words.traffic(share)


def _events(reviewed: ObjectiveReview) -> str:
    return f"of {units.short(reviewed.valid)}" if reviewed.valid > 0 else ""


def _conditions(review: Review, reviewed: ObjectiveReview) -> str:
    """The coverage, and earlier targets, as HTML."""
    zone = review.period.zone
    parts = [f"coverage {review_words.coverage(reviewed.coverage)}"]
    parts += [
        f"{units.objective(held.objective)} until {review_words.day(held.end, zone)}" for held in reviewed.held[:-1]
    ]
    return "; ".join(map(text, parts))


def _number(head: str, share: float | None) -> str:
    none = " none" if share is None else ""
    return f'<td class="n more{none}" data-name="{head}">{units.brief_percent(share)}</td>'


def trend_label(review: Review, reviewed: ObjectiveReview) -> str:
    """The trend in words: budget used: May 31 %, … Oct 140 %; getting worse."""
    points = ", ".join(
        f"{review_periods.brief(period)} {units.percent(share)}" for period, share in _course(review, reviewed)
    )
    way = review_words.TRENDS[reviewed.trend] if reviewed.trend is not Trend.STEADY else "steady"
    return f"budget used: {points}; {way}" if reviewed.verdict is not Verdict.NO_DATA else f"budget used: {points}"


def _course(review: Review, reviewed: ObjectiveReview) -> list[tuple[Period, float | None]]:
    """The used share of the budget in each shown period, the reviewed one last."""
    earlier = review_periods.earlier(review)
    before = reviewed.before[len(reviewed.before) - len(earlier) :]
    return list(zip((*earlier, review.period), (*before, reviewed.spent), strict=True))
