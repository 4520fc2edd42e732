"""Dispersion is learned from quiet counts, so that a test with it keeps its level, and hardly from incidents."""

import numpy as np
import pytest

from dashboard.anomaly.dispersion import updated_dispersion
from dashboard.anomaly.traffic import spike_test


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 3, 5])
@pytest.mark.parametrize("mean", [30.0, 1000])
def test_dispersion_is_learned_and_false_alarms_stay_near_the_level(mean: float, dispersion: float) -> None:
    rng, level, services, learning = np.random.default_rng(11), 1e-2, 300, 1500
    learned, flags = np.ones(services), []
    for turn in range(learning + 300):
        rate = mean if dispersion == 1 else rng.gamma(mean / (dispersion - 1), dispersion - 1, size=services)
        count = rng.poisson(rate, size=services).astype(float)
        if turn >= learning and turn % 30 == 0:
            flags.append(spike_test(count, mean, learned, level).p < level)
        learned = updated_dispersion(learned, count, np.full(services, mean))
    assert learned.min() >= 1
    assert np.mean(learned) == pytest.approx(dispersion, rel=0.07)
    assert level / 2 <= np.mean(flags) <= level * 2


def test_dispersion_hardly_learns_from_an_incident_and_not_from_gaps() -> None:
    usual = np.array([2.0, 2.0, 2.0, 2.0])
    after = updated_dispersion(usual, np.array([1e9, np.nan, 5, 100]), np.array([100.0, 100, 0, 100]))
    assert after.tolist() == pytest.approx([2 * (1 + 0.005 * 15), 2, 2, 2 * 0.995])
