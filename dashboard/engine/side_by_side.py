"""Comparisons that viewers and commands ask for: the spans of both sides, fetched off the event loop, and compared."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from dashboard.comparison.comparison import DECIDING, Comparison, Sides, Signal, compare
from dashboard.engine.on_demand import WAIT_S, OnDemandWindow
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import ServiceReport
from dashboard.engine.viewer_queue import NOBODY, Viewer
from dashboard.slo.indicators import Measure, measure
from dashboard.timerange import HOUR, Grid, utc

# Requests are counted by the minute, where the source can.
STEP = 60
# A chart of the demo or of a server has no more steps than that, and a comparison needs no more.
STEPS_MAX = 720


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
    poller: Poller, report: ServiceReport, wanted: Wanted, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
) -> SideBySide:  # fmt: skip
    """Compare two sides of a service; never on the event loop: it waits for the source, and computes some 50 ms.

    Windows are fetched once for all viewers, by the queue that bounds what each may ask for.

    Args:
        poller: owns the source. `report`: of the service. `wanted`: what is compared.
        viewer: who waits for it, `wait_s` seconds.
    """
    step = _step(report, wanted.span)
    if isinstance(wanted.between, Values):
        return _of_values(poller, report, wanted, viewer, wait_s, step)
    control, experiment = grids(wanted.between, wanted.end, wanted.span, step)
    if experiment is None:
        return SideBySide(None, control)
    windows = [poller.window(report.name, grid, viewer, wait_s=wait_s) for grid in (control, experiment)]
    return _compared(report, wanted, windows, [window.frame for window in windows])


def grids(between: Before, end: float, span: float, step: int) -> tuple[Grid, Grid | None]:
    """The whole steps before a change and those after it; None where not one has passed.

    Args:
        between: the change. `end`: epoch seconds of the newest moment.
        span: seconds of each side at most. `step`: seconds.
    """
    control = Grid.ending(between.at, span=span, step=step)
    # A step that a change lies in is of neither side.
    first = int(-(-between.until // step)) * step + step
    last = int(min(end, first - step + span) // step) * step
    return control, Grid(first, last, step) if last >= first else None


def _of_values(
    poller: Poller, report: ServiceReport, wanted: Wanted, viewer: Viewer, wait_s: float, step: int
) -> SideBySide:
    """Two values of a label beside each other.

    Args:
        poller: owns the source. `report`: of the service. `wanted`: with the values. `viewer`: who waits.
        wait_s: seconds. `step`: seconds of a row.
    """
    between = wanted.between
    assert isinstance(between, Values), "whoever calls has looked"
    grid = Grid.between(max(between.since, wanted.end - wanted.span), wanted.end, step=step)
    names = (between.control, between.experiment)
    window = poller.breakdown(report.name, between.label, grid, viewer, names, wait_s=wait_s)
    values = tuple(dict.fromkeys(window.frame.columns.get_level_values(0)))
    sides = [_of_value(window.frame, name) for name in names]
    return _compared(report, wanted, [window, window], sides, values)


def _of_value(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    here = frame.columns.get_level_values(0) == value
    return frame.loc[:, here].droplevel(0, axis=1)


def _compared(
    report: ServiceReport,
    wanted: Wanted,
    windows: list[OnDemandWindow],
    frames: list[pd.DataFrame],
    values: tuple[str, ...] = (),
) -> SideBySide:
    """The comparison of what came, or why nothing did.

    Args:
        report: of the service. `wanted`: what is compared. `windows`: as they came, control first.
        frames: of each side. `values`: of the label.
    """
    error = next((window.error for window in windows if window.error), None)
    retries = [window.retry_s for window in windows if window.retry_s is not None]
    partial = any(window.partial for window in windows)
    control, experiment = (window.grid for window in windows)
    comparison = None
    if error is None and not retries:
        comparison = compare(_sides(report, wanted, frames, control.step), wanted.deciding)
    return SideBySide(comparison, control, experiment, error, max(retries, default=None), partial, values)


def _sides(report: ServiceReport, wanted: Wanted, frames: list[pd.DataFrame], step: int) -> Sides:
    # What lies ahead of the moment that is judged was never measured.
    control, experiment = (frame[frame.index <= utc(wanted.end)] for frame in frames)
    return Sides(
        control,
        experiment,
        step_s=float(step),
        grows_together=isinstance(wanted.between, Values),
        tells_errors=report.info.errors,
        threshold=_threshold(report),
        budgets=_budgets(report),
    )


def _threshold(report: ServiceReport) -> float | None:
    """Seconds beyond which a request is too slow: of the strictest latency objective, else the service's own."""
    limits = [slo.slo.limit for slo in report.slos if slo.slo.kind == "latency" and slo.slo.limit]
    return min((limit for limit in limits if limit is not None), default=report.info.threshold)


def _budgets(report: ServiceReport) -> dict[Signal, float]:
    """Shares of bad events that objectives allow, the strictest of each signal."""
    signals = {Measure.ERRORS: Signal.ERRORS, Measure.LATENCY: Signal.LATENCY}
    budgets: dict[Signal, float] = {}
    for slo in report.slos:
        signal = signals.get(measure(slo.slo.indicator) or Measure.AGE)
        if signal is not None:
            budgets[signal] = min(budgets.get(signal, 1.0), 1 - slo.slo.objective)
    return budgets


def _step(report: ServiceReport, span: float) -> int:
    """Seconds of a row: a minute, or longer where the source counts by more, or the span would have too many rows."""
    shortest = max(report.info.count_step or STEP, STEP)
    return max(shortest, int(-(-span / STEPS_MAX // STEP)) * STEP)
