"""Compares all four signals of two sides, from frames of samples; the deciding signals determine the verdict."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.comparison.dispersion import Side
from dashboard.comparison.histograms import HistogramComparison, compare_histograms
from dashboard.comparison.levels import LevelComparison, compare_levels
from dashboard.comparison.ratios import Design, RatioComparison, compare_ratios
from dashboard.comparison.verdicts import Reason, Verdict, together

# Margins that count as the same: the logarithm of a ratio of rates, and a difference of shares of a resource.
TRAFFIC_MARGIN, SATURATION_MARGIN = float(np.log(1.25)), 0.05


class Signal(StrEnum):
    """The four golden signals."""

    ERRORS = "errors"
    LATENCY = "latency"
    TRAFFIC = "traffic"
    SATURATION = "saturation"


# Those that users notice. Traffic and saturation depend on the time of day: they are shown, and decide on request.
DECIDING = frozenset({Signal.ERRORS, Signal.LATENCY})


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The two sides to compare.

    Attributes:
        control, experiment: samples of one service as rates, columns (measure, detail), T rows each.
        step_s: seconds of a row.
        grows_together: both are still measured, as for values of a label; else the control ended before the experiment.
        tells_errors: the source knows which requests failed.
        threshold: seconds beyond which a request is too slow; None without one.
        budgets: the share allowed by the objective, for errors and for latency; without those that have no objective.
        earlier: samples of the control from before the comparison, which show how requests scatter; None: none.
    """

    control: pd.DataFrame
    experiment: pd.DataFrame
    step_s: float
    grows_together: bool
    tells_errors: bool
    threshold: float | None
    budgets: dict[Signal, float]
    earlier: pd.DataFrame | None = None

    def design(self, signal: Signal) -> Design:
        """The design of the comparison of a signal."""
        return Design(self.step_s, self.budgets.get(signal), self.grows_together)


@dataclass(frozen=True, slots=True)
class SignalComparison:
    """The comparison of one signal, or of one resource.

    Attributes:
        detail: the resource, or the quantile if a source has no buckets; else empty.
        decides: it counts for the overall verdict.
        ratio, level, histogram: the results that the signal has.
    """

    signal: Signal
    detail: str
    verdict: Verdict
    reason: Reason | None
    decides: bool = False
    ratio: RatioComparison | None = None
    level: LevelComparison | None = None
    histogram: HistogramComparison | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of two sides; `verdict` is that of the deciding signals."""

    verdict: Verdict
    signals: tuple[SignalComparison, ...]

    def with_partial_data(self) -> "Comparison":
        """The same numbers from an incomplete answer: missing series may exist, so no verdict may be good."""
        is_good = self.verdict in (Verdict.SAME, Verdict.BETTER)
        return replace(self, verdict=Verdict.INCONCLUSIVE) if is_good else self

    @property
    def missing_s(self) -> float | None:
        """Seconds until all deciding signals can conclude more at this rate; None if none waits or one cannot."""
        waiting = [
            signal.ratio.missing for signal in self.signals if signal.decides and signal.ratio and signal.ratio.missing
        ]
        times = [missing.ready_in_s for missing in waiting]
        return max((time for time in times if time is not None), default=None) if None not in times else None


def compare(sides: Sides, deciding: Collection[Signal] = DECIDING) -> Comparison:
    """Compare the four signals of two sides; `deciding`: signals that determine the overall verdict."""
    signals = tuple(
        _decided(signal, deciding)
        for compared in (_errors, _latency, _traffic, _saturation)
        for signal in compared(sides)
    )
    return Comparison(together(signal.verdict for signal in signals if signal.decides), signals)


def _decided(signal: SignalComparison, deciding: Collection[Signal]) -> SignalComparison:
    # A source without latency is judged by its errors; unknown errors are never good.
    is_lacking = signal.reason is Reason.NO_SIGNAL and signal.signal is not Signal.ERRORS
    return replace(signal, decides=signal.signal in deciding and not is_lacking)


def _errors(sides: Sides) -> Iterator[SignalComparison]:
    if not sides.tells_errors:
        yield SignalComparison(Signal.ERRORS, "", Verdict.NO_DATA, Reason.NO_SIGNAL)
        return
    yield _of_ratio(Signal.ERRORS, sides, lambda samples: _side(samples, sides.step_s, ("errors", "server")))


def _latency(sides: Sides) -> Iterator[SignalComparison]:
    earlier = None if sides.earlier is None else sides.earlier * sides.step_s
    histogram = compare_histograms(sides.control * sides.step_s, sides.experiment * sides.step_s, earlier)
    bound = buckets.bound_text(sides.threshold) if sides.threshold is not None else ""
    if any(bound in buckets.details(samples) for samples in (sides.control, sides.experiment)):
        signal = _of_ratio(Signal.LATENCY, sides, lambda samples: _slow(samples, sides.step_s, bound))
        yield _with_histogram(signal, histogram)
    elif histogram is not None:
        yield _of_histogram(histogram)
    else:
        yield from _quantiles(sides)


def _with_histogram(signal: SignalComparison, histogram: HistogramComparison | None) -> SignalComparison:
    differs = histogram is not None and bool(histogram.slower_at) and bool(histogram.faster_at)
    reason = Reason.DISTRIBUTION if differs and signal.reason is None else signal.reason
    return replace(signal, reason=reason, histogram=histogram)


def _of_histogram(histogram: HistogramComparison) -> SignalComparison:
    """Latency without a threshold: slower or faster if all bounds with a significant difference agree."""
    if histogram.slower_at and histogram.faster_at:
        verdict, reason = Verdict.INCONCLUSIVE, Reason.DISTRIBUTION
    elif histogram.slower_at or histogram.faster_at:
        verdict, reason = (Verdict.WORSE if histogram.slower_at else Verdict.BETTER), None
    else:
        verdict, reason = Verdict.INCONCLUSIVE, Reason.SMALL_EFFECT
    return SignalComparison(Signal.LATENCY, "", verdict, reason, histogram=histogram)


def _quantiles(sides: Sides) -> Iterator[SignalComparison]:
    """Latency of a source with quantiles only: the 95th, on a scale on which each doubling is one step."""
    control, experiment = (frames.values(side, "quantile", "0.95") for side in (sides.control, sides.experiment))
    earlier = None if sides.earlier is None else _log(frames.values(sides.earlier, "quantile", "0.95"))
    if np.isnan(control).all() and np.isnan(experiment).all():
        yield SignalComparison(Signal.LATENCY, "", Verdict.NO_DATA, Reason.NO_SIGNAL)
        return
    yield _of_level(Signal.LATENCY, "p95", compare_levels(_log(control), _log(experiment), TRAFFIC_MARGIN, earlier))


def _traffic(sides: Sides) -> Iterator[SignalComparison]:
    """Requests per second, on a logarithmic scale: fewer are worse, more are neither better nor worse."""
    if sides.grows_together:
        # The number of requests of a canary is a setting.
        yield SignalComparison(Signal.TRAFFIC, "", Verdict.NO_DATA, Reason.NO_SIGNAL)
        return
    control, experiment = (_log(frames.values(side, "requests")) for side in (sides.control, sides.experiment))
    level = compare_levels(-control, -experiment, TRAFFIC_MARGIN)
    level = level if isinstance(level, Reason) else replace(level, sign=-1)
    signal = _of_level(Signal.TRAFFIC, "", level)
    if signal.verdict is Verdict.BETTER:
        signal = replace(signal, verdict=Verdict.INCONCLUSIVE, reason=Reason.MORE_TRAFFIC)
    yield signal


def _saturation(sides: Sides) -> Iterator[SignalComparison]:
    resources = frames.of_measure(sides.control, "saturation").columns.union(
        frames.of_measure(sides.experiment, "saturation").columns
    )
    if not len(resources):
        yield SignalComparison(Signal.SATURATION, "", Verdict.NO_DATA, Reason.NO_SIGNAL)
    for resource in resources:
        control, experiment = (
            frames.values(side, "saturation", resource) for side in (sides.control, sides.experiment)
        )
        yield _of_level(Signal.SATURATION, resource, compare_levels(control, experiment, SATURATION_MARGIN))


def _of_ratio(signal: Signal, sides: Sides, side: Callable[[pd.DataFrame], Side]) -> SignalComparison:
    earlier = None if sides.earlier is None else side(sides.earlier)
    control = replace(side(sides.control), earlier=earlier)
    ratio = compare_ratios(control, side(sides.experiment), sides.design(signal))
    if isinstance(ratio, Reason):
        return SignalComparison(signal, "", Verdict.NO_DATA, ratio)
    return SignalComparison(signal, "", ratio.verdict, ratio.reason, ratio=ratio)


def _of_level(signal: Signal, detail: str, level: LevelComparison | Reason) -> SignalComparison:
    if isinstance(level, Reason):
        return SignalComparison(signal, detail, Verdict.NO_DATA, level)
    return SignalComparison(signal, detail, level.verdict, level.reason, level=level)


def _side(samples: pd.DataFrame, step_s: float, bad: tuple[str, str]) -> Side:
    return Side.of(frames.values(samples, *bad) * step_s, frames.values(samples, "requests") * step_s)


def _slow(samples: pd.DataFrame, step_s: float, bound: str) -> Side:
    within, every = (frames.values(samples, "latency", detail) * step_s for detail in (bound, "inf"))
    # A missing bucket never had a request, if the total has some.
    return Side.of(every - np.nan_to_num(within), every)


def _log(values: np.ndarray) -> np.ndarray:
    """Natural logarithm; NaN for values that are not positive."""
    return np.log(np.where(values > 0, values, np.nan))
