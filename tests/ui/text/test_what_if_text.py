"""What the past suggests, in sentences."""

import pytest

from dashboard.engine.default_slos import availability
from dashboard.ui.text import what_if_text
from dashboard.whatif.suggestion import Against, Suggestion, Tried


def test_a_single_day_is_a_day() -> None:
    (few,) = what_if_text.reasons(Suggestion(days=1), availability("cart"))
    assert few.replace("\xa0", " ") == (
        "Few periods are known (only a part of one of 30 d, 1 day), so this may change."
    )


@pytest.mark.parametrize(
    ("against", "why"),
    [
        (Against.BURNING, "nothing tighter is suggested while its budget burns or is used up"),
        (Against.SPENT_NOW, "99.95 % would have held most of the time, but 120 % of its budget is spent now"),
    ],
)
def test_why_nothing_tighter_is_suggested(against: Against, why: str) -> None:
    now, tighter = (
        Tried(objective=objective, missed=1, chance=0.0, spent_most=1.2, allowed=1e3, spent_now=spent)
        for objective, spent in ((0.999, 0.6), (0.9995, 1.2))
    )
    suggestion = Suggestion(best=now, now=now, tighter=tighter, periods=13, days=91, against=against)
    assert what_if_text.suggested(suggestion).replace("\xa0", " ") == f"99.9 % stays: {why}."
