"""Comparisons for viewers and commands: fetches both sides off the event loop and compares them."""

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

# Requests are counted by the minute if the source can.
STEP = 60
# Charts of the demo or a server have at most this many steps, and a comparison needs no more.
STEPS_MAX = 720
# If a source counts in five-minute steps, an hour before a change has twelve steps, which do not show how requests
# scatter: a jump from 0.03 % to 10 % failures would pass for a burst. So use this many steps before the change, and
# before the first request of a canary.
CONTROL_STEPS = INFORMED_STEPS + 8


class Windows(Protocol):
    """Fetches samples: the poller for viewers, or a source that is asked once."""

    def window(self, service: str, grid: Grid, viewer: Viewer, *, wait_s: float) -> OnDemandWindow:
        """Signals of one service on a grid."""

    def breakdown(
        self, service: str, label: str, grid: Grid, viewer: Viewer, names: Sequence[str], *, wait_s: float
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service by values of a label."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A service of the catalog, with the objectives that define how many requests may fail and how long they may take.

    Attributes:
        step: the shortest step in seconds over which its source counts well.
    """

    info: ServiceInfo
    slos: Sequence[Slo]
    step: int = STEP


@dataclass(frozen=True, slots=True)
class Before:
    """Before a change compared with after it.

    Attributes:
        at: epoch seconds at which it began. `until`: epoch seconds at which it was complete; what lies between is left
            out.
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
        between: the two sides. `end`: epoch seconds of the newest time. `span`: seconds of each side at most.
        deciding: signals that decide the overall verdict.
    """

    between: Before | Values
    end: float
    span: float = HOUR
    deciding: Collection[Signal] = DECIDING


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A comparison and its inputs.

    Attributes:
        comparison: None while the samples are being fetched, or if they could not be.
        control, experiment: grids of both sides; None if one does not have a single step yet.
        error: why samples are missing, one line; otherwise None.
        retry_s: seconds until the next request; None if it is complete or failed.
        partial: the source's answer was partial.
        values: label values with requests, if two label values are compared.
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
    """Compare two sides of a service. Do not call it on the event loop: it waits for the source and computes 50 ms.

    The poller fetches windows once for all viewers, in the queue that limits each viewer.

    Args:
        windows: the poller, or a source that is asked once. `judged`: the service. `wanted`: what to compare.
        viewer: who waits for it, up to `wait_s` seconds.

    Raises:
        SourceError: a source that is asked once did not answer; errors of the poller are values.
    """
    step = step_of(judged, wanted.span)
    between, name = wanted.between, judged.info.name
    if isinstance(between, Values):
        # Always the same length, so that for a sliding window only the tail is fetched.
        grid = Grid.ending(wanted.end, span=max(wanted.span, CONTROL_STEPS * step), step=step)
        names = (between.control, between.experiment)
        window = windows.breakdown(name, between.label, grid, viewer, names, wait_s=wait_s)
        values = tuple(dict.fromkeys(window.frame.columns.get_level_values(0)))
        first = Grid.ending(wanted.end, span=wanted.span, step=step).start - step
        compared = Grid.between(max(between.since, first), grid.end, step=step)
        usual, judged_value = (_of_value(window.frame, value) for value in names)
        sides, earlier = _at_once(usual, judged_value, compared.start)
        pair = _compared(judged, wanted, [window, window], sides, earlier)
        return replace(pair, control=compared, experiment=compared, values=values)
    control, experiment = grids(between, wanted.end, wanted.span, step)
    if experiment is None:
        return SideBySide(None, control)
    # Always the same length, so that for a sliding window only the tail is fetched.
    sliding = Grid.ending(experiment.end, span=wanted.span, step=step)
    # Two windows of the same length that end in the same hour would be mistaken for one sliding window.
    longer = Grid(control.start - step, control.end, step)
    fetched = [windows.window(name, grid, viewer, wait_s=wait_s) for grid in (longer, sliding)]
    sides = [fetched[0].frame.iloc[1:], fetched[1].frame.loc[utc(experiment.start) :]]
    return replace(_compared(judged, wanted, fetched, sides), control=control, experiment=experiment)


def grids(between: Before, end: float, span: float, step: int) -> tuple[Grid, Grid | None]:
    """The whole steps before and after a change; None if there are none yet.

    Args:
        between: the change. `end`: epoch seconds of the newest time.
        span: seconds of each side at most; with few coarse steps the first side is longer. `step`: seconds.
    """
    control = Grid.ending(between.at, span=max(span, CONTROL_STEPS * step) if step > STEP else span, step=step)
    # The step in which a change happens belongs to neither side.
    first = int(-(-between.until // step)) * step + step
    last = int(min(end, first - step + span) // step) * step
    return control, Grid(first, last, step) if last >= first else None


def _of_value(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    here = frame.columns.get_level_values(0) == value
    return frame.loc[:, here].droplevel(0, axis=1)


def _at_once(
    control: pd.DataFrame, experiment: pd.DataFrame, start: float
) -> tuple[list[pd.DataFrame], pd.DataFrame]:  # fmt: skip
    """Both values from the experiment's first request on, and the control before: that only shows how it scatters.

    Args:
        control, experiment: samples on the same grid. `start`: epoch seconds of the first step that may be compared.
    """
    begins = int(control.index.searchsorted(utc(start)))
    there = np.flatnonzero(frames.values(experiment, "requests")[begins:] > 0)
    since = begins + (int(there[0]) if len(there) else 0)
    return [control.iloc[since:], experiment.iloc[since:]], control.iloc[:since]


def _compared(
    judged: Judged, wanted: Wanted, windows: Sequence[OnDemandWindow], sides: Sequence[pd.DataFrame],
    earlier: pd.DataFrame | None = None,
) -> SideBySide:  # fmt: skip
    """The comparison of the samples, or why there are none.

    Args:
        judged: the service. `wanted`: what to compare. `windows`: in the order they were fetched, control first.
        sides: samples of each. `earlier`: of the control before the comparison.
    """
    error = next((window.error for window in windows if window.error), None)
    retries = [window.retry_s for window in windows if window.retry_s is not None]
    partial = any(window.partial for window in windows)
    control, experiment = (window.grid for window in windows)
    comparison = None
    if error is None and not retries:
        comparison = compare(replace(_sides(judged, wanted, sides, control.step), earlier=earlier), wanted.deciding)
        comparison = comparison.with_partial_data() if partial else comparison
    return SideBySide(comparison, control, experiment, error, max(retries, default=None), partial)


def _sides(judged: Judged, wanted: Wanted, sides: Sequence[pd.DataFrame], step: int) -> Sides:
    # Drop data from after the judged time: they were not measured.
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
    """Seconds above which a request is too slow: of the strictest latency objective, else the service's own."""
    limits = (slo.limit for slo in judged.slos if slo.kind == "latency" and slo.limit)
    return min((limit for limit in limits if limit is not None), default=judged.info.threshold)


def _budgets(slos: Sequence[Slo]) -> dict[Signal, float]:
    """The shares of bad events that objectives allow, the strictest for each signal."""
    signals = {Measure.ERRORS: Signal.ERRORS, Measure.LATENCY: Signal.LATENCY}
    budgets: dict[Signal, float] = {}
    for slo in slos:
        signal = signals.get(measure(slo.indicator) or Measure.AGE)
        if signal is not None:
            budgets[signal] = min(budgets.get(signal, 1.0), 1 - slo.objective)
    return budgets


def step_of(judged: Judged, span: float) -> int:
    """Seconds of a row: a minute, or longer if the source counts in longer steps or there would be too many rows."""
    return max(judged.info.count_step or judged.step, STEP, int(-(-span / STEPS_MAX // STEP)) * STEP)
