"""Control limits against the tails they were searched with."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.anomaly.distributions.counts import Binomial, Counts, NegativeBinomial
from dashboard.anomaly.distributions.limits import lower_limit, upper_limit
from dashboard.anomaly.distributions.tails import lower_tail, upper_tail
from tests.anomaly.distributions.drawn import counted

many = settings(deadline=None, max_examples=100)
LEVELS = st.sampled_from([0.3, 0.05, 1e-3, 1e-4, 1e-8])


@many
@given(counted(), LEVELS)
def test_the_limit_is_the_last_count_with_a_tail_of_the_level(counts: Counts, level: float) -> None:
    high, low = upper_limit(counts, level), lower_limit(counts, level)
    assert upper_tail(counts, high)[0] >= level > upper_tail(counts, high + 1)[0]
    assert lower_tail(counts, low)[0] >= level
    assert low[0] == 0 or lower_tail(counts, low - 1)[0] < level


def test_odd_parameters_have_no_limit_and_no_warning() -> None:
    assert np.isnan(upper_limit(NegativeBinomial(np.array([0, -1, np.nan]), np.ones(3)), 1e-4)).all()
    assert len(upper_limit(Binomial(np.zeros(0), np.zeros(0)), 0.1)) == 0
