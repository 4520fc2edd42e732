"""Counters of failures that have just begun: what no scrape could find of them, taken to be as Prometheus takes it."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, Rows
from dashboard.slo.indicators import Measure, measure
from dashboard.slo.ledger import Ledger
from dashboard.slo.newest_plan import NEWEST_STEP
from dashboard.timerange import HOUR

# Sums of counters are not exact.
NOTHING = 1e-6
# A first growth below this share of those that follow is of a part of a scrape.
PART = 0.8
# Beside failures that go on all the time others have begun where so many times more are counted since, and where chance
# makes so many of the former about as often as once in a million.
BURST, CERTAIN = 2.0, 14.0
# Where none were seen in an hour it may still have been as if this many were.
AT_LEAST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Beginnings:
    """Counters of failures that have just begun, with the first of them, whose number no scrape tells.

    Attributes:
        first: epoch seconds since which failures are counted, by objective; infinite where nothing has just begun.
        events: those that must be assumed beside what was counted; (objectives, 3), without seconds.
    """

    first: np.ndarray
    events: np.ndarray

    @classmethod
    def of(cls, ledger: Ledger) -> "Beginnings":
        """Of a counter that begins the time before its first sample is lost, and that since its newest one.

        Both are taken to be as bad as the time in between, as Prometheus does. Of fewer than any alert needs nothing is
        made up: they may be all that there were, of a counter that was there.
        https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
        """
        last, until = ledger.newest.newest_of(_is_bad(ledger.newest)), ledger.until
        scrapes = np.maximum(ledger.scrapes, NEWEST_STEP)
        # A row is as long ago as its start. In one scrape of few requests none may fail.
        ago = until - last + NEWEST_STEP
        burning = _may_begin(ledger, np.flatnonzero(ledger.has_newest_rows & (ago <= 2 * scrapes + NEWEST_STEP)))
        first, events = np.full(len(until), np.inf), np.zeros((len(until), 3))
        # Of thousands of objectives hardly any burns.
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
        """Events to assume in windows, one for each objective, that began at `starts` (epoch seconds)."""
        assumed: np.ndarray = np.where((self.first >= starts)[:, None], self.events, 0.0)
        return assumed


def _may_fire(ledger: Ledger, columns: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Which of some objectives saw as many failures as an alert needs, by themselves; False for all others.

    Args:
        ledger: of all objectives. `columns`: the places of those that are looked at. `bad`: failures seen, of all.
    """
    needed = np.full(len(bad), np.inf)
    slos = [ledger.slos[column] for column in columns.tolist()]
    needed[columns] = [slo.min_failures if slo.counted else 0 for slo in slos]
    may_fire: np.ndarray = bad >= needed - NOTHING
    return may_fire


def _lost_scrapes(found: np.ndarray, first: np.ndarray, scrapes: np.ndarray) -> np.ndarray:
    """How many scrapes' failures were lost before the first that were counted, by objective.

    Of a counter that was there before none was: its first growth is of the part of a scrape since the burn began, and
    far less than what follows. Of one that begins up to a scrape is lost; that is assumed until a second growth tells.

    Args:
        found, first: events of all scrapes, and of the first one. `scrapes`: how many there are.
    """
    later = (found[:, BAD] - first[:, BAD]) / np.maximum(scrapes - 1, 1)
    # Twice what chance makes of a count.
    was_there = first[:, BAD] < np.minimum(later - 2 * np.sqrt(np.maximum(later, 0.0)), PART * later)
    lost: np.ndarray = np.where(was_there & (scrapes > 1.5), 0.0, 1.0)
    return lost


def _may_begin(ledger: Ledger, columns: np.ndarray) -> np.ndarray:
    """Those of some objectives whose bad events have a counter of their own, which may begin with the first of them.

    Slow requests have none: all of a histogram's buckets are there with its first request, fast or slow.
    """
    slow = [measure(ledger.slos[column].indicator) is Measure.LATENCY for column in columns.tolist()]
    kept: np.ndarray = columns[~np.array(slow, dtype=bool)]
    return kept


def _began(ledger: Ledger, burning: np.ndarray) -> np.ndarray:
    """Since when some objectives burn, epoch seconds; infinite where it is not seen to have begun.

    Who failed before in the hour had that counter already, unless far more fail since: they may have another one.
    """
    first = _first_bad(ledger.newest) - NEWEST_STEP
    # The row that the first failure cuts holds it.
    before = ledger.fine.sums(first - HOUR, first - np.asarray(ledger.steps))[burning, BAD]
    longer = _bad_after_quiet(ledger.fine, burning, HOUR)
    began = np.where(before < NOTHING, first[burning], longer)
    burst = _burst(ledger.newest, burning, before, ledger.scrapes[burning])
    since: np.ndarray = np.where(np.isfinite(burst), burst, began)
    return since


def _burst(rows: Rows, columns: np.ndarray, before: np.ndarray, scrapes: np.ndarray) -> np.ndarray:
    """Since when far more fail than before, epoch seconds; infinite where nothing tells two such times apart.

    The moment is the one that makes what was counted likeliest, if events came evenly before it and evenly after it.
    https://en.wikipedia.org/wiki/Likelihood-ratio_test

    Args:
        rows: of all objectives. `columns`: the places of those that are looked at.
        before: bad events of these in the hour before the first row with any.
        scrapes: seconds between two samples of these.
    """
    bad = np.maximum(rows.values[:, columns, BAD], 0.0)
    # Of each row: events from it on and before it, over so many rows.
    after = np.cumsum(bad[::-1], axis=0)[::-1]
    length = np.arange(len(bad), 0, -1)[:, None]
    earlier = bad.sum(axis=0) - after + before + AT_LEAST
    # The first row of them may hold all that a scrape brought, which is more than its own seconds.
    spans = length - 1 + np.maximum(scrapes / rows.step, 1.0)
    expected = spans * earlier / (len(bad) - length + HOUR / rows.step)
    surprise = after * np.log(np.maximum(after, NOTHING) / expected) - (after - expected)
    surprise = np.where(after >= BURST * expected, surprise, -np.inf)
    place = np.argmax(surprise, axis=0)
    # What was there with the first row began before it.
    begun = (surprise[place, np.arange(len(columns))] >= CERTAIN) & (place > 0)
    began: np.ndarray = np.where(begun, rows.ends[place] - rows.step, np.inf)
    return began


def _is_bad(rows: Rows) -> np.ndarray:
    """Which rows hold bad events, (rows, objectives)."""
    return rows.values[:, :, BAD] > 0


def _first_bad(rows: Rows) -> np.ndarray:
    """Epoch seconds of the end of the first row with bad events of each objective; of the last row without any."""
    is_bad = _is_bad(rows)
    first: np.ndarray = np.where(is_bad.any(axis=0), rows.ends[np.argmax(is_bad, axis=0)], rows.end)
    return first


def _bad_after_quiet(rows: Rows, columns: np.ndarray, quiet_s: float) -> np.ndarray:
    """Epoch seconds of the start of the newest row with bad events after `quiet_s` seconds without any.

    Args:
        rows: of all objectives. `columns`: the places of those that are looked at; infinite for one without such a row.
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
