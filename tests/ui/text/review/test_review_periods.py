"""The names of periods: a range by both its ends, a single one once, with years if names come again."""

from dataclasses import replace

import pytest

from dashboard.review.period import Period
from dashboard.ui.text.review import review_periods
from dashboard.ui.text.review.review_links import Links
from dashboard.ui.text.review.review_markdown import markdown
from dashboard.ui.text.review.review_objectives_html import objectives
from tests.review import samples


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [
        ("2026-10", 5, "May – Oct"),
        ("2026-Q3", 0, "Q3"),
        ("2026-Q3", 4, "Q3 2025 – Q3 2026"),
        ("2026", 5, "2021 – 2026"),
        ("2026-W41", 5, "W36 – W41"),
        ("2026-02-01..2026-12-31", 1, "4 Mar 2025 – 1 Feb 2026"),
    ],
)
def test_the_ends_of_a_course_can_be_told_from_each_other(name: str, number: int, said: str) -> None:
    period = Period.parse(name, "UTC")
    assert review_periods.between([*period.earlier(number), period]).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("before", "head", "earlier"),
    [
        ((None, None, None, None, None), ">Oct<", "| Before |"),
        ((None, None, None, None, 0.4), ">Sep – Oct<", "| Sep |"),
        ((0.1, None, None, None, 0.4), ">May – Oct<", "| May – Sep |"),
    ],
    ids=["young", "one before", "a gap"],
)
def test_the_course_begins_where_knowledge_does(before: tuple[float | None, ...], head: str, earlier: str) -> None:
    known = samples.review(objectives=(replace(samples.objectives()[0], before=before),))
    assert head in objectives(known, Links())
    assert earlier in markdown(known)
