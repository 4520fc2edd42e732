"""The error-budget policy in a review: objectives that held releases, and exceptions that let them go."""

from collections.abc import Iterator

from dashboard.gate.policy import PolicyException, PolicyState
from dashboard.gate.standing import Standing
from dashboard.review.review import ObjectiveReview, Review
from dashboard.ui.text import policy_text
from dashboard.ui.text.policy_text import STATES
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_drawing import mark
from dashboard.ui.text.review.review_markup import name, part, text
from dashboard.ui.text.review.review_words import several

# Maximum number of listed objectives and exceptions.
LISTED = 12


def policy(review: Review) -> str:
    """States other than ship, each with its reason, and all exceptions of the period, as HTML."""
    standings = [(each, each.policy) for each in review.objectives if each.policy is not None]
    held = [(each, standing) for each, standing in standings if standing.state is not PolicyState.SHIP]
    lines = [_state(review, each, standing) for each, standing in held[:LISTED]]
    if len(held) > LISTED:
        lines.append(f"{several(len(held) - LISTED, 'more objective')} not to ship by")
    if len(held) < len(standings):
        others = "all others" if held else "all objectives"
        lines.append(_shown(PolicyState.SHIP, f"{others}: {policy_text.MEANINGS[PolicyState.SHIP]}"))
    lines += list(_exceptions(review))
    if not lines:
        return ""
    rows = "".join(f"<li>{line}</li>" for line in lines)
    # For older periods only the exceptions are known.
    when = ("at the end of the period" if review.is_over else "now") if standings else ""
    return part("Error-budget policy", f'<ul class="rows ruled">{rows}</ul>', when, "policy")


def _state(review: Review, reviewed: ObjectiveReview, standing: Standing) -> str:
    title = name(review.title_of(reviewed.slo.service), 60)
    objective = text(review_words.objective(reviewed.slo))
    because = text(policy_text.because(standing))
    means = text(policy_text.meaning(standing.state, standing.limits))
    return _shown(standing.state, f"<b>{title}</b>, {objective}: {because}; {means}")


def _shown(state: PolicyState | None, words: str) -> str:
    """A state as mark and word in its colour, with its description (HTML)."""
    shown = STATES[state]
    return f'<span class="{shown.colour}">{mark(shown)}<b>{shown.word}</b></span> {words}'


def _exceptions(review: Review) -> Iterator[str]:
    """Each exception once, with its services."""
    services: dict[PolicyException, dict[str, None]] = {}
    for reviewed in review.objectives:
        for exception in reviewed.exceptions:
            services.setdefault(exception, {})[reviewed.slo.service] = None
    for exception, of in list(services.items())[:LISTED]:
        names = [name(review.title_of(service), 40) for service in of]
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        said = text(policy_text.exception(exception, review.period.zone, review.at))
        yield f"<b>Exception</b> for {', '.join(names[:4])}{more}: {said}"
    if len(services) > LISTED:
        yield f"{several(len(services) - LISTED, 'more exception')}"
