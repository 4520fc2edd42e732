"""One service as HTML: budgets in words, links, what is unusual."""

from dataclasses import replace

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.panels import service
from tests.ui.panels import HOSTILE


def test_a_budget_on_the_service_page_leads_to_its_objective(snapshot: Snapshot) -> None:
    html = service.budget_card(snapshot.slos[0])
    assert f'href="objectives?slo={snapshot.slos[0].slo.name}" target="_self"' in html
    hostile = replace(snapshot.slos[0], slo=replace(snapshot.slos[0].slo, name=HOSTILE, title=HOSTILE, kind=HOSTILE))
    assert "<script>" not in service.budget_card(hostile).casefold()
