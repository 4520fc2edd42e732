"""The length of each burn window, as of the time up to which its objective was counted."""

import numpy as np

from dashboard.slo.ledger import Ledger


def lengths(ledger: Ledger, window_s: float) -> np.ndarray:
    """Seconds before `ledger.until` whose events belong to a burn window, by objective.

    For scraped counters, only increases between two samples inside the window count, as in Prometheus: the increase up
    to the first sample belongs to the time before. The window has at least one scrape interval.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    between = np.minimum(np.maximum(window_s - ledger.scrapes, ledger.scrapes), window_s)
    return np.where(ledger.has_newest_rows, between, float(window_s))
