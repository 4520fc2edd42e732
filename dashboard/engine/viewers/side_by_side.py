"""Comparisons that viewers and commands ask for: the spans of both sides, fetched off the event loop, and compared."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.comparison.comparison import DECIDING, Comparison, Sides, Signal, compare
from dashboard.comparison.dispersion import INFORMED_STEPS
from dashboard.engine.viewers.on_demand import WAIT_S, OnDemandWindow
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer
from dashboard.slo.indicators import Measure, measure
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import ServiceInfo
from dashboard.timerange import HOUR, Grid, utc

# Requests are counted by the minute, where the source can.
STEP = 60
# A chart of the demo or of a server has no more steps than that, and a comparison needs no more.
STEPS_MAX = 720
# Where a source counts by five minutes an hour before a change has twelve steps, which do not say how requests scatter:
# 10 % that fail since a deploy, where 0.03 % did, would pass for a burst. What was before is there: so much of it.
CONTROL_STEPS = INFORMED_STEPS + 8


class Windows(Protocol):
    """Who fetches: the poller for viewers, or a source that is asked once."""

    def window(self, service: str, grid: Grid, viewer: Viewer, *, wait_s: float) -> OnDemandWindow:
        """Signals of one service on a grid."""

    def breakdown(
        self, service: str, label: str, grid: Grid, viewer: Viewer, names: Sequence[str], *, wait_s: float
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service by values of a label."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A service as the catalog knows it, and the objectives that say what its requests may fail and take.

    Attributes:
        step: the shortest step, in seconds, over which its source counts well.
    """

    info: ServiceInfo
    slos: Sequence[Slo]
    step: int = STEP


@dataclass(frozen=True, slots=True)
class Before:
    """Before a change against after it.

    Attributes:
        at: epoch seconds at which it began. `until`: at which it was complete, what lies between is left out.
    """

    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Values:
    """Two values of a label, the control first, from `since` (epoch seconds) on."""

    label: str
    control: str
    experiment: str
    since: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is compared.

    Attributes:
        between: the two sides. `end`: epoch seconds of the newest moment. `span`: seconds of each side at most.
        deciding: signals whose verdicts make that of all.
    """

    between: Before | Values
    end: float
    span: float = HOUR
    deciding: Collection[Signal] = DECIDING


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A comparison with what it was made of.

    Attributes:
        comparison: None while the samples are being fetched, or where they could not be.
        control, experiment: grids of both sides; None where one holds not a single step yet.
        error: why samples are missing, one line; None where they are not.
        retry_s: seconds after which to ask again; None where it is complete or failed.
        partial: the source answered in part.
        values: of the label that had requests, where two of them are compared.
    """

    comparison: Comparison | None
    control: Grid | None = None
    experiment: Grid | None = None
    error: str | None = None
    retry_s: float | None = None
    partial: bool = False
    values: tuple[str, ...] = ()


def side_by_side(
    windows: Windows, judged: Judged, wanted: Wanted, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
) -> SideBySide:  # fmt: skip
    """Compare two sides of a service; never on the event loop: it waits for the source, and computes some 50 ms.

    The poller fetches windows once for all viewers, by the queue that bounds what each may ask for.

    Args:
        windows: the poller, or a source that is asked once. `judged`: the service. `wanted`: what is compared.
        viewer: who waits for it, `wait_s` seconds.

    Raises:
        SourceError: a source that is asked once did not answer; the poller's errors are values.
    """
    step = step_of(judged, wanted.span)
    between, name = wanted.between, judged.info.name
    if isinstance(between, Values):
        # Of one length at each look: of a window that slides only the tail is fetched again.
        grid = Grid.ending(wanted.end, span=wanted.span, step=step)
        names = (between.control, between.experiment)
        window = windows.breakdown(name, between.label, grid, viewer, names, wait_s=wait_s)
        values = tuple(dict.fromkeys(window.frame.columns.get_level_values(0)))
        compared = Grid.between(max(between.since, grid.start - step), grid.end, step=step)
        begun = window.frame.loc[utc(compared.start) :]
        sides = _at_once(*(_of_value(begun, value) for value in names))
        pair = _compared(judged, wanted, [window, window], sides)
        return replace(pair, control=compared, experiment=compared, values=values)
    control, experiment = grids(between, wanted.end, wanted.span, step)
    if experiment is None:
        return SideBySide(None, control)
    # Of the same length at each look: a window that slides has only its tail fetched again.
    sliding = Grid.ending(experiment.end, span=wanted.span, step=step)
    # Two windows of one length that end in the same hour would be taken for one that slides.
    longer = Grid(control.start - step, control.end, step)
    fetched = [windows.window(name, grid, viewer, wait_s=wait_s) for grid in (longer, sliding)]
    sides = [fetched[0].frame.iloc[1:], fetched[1].frame.loc[utc(experiment.start) :]]
    return replace(_compared(judged, wanted, fetched, sides), control=control, experiment=experiment)


def grids(between: Before, end: float, span: float, step: int) -> tuple[Grid, Grid | None]:
    """The whole steps before a change and those after it; None where not one has passed.

    Args:
        between: the change. `end`: epoch seconds of the newest moment.
        span: seconds of each side at most; of few coarse steps the first one is longer. `step`: seconds.
    """
    control = Grid.ending(between.at, span=max(span, CONTROL_STEPS * step) if step > STEP else span, step=step)
    # A step that a change lies in is of neither side.
    first = int(-(-between.until // step)) * step + step
    last = int(min(end, first - step + span) // step) * step
    return control, Grid(first, last, step) if last >= first else None


def _of_value(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    here = frame.columns.get_level_values(0) == value
    return frame.loc[:, here].droplevel(0, axis=1)


def _at_once(control: pd.DataFrame, experiment: pd.DataFrame) -> list[pd.DataFrame]:
    """Both values since the experiment has had requests: what happened to the control alone before says nothing."""
    there = np.flatnonzero(frames.values(experiment, "requests") > 0)
    since = int(there[0]) if len(there) else 0
    return [control.iloc[since:], experiment.iloc[since:]]


def _compared(
    judged: Judged, wanted: Wanted, windows: Sequence[OnDemandWindow], sides: Sequence[pd.DataFrame]
) -> SideBySide:  # fmt: skip
    """The comparison of what came, or why nothing did.

    Args:
        judged: the service. `wanted`: what is compared. `windows`: as they came, control first.
        sides: samples of each.
    """
    error = next((window.error for window in windows if window.error), None)
    retries = [window.retry_s for window in windows if window.retry_s is not None]
    partial = any(window.partial for window in windows)
    control, experiment = (window.grid for window in windows)
    comparison = None
    if error is None and not retries:
        comparison = compare(_sides(judged, wanted, sides, control.step), wanted.deciding)
        comparison = comparison.doubted() if partial else comparison
    return SideBySide(comparison, control, experiment, error, max(retries, default=None), partial)


def _sides(judged: Judged, wanted: Wanted, sides: Sequence[pd.DataFrame], step: int) -> Sides:
    # What lies ahead of the moment that is judged was never measured.
    control, experiment = (samples[samples.index <= utc(wanted.end)] for samples in sides)
    return Sides(
        control,
        experiment,
        step_s=float(step),
        grows_together=isinstance(wanted.between, Values),
        tells_errors=judged.info.errors,
        threshold=_threshold(judged),
        budgets=_budgets(judged.slos),
    )


def _threshold(judged: Judged) -> float | None:
    """Seconds beyond which a request is too slow: of the strictest latency objective, else the service's own."""
    limits = (slo.limit for slo in judged.slos if slo.kind == "latency" and slo.limit)
    return min((limit for limit in limits if limit is not None), default=judged.info.threshold)


def _budgets(slos: Sequence[Slo]) -> dict[Signal, float]:
    """Shares of bad events that objectives allow, the strictest of each signal."""
    signals = {Measure.ERRORS: Signal.ERRORS, Measure.LATENCY: Signal.LATENCY}
    budgets: dict[Signal, float] = {}
    for slo in slos:
        signal = signals.get(measure(slo.indicator) or Measure.AGE)
        if signal is not None:
            budgets[signal] = min(budgets.get(signal, 1.0), 1 - slo.objective)
    return budgets


def step_of(judged: Judged, span: float) -> int:
    """Seconds of a row: a minute, or longer where the source counts by more, or the span would have too many rows."""
    return max(judged.info.count_step or judged.step, STEP, int(-(-span / STEPS_MAX // STEP)) * STEP)
