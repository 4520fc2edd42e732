"""The back-test beside a real Prometheus that evaluates our rules over the same past; a month in tests/bench."""

from pathlib import Path

import pytest

from dashboard.timerange import HOUR
from tests.whatif.evaluated_rules import compared

pytestmark = pytest.mark.servers


def test_alerts_equal_those_of_prometheus(tmp_path: Path) -> None:
    """At 99.9 %, by the minute, whatever the phase of the scrapes."""
    expected, back_tested = compared(tmp_path, every=15, phase=7, span=14 * HOUR, troubles=9)
    assert len(expected) >= 6, "a past in which nothing happens proves nothing"
    assert back_tested == expected
