"""An incident that has become quiet is explained, and its causes are judged, until then."""

import pytest

from dashboard.engine.changes.suspects import _trouble
from dashboard.engine.incidents.incident_spending import wanted
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import empty_snapshot
from dashboard.engine.source_status import SourceState, SourceStatus
from tests.incidents.impacts import START, impact, incident

NOW = START + 6_000.0
STATUS = SourceStatus("demo", "embedded demo", SourceState.OK)


@pytest.mark.parametrize(
    ("fields", "until"),
    [({"end": None}, None), ({"end": None, "quiet_since": START + 1_800.0}, START + 1_800.0), ({}, START + 1_200.0)],
    ids=["burns", "quiet", "over"],
)
def test_what_came_since_it_is_quiet_belongs_to_nothing(fields: dict[str, float | None], until: float | None) -> None:
    derived = incident("a", impact(kind="availability", **fields))
    asked = wanted(derived, NOW)
    assert asked is not None
    assert asked.spans.end == (NOW if until is None else until) // 60 * 60
    assert _trouble(empty_snapshot(NOW, STATUS, Settings()), derived, derived.main).end == until
