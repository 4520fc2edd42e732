"""When a trouble began: rises that last, falls that end them, and what is no trouble."""

import numpy as np
import pytest

from dashboard.oncall.onset import onset

CALM, VALID = 0.002, 5_000


def drawn(*parts: tuple[int, float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bad and valid events by the minute; `parts`: minutes and the ratio in them."""
    ratios = np.repeat([ratio for _, ratio in parts], [minutes for minutes, _ in parts])
    valid = np.random.default_rng(seed).poisson(VALID, len(ratios))
    return np.random.default_rng(seed + 1).binomial(valid, ratios).astype(float), valid.astype(float)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("parts", "minutes"),
    [
        pytest.param(((60, CALM), (1, 0.1)), 1, id="new"),
        pytest.param(((60, CALM), (60, 0.1)), 60, id="an hour"),
        pytest.param(((10, CALM), (300, 0.1)), 300, id="most of the file"),
        pytest.param(((60, CALM), (20, 0.1), (60, CALM), (5, 0.05)), 5, id="after an earlier one"),
        pytest.param(((600, CALM), (200, 1.3 * CALM), (5, 0.1)), 5, id="after a drift"),
        pytest.param(((60, CALM), (20, 0.1), (30, CALM)), 1, id="it is over"),
        pytest.param(((90, CALM),), 1, id="there is none"),
        pytest.param(((1, CALM),), 1, id="a single time"),
        pytest.param(((50, 0.0), (9, 1.0)), 9, id="from nothing to everything"),
    ],
)
def test_the_onset_is_where_the_trouble_of_the_newest_time_began(
    parts: tuple[tuple[int, float], ...], minutes: int, seed: int
) -> None:
    bad, valid = drawn(*parts, seed=seed)
    assert len(bad) - onset(bad, valid) == minutes


def test_times_without_events_are_neither_a_rise_nor_a_fall() -> None:
    bad, valid = drawn((60, CALM), (30, 0.1), seed=1)
    gaps = np.arange(90) % 4 == 1
    assert onset(np.where(gaps, 0, bad), np.where(gaps, 0, valid)) == 60
