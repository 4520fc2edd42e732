"""Moments as text, in the time zone of the page."""

import pytest

from dashboard.ui.text import moments

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (3600, "09:53"),
        (15 * 3600, "23:53"),
        (20 * 3600, "10 Oct 04:53"),
        (9 * 86400, "18 Oct"),
        (99 * 86400, "16 Jan 2026"),
    ],
)
def test_a_moment_is_as_exact_as_it_matters(later: float, words: str) -> None:
    assert moments.near(NOW + later, "UTC", NOW).replace("\xa0", " ") == words
