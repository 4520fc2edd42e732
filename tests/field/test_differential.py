"""Random servers: what the product says of each is what a simple count of the same samples says.

GS_SEEDS=300 python -m pytest tests/field/test_differential.py -s    for as many servers; CI tries a few.
GS_FIRST_SEED=300 makes others than those from 0 on.
"""

import math
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.web.status_json import as_json
from tests import remote_write
from tests.field import oracle
from tests.field.dialects import DIALECTS
from tests.field.generator import Service, World, messages, world
from tests.field.oracle import Count
from tests.servers import Server, prometheus

pytestmark = pytest.mark.servers

SEEDS, FIRST = int(os.environ.get("GS_SEEDS", "8")), int(os.environ.get("GS_FIRST_SEED", "0"))
# What few have: one whose only target is away for longer than its numbers are those of now, and for less than others'.
RARE = (156,)
# So many of them live on one Prometheus.
TOGETHER = 30
HOUR, SHORT = 3600, 300
# Seconds of the newest rows.
ROW = 15
# Burn rate of the fastest page, and the failures that it needs.
PAGE, FAILURES = 14.4, 5
PATIENCE = 300


def stale_after_s(scrape: float) -> float:
    """Seconds after which numbers are not those of now: five scrapes or three refreshes, and one to five minutes."""
    return min(max(5 * scrape, 3 * Settings().refresh, 60), PATIENCE)


@dataclass
class Findings:
    """What differs, by the rule that it breaks; how many ratios were compared, how many of them exactly; and means."""

    by_rule: dict[str, list[str]] = field(default_factory=dict)
    compared: int = 0
    exact: int = 0
    means: int = 0
    pairs: int = 0

    def add(self, rule: str, what: str) -> None:
        self.by_rule.setdefault(rule, []).append(what)

    def of(self, rule: str) -> list[str]:
        return self.by_rule.get(rule, [])


def status(server: Server, each: World) -> dict[str, Any]:
    """What the product says of a world."""
    poller = Poller(
        PrometheusSource(server.url, matchers={"case": each.case}), Settings(), clock=lambda: float(each.now)
    )
    poller.tick()
    poller.tick()
    said = as_json(poller.read(), each.now)
    for row in said["services"]:
        # The newest row is not always that of now.
        report = poller.snapshot.by_name[row["id"]]
        row["current_at"], row["mean"] = report.current.time, report.current.mean_latency
        row["scrape"] = report.info.scrape_interval
    said["notes"] = poller.snapshot.source.notes
    poller.source.close()
    return said


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    differing = Findings()
    seeds = list(dict.fromkeys([*RARE, *range(FIRST, FIRST + SEEDS)]))
    for first in range(0, len(seeds), TOGETHER):
        worlds = [world(seed) for seed in seeds[first : first + TOGETHER]]
        judge(tmp_path_factory.mktemp("worlds"), worlds, differing)
    compared = f"{differing.compared} ratios compared, {differing.exact} of them without an edge"
    print(f"\n{len(seeds)} servers, {differing.pairs} of pairs: {compared}; {differing.means} means")
    return differing


def judge(folder: Path, worlds: list[World], findings: Findings) -> None:
    """Compare what is said of some worlds with what is true of them."""
    server = prometheus(folder)
    # Backfilled files hold no native histograms.
    server.command += ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]
    server.start()
    try:
        remote_write.send(server.url, messages(worlds))
        for each in worlds:
            _Judge(each, status(server, each), findings).judge()
    finally:
        server.stop()


class _Judge:
    """Compares one world."""

    def __init__(self, each: World, said: dict[str, Any], findings: Findings) -> None:
        self.world, self.said, self.found = each, said, findings
        self.rows = {row["id"]: row for row in said["services"]}

    def judge(self) -> None:
        made = {service.id for service in self.world.services}
        for name in self.rows.keys() - made:
            self.found.add("shown", f"{self.world.case}: {name} is shown, and is no service")
        self._of_pair()
        for service in self.world.services:
            row = self.rows.get(service.id)
            # Whoever was never scraped cannot be known.
            if row is None and not any(len(counter.times) for counter in service.valid):
                continue
            if row is None and not self._is_named(service):
                self._add(service, "shown", f"is neither shown nor named: {dict(service.valid[0].labels)}")
            if row is None:
                continue
            self._of_service(service, row)

    def _of_pair(self) -> None:
        """Who counts everything twice is told so; ratios are what they are."""
        self.found.pairs += self.world.is_pair
        is_said = any("is there once for each Prometheus of a pair" in note for note in self.said["notes"])
        newest = [counter.times[-1] for each in self.world.services for counter in each.valid if len(counter.times)]
        has_series = max(newest, default=0.0) > (self.world.now - PATIENCE) * 1000
        if is_said and not self.world.is_pair:
            self.found.add("told", f"{self.world.case}: no pair of Prometheus is there")
        if has_series and self.world.is_pair and self.rows and not is_said:
            self.found.add("told", f"{self.world.case}: that all is counted twice is not said")

    def _is_named(self, service: Service) -> bool:
        """A note says that it counts something, of which nobody can tell whether it failed."""
        name, counter = service.id.split("/")[-1], DIALECTS[service.dialect].requests
        lines = [note for note in self.said["notes"] if f"no service is shown, as {counter} " in note]
        return not service.is_told and any(name in note.split(":")[0].split(", ") for note in lines)

    def _of_service(self, service: Service, row: dict[str, Any]) -> None:
        slos = [slo for slo in self.said["slos"] if slo["service_id"] == service.id]
        if not service.is_told:
            self._not_told(service, row)
            return
        if self.world.now - service.end > PATIENCE + 2 * service.scrape and row["health"] == "healthy":
            self._add(service, "told", "is healthy, and gone")
        self._interval(service, row)
        self._newest_row(service, row)
        for slo in slos:
            self._slo(service, slo, row["scrape"])
        self._health(service, row, slos)

    def _not_told(self, service: Service, row: dict[str, Any]) -> None:
        """Some of its requests have an outcome in words that nobody knows, or none at all."""
        at, now = row["current_at"], self.world.now
        newest = oracle.rated(service.unknown, (at or now) - 4 * service.scrape, at or now)
        if newest.events and row["signals"]["error_ratio"] is not None:
            self._add(service, "told", f"error ratio {row['signals']['error_ratio']}, and nobody can tell")
        if oracle.count(service.unknown, now - SHORT, now).events and row["health"] == "healthy":
            self._add(service, "told", "is healthy, and nobody can tell")

    def _interval(self, service: Service, row: dict[str, Any]) -> None:
        """None of its targets is scraped more seldom than is said: its failures would not be seen."""
        now = self.world.now * 1000
        here = [
            counter.scrape
            for counter in service.valid
            if len(counter.times) > 2 and counter.times[-3] > now - 4000 * counter.scrape
        ]
        # A new one has too few samples for more than the least.
        most = 2 * service.scrape if service.begin <= self.world.now - HOUR else math.inf
        if here and not max(here) <= row["scrape"] <= most:
            self._add(service, "ratios", f"is said to be scraped every {row['scrape']} s")

    # --- ratios ----------------------------------------------------------------------------------------------------

    def _newest_row(self, service: Service, row: dict[str, Any]) -> None:
        at = row["current_at"]
        if at is None:
            # A counter that begins with its first request is away from the replacement of its pod until then.
            newest = max((counter.times[-1] / 1000 for counter in service.valid if len(counter.times)), default=0.0)
            if newest > self.world.now - HOUR + service.scrape and service.is_scraped_now:
                self._add(service, "ratios", "has no newest row")
            return
        # A target that was away holds as few samples as one that is scraped more seldom: which window a rate is taken
        # over follows from what is said.
        start = at - 4 * row["scrape"]
        failed, valid = (oracle.rated(each, start, at) for each in (service.failed, service.valid))
        if row["mean"] is not None and row["mean"] != pytest.approx(service.mean, rel=1e-3):
            self._add(service, "ratios", f"its mean latency is {row['mean']}, not {service.mean}")
        self.found.means += row["mean"] is not None
        if self.world.now - at > stale_after_s(row["scrape"]):
            if row["signals"]["error_ratio"] is not None or row["health"] == "healthy":
                self._add(service, "told", f"is {row['health']} by numbers of {self.world.now - at:.0f} s ago")
        elif valid.events:
            self._compare(service, "newest row", row["signals"]["error_ratio"], failed, valid)

    def _slo(self, service: Service, slo: dict[str, Any], scrape: float) -> None:
        at = _seconds(slo["window"]["end"])
        bad, valid = self._counted(service, slo, 0, at)
        if valid.events:
            ratio = None if slo["sli"] is None else 1 - slo["sli"]
            self._compare(service, f"{slo['kind']} of all hours", ratio, bad, valid)
        for burn in slo["burn"]:
            if burn["window"] in ("5m", "30m") and burn["rate"] is not None:
                span = {"5m": 300, "30m": 1800}[burn["window"]]
                # Between two samples that both lie in the window.
                start = at - max(span - scrape, scrape)
                self._burn(service, slo, f"{slo['kind']} of {burn['window']}", burn["rate"], start, at)

    def _burn(self, service: Service, slo: dict[str, Any], what: str, rate: float, start: float, at: float) -> None:
        bad, valid = self._with_ahead(self._counted(service, slo, start, at), service, slo, at)
        # A window that cuts a row is known to that row.
        if start % ROW:
            cut = self._counted(service, slo, start - ROW, start + ROW)
            bad, valid = bad + Count(0.0, cut[0].events), valid + Count(0.0, cut[1].events)
        self._compare(service, what, rate * slo["budget"]["ratio"], bad, valid)

    def _with_ahead(
        self, counted: tuple[Count, Count], service: Service, slo: dict[str, Any], at: float
    ) -> tuple[Count, Count]:
        """Where nearly all of the newest scrape was bad, an outage may be taken to last until the next."""
        bad, valid = self._counted(service, slo, at - 1.5 * service.scrape, at)
        if bad.events < 0.9 * valid.events:
            return counted
        ahead = Count(0.0, valid.events)
        return counted[0] + ahead, counted[1] + ahead

    def _counted(self, service: Service, slo: dict[str, Any], start: float, end: float) -> tuple[Count, Count]:
        """Bad and valid events of an SLO in (start, end]."""
        if slo["kind"] == "availability":
            return oracle.failures(service, start, end)
        threshold = round(slo["threshold_s"], 9)
        if threshold not in service.shared:
            self._add(service, "ratios", f"latency is judged at {threshold}, which not all instances have")
            return Count(), Count()
        return oracle.slowness(service, threshold, start, end)

    def _compare(self, service: Service, what: str, ratio: float | None, part: Count, whole: Count) -> None:
        low, high = oracle.ratio_bounds(part, whole)
        self.found.compared += 1
        self.found.exact += not part.unsure and not whole.unsure
        if ratio is None or not low <= ratio <= high:
            self._add(service, "ratios", f"{what}: {ratio}, counted {part} of {whole}: {low:.6g} to {high:.6g}")

    # --- health ----------------------------------------------------------------------------------------------------

    def _health(self, service: Service, row: dict[str, Any], slos: list[dict[str, Any]]) -> None:
        now, health = self.world.now, row["health"]
        for slo in slos:
            limit = PAGE * slo["budget"]["ratio"]
            long, short = (self._counted(service, slo, now - span, now) for span in (HOUR, SHORT))
            ratios = [bad.events / valid.events if valid.events else 0.0 for bad, valid in (long, short)]
            if min(ratios) > limit and long[0].events >= FAILURES and health == "healthy":
                self._add(service, "page", f"is healthy, {slo['kind']} is over the budget of a page: {ratios}")
        failed, _ = oracle.failures(service, 0, now)
        bad = failed.events + sum(self._counted(service, slo, 0, now)[0].events for slo in slos)
        if not bad and health == "breaching":
            self._add(service, "fine", f"breaches, and nothing failed: {row['reasons']}")
        if not bad and health != "healthy" and self._is_well_known(service):
            self._add(service, "fine", f"is {health}, and nothing failed: {row['reasons']}")

    def _is_well_known(self, service: Service) -> bool:
        """It is scraped now, and was for an hour, and it has requests."""
        now = self.world.now
        is_seen = service.is_scraped_now and service.end == now and service.begin <= now - HOUR
        return is_seen and oracle.failures(service, now - SHORT, now)[1].events > 0

    def _add(self, service: Service, rule: str, what: str) -> None:
        self.found.add(rule, f"{self.world.case}: {service.id} ({service.kind}): {what}")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def test_ratios_are_what_was_counted(findings: Findings) -> None:
    assert findings.of("ratios") == []
    assert findings.exact > 0.2 * findings.compared > 0


def test_every_service_is_shown_and_nothing_else(findings: Findings) -> None:
    assert findings.of("shown") == []


def test_what_nobody_can_tell_is_never_good(findings: Findings) -> None:
    assert findings.of("told") == []


def test_over_the_budget_of_a_page_nothing_is_healthy(findings: Findings) -> None:
    assert findings.of("page") == []


def test_what_fails_in_nothing_never_breaches(findings: Findings) -> None:
    assert findings.of("fine") == []
