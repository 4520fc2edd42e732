"""How far a change lies from the beginning of an entry, as far as steps of five minutes tell."""

import pytest

from dashboard.ui.panels.triage.triage_changes import _apart


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-240, "4 m before"), (-59, "with it"), (0, "with it"), (100, "with it"), (299, "with it"), (300, "5 m after")],
)
def test_a_change_within_the_first_step_came_with_it(seconds: float, said: str) -> None:
    assert _apart(seconds).replace("\u00a0", " ") == said
