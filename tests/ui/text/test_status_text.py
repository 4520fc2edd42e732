"""One word for each state: what pages say and count is in one table, and nobody else writes these words."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from dashboard.engine import running_poller
from dashboard.engine.health import Health
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.slo.report import Reading, State, Suppression
from dashboard.sources.demo.source import DemoSource
from dashboard.ui.text.status_text import (
    HEALTH,
    READING,
    SLA_MET,
    SLO_SHOWN,
    SLO_STATE,
    SOURCE_STATE,
    TICKET,
    Status,
    of_alert,
    of_objective,
    status,
)
from tests.ui.test_pages import NOW, ROOT, opened, text

EVERY = (*HEALTH.values(), *SLO_SHOWN, *SOURCE_STATE.values())
MARKED = re.compile(r'<span class="gs-(?:chip|count) gs-(\w+)"><i>(.)</i>(?:<b>(\d+)</b>)? ([^<]+)</span>')


@pytest.fixture(scope="module")
def poller() -> Iterator[Poller]:
    """The demo after a refresh, which the pages show."""
    running = Poller(DemoSource(start=NOW), Settings(title="Shop"), clock=lambda: NOW)
    running.tick()
    running_poller.use(running)
    yield running
    running_poller.use(None)


def shown(page: str, **query: str) -> list[tuple[Status, int | None]]:
    """Each chip and count of a page: how it looks, and its number where it counts."""
    html = unescape(text(opened(page, **query)))
    return [
        (Status(mark, word, colour), int(number) if number else None)
        for colour, mark, number, word in MARKED.findall(html)
    ]


def test_every_state_has_its_word() -> None:
    assert list(HEALTH) == list(Health)
    assert list(SLO_STATE) == list(State)
    assert list(SOURCE_STATE) == list(SourceState)
    assert list(READING) == [*Reading, None]
    assert {status(state) for state in (*Health, *State, *SourceState)} == {*EVERY} - {TICKET}


def test_colour_never_stands_alone() -> None:
    for looks in (*map(list, map(dict.values, (HEALTH, SOURCE_STATE, SLA_MET))), SLO_SHOWN):
        assert len({look.mark for look in looks}) == len({look.word for look in looks}) == len(looks)


@pytest.mark.parametrize("page", ["wall", "service", "objectives", "sources"])
def test_chips_and_counts_of_every_page_come_from_the_table(poller: Poller, page: str) -> None:
    looks = {look for look, _ in shown(page)}
    assert looks
    assert looks <= set(EVERY)


def test_the_wall_counts_the_services_whose_tiles_say_so(poller: Poller) -> None:
    looks = shown("wall")
    counts = {look: number for look, number in looks if number is not None}
    assert counts == Counter(look for look, number in looks if number is None)
    assert counts == Counter(HEALTH[report.health] for report in poller.snapshot.services)


def test_the_list_counts_the_objectives_whose_rows_say_so(poller: Poller) -> None:
    counts = {look: number for look, number in shown("objectives", all="1") if number is not None}
    assert counts == Counter(map(of_objective, poller.snapshot.slos))
    html = unescape(text(opened("objectives", all="1")))
    rows = re.findall(r'<a class="gs-slo gs-(\w+).*?<span class="state"><i>(.)</i> ([^<]+)</span>', html)
    assert counts == Counter(Status(mark, word, colour) for colour, mark, word in rows)


def test_the_same_service_has_the_same_word_on_the_wall_and_on_its_page(poller: Poller) -> None:
    for report in poller.snapshot.services[:3]:
        look, _ = shown("service", service=report.name)[0]
        assert look == HEALTH[report.health]
        assert [look for look, _ in shown("service", service=report.name)[1:]] == [
            of_objective(slo) for slo in report.slos
        ]


def test_red_is_what_wakes_somebody_up(poller: Poller) -> None:
    """A service is breaching where an alert pages, and at risk where it makes a ticket: its objectives say the same."""
    for report in poller.snapshot.services:
        colours = {of_objective(slo).colour for slo in report.slos}
        if report.health in (Health.BREACHING, Health.AT_RISK):
            assert ("red" in colours) == (report.health is Health.BREACHING), report.name
    slo = replace(poller.snapshot.slos[0], state=State.CRITICAL)
    page, *_, ticket = (replace(alert, reading=Reading.CRITICAL, firing=True, suppressed=None) for alert in slo.alerts)
    assert (page.rule.row.severity, ticket.rule.row.severity) == ("page", "ticket")
    assert of_objective(replace(slo, alerts=(ticket, page))) == SLO_STATE[State.CRITICAL]
    assert of_objective(replace(slo, alerts=(ticket,))) == TICKET
    assert (of_alert(page), of_alert(ticket)) == (SLO_STATE[State.CRITICAL], TICKET)
    silent = replace(page, firing=False, suppressed=Suppression.MIN_FAILURES)
    assert (of_alert(silent).word, of_alert(silent).colour) == ("critical", "grey")


def test_nobody_else_writes_these_words() -> None:
    words = {look.word for look in EVERY} - {"starting", "stale", "down", "no data"}
    for folder in ("dashboard/ui", "dashboard/charts", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name != "status_text.py":
                assert written(path) & words == set(), path


def written(path: Path) -> set[str]:
    """Texts of a module, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
