"""Benjamini and Hochberg: by hand, and by the share of false flags."""

import numpy as np
import pytest

from dashboard.anomaly.false_discovery import benjamini_hochberg


def test_the_largest_p_under_the_line_takes_the_smaller_ones_with_it() -> None:
    # Lines at q = 0.05 and m = 5: 0.01, 0.02, 0.03, 0.04, 0.05. The second lies above its line, the third does not.
    p = np.array([0.9, 0.029, 0.005, 0.021, 0.041])
    assert benjamini_hochberg(p, 0.05).tolist() == [False, True, True, True, False]


def test_the_example_of_benjamini_and_hochberg_rejects_four() -> None:
    # Table of their section 4.1, 15 hypotheses of a study of heart attacks: Bonferroni rejects three.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert benjamini_hochberg(np.array(p), 0.05).tolist() == [True] * 4 + [False] * 11


@pytest.mark.parametrize("p", [[], [np.nan], [0.06], [np.nan, 0.9]])
def test_nothing_is_rejected_where_nothing_is_improbable(p: list[float]) -> None:
    assert not benjamini_hochberg(np.array(p), 0.05).any()


def test_what_was_not_tested_does_not_count() -> None:
    assert benjamini_hochberg(np.array([np.nan, 0.04, np.nan]), 0.05).tolist() == [False, True, False]


def test_the_share_of_false_flags_is_at_most_q() -> None:
    rng = np.random.default_rng(7)
    shares = []
    for _ in range(2000):
        p = rng.uniform(size=200)
        p[:20] = p[:20] ** 6
        flagged = benjamini_hochberg(p, 0.1)
        shares.append(flagged[20:].sum() / max(flagged.sum(), 1))
    # The bound is q · 180/200; four standard errors of the mean above it.
    assert np.mean(shares) <= 0.1 * 0.9 + 4 * np.std(shares) / np.sqrt(len(shares))
