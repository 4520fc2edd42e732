"""A test of a signal in a sentence: the counts, the expected range, the probability, and the conclusion."""

from typing import Final, assert_never

from dashboard.anomaly.latency import CORE, FREEDOM
from dashboard.anomaly.newest_tests import ErrorsInput, Input, LatencyInput, NewestTest, Outcome, TrafficInput
from dashboard.ui.text import units

UNSTUDIED: Final = "No signal is tested yet: what is usual is still being learned."


def sentence(test: NewestTest) -> str:
    """One test as a whole sentence, with its full stop."""
    match test.outcome:
        case Outcome.OFF:
            return f"{test.signal}: its test is turned off."
        case Outcome.LEARNING:
            return f"{test.signal}: not tested before it was measured for a day."
    assert test.numbers is not None, "what was tested has its numbers"
    return f"{test.signal}: {_numbers(test.numbers, test.setting.detector)}; {_outcome(test)}."


def _outcome(test: NewestTest) -> str:
    if test.p_value is None:
        return "too few requests to test"
    # Such a small probability underflows, and 0 would claim certainty, which no test gives.
    p_value = f"{test.p_value:.2g}" if test.p_value > 0 else "below 1e-300"
    meaning = "unusual" if test.outcome is Outcome.UNUSUAL else "as usual"
    return f"probability if nothing had changed {p_value}, flagged below {test.setting.level:g}: {meaning}"


def _numbers(numbers: Input, detector: str) -> str:
    match numbers:
        case LatencyInput(value_s, expected_s, scale, z):
            return (
                f"p95 of the last 5 min {units.latency(value_s)}, usual now {units.latency(expected_s)}, scale of its "
                f"logarithm {scale:.3f}; z = ln(value ÷ usual) ÷ scale = {z:.1f}, Student's t of z ÷ {CORE} with "
                f"{FREEDOM} degrees"
            )
        case TrafficInput(count, expected, dispersion, window_s):
            known = f"{units.count(count)} requests in {window_s // 60} min, usual now {units.count(expected)}"
            # Poisson counts have a dispersion of 1 by definition, so it is not mentioned.
            if detector == "poisson":
                return f"{known}; both tails of the Poisson"
            return f"{known}, dispersion {dispersion:.1f}; both tails of the negative binomial"
        case ErrorsInput():
            return (
                f"{units.count(numbers.failed)} of {units.count(numbers.requests)} requests failed in "
                f"{numbers.window_s // 60} min, where {units.count(numbers.baseline_failed)} of "
                f"{units.count(numbers.baseline_requests)} are usual; upper tail of the {detector}"
            )
    assert_never(numbers)
