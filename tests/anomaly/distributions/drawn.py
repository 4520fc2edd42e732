"""Distributions of one count, and hypothesis strategies that draw them."""

import numpy as np
from hypothesis import strategies as st

from dashboard.anomaly.distributions.counts import BetaBinomial, Binomial, Counts, NegativeBinomial


def row(*numbers: float) -> list[np.ndarray]:
    """Parameters of a single distribution."""
    return [np.array([float(number)]) for number in numbers]


@st.composite
def counted(draw: st.DrawFn) -> Counts:
    """Binomial, beta-binomial or negative binomial, of up to a billion."""
    size = 10 ** draw(st.floats(0, 9))
    share = draw(st.floats(1e-7, 0.999))
    seen = 10 ** draw(st.floats(1, 9))
    return draw(
        st.sampled_from(
            [
                Binomial(*row(np.rint(size), share)),
                BetaBinomial(*row(np.rint(size), 0.5 + share * seen, 1.5 + (1 - share) * seen)),
                NegativeBinomial(*row(size * share, 1 + 10 * draw(st.floats(0, 1)))),
            ]
        )
    )
