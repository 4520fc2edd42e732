"""What spends the budget of services on real servers: a route, an instance, a version and a pair are each named."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.sources import combined
from tests.field.series import HOUR, Series, text
from tests.servers import NOW, Server, filled
from tests.slow import KINDS

pytestmark = pytest.mark.servers

# Any labels, not only those that presets name, and one that is the same everywhere.
LABELS = {
    "handler": ("/pay", "/cart", "/list"),
    "pod": ("shop-1", "shop-2", "shop-3"),
    "version": ("41", "42"),
    "customer_tier": ("free", "gold"),
}
GUILTY: dict[str, dict[str, str]] = {
    "route": {"handler": "/pay"},
    "instance": {"pod": "shop-2"},
    "version": {"version": "42"},
    "pair": {"handler": "/cart", "customer_tier": "gold"},
    "everywhere": {},
}
USUAL = 0.01


@dataclass(frozen=True)
class Turning(Series):
    """A counter that grows otherwise in the last hour; `now_per_s`: growth a second then."""

    now_per_s: float = 0.0

    def lines(self, case: str) -> Iterator[str]:
        labels = ",".join(f'{name}="{value}"' for name, value in {**self.labels, "case": case}.items())
        for at in range(NOW - 2 * HOUR, NOW + 1, 60):
            value = self.per_s * min(at - (NOW - 2 * HOUR), HOUR) + self.now_per_s * max(at - (NOW - HOUR), 0)
            yield f"{self.metric}{{{labels}}} {value:.12g} {at}"


def requests(service: str, guilty: Mapping[str, str]) -> Iterator[Series]:
    """Requests by all labels; those that have the guilty ones fail, and are slow, far more often in the last hour."""
    for number, values in enumerate(product(*LABELS.values())):
        labels = {"job": service, "cluster": "eu", **dict(zip(LABELS, values, strict=True))}
        per_s = 1.0 + number % 5
        share = USUAL if not guilty.items() <= labels.items() else 0.2 if guilty else 4 * USUAL
        for metric, label, shares in (
            ("http_requests_total", "code", (("200", 1 - USUAL, 1 - share), ("500", USUAL, share))),
            ("http_request_duration_seconds_bucket", "le", (("0.5", 1 - USUAL, 1 - share), ("+Inf", 1.0, 1.0))),
        ):
            for value, before, now in shares:
                yield Turning(metric, {**labels, label: value}, per_s * before, now_per_s=per_s * now)


def notifications() -> Iterator[Series]:
    """Failures in a counter of its own, which has a label that requests lack; one way out fails in the last hour."""
    for integration, instance in product(("slack", "email", "pagerduty"), ("a:9093", "b:9093")):
        labels = {"job": "alerts", "integration": integration, "instance": instance}
        yield Turning("alertmanager_notifications_total", labels, 2.0, now_per_s=2.0)
        now = 0.6 if integration == "slack" else 2.0 * USUAL
        for reason in ("serverError", "other"):
            failed = {**labels, "reason": reason}
            yield Turning("alertmanager_notifications_failed_total", failed, USUAL, now_per_s=now / 2)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    every = [series for service, guilty in GUILTY.items() for series in requests(service, guilty)]
    upstream = filled(request.param, tmp_path_factory.mktemp("guilty"), text({"guilty": [*every, *notifications()]}))
    yield upstream
    upstream.stop()


def explained(server: Server, capsys: pytest.CaptureFixture[str], service: str, *arguments: str) -> dict[str, Any]:
    command = ["explain", "--prometheus", server.url, "--service", service, "--at", str(NOW), "--format", "json"]
    assert main([*command, *arguments]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_guilty_selection_is_named_by_whatever_labels_there_are(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    for service, guilty in GUILTY.items():
        answer = explained(server, capsys, service)
        assert [cause["labels"] for cause in answer["selections"]] == ([guilty] if guilty else []), service
        assert answer["tried"]["labels"] == {name: len(values) for name, values in LABELS.items()}
        assert answer["ratio_before"] == pytest.approx(USUAL, rel=0.01)
    assert answer["verdict"] == "no single cause"
    slow = explained(server, capsys, "pair", "--signal", "latency")
    assert [cause["labels"] for cause in slow["selections"]] == [GUILTY["pair"]]
    assert slow["ratio_without"] == pytest.approx(USUAL, rel=0.01)
    # The hour before was like the one before it.
    assert explained(server, capsys, "pair", "--at", str(NOW - HOUR), "--span", "25m")["verdict"] == "not worse"


def test_failures_that_are_counted_apart_are_told_by_the_labels_of_both(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explained(server, capsys, "alerts")
    assert [cause["labels"] for cause in answer["selections"]] == [{"integration": "slack"}]
    assert answer["tried"]["labels"] == {"integration": 3, "instance": 2}
    assert answer["selections"][0]["ratio"] == pytest.approx(0.3, rel=0.02)


def test_labels_of_too_many_values_are_tried_alone(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(combined, "COMBINATIONS_MAX", 4)
    for service in ("version", "route", "instance"):
        answer = explained(server, capsys, service)
        assert [cause["labels"] for cause in answer["selections"]] == [GUILTY[service]]
        assert {label["label"] for label in answer["tried"]["unused"]} == {"handler", "pod"}
        assert {label["why"] for label in answer["tried"]["unused"]} == {
            "with its 3 values there would be more than 4 combinations: it is tried alone"
        }
        assert answer["tried"]["labels"] == {name: len(values) for name, values in LABELS.items()}


def test_a_bad_version_is_worse_than_the_one_before_and_the_hour_worse_than_the_hour_before(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    def compared(service: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        command = ["compare", "--prometheus", server.url, "--service", service, "--at", str(NOW), "--format", "json"]
        code = main([*command, *arguments])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, {signal["signal"]: signal for signal in answer["signals"]}

    code, signals = compared("version", "--label", "version=41,42", "--span", "50m")
    assert (code, signals["errors"]["verdict"], signals["latency"]["verdict"]) == (1, "worse", "worse")
    assert signals["errors"]["ratio"] == pytest.approx(20, rel=0.05)
    # Any label of the series, not only those of the breakdown.
    code, signals = compared("pair", "--label", "customer_tier=free,gold", "--span", "50m")
    assert (code, signals["errors"]["verdict"]) == (1, "worse")
    # Routes that are alike have traffic enough to say so.
    code, signals = compared("everywhere", "--label", "handler=/cart,/list", "--span", "50m")
    assert (code, signals["errors"]["verdict"]) == (0, "same")
    code, signals = compared("route", "--change", f"{datetime.fromtimestamp(NOW - HOUR, UTC):%Y-%m-%dT%H:%M:%SZ}")
    assert (code, signals["errors"]["verdict"], signals["traffic"]["verdict"]) == (1, "worse", "same")
