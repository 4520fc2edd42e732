"""Student's t against a printed table and the closed forms of one and two degrees of freedom."""

import numpy as np
import pytest

from dashboard.anomaly.distributions.student_t import student_quantile, student_tail


@pytest.mark.parametrize(
    ("freedom", "tail", "t"),
    # https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm, rounded there to three digits.
    [(1, 0.05, 6.314), (3, 0.025, 3.182), (4, 0.001, 7.173), (10, 0.005, 3.169), (30, 0.01, 2.457), (5, 0.1, 1.476)],
)
def test_student_quantiles_are_those_of_the_table(freedom: float, tail: float, t: float) -> None:
    assert student_quantile(tail, freedom) == pytest.approx(t, abs=6e-4)
    assert student_tail(np.array(student_quantile(tail, freedom)), freedom) == pytest.approx(tail, rel=1e-12)


def test_student_tails_have_their_closed_forms() -> None:
    t = np.array([-1e8, -3, -0.1, 0, 1e-8, 0.5, 1.2, 1.5, 30, 1e9, 1e200])
    cauchy = np.where(t > 0, np.arctan2(1, np.maximum(t, 1e-9)) / np.pi, 0.5 - np.arctan(t) / np.pi)
    assert student_tail(t, 1) == pytest.approx(cauchy, rel=1e-12)
    near = t[np.abs(t) < 1e4]
    assert student_tail(near, 2) == pytest.approx(0.5 - near / np.sqrt(2 + near * near) / 2, rel=1e-10)
    assert student_tail(np.array([np.inf, -np.inf, np.nan]), 3.5) == pytest.approx([0, 1, np.nan], nan_ok=True)
