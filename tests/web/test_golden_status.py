"""The whole JSON contract: every key and value of the demo's status, as a person read them once."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.golden_status import DOCUMENT, differences, status

KEPT = json.loads(DOCUMENT.read_text(encoding="utf-8"))
# Keys that scripts rely on: further ones may join them, none may go.
RELIED_ON = {
    "": {"at", "source", "services", "slos"},
    "source": {"kind", "state", "partial", "data_age_s", "message", "bad_rows"},
    "services": {"service", "health", "signals", "anomalies"},
    "services.signals": {
        "latency_p50_s", "latency_p95_s", "latency_p99_s", "traffic_per_s", "error_ratio", "saturation"},
    "services.anomalies": {"signal", "since", "p_value", "expected", "value"},
    "slos": {"service", "slo", "objective", "method", "window", "good", "valid", "bad", "sli", "sli_interval",
             "coverage", "budget", "burn", "alerts", "exhausts_in_s", "state"},
    "slos.window": {"duration", "rolling", "start", "end", "time_zone"},
    "slos.budget": {"ratio", "spent", "remaining", "remaining_events", "remaining_s"},
    "slos.burn": {"window", "rate", "good", "valid", "coverage"},
    "slos.alerts": {"severity", "long", "short", "threshold", "long_rate", "short_rate", "firing"},
}  # fmt: skip


def test_the_status_of_the_demo_is_what_was_read_and_kept() -> None:
    different = list(differences(KEPT, status()))
    remedy = "if that is meant: .venv/bin/python -m tests.web.golden_status, and read what changed"
    assert not different, "\n".join([f"{len(different)} differences; {remedy}", *different[:20]])


def parts(place: str) -> list[dict[str, Any]]:
    """All objects of the kept document at a place such as `slos.burn`."""
    values_here = [KEPT]
    for name in filter(None, place.split(".")):
        values = [part[name] for part in values_here]
        values_here = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
    return values_here


@pytest.mark.parametrize("place", RELIED_ON)
def test_every_key_that_scripts_rely_on_is_there(place: str) -> None:
    assert parts(place)
    assert all(RELIED_ON[place] <= part.keys() for part in parts(place))


def test_the_numbers_of_an_slo_fit_one_another() -> None:
    for slo in KEPT["slos"]:
        assert slo["good"] + slo["bad"] == pytest.approx(slo["valid"])
        assert slo["sli"] == pytest.approx(slo["good"] / slo["valid"])
        assert slo["sli_interval"][0] <= slo["sli"] <= slo["sli_interval"][1]
        assert slo["budget"]["ratio"] == pytest.approx(1 - slo["objective"])
        assert slo["budget"]["spent"] + slo["budget"]["remaining"] == pytest.approx(1)
        assert slo["budget"]["spent"] == pytest.approx(slo["bad"] / slo["valid"] / slo["budget"]["ratio"])
        rates = {burn["window"]: burn["rate"] for burn in slo["burn"]}
        for alert in slo["alerts"]:
            assert (alert["long_rate"], alert["short_rate"]) == (rates[alert["long"]], rates[alert["short"]])


def change(path: list[Any], value: Any) -> Callable[[Any], None]:
    def changed(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return changed


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        (change(["slos", 0, "sli"], KEPT["slos"][0]["sli"] * (1 + 1e-8)), ".slos[0].sli: "),
        (change(["slos", 0, "coverage"], None), ".slos[0].coverage: "),
        (change(["source", "partial"], 0), ".source.partial: "),
        (change(["services", 1, "health"], "well"), ".services[1].health: "),
        (change(["services", 0, "more"], 1), ".services[0]: keys "),
        (lambda document: document["slos"].pop(), ".slos: "),
        (lambda document: document["source"].pop("message"), ".source: keys "),
        (lambda document: document["source"].update(kind=document["source"].pop("kind")), ".source: keys "),
    ],
)
def test_any_change_is_seen(changed: Callable[[Any], Any], place: str) -> None:
    document = copy.deepcopy(KEPT)
    changed(document)
    (found,) = differences(KEPT, document)
    assert found.startswith(place)


def test_what_another_processor_leaves_of_a_number_is_no_change() -> None:
    document = copy.deepcopy(KEPT)
    document["slos"][0]["sli"] *= 1 + 1e-12
    assert not list(differences(KEPT, document))
