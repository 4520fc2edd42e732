"""A service watched while it changes: looked at again and again, each look as sure as if it were the only one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.comparison.bounds import share_bound
from dashboard.comparison.comparison import Comparison
from dashboard.comparison.dispersion import Side
from dashboard.comparison.sequential import ALPHA
from dashboard.engine.default_slos import active_slos
from dashboard.engine.gate.added_exceptions import AddedExceptions
from dashboard.engine.gate.gate_standings import decision_of
from dashboard.engine.gate.judged_once import Judge
from dashboard.engine.viewers.asked_once import AskedOnce
from dashboard.engine.viewers.side_by_side import STEP, Before, Judged, Values, Wanted, side_by_side, step_of
from dashboard.exceptions import SourceError
from dashboard.gate.limits import Checked, Kind, Limit
from dashboard.gate.standing import Reason
from dashboard.gate.watch import Look
from dashboard.signals import errors, saturation
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR, Grid

# Levels scatter from step to step: the median of this many whole minutes counts.
LEVEL_STEPS = 5
# Before a watch so much of the past is what it is compared with, at most.
BEFORE_S = float(HOUR)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched.

    Attributes:
        began: epoch seconds. `reason`: what the release is for.
        services: whose signals are compared and held to limits, by name.
        canary: label, its usual value and the one that is judged; None: before against after the start.
        limits: of each of these services.
        compares: whether anything is compared.
    """

    began: float
    reason: Reason
    services: tuple[str, ...] = ()
    canary: tuple[str, str, str] | None = None
    limits: tuple[Limit, ...] = ()
    compares: bool = True


class Watch:
    """Looks at one source.

    Args:
        source: is asked at each look. `judge`: judges its objectives. `slos`: those that are configured.
        watched: what is looked at. `exceptions`: that people added; None if nobody could.
    """

    def __init__(
        self, source: Source, judge: Judge, slos: Sequence[Slo], watched: Watched,
        exceptions: AddedExceptions | None = None,
    ) -> None:  # fmt: skip
        self._source, self._judge, self._slos, self._watched = source, judge, slos, watched
        self._exceptions = exceptions or AddedExceptions()

    def look(self, now: float) -> Look:
        """What is to be seen at a moment (epoch seconds).

        Raises:
            UnknownName: there is no such service, or no such objective.
        """
        watched = self._watched
        try:
            snapshot = self._exceptions.put_into(self._judge.snapshot(now))
            decision = decision_of(snapshot, now, watched.reason)
            limits, comparisons = {}, {}
            for info in self._judge.catalog.services:
                if info.name not in self._judge.named(watched.services):
                    continue
                of_service = [slo for slo in active_slos(self._judge.catalog, self._slos) if slo.service == info.name]
                judged = Judged(info, of_service, self._judge.catalog.count_step)
                if watched.limits:
                    limits[info.name] = self._limits(judged, now)
                if watched.compares:
                    comparisons[info.name] = self._comparison(judged, now)
        except SourceError as error:
            return Look(now, None, str(error))
        return Look(now, decision, "", limits, comparisons)

    def _comparison(self, judged: Judged, now: float) -> Comparison | None:
        watched = self._watched
        began, span = watched.began, max(now - watched.began, BEFORE_S)
        if watched.canary is None:
            between: Before | Values = Before(began, began)
        else:
            between = Values(*watched.canary, since=began)
        return side_by_side(AskedOnce(self._source), judged, Wanted(between, now, span)).comparison

    def _limits(self, judged: Judged, now: float) -> tuple[Checked, ...]:
        """The limits beside what was measured since the start."""
        watched = self._watched
        step = step_of(judged, max(now - watched.began, STEP))
        # The step in which it began is left out, in part it lies before.
        first, last = int(-(-watched.began // step)) * step + step, int(now // step) * step
        if last < first:
            return tuple(Checked(limit, None, None) for limit in watched.limits)
        window = AskedOnce(self._source).window(judged.info.name, Grid(first, last, step))
        # All limits together are exceeded by chance as rarely as one alone would be.
        alpha = ALPHA / len(watched.limits)
        checked = (checked_limit(limit, window.frame, step, alpha) for limit in watched.limits)
        # Of half an answer what is missing may be good or bad.
        return tuple(each if not window.partial else Checked(each.limit, each.value, None) for each in checked)


def checked_limit(limit: Limit, samples: pd.DataFrame, step_s: float, alpha: float = ALPHA) -> Checked:
    """One limit beside samples.

    Args:
        limit: it. `samples`: rates of one service, columns (measure, detail), T rows. `step_s`: seconds of a row.
        alpha: probability that what keeps the limit is ever said to exceed it.
    """
    match limit.kind:
        case Kind.ERRORS:
            failed = frames.of_measure(samples, "errors")
            if "server" not in failed:
                return Checked(limit, None, None)
            return _share(limit, failed["server"], samples, step_s, limit.bound, alpha)
        case Kind.LATENCY:
            slow = errors.too_slow(samples, limit.bound)
            if slow is None or limit.quantile is None:
                return Checked(limit, None, None)
            return _share(limit, slow, samples, step_s, 1 - limit.quantile, alpha)
        case Kind.TRAFFIC:
            return _level(limit, frames.values(samples, "requests"))
        case Kind.SATURATION:
            levels = saturation.ratios(samples)
            known = limit.resource in levels
            return _level(limit, levels[limit.resource].to_numpy() if known else np.zeros(0))


def _share(limit: Limit, bad: pd.Series, samples: pd.DataFrame, step_s: float, bound: float, alpha: float) -> Checked:
    """A share of requests that is bounded.

    Args:
        limit: it. `bad`: rate of bad requests. `samples`: has all requests. `step_s`: seconds of a row.
        bound: share, 0–1. `alpha`: as in `checked_limit`.
    """
    requests = frames.values(samples, "requests")
    judged = share_bound(Side.of(bad.to_numpy() * step_s, requests * step_s), bound, alpha)
    value = judged.bad / judged.valid if judged.valid else None
    return Checked(limit, value, judged.is_exceeded)


def _level(limit: Limit, values: np.ndarray) -> Checked:
    """A level that is bounded: the median of the newest steps, so that one scrape decides nothing."""
    newest = values[-LEVEL_STEPS:]
    measured = newest[np.isfinite(newest)]
    # What was measured once and is not any more tells nothing of now.
    if not len(measured):
        return Checked(limit, None, None)
    value = float(np.median(measured))
    if len(newest) < LEVEL_STEPS:
        return Checked(limit, value, False)
    return Checked(limit, value, value > limit.bound if limit.is_upper else value < limit.bound)
