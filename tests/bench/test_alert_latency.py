"""When a page fires and when it ends, beside a real Prometheus that evaluates the rules we write, on the same samples.

python -m pytest tests/bench/test_alert_latency.py -s; GS_BENCH_ALERTS=1 for all phases of scrapes and outage.
Nothing is waited for: the samples lie in the past, Prometheus evaluates the expressions of its alerts at each second of
them, and a clock that is moved by one refresh after the other takes the poller through the same time.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import httpx
import numpy as np
import pytest
import yaml

from dashboard.engine.default_slos import active_slos
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.rules import write_rules
from dashboard.slo.objective import Slo
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import HOUR
from tests.servers import NOW, Server, filled
from tests.steady import Clock

FULL = bool(os.environ.get("GS_BENCH_ALERTS"))
REFRESH = 15
# Requests fail from OUTAGE on; forty minutes after it has ended no window of a page holds a failure.
OUTAGE, LASTING, AFTER = NOW, 1500, 2400
BEGIN = OUTAGE - 7 * HOUR
PER_S = 10
# Share of the requests that always fail where some do.
TRICKLE = 0.0002
CASES = {"15": (15,), "30": (30,), "60": (60,), "mixed": (15, 30, 60)}


@dataclass(frozen=True)
class Outage:
    """How a service fails.

    Attributes:
        ratio: share of the requests of an instance that fail, 0–1. `lasting`: seconds, long enough for a page.
        instances: how many it has, of which one fails.
    """

    ratio: float
    lasting: int
    instances: int = 1


OUTAGES = {
    "all": Outage(1.0, 720),
    "four in five": Outage(0.8, 720),
    "one in five": Outage(0.2, 720),
    "one in twenty": Outage(0.05, LASTING),
    "one instance of three": Outage(1.0, 720, instances=3),
}


# The series of failures was there; it is new; and it is new beside another one.
KNOWN = ((True, False), (False, False), (False, True))


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        every, phase: seconds between the scrapes of an instance, and from the full minute to the first of the first.
        begins: seconds after OUTAGE at which its requests begin to fail.
        had_failures: some requests failed before, so that the series of failures exists.
        trickle: one in five thousand always fails, by another code: the series of the outage is new beside it.
    """

    outage: str
    every: int
    phase: int
    begins: int
    had_failures: bool
    trickle: bool = False

    @property
    def name(self) -> str:
        known = "known" if self.had_failures else "new-beside-others" if self.trickle else "new"
        return f"{self.outage.replace(' ', '-')}-every{self.every}-at{self.phase}-from{self.begins}-{known}"

    @property
    def lasting(self) -> int:
        return OUTAGES[self.outage].lasting

    def lines(self, case: str) -> Iterator[str]:
        for instance in range(OUTAGES[self.outage].instances):
            yield from self._instance(case, instance)

    def _instance(self, case: str, instance: int) -> Iterator[str]:
        # Instances are scraped one after the other.
        phase = (self.phase + instance * self.every // 3) % self.every
        at = np.arange(BEGIN + phase, OUTAGE + LASTING + AFTER, self.every)
        per_s = PER_S * OUTAGES[self.outage].ratio * (instance == 0)
        failing = np.floor(np.clip(at - OUTAGE - self.begins, 0, self.lasting) * per_s)
        always = np.floor((at - BEGIN) * PER_S * TRICKLE * self.trickle)
        # A counter that falls by the one request that always fails, while all do, would seem to begin anew.
        served = np.maximum.accumulate((at - BEGIN) * PER_S - failing - always)
        labels = f'job="{self.name}",instance="{self.name}-{instance}",case="{case}"'
        for code, values, there in (
            ("200", served, served >= 0),
            ("500", failing, self.had_failures | (failing > 0)),
            ("502", always, always > 0),
        ):
            known = np.broadcast_to(there, at.shape)
            rows = zip(values[known].tolist(), at[known].tolist(), strict=True)
            yield from (f'http_requests_total{{{labels},code="{code}"}} {value} {moment}' for value, moment in rows)


def services(case: str) -> list[Service]:
    """Of each interval and each outage one phase, and one way in which its failures are new, of all requests each way.

    In full each third of a scrape, up to four moments of a minute and all ways.
    """
    phases = {every: range(1, every, every // 3) if FULL else (every // 2 + 1,) for every in CASES[case]}
    return [
        Service(outage, every, phase, begins, had_failures, trickle)
        for every in CASES[case]
        for place, outage in enumerate(OUTAGES)
        for phase in phases[every]
        for begins in (range(1, 60, 34 if case == "mixed" else 17) if FULL else (4,))
        # The same outage is new in the other way with the next interval.
        for had_failures, trickle in (KNOWN if FULL or outage == "all" else [KNOWN[1 + (place + every // 30) % 2]])
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    cases = CASES if FULL else {"mixed": CASES["mixed"]}
    lines = [line for case in cases for service in services(case) for line in service.lines(case)]
    text = "\n".join(["# TYPE http_requests_total counter", *lines, "# EOF", ""])
    made = filled("prometheus", tmp_path_factory.mktemp("outage"), text)
    yield made
    made.stop()


# --- what Prometheus does -------------------------------------------------------------------------------------------


def alert_expressions(slos: tuple[Slo, ...], source: PrometheusSource) -> dict[str, list[str]]:
    """Service → the expressions of its pages, in which series that the rules record are what they are recorded from."""
    groups = yaml.safe_load(write_rules(slos, lambda term: source.expression(term)).text)["groups"]  # type: ignore[arg-type]
    expressions: dict[str, list[str]] = {}
    for group in groups:
        recorded = {
            selector(rule["record"], rule["labels"]): rule["expr"] for rule in group["rules"] if "record" in rule
        }
        for rule in group["rules"]:
            if rule.get("alert") == "ErrorBudgetBurn" and rule["labels"]["severity"] == "page":
                expressions.setdefault(rule["labels"]["service"], []).append(inlined(rule["expr"], recorded))
    return expressions


def selector(name: str, labels: Mapping[str, str]) -> str:
    return f"{name}{{{','.join(f'{label}={text!r}'.replace(chr(39), chr(34)) for label, text in labels.items())}}}"


def inlined(expression: str, recorded: Mapping[str, str]) -> str:
    """The expression with the rules' own in the place of the series they record, evaluated once a minute in ranges."""
    for _ in range(5):
        for series, rule in recorded.items():
            expression = re.sub(
                re.escape(series) + r"(\[\d+[smhd](:\d+[smhd])?\])?",
                lambda match, rule=rule: f"({rule}){ranged(match[1])}",
                expression,
            )
    return expression


def ranged(span: str | None) -> str:
    return "" if span is None else span if ":" in span else f"{span[:-1]}:1m]"


def paged_by_prometheus(server: Server, expressions: list[str]) -> np.ndarray:
    """Seconds after OUTAGE at which an evaluation would fire."""
    query = " or ".join(f"({expression})" for expression in expressions)
    end = OUTAGE + LASTING + AFTER - 60
    moments: list[int] = []
    for start in range(OUTAGE, end, 3600):
        form = {"query": query, "start": start, "end": min(start + 3599, end), "step": 1}
        answer = httpx.post(f"{server.url}/api/v1/query_range", data=form, timeout=300).raise_for_status().json()
        moments += [int(point[0]) - OUTAGE for row in answer["data"]["result"] for point in row["values"]]
    return np.unique(moments)


def refreshes_near(paged: Iterable[np.ndarray]) -> list[int]:
    """The refreshes about the first and the last second of pages, in order: between them nothing changes."""
    changes = {int(change) // REFRESH * REFRESH for seconds in paged for change in (seconds[0], seconds[-1])}
    return sorted({change + offset for change in changes for offset in range(-60, 61, REFRESH)})


# --- what we do -----------------------------------------------------------------------------------------------------


def paged_by_us(server: Server, case: str, moments: list[int]) -> dict[str, list[int]]:
    """Service → seconds after OUTAGE of the refreshes at which it pages."""
    clock = Clock(OUTAGE - 300)
    poller = Poller(PrometheusSource(server.url, matchers={"case": case}), Settings(refresh=REFRESH), clock=clock)
    pages: dict[str, list[int]] = {}
    for moment in moments:
        clock.now = OUTAGE + moment + 0.5
        poller.tick()
        for report in poller.snapshot.slos:
            pages.setdefault(report.slo.service, [])
            if report.paging:
                pages[report.slo.service].append(moment)
    poller.stop()
    return pages


@pytest.mark.servers
@pytest.mark.parametrize("case", CASES if FULL else ["mixed"])
def test_no_page_comes_or_ends_more_than_a_refresh_later_than_with_prometheus(server: Server, case: str) -> None:
    source = PrometheusSource(server.url, matchers={"case": case})
    catalog = source.discover(OUTAGE)
    source.adopt(catalog)
    expressions = alert_expressions(active_slos(catalog), source)
    source.close()
    fired_by_theirs = {service: paged_by_prometheus(server, expressions[service.name]) for service in services(case)}
    moments = list(range(-60, LASTING + AFTER - 60, REFRESH)) if FULL else refreshes_near(fired_by_theirs.values())
    ours = paged_by_us(server, case, moments)
    late: dict[tuple[int, str], list[tuple[int, int]]] = {}
    missing: dict[str, list[int]] = {}
    for service, theirs in fired_by_theirs.items():
        mine = ours[service.name]
        assert len(theirs), service
        assert mine, service
        # The first second and the last, against the first refresh and the one after the last.
        fired, ended = min(mine) - int(theirs[0]), max(mine) + REFRESH - int(theirs[-1]) - 1
        late.setdefault((service.every, service.outage), []).append((fired, ended))
        fires_for_a_refresh = {moment for moment in moments if np.isin(moment - np.arange(REFRESH + 1), theirs).all()}
        if missed := sorted(fires_for_a_refresh - set(mine)):
            missing[service.name] = missed
    for (every, outage), seconds in late.items():
        fired, ended = np.array(seconds).T
        print(
            f"\n{case}, {every} s, {outage}: {len(fired)} outages: fires {fired.min()} to {fired.max()} s after "
            f"Prometheus (median {np.median(fired):.0f}), ends {ended.min()} to {ended.max()} s "
            f"(median {np.median(ended):.0f})"
        )
    assert {place: seconds for place, seconds in late.items() if np.max(seconds) > REFRESH} == {}
    assert missing == {}, "no page at refreshes before which Prometheus fired for as long as a refresh"
