"""Times of incidents count from their first bad step; what is not known is counted apart, and never 0."""

from dataclasses import replace

import pytest

from dashboard.incidents.incident import Correctable
from dashboard.incidents.statistics import Moments, Summary, moments, statistics, summary
from tests.incidents.samples import MINUTE, START, incident, ongoing


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], Summary(None, None, None, 0, 0)),
        ([None, None], Summary(None, None, None, 0, 2)),
        ([60.0], Summary(60.0, 60.0, 60.0, 1, 0)),
        ([None, 600.0, 60.0], Summary(330.0, 60.0, 600.0, 2, 1)),
        ([0.0, None, 7200.0, 60.0], Summary(60.0, 0.0, 7200.0, 3, 1)),
    ],
    ids=["none", "all unknown", "one", "two and one unknown", "an instant is no unknown one"],
)
def test_a_duration_over_incidents_is_middle_range_and_number(seconds: list[float | None], expected: Summary) -> None:
    assert summary(seconds) == expected


def test_moments_are_those_that_people_corrected() -> None:
    derived = incident()
    plain = Moments(START, START + 34 * MINUTE, START + 12 * MINUTE, START + 15 * MINUTE)
    assert moments(derived, START + 15 * MINUTE) == plain
    assert (plain.to_detect, plain.to_acknowledge, plain.to_recover) == (720.0, 900.0, 2040.0)
    said = {
        Correctable.START: f"{START - 600:.0f}",
        Correctable.DETECTION: f"{START - 900:.0f}",
        Correctable.END: "?",
    }
    corrected = moments(replace(derived, corrections=said))
    # Noticed before the first bad step: that took no time, not less than none.
    assert (corrected.start, corrected.end, corrected.to_detect) == (START - 600, START + 34 * MINUTE, 0.0)
    assert corrected.to_acknowledge is None
    taken_back = replace(derived, corrections={Correctable.START: ""})
    assert moments(taken_back).start == START


def test_statistics_add_up_what_incidents_cost() -> None:
    whole = statistics([incident(), ongoing()], {incident().id: START + 15 * MINUTE})
    assert (whole.number, whole.ongoing) == (2, 1)
    assert whole.detect == Summary(720.0, 720.0, 720.0, 1, 1)
    assert whole.acknowledge == Summary(900.0, 900.0, 900.0, 1, 1)
    assert whole.recover == Summary(2040.0, 2040.0, 2040.0, 1, 1)
    assert whole.bad == 2 * 90_780 + 1_900
    assert whole.bad_before_detection == 32_100
    assert statistics([], {}).bad_before_detection is None
