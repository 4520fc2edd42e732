"""Which events the burn windows of objectives hold, at the moment until which each is counted."""

import numpy as np

from dashboard.slo.ledger import Ledger


def lengths(ledger: Ledger, window_s: float) -> np.ndarray:
    """Seconds before `ledger.until` in which events of a burn window lie, by objective.

    Of scraped counters those between two samples that both lie in the window, as Prometheus counts: what the first
    sample brings belongs to the time before. At least one scrape is looked at.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    between = np.minimum(np.maximum(window_s - ledger.scrapes, ledger.scrapes), window_s)
    return np.where(ledger.has_newest_rows, between, float(window_s))
