"""New counters of failures: estimates the failures before their first sample, as Prometheus does."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, Rows
from dashboard.slo.indicators import Measure, measure
from dashboard.slo.ledger import Ledger
from dashboard.slo.newest_plan import NEWEST_STEP
from dashboard.timerange import HOUR

# Tolerance, as sums of counters are not exact.
NOTHING = 1e-6
# A first increase below this share of the following ones covers only a part of a scrape interval.
PART = 0.8
# With steady background failures, a new burst must have this many times their rate, and a likelihood that chance
# reaches about once in a million.
BURST, CERTAIN = 2.0, 14.0
# If an hour had no failures, assume this many for the comparison.
AT_LEAST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class NewCounters:
    """Counters of failures that have just appeared, and the estimated first failures that no scrape shows.

    Attributes:
        first: epoch seconds at which failures began, by objective; infinite if nothing has just begun.
        events: events to add to the counted ones, shape (objectives, 3), without seconds.
    """

    first: np.ndarray
    events: np.ndarray

    @classmethod
    def of(cls, ledger: Ledger) -> "NewCounters":
        """Estimate what is lost before a counter's first sample, and since its newest one.

        Both are assumed to be as bad as the time in between, as in Prometheus. Below the number that an alert needs,
        nothing is added: there may be no more failures than were counted, on a counter that existed before.
        https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
        """
        last, until = ledger.newest.newest_of(_is_bad(ledger.newest)), ledger.until
        scrapes = np.maximum(ledger.scrapes, NEWEST_STEP)
        # A row is as old as its start. With few requests, a scrape interval may have no failures.
        ago = until - last + NEWEST_STEP
        burning = _may_begin(ledger, np.flatnonzero(ledger.has_newest_rows & (ago <= 2 * scrapes + NEWEST_STEP)))
        first, events = np.full(len(until), np.inf), np.zeros((len(until), 3))
        # Among thousands of objectives hardly any burns.
        if len(burning):
            first[burning] = _began(ledger, burning)
            counted = np.maximum(last - first - NEWEST_STEP, 0.0) + scrapes
            begin = np.where(np.isfinite(first), first, until)
            found = ledger.since(begin)
            lost = _lost_scrapes(found, found - ledger.since(begin + scrapes), counted / scrapes)
            assumed = (lost > 0) & _may_fire(ledger, burning, found[:, BAD])
            share = np.where(assumed, (lost * scrapes + np.minimum(ago, scrapes)) / counted, 0.0)
            events[burning, :SECONDS] = (found * share[:, None])[burning, :SECONDS]
        return cls(first, events)

    def within(self, starts: np.ndarray) -> np.ndarray:
        """Events to add to windows that began at `starts` (epoch seconds), one for each objective."""
        assumed: np.ndarray = np.where((self.first >= starts)[:, None], self.events, 0.0)
        return assumed


def _may_fire(ledger: Ledger, columns: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Which objectives have as many failures as an alert needs; False for all others.

    Args:
        ledger: of all objectives. `columns`: positions of the objectives to check. `bad`: their failures.
    """
    needed = np.full(len(bad), np.inf)
    slos = [ledger.slos[column] for column in columns.tolist()]
    needed[columns] = [slo.min_failures if slo.counted else 0 for slo in slos]
    may_fire: np.ndarray = bad >= needed - NOTHING
    return may_fire


def _lost_scrapes(found: np.ndarray, first: np.ndarray, scrapes: np.ndarray) -> np.ndarray:
    """How many scrape intervals of failures were lost before the first counted ones, by objective.

    If the counter existed before, its first increase covers the part of a scrape interval since the burn began, and is
    much smaller than the next ones. If it is new, up to one interval is lost; that is assumed until a second increase.

    Args:
        found, first: events of all scrapes, and of the first one. `scrapes`: their number.
    """
    later = (found[:, BAD] - first[:, BAD]) / np.maximum(scrapes - 1, 1)
    # Twice the random variation of a count.
    was_there = first[:, BAD] < np.minimum(later - 2 * np.sqrt(np.maximum(later, 0.0)), PART * later)
    lost: np.ndarray = np.where(was_there & (scrapes > 1.5), 0.0, 1.0)
    return lost


def _may_begin(ledger: Ledger, columns: np.ndarray) -> np.ndarray:
    """The objectives whose bad events have a separate counter, which may appear with the first of them.

    Slow requests do not: all buckets of a histogram exist from its first request on.
    """
    slow = [measure(ledger.slos[column].indicator) is Measure.LATENCY for column in columns.tolist()]
    kept: np.ndarray = columns[~np.array(slow, dtype=bool)]
    return kept


def _began(ledger: Ledger, burning: np.ndarray) -> np.ndarray:
    """Since when objectives burn, in epoch seconds; infinite if no start is visible.

    An objective with earlier failures in that hour had the counter already, unless far more fail now: that may be a
    new one.
    """
    first = _first_bad(ledger.newest) - NEWEST_STEP
    # The row of the first failure contains it.
    before = ledger.fine.sums(first - HOUR, first - np.asarray(ledger.steps))[burning, BAD]
    longer = _bad_after_quiet(ledger.fine, burning, HOUR)
    began = np.where(before < NOTHING, first[burning], longer)
    burst = _burst(ledger.newest, burning, before, ledger.scrapes[burning])
    since: np.ndarray = np.where(np.isfinite(burst), burst, began)
    return since


def _burst(rows: Rows, columns: np.ndarray, before: np.ndarray, scrapes: np.ndarray) -> np.ndarray:
    """Since when far more fail than before, in epoch seconds; infinite if there is no such time.

    The most likely change point, assuming a constant rate before it and another one after it.
    https://en.wikipedia.org/wiki/Likelihood-ratio_test

    Args:
        rows: of all objectives. `columns`: positions of the objectives to check.
        before: their bad events in the hour before the first row with any.
        scrapes: their seconds between two samples.
    """
    bad = np.maximum(rows.values[:, columns, BAD], 0.0)
    # For each row: the events from it on and before it, and the number of rows.
    after = np.cumsum(bad[::-1], axis=0)[::-1]
    length = np.arange(len(bad), 0, -1)[:, None]
    earlier = bad.sum(axis=0) - after + before + AT_LEAST
    # The first row may contain all failures of a scrape interval that is longer than the row.
    spans = length - 1 + np.maximum(scrapes / rows.step, 1.0)
    expected = spans * earlier / (len(bad) - length + HOUR / rows.step)
    surprise = after * np.log(np.maximum(after, NOTHING) / expected) - (after - expected)
    surprise = np.where(after >= BURST * expected, surprise, -np.inf)
    place = np.argmax(surprise, axis=0)
    # If it was there with the first row, it began earlier.
    begun = (surprise[place, np.arange(len(columns))] >= CERTAIN) & (place > 0)
    began: np.ndarray = np.where(begun, rows.ends[place] - rows.step, np.inf)
    return began


def _is_bad(rows: Rows) -> np.ndarray:
    """Mask of rows with bad events, shape (rows, objectives)."""
    return rows.values[:, :, BAD] > 0


def _first_bad(rows: Rows) -> np.ndarray:
    """Epoch seconds of the end of each objective's first row with bad events; of the last row if there is none."""
    is_bad = _is_bad(rows)
    first: np.ndarray = np.where(is_bad.any(axis=0), rows.ends[np.argmax(is_bad, axis=0)], rows.end)
    return first


def _bad_after_quiet(rows: Rows, columns: np.ndarray, quiet_s: float) -> np.ndarray:
    """Epoch seconds of the start of the newest row with bad events after `quiet_s` seconds without any.

    Args:
        rows: of all objectives. `columns`: positions of the objectives to check; infinite if there is no such row.
        quiet_s: seconds.
    """
    is_bad = rows.values[:, columns, BAD] > 0
    quiet = int(quiet_s // rows.step)
    if len(is_bad) <= quiet:
        return np.full(len(columns), np.inf)
    before = np.concatenate([np.zeros((1, len(columns))), np.cumsum(is_bad, axis=0)])
    begins = is_bad[quiet:] & (before[quiet:-1] == before[: -1 - quiet])
    newest = len(is_bad) - 1 - np.argmax(begins[::-1], axis=0)
    since: np.ndarray = np.where(begins.any(axis=0), rows.ends[newest] - rows.step, np.inf)
    return since
