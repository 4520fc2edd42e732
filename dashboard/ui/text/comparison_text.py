"""Comparisons in words: each verdict with its numbers, and what is missing for a clearer one."""

from dashboard.comparison.comparison import Comparison, Signal, SignalComparison
from dashboard.comparison.histograms import HistogramComparison
from dashboard.comparison.later_starts import BURST_MOST
from dashboard.comparison.levels import LevelComparison
from dashboard.comparison.ratios import RatioComparison
from dashboard.comparison.verdicts import Reason, Verdict
from dashboard.engine.viewers.side_by_side import Before, SideBySide, Values
from dashboard.ui.text import moments, units
from dashboard.ui.text.explanation_text import EMPTY

MONTH_S = 30 * 86400.0
_REASONS = {
    Reason.NO_SIGNAL: "the source has no data on it",
    Reason.NO_CONTROL: "no requests on the first side",
    Reason.NO_EXPERIMENT: "no requests on the second side yet",
    Reason.FEW_STEPS: "too few steps to tell a burst from a change",
    Reason.FEW_REQUESTS: "too few requests to see a doubling",
    Reason.SMALL_EFFECT: "no doubling, but a smaller difference may be there",
    Reason.FEW_VALUES: "too few values: the means may differ by more than the margin",
    Reason.SMALL_CONTROL: "the first side has too few requests: take a longer span",
    Reason.MORE_TRAFFIC: "more requests are neither better nor worse",
    Reason.DISTRIBUTION: "slower at some bounds, faster at others",
    Reason.BEYOND_BURSTS: f"more than {BURST_MOST:.0f} times the first side's share, which no burst of failures makes",
}
# From this design effect on, bursts of failures are named as the reason to wait.
BURSTS_MIN = 5.0
_VERDICTS = {
    Verdict.BETTER: "Better: {signals}.",
    Verdict.SAME: "The same within the margin: {signals}.",
    Verdict.WORSE: "Worse: {signals}.",
    Verdict.INCONCLUSIVE: "Inconclusive: {signals}.",
    Verdict.NO_DATA: "No data: {signals}.",
}


def headline(comparison: Comparison) -> str:
    """One sentence: the verdict, and the signals that decided it."""
    deciding = [signal for signal in comparison.signals if signal.decides]
    verdict = comparison.verdict
    # A better signal makes the whole better even if others are the same; an inconclusive one leaves it open.
    causes = [signal for signal in deciding if signal.verdict is verdict] or [
        signal for signal in deciding if signal.verdict is Verdict.NO_DATA
    ]
    if verdict is Verdict.INCONCLUSIVE and not causes:
        return "Inconclusive: the source answered in part."
    return _VERDICTS[verdict].format(signals=", ".join(map(name, causes)) or "no signal decides")


def sides(between: Before | Values) -> tuple[str, str]:
    """What the control and the experiment are called."""
    if isinstance(between, Values):
        return between.control or EMPTY, between.experiment or EMPTY
    return "before", "after"


def title(between: Values) -> str:
    """The title of a comparison of two values of a label: version: 42 beside 41."""
    control, experiment = sides(between)
    return f"{between.label}: {experiment} beside {control}"


def ranges(pair: SideBySide, between: Before | Values, zone: str) -> str:
    """The compared time ranges in a sentence; empty while one is missing.

    Args:
        pair: as the engine answers it. `between`: its sides. `zone`: IANA name of the time zone of moments.
    """
    if pair.control is None or pair.experiment is None:
        return ""
    control, experiment = (
        moments.between(grid.start - grid.step, grid.end, zone) for grid in (pair.control, pair.experiment)
    )
    return f"{control}." if isinstance(between, Values) else f"Before: {control}; after: {experiment}."


def remarks(pair: SideBySide, between: Before | Values) -> list[str]:
    """Remarks beside the numbers, without a capital and a full stop."""
    said = [pair.error] if pair.error else []
    is_known = pair.error is None and pair.retry_s is None
    if isinstance(between, Values) and is_known:
        lacking = [value for value in (between.control, between.experiment) if value not in pair.values]
        said += [f"no requests with {between.label}={value}" for value in lacking]
    if isinstance(between, Before) and is_known and pair.experiment is None:
        said.append("not one whole step has passed since the change")
    if pair.partial:
        said.append("the source answered in part: what is absent may be there all the same")
    return said


def name(signal: SignalComparison) -> str:
    """A signal with its resource or quantile, such as `saturation memory`."""
    return f"{signal.signal} {signal.detail}".strip()


def values(signal: SignalComparison) -> tuple[str, str, str]:
    """Both sides for display, and the effect with its interval; dashes for missing values."""
    if signal.ratio is not None:
        return _share(signal.ratio, experiment=False), _share(signal.ratio, experiment=True), _ratio(signal.ratio)
    if signal.level is not None:
        return _level(signal.signal, signal.level)
    return units.MISSING, units.MISSING, units.MISSING


def _share(ratio: RatioComparison, *, experiment: bool) -> str:
    sample = ratio.experiment if experiment else ratio.control
    share = units.MISSING if sample.share is None else units.percent(sample.share)
    return f"{share} ({sample.bad:,.0f} of {sample.valid:,.0f})"


def _ratio(ratio: RatioComparison) -> str:
    low, high = map(_times, ratio.interval)
    return f"×{_times(ratio.ratio)} ({low} to {high})"


def _times(value: float | None) -> str:
    """A ratio with three digits, and at most two decimals."""
    if value is None:
        return units.MISSING
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def probability(value: float) -> str:
    """A p-value with two digits; below one in ten thousand only that."""
    return f"{value:.2g}" if value >= 1e-4 else "<0.0001"


def _level(signal: Signal, level: LevelComparison) -> tuple[str, str, str]:
    if signal is Signal.SATURATION:
        low, high = (f"{100 * end:+.1f}" for end in level.interval)
        effect = f"{100 * level.difference:+.1f} points ({low} to {high})"
        return units.percent(level.control), units.percent(level.experiment), effect
    show = units.rate if signal is Signal.TRAFFIC else units.latency
    low, high = map(_times, level.ratio_interval)
    return show(level.centre[0]), show(level.centre[1]), f"×{_times(level.ratio)} ({low} to {high})"


def notes(signal: SignalComparison) -> list[str]:
    """Why the verdict is not clearer, when it will be, and what the histogram shows: without full stops."""
    said = [] if signal.reason is None else [_REASONS[signal.reason]]
    if signal.ratio is not None and signal.ratio.begins_s:
        said.append(f"it began about {units.duration(signal.ratio.begins_s)} after the first step")
    missing = signal.ratio.missing if signal.ratio else None
    if missing is not None and missing.needed is not None and missing.missing is not None:
        had = missing.needed - missing.missing
        said.append(f"{had:,.0f} of the {missing.needed:,.0f} requests that are needed{_wait(missing.ready_in_s)}")
    if missing is not None and missing.needed is not None and signal.ratio is not None:
        said += _bursts(signal.ratio)
    if missing is not None and missing.needed_control is not None:
        said.append(f"the first side needs {missing.needed_control:,.0f}")
    return [*said, *(_histogram(signal.histogram) if signal.histogram is not None else [])]


def _bursts(ratio: RatioComparison) -> list[str]:
    """Why this many requests are needed, if failures in bursts are the reason and not low traffic."""
    each = max(ratio.control.dispersion, ratio.experiment.dispersion)
    if each < BURSTS_MIN:
        return []
    return [f"they fail in bursts, or a fault has set in meanwhile: up to {each:,.0f} of them count as one"]


def _wait(seconds: float | None) -> str:
    """When the missing requests will have arrived; empty if unknown."""
    if seconds is None:
        return ""
    # Nobody waits years for a verdict.
    return ", not within a month" if seconds > MONTH_S else f", at this rate in {units.duration(seconds)}"


def _histogram(histogram: HistogramComparison) -> list[str]:
    """What changed at the bounds of the buckets."""
    sides = (("more", histogram.slower_at), ("fewer", histogram.faster_at))
    return [f"{word} requests above {_bounds(bounds)}" for word, bounds in sides if bounds]


def _bounds(bounds: tuple[float, ...]) -> str:
    if len(bounds) < 4:
        return ", ".join(map(units.latency, bounds))
    return f"{len(bounds)} bounds, {units.latency(bounds[0])} to {units.latency(bounds[-1])}"
