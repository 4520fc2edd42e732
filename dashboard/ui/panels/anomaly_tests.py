"""How the tests of a service's signals came out: the numbers that went in, the probability, and what it means."""

from collections.abc import Iterator

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Expected
from dashboard.anomaly.detectors import DETECTORS, Choice, failures_pooled
from dashboard.anomaly.history import FINE
from dashboard.anomaly.latency import CORE, FREEDOM
from dashboard.anomaly.monitor import SIGNALS
from dashboard.anomaly.observations import WINDOW, Observed
from dashboard.anomaly.results import Tested
from dashboard.ui.panels.service_charts import Shown
from dashboard.ui.text import units

FEW = "too few requests to tell"
YOUNG = "is judged once a day of it was seen"


def tests(part: Shown) -> Iterator[str]:
    """A sentence for each signal, of its newest row."""
    end = part.tested.fine.end
    held = part.tested.held(part.report.name, since=end - 60.0 * FINE, until=end, fine=True)
    if held is None:
        yield "What is unusual is told once the past was studied."
        return
    seen, expected = held
    for signal in SIGNALS:
        choice = part.detectors[signal]
        if choice.detector == "off":
            yield f"{signal}: its test is turned off."
            continue
        if not expected.learned[-1, 0]:
            yield f"{signal}: {YOUNG}."
            continue
        tested = DETECTORS[signal][choice.detector](seen, expected, choice.level)
        yield f"{signal}: {_NUMBERS[signal](seen, expected, choice)}; {_outcome(tested, choice.level)}."


def _outcome(tested: Tested, level: float) -> str:
    """The probability of the newest row and what it means; none where too little is known for one."""
    told = [p for p in (tested.p_low[-1, 0], tested.p_high[-1, 0]) if not np.isnan(p)]
    if not tested.enough[-1, 0] or not told:
        return FEW
    p = f"{min(told):.2g}" if min(told) > 0 else "below 1e-300"
    chance = f"probability if nothing had changed {p}, flagged below {level:g}"
    return f"{chance}: {'unusual' if min(told) < level else 'as usual'}"


def _latency(seen: Observed, expected: Expected, _: Choice) -> str:
    value, usual, scale = (float(one[-1, 0]) for one in (seen.latency, expected.latency, expected.scale))
    away = np.log(value / usual) / scale if value > 0 and usual > 0 else np.nan
    return (
        f"p95 of the last 5 min {units.latency(value)}, usual now {units.latency(usual)}, scale of its logarithm "
        f"{scale:.3f}; z = ln(value ÷ usual) ÷ scale = {away:.1f}, Student's t of z ÷ {CORE} with {FREEDOM} degrees"
    )


def _traffic(seen: Observed, expected: Expected, choice: Choice) -> str:
    count, usual, dispersion = (float(one[-1, 0]) for one in (seen.requests[0], expected.requests, expected.dispersion))
    known = f"{units.count(count)} requests in {WINDOW // 60} min, usual now {units.count(usual)}"
    if choice.detector == "poisson":
        return f"{known}; both tails of the Poisson"
    return f"{known}, dispersion {dispersion:.1f}; both tails of the negative binomial"


def _errors(seen: Observed, expected: Expected, choice: Choice) -> str:
    failed, of = (float(one[-1, 0]) for one in (expected.failed, expected.of))
    bad, valid, window = float(seen.failed[0, -1, 0]), float(seen.requests[0, -1, 0]), WINDOW
    if choice.detector == "beta-binomial":
        bad, valid, window = (one[-1].item() for one in failures_pooled(seen, expected, choice.level)[1:])
    return (
        f"{units.count(bad)} of {units.count(valid)} requests failed in {window // 60} min, as much as "
        f"{units.count(failed)} of {units.count(of)} is usual; upper tail of the {choice.detector}"
    )


_NUMBERS = {Signal.LATENCY: _latency, Signal.TRAFFIC: _traffic, Signal.ERRORS: _errors}
