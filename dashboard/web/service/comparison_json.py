"""A comparison as JSON, for `compare --format json`; NaN never gets in."""

import math
from typing import Any

from dashboard.comparison.comparison import Comparison, Signal, SignalComparison
from dashboard.comparison.histograms import HistogramComparison, QuantileInterval
from dashboard.comparison.levels import LevelComparison
from dashboard.comparison.ratios import RatioComparison, Sample
from dashboard.engine.viewers.side_by_side import SideBySide
from dashboard.timerange import Grid
from dashboard.ui.text import comparison_text
from dashboard.web.status_json import finite, time


def as_json(pair: SideBySide, service: str, control: str, experiment: str) -> dict[str, Any]:
    """A comparison as plain values ready for `json.dumps(…, allow_nan=False)`.

    Args:
        pair: of the engine. `service`: its name. `control`, `experiment`: names of the sides.
    """
    comparison = pair.comparison
    content: dict[str, Any] = finite(
        {
            "service": service,
            "verdict": "no_data" if comparison is None else str(comparison.verdict),
            "sentence": None if comparison is None else comparison_text.headline(comparison),
            "control": _side(control, pair.control),
            "experiment": _side(experiment, pair.experiment),
            "partial": pair.partial,
            "message": pair.error,
            "ready_in_s": None if comparison is None else comparison.missing_s,
            "signals": [] if comparison is None else signals_json(comparison),
        }
    )
    return content


def _side(name: str, grid: Grid | None) -> dict[str, Any]:
    if grid is None:
        return {"name": name, "start": None, "end": None, "step_s": None}
    return {"name": name, "start": time(grid.start - grid.step), "end": time(grid.end), "step_s": grid.step}


def signals_json(comparison: Comparison) -> list[dict[str, Any]]:
    """Each signal with its verdict and numbers."""
    return [_signal(signal) for signal in comparison.signals]


def _signal(signal: SignalComparison) -> dict[str, Any]:
    content: dict[str, Any] = {
        "signal": str(signal.signal),
        "detail": signal.detail or None,
        "verdict": str(signal.verdict),
        "decides": signal.decides,
        "reason": None if signal.reason is None else signal.reason.name.lower(),
        "notes": comparison_text.notes(signal),
    }
    if signal.ratio is not None:
        content |= _ratio(signal.ratio)
    if signal.level is not None:
        content |= _level(signal.level) if signal.signal is Signal.SATURATION else _logarithms(signal.level)
    if signal.histogram is not None:
        content["histogram"] = _histogram(signal.histogram)
    return content


def _ratio(ratio: RatioComparison) -> dict[str, Any]:
    missing = ratio.missing
    return {
        "control": _sample(ratio.control),
        "experiment": _sample(ratio.experiment),
        "ratio": ratio.ratio,
        "ratio_interval": list(ratio.interval),
        "difference": ratio.difference,
        "difference_interval": list(ratio.difference_interval),
        "begins_s": ratio.begins_s,
        "e_value": ratio.e_value,
        "p_value": ratio.p_value,
        "margin": {"ratio": ratio.margin, "budget": ratio.budget},
        "needed": None if missing is None else missing.needed,
        "missing": None if missing is None else missing.missing,
        "needed_control": None if missing is None else missing.needed_control,
        "ready_in_s": None if missing is None else missing.ready_in_s,
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "bad": sample.bad,
        "valid": sample.valid,
        "share": sample.share,
        "share_interval": list(sample.interval),
        "steps": sample.steps,
        "dispersion": sample.dispersion,
    }


def _level(level: LevelComparison) -> dict[str, Any]:
    return {
        "control": {"mean": level.control, "steps": level.steps[0]},
        "experiment": {"mean": level.experiment, "steps": level.steps[1]},
        "difference": level.difference,
        "difference_interval": list(level.interval),
        "higher": level.higher,
        "e_value": level.e_value,
        "p_value": level.p_value,
        "margin": {"difference": level.margin},
    }


def _logarithms(level: LevelComparison) -> dict[str, Any]:
    """For values compared as logarithms: geometric means in their unit, and their ratio."""
    control, experiment = level.centre
    return {
        "control": {"mean": control, "steps": level.steps[0]},
        "experiment": {"mean": experiment, "steps": level.steps[1]},
        "ratio": level.ratio,
        "ratio_interval": list(level.ratio_interval),
        "e_value": level.e_value,
        "p_value": level.p_value,
        "margin": {"ratio": math.exp(level.margin)},
    }


def _histogram(histogram: HistogramComparison) -> dict[str, Any]:
    return {
        "slower_at_s": list(histogram.slower_at),
        "faster_at_s": list(histogram.faster_at),
        "e_value": histogram.e_value,
        "above": [
            {"bound_s": bound.bound, "control": bound.control, "experiment": bound.experiment, "e_value": bound.e_value}
            for bound in histogram.bounds
        ],
        "quantiles": [
            {"q": control.q, "control_s": _quantile(control), "experiment_s": _quantile(experiment)}
            for control, experiment in zip(histogram.control, histogram.experiment, strict=True)
        ],
    }


def _quantile(quantile: QuantileInterval) -> dict[str, Any]:
    return {"value": quantile.value, "low": quantile.low, "high": quantile.high}
