"""A comparison in words: what decides in one sentence, and below it what is missing and what histograms add."""

import numpy as np
import pandas as pd
import pytest

from dashboard.comparison.comparison import Comparison, Sides, Signal, SignalComparison, compare
from dashboard.comparison.histograms import HistogramComparison
from dashboard.comparison.verdicts import Verdict
from dashboard.ui.text.comparison_text import headline, notes, probability, values

STEPS = 6


def side(requests: float, errors: list[int]) -> pd.DataFrame:
    index = pd.date_range("2026-11-29", periods=STEPS, freq="min", tz="UTC")
    data = {("requests", ""): np.full(STEPS, requests / 60), ("errors", "server"): np.array(errors) / 60}
    return pd.DataFrame(data, index=index).rename_axis(columns=["measure", "detail"])


def comparison(control: list[int], experiment: list[int]) -> Comparison:
    return compare(
        Sides(
            side(1000, control),
            side(1000, experiment),
            step_s=60.0,
            grows_together=False,
            tells_errors=True,
            threshold=None,
            budgets={Signal.ERRORS: 0.001},
        )
    )


def test_what_is_missing_is_told_in_requests_and_time() -> None:
    inconclusive = comparison([0] * STEPS, [0, 1, 2, 1, 0, 0])
    errors = inconclusive.signals[0]
    reason, missing, control = notes(errors)
    assert reason == "the first side has too few requests: take a longer span"
    assert missing.startswith("6,000 of the ")
    assert " requests that are needed, at this rate in " in missing
    assert control.startswith("the first side needs ")
    assert headline(inconclusive) == "Inconclusive: errors."
    before, after, effect = values(errors)
    assert before.endswith("(0 of 6,000)")
    assert after.endswith("(4 of 6,000)")
    assert effect.startswith("×– (")


def test_it_says_where_requests_are_missing_because_they_fail_in_bursts() -> None:
    def bursts(control: list[int], experiment: list[int]) -> list[str]:
        return [note for note in notes(comparison(control, experiment).signals[0]) if "bursts" in note]

    assert bursts([1, 0, 1, 1, 0, 1], [1, 1, 0, 1, 2, 1]) == []
    assert bursts([1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 20, 60])[0].endswith(" of them count as one")


def test_half_an_answer_says_so() -> None:
    same = Comparison(Verdict.SAME, (SignalComparison(Signal.ERRORS, "", Verdict.SAME, None, decides=True),))
    assert headline(same) == "The same within the margin: errors."
    assert headline(same.with_partial_data()) == "Inconclusive: the source answered in part."


def test_what_cannot_be_told_is_what_holds_it_up() -> None:
    signals = (
        SignalComparison(Signal.ERRORS, "", Verdict.NO_DATA, None, decides=True),
        SignalComparison(Signal.LATENCY, "", Verdict.SAME, None, decides=True),
    )
    assert headline(Comparison(Verdict.INCONCLUSIVE, signals)) == "Inconclusive: errors."


def test_many_bounds_are_told_by_their_ends() -> None:
    histogram = HistogramComparison((), (0.1, 0.25, 0.5, 1.0), (0.05,), (), (), 1.0)
    signal = SignalComparison(Signal.LATENCY, "", Verdict.SAME, None, histogram=histogram)
    more, fewer = (note.replace("\N{NO-BREAK SPACE}", " ") for note in notes(signal))
    assert more == "more requests above 4 bounds, 100 ms to 1.00 s"
    assert fewer == "fewer requests above 50 ms"


@pytest.mark.parametrize(
    ("value", "said"), [(0.04, "0.04"), (0.00011, "0.00011"), (9.9e-5, "<0.0001"), (2.7e-261, "<0.0001"), (1.0, "1")]
)
def test_a_p_value_is_no_longer_than_it_tells(value: float, said: str) -> None:
    assert probability(value) == said
