"""What the past suggests, in sentences."""

from dashboard.engine.default_slos import availability
from dashboard.ui.text import what_if_text
from dashboard.whatif.suggestion import Suggestion


def test_a_single_day_is_a_day() -> None:
    (few,) = what_if_text.reasons(Suggestion(days=1), availability("cart"))
    assert few.replace("\xa0", " ") == (
        "Few periods are known (only a part of one of 30 d, 1 day), so this may change."
    )
