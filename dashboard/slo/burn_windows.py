"""Which events the burn windows of objectives hold, at the moment until which each is counted."""

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger import Ledger
from dashboard.slo.newest_plan import NEWEST_STEP
from dashboard.timerange import HOUR

# Sums of counters are not exact.
ALL = 1e-6


def lengths(ledger: Ledger, window_s: float) -> np.ndarray:
    """Seconds before `ledger.until` in which events of a burn window lie, by objective.

    Of scraped counters those between two samples that both lie in the window, as Prometheus counts: what the first
    sample brings belongs to the time before. At least one scrape is looked at.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    between = np.minimum(np.maximum(window_s - ledger.scrapes, ledger.scrapes), window_s)
    return np.where(ledger.has_newest_rows, between, float(window_s))


def assumed(ledger: Ledger) -> np.ndarray:
    """Events that no scrape found, but that must be assumed: of counters that have just begun; (objectives, 3).

    A counter of failures may begin with the first of them, whose number is lost. Where every request since then failed,
    half a scrape before it and the time since the newest scrape are taken to be alike, as Prometheus does.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    events = np.zeros((len(ledger.slos), 3))
    if not ledger.has_newest_rows.any():
        return events
    newest, until, scrapes = ledger.newest, ledger.until, ledger.scrapes
    counted_at, first = newest.counted_at(), newest.first_bad_at() - NEWEST_STEP
    found = newest.sums(first, counted_at)
    # Whoever failed before in the hour had that counter already. The row that the first failure cuts holds it.
    before = ledger.fine.sums(until - HOUR, first - np.asarray(ledger.steps))
    begun = (found[:, BAD] > 0) & (found[:, BAD] >= found[:, VALID] * (1 - ALL)) & (before[:, BAD] < ALL)
    # A row is as long ago as its start.
    ago = until - counted_at + NEWEST_STEP
    begun &= ledger.has_newest_rows & (ago <= scrapes + NEWEST_STEP)
    share = np.where(begun, 0.5 + np.minimum(ago / np.maximum(scrapes, 1.0), 1.0), 0.0)
    last = newest.sums(counted_at - np.maximum(scrapes, NEWEST_STEP), counted_at)
    events[:, :SECONDS] = last[:, :SECONDS] * share[:, None]
    return events
