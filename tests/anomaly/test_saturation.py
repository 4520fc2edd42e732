"""What flags a resource: near its limit for a while, or soon full."""

import numpy as np
import pytest

from dashboard.anomaly.forecast import TimeToFull
from dashboard.anomaly.saturation import Saturated, saturated

NONE = TimeToFull()


def only(rows: list[float], forecast: TimeToFull = NONE) -> Saturated:
    (found,) = saturated(np.array(rows)[:, None], [forecast])
    return found


def test_a_level_at_the_limit_for_three_rows_flags() -> None:
    found = only([0.2, 0.9, 0.95, 0.9])
    assert found == Saturated(level=0.9, limit=0.9, at_limit=True, full_in_s=None)
    assert found.flagged


@pytest.mark.parametrize("rows", [[0.95, 0.89, 0.95], [0.5, 0.95, 0.95], [0.95, np.nan, 0.95], [0.95, 0.95]])
def test_a_shorter_stay_does_not(rows: list[float]) -> None:
    assert not only(rows).flagged


def test_soon_full_flags_whatever_the_level() -> None:
    assert only([0.4] * 3, TimeToFull("trend", 3 * 3600.0, 3000.0, None)).full_in_s == 3 * 3600
    assert not only([0.4] * 3, TimeToFull("trend", 5 * 3600.0, 3000.0, None)).flagged


def test_full_flags_at_once() -> None:
    found = only([0.4, 0.4, 1.0], TimeToFull("full", 0.0, 0.0, 0.0))
    assert (found.at_limit, found.full_in_s) == (True, 0.0)


def test_without_values_nothing_flags() -> None:
    assert only([np.nan] * 3) == Saturated(level=None, limit=0.9, at_limit=False, full_in_s=None)


def test_each_resource_has_its_own_reasons() -> None:
    found = saturated(np.array([[0.95, 0.1]] * 3), [NONE, TimeToFull("surge", 60.0, 30.0, 90.0)])
    assert [(one.at_limit, one.full_in_s) for one in found] == [(True, None), (False, 60.0)]
