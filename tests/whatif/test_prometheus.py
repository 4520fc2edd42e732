"""The back-test beside a real Prometheus that evaluates our rules over the same past; a month in tests/bench."""

from pathlib import Path

import pytest

from dashboard.timerange import HOUR
from tests.whatif.evaluated_rules import compared

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("every", "phase"), [(15, 7), (60, 0)], ids=["between", "at both ends"])
def test_alerts_equal_those_of_prometheus(tmp_path: Path, every: int, phase: int) -> None:
    """At 99.9 %, by the minute, whether or not samples lie at the ends of windows, which Prometheus 2 counts twice."""
    expected, back_tested = compared(tmp_path, every=every, phase=phase, span=14 * HOUR, troubles=9)
    assert len(expected) >= 6, "a past in which nothing happens proves nothing"
    assert back_tested == expected
