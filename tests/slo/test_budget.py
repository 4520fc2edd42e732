"""Budget and burn are exact, signed, and never read healthy without data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.slo.budget import Burn, Slo, State, burn_rate, remaining, report, state_of

SLO = Slo("shop", "availability", 0.999)


def test_burn_and_budget_of_known_counts() -> None:
    # 1,000,000 requests at 99.9 % allow 1,000 failures: https://sre.google/workbook/alerting-on-slos/
    assert remaining(1_000_000 - 690, 1_000_000, SLO.budget) == pytest.approx(0.31)
    assert remaining(1_000_000 - 1500, 1_000_000, SLO.budget) == pytest.approx(-0.5)
    assert burn_rate(1000 - 14.4, 1000, SLO.budget) == pytest.approx(14.4)


def test_without_events_there_is_neither() -> None:
    assert remaining(0, 0, 0.001) is None
    assert burn_rate(0, 0, 0.001) is None


@pytest.mark.parametrize(
    ("left", "hour", "state"),
    [
        (None, None, State.NO_DATA),
        (None, 0.0, State.NO_DATA),
        (-0.2, 0.0, State.EXHAUSTED),
        (0.0, 0.0, State.EXHAUSTED),
        (0.5, 14.41, State.CRITICAL),
        (0.5, 14.4, State.INCREASING),
        (0.5, 1.0, State.ACCEPTABLE),
        (0.5, None, State.ACCEPTABLE),
    ],
)
def test_the_reading(left: float | None, hour: float | None, state: State) -> None:
    assert state_of(left, hour) is state


@given(st.floats(1, 1e9), st.floats(0, 1), st.floats(0, 1))
def test_more_bad_events_never_leave_more_budget(valid: float, one: float, more: float) -> None:
    less_bad, more_bad = sorted((one * valid, more * valid))
    left, less = remaining(valid - less_bad, valid, 0.001), remaining(valid - more_bad, valid, 0.001)
    assert left is not None
    assert less is not None
    assert left >= less


def test_a_report_forecasts_from_what_is_left() -> None:
    hour = Burn(3600, 2.0, 998, 1000, 1.0)
    made = report(SLO, good=999_400, valid=1_000_000, start=0, end=1, coverage=1, hour=hour)
    assert made.remaining == pytest.approx(0.4)
    assert made.exhausts_in_s == pytest.approx(6 * 86400)
    assert made.spent == pytest.approx(0.6)
    assert made.burn_1h == 2.0


def test_an_objective_without_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="no budget"):
        Slo("shop", "availability", 1.0)
