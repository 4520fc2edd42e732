"""The back-test beside one that adds up raw events at each moment, and on the demo, whose incidents are known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dashboard.engine.default_slos import active_slos
from dashboard.engine.past.past_rows import Wanted, read_past
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.objective import Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, WEEKLY, Policy, Row
from dashboard.sources.catalog import Catalog
from dashboard.sources.demo.scenario import INCIDENTS, DemoSignal
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR
from dashboard.whatif.back_test import Fired, fired
from dashboard.whatif.candidate import Candidate
from dashboard.whatif.past import Counted
from tests.whatif.pasts import END, rows, slo

Spans = list[tuple[str, float, float, float | None]]


def recounted(objective: Slo, counted: Counted, since: float) -> Spans:
    """The alerts, event by event: every window is added up anew at every minute."""
    firing: dict[object, float] = {}
    spans: Spans = []
    ends = counted.first + np.arange(len(counted.values)) * counted.step
    rules = sorted(objective.rules, key=lambda rule: rule.row.long_s)
    for moment in range(int(since), counted.end + 1, 60):
        now: list[object] = []
        for rule in rules:
            sums = []
            for window in (rule.row.long_s, rule.row.short_s):
                inside = (ends > moment - window) & (ends <= moment)
                sums.append((*counted.values[inside].sum(axis=0), window))
            (bad, valid, seconds, long), (short_bad, short_valid, short_seconds, short) = sums
            measured = seconds >= LONG_MIN * long and short_seconds >= SHORT_MIN * short
            above = valid > 0 and short_valid > 0 and bad / valid > rule.threshold * objective.budget
            above = above and short_bad / short_valid > rule.threshold * objective.budget
            held = any(other.row.severity != rule.row.severity for other in now)  # type: ignore[attr-defined]
            if measured and above and bad >= objective.min_failures and not held:
                now.append(rule)
        for rule in rules:
            if rule in now and rule not in firing:
                firing[rule] = moment
            elif rule not in now and rule in firing:
                spans.append((rule.row.severity, rule.row.long_s, firing.pop(rule), float(moment)))
    spans += [(rule.row.severity, rule.row.long_s, begun, None) for rule, begun in firing.items()]  # type: ignore[attr-defined]
    return sorted(spans, key=lambda span: (span[2], span[1]))


def spans(alerts: Sequence[Fired]) -> Spans:
    return [(alert.severity, alert.rule.row.long_s, alert.start, alert.end) for alert in alerts]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alerts_are_those_of_a_recount_of_raw_events(seed: int) -> None:
    counted = rows(0.9, seed, troubles=8)
    counted.values[300:420] = 0.0
    short = Policy("short", (Row("page", 0.02, HOUR, 300.0), Row("ticket", 0.05, 4.0 * HOUR, 1200.0)), min_failures=9)
    for objective in (slo(), replace(slo(0.9995), policy=short)):
        expected = recounted(objective, counted, counted.start + 60)
        assert expected
        assert spans(fired(objective, counted, counted.start + 60)) == expected


def test_scraped_counters_are_counted_between_two_samples() -> None:
    """What the first sample of a window brings belongs to the time before, as `increase` has it."""
    valid = np.full(120, 1000.0)
    bad = np.zeros(120)
    # In five minutes of rows of a minute only four are between two samples: without the first one, nothing is bad.
    bad[60] = 1000.0
    counted = Counted(END - 119 * 60, 60, np.column_stack([bad, valid, np.full(120, 60.0)]))
    begin = counted.first + 60 * 60
    for scrape, lasts in ((0.0, 300), (60.0, 240)):
        (fast,) = [
            alert
            for alert in fired(slo(), replace(counted, scrape_s=scrape), counted.start)
            if alert.rule.row.long_s == HOUR
        ]
        assert (fast.start, fast.end) == (begin, begin + lasts)


def test_a_few_failures_of_a_quiet_service_wake_nobody() -> None:
    for failures, alerts in ((4.0, 0), (5.0, 1)):
        values = np.column_stack([np.zeros(200), np.full(200, 0.2), np.full(200, 60.0)])
        values[100:105] = [failures / 5, 1.0, 60.0]
        quiet = Counted(END - 199 * 60, 60, values)
        assert len([each for each in fired(slo(), quiet, quiet.start) if each.rule.row.long_s == HOUR]) == alerts


def test_rules_that_are_shorter_than_the_rows_are_left_out() -> None:
    hours = rows(6, 4, troubles=0).coarser(HOUR)
    hours.values[-30:-10, BAD] = 0.01 * hours.values[-30:-10, VALID]
    alerts = fired(slo(), hours, hours.start)
    assert {alert.rule.row.short_s for alert in alerts} == {2.0 * HOUR, 6.0 * HOUR}
    assert fired(slo(), replace(hours, values=np.where([[True, True, False]], hours.values, 0.0)), hours.start) == ()


def wanted(objective: Slo, catalog: Catalog, at: float, days: float) -> Wanted:
    info = catalog.named(objective.service)
    return Wanted(objective, info, catalog, at, days * DAY, hours_s=0.0, has_bounds=False)


def test_on_the_demo_alerts_are_at_the_known_incidents_and_nowhere_else() -> None:
    demo = DemoSource(start=END)
    catalog, at = demo.discover(END + HOUR), END + HOUR
    signals = {"availability": DemoSignal.ERRORS, "latency": DemoSignal.LATENCY}
    seen = set()
    happened = {incident.service for incident in INCIDENTS}
    for objective in active_slos(catalog):
        past = read_past(demo, wanted(objective, catalog, at, days=30 if objective.service in happened else 1))
        known = [
            incident
            for incident in INCIDENTS
            if (incident.service, incident.signal) == (objective.service, signals[objective.kind])
        ]
        for alert in fired(objective, past.own, past.since):
            # A rule may begin to fire for as long as its short window holds the end of it.
            begins = alert.start - END
            causes = [each for each in known if each.begin <= begins <= each.end + alert.rule.row.short_s]
            assert causes, (objective.name, alert)
            seen |= set(map(id, causes))
    # Burns of 1.44 % of an hour, or of 0.1 % of days.
    burning = [each for each in INCIDENTS if each.signal is DemoSignal.ERRORS]
    burning = [
        each for each in burning if each.size * min(each.end - each.begin, HOUR) > 0.0144 * HOUR or each.end > DAY
    ]
    assert [each.service for each in burning] == ["checkout", "recommendations", "cart"]
    assert [each for each in burning if id(each) not in seen] == []


def test_a_quiet_world_has_no_alert() -> None:
    demo = DemoSource(start=END, quiet=True)
    catalog = demo.discover(END)
    for objective in active_slos(catalog):
        past = read_past(demo, wanted(objective, catalog, END, days=3))
        assert fired(objective, past.own, past.since) == (), objective.name


def test_another_policy_and_window_have_thresholds_of_their_own() -> None:
    counted = rows(8, 5, troubles=0)
    counted.values[-200:, BAD] = 0.02 * counted.values[-200:, VALID]
    by_month = fired(slo(), counted, counted.start)
    by_week = fired(Candidate(window="7d").applied(slo()), counted, counted.start)
    assert {alert.rule.row.long_s for alert in by_month} >= {float(HOUR)}
    assert {alert.rule.threshold for alert in by_week} <= {row.threshold(7.0 * DAY) for row in WEEKLY.rows}
    assert {alert.severity for alert in fired(Candidate(policy="pages").applied(slo()), counted, counted.start)} == {
        "page"
    }
    assert counted.values[:, SECONDS].all()
