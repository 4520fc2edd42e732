"""What an objective is, in words: what it counts, what it allows, its limit and its window."""

from dataclasses import replace

import pytest

from dashboard.engine.default_slos import availability, latency, saturation
from dashboard.slo.indicators import Query, Ratio
from dashboard.slo.objective import Method, Slo
from dashboard.ui.text import objective_terms
from dashboard.ui.text.units import plain

AVAILABILITY = availability("shop")
SLICES = saturation("shop", "memory", 0.9, 0.99)
QUERIES = Slo("shop", "own", Ratio(Query("all"), bad=Query("bad")), 0.999)


@pytest.mark.parametrize(
    ("slo", "good", "bad", "further", "counting", "allowance", "limit"),
    [
        (AVAILABILITY, "requests answered without a server error", "failures", "failed requests",
         "counted per request", "1 in 1,000 may fail", ""),
        (latency("shop", 0.3), "requests answered within 300 ms", "slow requests", "slow requests",
         "counted per request", "1 in 100 may be slower", "≤ 300 ms"),
        (SLICES, "time with at most 90 % in use", "bad slices", "bad slices of 5 m",
         "counted per slice of 5 m", "1 in 100 slices of 5 m may be bad", "≤ 90 %"),
        (replace(AVAILABILITY, method=Method.RATIO_TIMESLICES, slice_s=300), "requests answered without a server error",
         "bad slices", "bad slices of 5 m", "mean of slices of 5 m", "1 in 1,000, mean of slices", ""),
        (QUERIES, "own", "bad events", "bad events", "counted per event", "1 in 1,000 may be bad", ""),
    ],
)  # fmt: skip
def test_terms_follow_what_is_measured_and_not_what_it_is_called(
    slo: Slo, good: str, bad: str, further: str, counting: str, allowance: str, limit: str
) -> None:
    for named in (slo, replace(slo, kind="staleness")):
        terms = (
            objective_terms.good_events(named), objective_terms.bad_events(named),
            objective_terms.further_events(named), objective_terms.counting(named),
            objective_terms.allowance(named), objective_terms.limit(named),
        )  # fmt: skip
        assert tuple(map(plain, terms)) == (good, bad, further, counting, allowance, limit)


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (0.001, "1 in 1,000"),
        (0.0005, "1 in 2,000"),
        (0.05, "1 in 20"),
        (0.007, "7 in 1,000"),
        (0.0003, "3 in 10,000"),
        (0.1, "1 in 10"),
        (0.00001, "1 in 100,000"),
    ],
)
def test_a_budget_in_words(budget: float, words: str) -> None:
    assert objective_terms.chance(budget).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(300, "5 m"), (3600, "1 h"), (86400, "24 h"), (259200, "3 d"), (90, "90 s"), (5400, "90 m")]
)
def test_a_window_in_a_letter(seconds: float, words: str) -> None:
    assert objective_terms.burn_window(seconds).replace("\xa0", " ") == words


def test_an_interval_has_the_digits_that_tell_its_ends_apart() -> None:
    assert objective_terms.sli_interval(0.9992, 0.9994, 0.999).replace("\xa0", " ") == "99.920–99.940 %"
    assert objective_terms.sli_interval(0.999412, 0.999414, 0.999).replace("\xa0", " ") == "99.9412–99.9414 %"
