"""A period is called met only if enough of it was measured, and missed if it was missed for sure."""

import pytest

from dashboard.slo.judgement import MeasuredTime
from dashboard.timerange import DAY, HOUR

MONTH = 30 * DAY


@pytest.mark.parametrize(
    ("seconds", "spent", "is_met"),
    [
        (0.5 * MONTH, 1.0, True),
        (0.49 * MONTH, 0.0, None),
        (0.04 * MONTH, 0.9, None),
        (0.04 * MONTH, 1.1, False),
        # Hardly anything was measured: missed only if it would be even if nothing else failed.
        (12 * HOUR, 59.0, None),
        (12 * HOUR, 61.0, False),
        (0.0, 0.0, None),
    ],
    ids=["half", "less", "4 %", "4 % missed", "half a day", "an outage of half a day", "nothing"],
)
def test_it_is_met_if_enough_of_it_was_measured(seconds: float, spent: float, is_met: bool | None) -> None:
    assert MeasuredTime(seconds, MONTH).is_met(spent * 100.0, 100.0) is is_met


def test_without_events_or_a_time_to_measure_nothing_is_known() -> None:
    assert MeasuredTime(MONTH, MONTH).is_met(0.0, 0.0) is None
    assert MeasuredTime(0.0, 0.0).is_met(1.0, 1.0) is None
