"""Alerts of others on real servers: counts, flaps and impact are exactly those of the plan they were filled by."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.cli import main
from dashboard.config.configuration import Config
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.alertmanager.spec import AlertmanagerSpec
from dashboard.sources.prometheus.events import alert_series
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.ui.text import alert_text
from dashboard.web.incidents.alerts_json import as_json
from tests.servers import NOW, Server, alertmanager, filled
from tests.slow import KINDS

pytestmark = pytest.mark.servers

MINUTE, HOUR, DAY = 60, 3600, 86400
DAYS = 9
END = NOW // HOUR * HOUR
START = END - DAYS * DAY
HOLD = 600
# Hours after the start at which budgets burn: the service, and for how many hours.
BURNING = {"shop": ((30, 2), (101, 1)), "mail": ((60, 3),)}
RATE = 120


@dataclass(frozen=True)
class Planned:
    """An alert of a rule.

    Attributes:
        labels: beside its state. `every`: seconds between two evaluations. `shift`: of the first, in seconds.
        firing: pairs of seconds after the start: its first evaluation that fires, and how many do.
        service: that it is about; None: of none.
    """

    labels: Mapping[str, str]
    firing: Sequence[tuple[int, int]]
    every: int = MINUTE
    shift: int = 7
    service: str | None = None

    @property
    def intervals(self) -> list[tuple[int, int]]:
        """Epoch seconds of its firsts, and of the evaluations that found it no more."""
        starts = [(START + first + self.shift, count) for first, count in self.firing]
        return [(start, start + count * self.every) for start, count in starts]

    def lines(self) -> Iterator[str]:
        labels = ",".join(f'{name}="{value}"' for name, value in {**self.labels, "alertstate": "firing"}.items())
        for start, count in self.firing:
            for number in range(count):
                yield f"ALERTS{{{labels}}} 1 {START + start + self.shift + number * self.every}"


def hours(number: float) -> int:
    return int(number * HOUR)


ERRORS = {"alertname": "HighErrorRate", "severity": "page", "job": "shop"}
DISK = {"alertname": "DiskFilling", "severity": "critical", "job": "shop"}
OURS = {
    "alertname": "ErrorBudgetBurn", "severity": "page", "slo": "shop-availability", "service": "shop",
    "long": "1h", "short": "5m",
}  # fmt: skip
PLAN = (
    Planned({"alertname": "Watchdog", "severity": "none"}, [(0, DAYS * 1440)]),
    # Fires in a burning hour, again after 4 and after 11 minutes, and once on a quiet day.
    Planned(
        ERRORS,
        [(hours(30.1), 20), (hours(30.1) + 24 * MINUTE, 5), (hours(30.1) + 41 * MINUTE, 5), (hours(150), 1)],
        service="shop",
    ),
    Planned({**DISK, "instance": "a"}, [(hours(h), 3) for h in (10, 34, 58, 82, 106.5)], service="shop"),
    Planned({**DISK, "instance": "b"}, [(hours(h) + MINUTE, 3) for h in (10, 34, 58)], service="shop"),
    # A group of its own, evaluated more often; at whole quarters of minutes.
    Planned({"alertname": "SlowBatch", "severity": "warning", "app": "mail"},
            [(hours(60) + n * 5 * 45, 4) for n in range(12)], every=15, shift=0, service="mail"),
    Planned(OURS, [(hours(101.2), 60)], service="shop"),
    Planned({"alertname": "NodeDown", "severity": "critical"}, [(DAYS * DAY - 5 * MINUTE, 6)], shift=0),
)  # fmt: skip


def requests() -> Iterator[str]:
    """Requests of two services, of which one in fifty fails while their budgets burn."""
    for service, burning in BURNING.items():
        served = failed = 0
        for at in range(START, END + 1, MINUTE):
            hour = (at - START - 1) // HOUR
            bad = RATE // 10 if any(first <= hour < first + count for first, count in burning) else 0
            served, failed = served + RATE - bad, failed + bad
            labels = f'job="{service}",handler="/"'
            yield f'http_requests_total{{{labels},code="200"}} {served} {at}'
            yield f'http_requests_total{{{labels},code="500"}} {failed} {at}'


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    lines = [*requests(), *(line for alert in PLAN for line in alert.lines())]
    upstream = filled(request.param, tmp_path_factory.mktemp("alerts"), "\n".join([*lines, "# EOF", ""]))
    yield upstream
    upstream.stop()


def alerts(server: Server, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["alerts", "--prometheus", server.url, "--at", str(END), "--format", "json", *arguments]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def expected(name: str) -> dict[str, Any]:
    """What the plan says of a rule."""
    planned = [alert for alert in PLAN if alert.labels["alertname"] == name]
    every = [(alert, start, end) for alert in planned for start, end in alert.intervals]
    touched = judged = flapped = 0
    for alert in planned:
        for (_, before), (start, _) in zip(alert.intervals, alert.intervals[1:], strict=False):
            flapped += start - before <= HOLD
        for start, end in alert.intervals:
            burning = [(START + hours(h), START + hours(h + n)) for h, n in BURNING.get(alert.service or "", ())]
            judged += alert.service is not None
            touched += any(begin < end and stop > start for begin, stop in burning)
    firing_s = sum(min(end, END) - start for _, start, end in every)
    return {"fired": len(every), "flapped": flapped, "firing_s": firing_s, "judged": judged, "touched": touched}


def test_counts_flaps_and_impact_are_those_of_the_plan(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    answer = alerts(server, capsys)
    rules = {rule["alert"]: rule for rule in answer["quality"]["rules"]}
    assert set(rules) == {alert.labels["alertname"] for alert in PLAN}
    for name, rule in rules.items():
        assert {key: rule[key] for key in expected(name)} == expected(name), name
    assert {rule["alert"]: rule["times_paged"] for rule in rules.values() if rule["pages"]} == {
        # Within ten minutes of being over it is the same page; two instances at once are one.
        "HighErrorRate": 3,
        "DiskFilling": 5,
        "ErrorBudgetBurn": 1,
        "NodeDown": 1,
    }
    assert rules["ErrorBudgetBurn"]["burn_alert_of"] == "golden-signals"
    assert [rule["alert"] for rule in answer["quality"]["without_impact"]] == ["DiskFilling"]
    # The server holds nine days: weeks before say nothing.
    quality = answer["quality"]
    assert (quality["pages"], quality["nights"]) == (10, DAYS)
    assert quality["pages_per_week"] == pytest.approx(10 * 7 / DAYS, rel=0.01)
    assert answer["reading"] is False
    assert answer["resolution_s"] is None


def test_what_fires_now_stands_with_its_service_and_spending_nobody_was_paged_for_is_found(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = alerts(server, capsys)
    firing = {current["alert"]: current for current in answer["firing"]}
    assert set(firing) == {"Watchdog", "NodeDown"}
    assert (firing["NodeDown"]["service"], firing["NodeDown"]["pages"]) == (None, True)
    # Without an Alertmanager nobody knows.
    assert firing["NodeDown"]["suppression"] is None
    assert firing["NodeDown"]["for_s"] == 5 * MINUTE
    [unpaged] = answer["quality"]["unpaged"]
    assert (unpaged["service"], unpaged["slo"]) == ("mail", "mail-availability")
    assert unpaged["bad"] == pytest.approx(3 * 60 * RATE // 10, rel=0.01)


def test_a_silence_stands_at_its_alert_and_is_not_believed_once_alertmanager_is_away(
    server: Server, tmp_path: Path
) -> None:
    routes = alertmanager(tmp_path)
    routes.start()
    silence = {"matchers": [{"name": "alertname", "value": "NodeDown", "isRegex": False}], "createdBy": "Ana"}
    ends = {"startsAt": f"{datetime.fromtimestamp(END - HOUR, UTC):%FT%TZ}", "endsAt": "2099-01-01T00:00:00Z"}
    httpx.post(f"{routes.url}/api/v2/silences", json={**silence, **ends, "comment": "reboots"}).raise_for_status()
    # As Prometheus sends it, with a label of its own; and one of another Prometheus.
    known = [{**PLAN[-1].labels, "replica": "1"}, {"alertname": "QueueFull", "severity": "page", "app": "mail"}]
    httpx.post(f"{routes.url}/api/v2/alerts", json=[{"labels": labels, **ends} for labels in known]).raise_for_status()
    config = Config(PrometheusSpec(server.url), alertmanager=AlertmanagerSpec((routes.url,)))
    now = [float(END)]
    settings = Settings(alertmanager=config.alertmanager)
    poller = Poller(open_source(config, now=END), settings, clock=lambda: now[0])
    poller.tick()
    poller.alerts.read_all(END)
    poller.tick()
    answer = as_json(poller.read(), now[0])
    firing = {current["alert"]: current for current in answer["firing"]}
    down, queue, watchdog = (firing[name] for name in ("NodeDown", "QueueFull", "Watchdog"))
    assert (down["suppression"], down["silences"][0]["by"], down["silences"][0]["comment"]) == (
        "silenced", "Ana", "reboots",
    )  # fmt: skip
    assert down["sentence"].endswith("silenced by Ana until 1 Jan 2099: “reboots”")
    assert (queue["service"], queue["receivers"], queue["labels"]["app"]) == ("mail", ["pager"], "mail")
    assert (watchdog["routed"], watchdog["suppression"]) == (False, None)
    assert watchdog["sentence"].endswith(", not known to Alertmanager")
    assert answer["alertmanager"]["state"] == "ok"
    routes.stop()
    now[0] += 70
    # Also where nobody refreshes any more.
    answer = as_json(poller.read(), now[0])
    assert answer["alertmanager"]["state"] == "stale"
    [down] = [current for current in answer["firing"] if current["alert"] == "NodeDown"]
    assert (down["suppression"], down["silences"][0]["by"]) == (None, "Ana")
    assert down["sentence"].endswith("not known whether it is silenced")
    poller.tick()
    poller.alerts.read_all(now[0])
    poller.tick()
    said = list(alert_text.remarks(poller.read().alerts, "UTC", now[0]))
    assert len(said) == 1
    assert said[0].startswith("Alertmanager has not answered since ")
    assert "which alerts are silenced is not known" in said[0]
    assert "cannot be reached" in said[0]
    poller.stop()


def test_of_too_many_samples_only_some_are_read_and_that_is_said(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The watchdog alone has more of them a day.
    monkeypatch.setattr(alert_series, "SAMPLES_MAX", 1000)
    answer = alerts(server, capsys)
    assert answer["resolution_s"] == alert_series.SPACING == 300
    rules = {rule["alert"]: rule for rule in answer["quality"]["rules"]}
    assert rules["Watchdog"]["fired"] == 1
    assert rules["Watchdog"]["firing_s"] == pytest.approx(DAYS * DAY, abs=600)
    assert rules["DiskFilling"]["fired"] == expected("DiskFilling")["fired"]
    assert rules["ErrorBudgetBurn"]["firing_s"] == pytest.approx(expected("ErrorBudgetBurn")["firing_s"], abs=600)
