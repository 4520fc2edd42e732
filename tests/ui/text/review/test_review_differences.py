"""What is known otherwise since a review was signed off, and time without usable data, in sentences."""

import json
from dataclasses import replace

from dashboard.review.review import Gap
from dashboard.ui.text import units
from dashboard.ui.text.review.review_differences import differences
from dashboard.ui.text.review.review_gaps import gaps
from tests.review import samples


def written_json(*objectives: dict[str, object]) -> str:
    return json.dumps({"objectives": [{"objective": 0.999, "coverage": 1.0, **each} for each in objectives]})


def test_what_differs_since_it_was_signed_is_said() -> None:
    then = written_json(
        {"service": "a", "slo": "x", "verdict": "missed", "achieved": 0.99, "spent": 1.4},
        {"service": "b", "slo": "y", "verdict": "met", "achieved": 0.9999, "spent": 0.1},
    )
    now = written_json(
        {"service": "a", "slo": "x", "verdict": "met", "achieved": 0.9995, "spent": 0.5},
        {"service": "c", "slo": "z", "verdict": "no_data", "achieved": None, "spent": None},
    )
    assert [sentence.replace("\u00a0", " ") for sentence in differences(then, now)] == [
        "a, x: met, where it was missed; 99.950 % achieved, where it was 99.000 %; "
        "50 % of the budget used, where it was 140 %.",
        "c, z: was not part of it.",
        "b, y: is not known any more.",
    ]
    assert differences(then, then) == []
    assert differences("", now) == ["What was signed cannot be compared with what is known now."]


def test_corrected_incidents_deploys_and_agreements_differ_too() -> None:
    def incident(number: str, start: str, change: str | None = None) -> dict[str, object]:
        return {"id": number, "services": ["a"], "start": f"2026-10-{start}Z", "end": None, "change": change}

    def known(share: float, met: bool, failed: int, *incidents: dict[str, object]) -> str:
        parts = [{"cause": "incident", "share": share}, {"cause": "background", "share": 1 - share}]
        of = {"service": "a", "slo": "x", "verdict": "met", "spending": parts, "sla": {"met": met, "credit": None}}
        services = [{"service": "a", "deploys": {"number": 2, "failed": failed}}]
        whole = {"period": {"time_zone": "Europe/Berlin"}, "services": services, "incidents": incidents}
        return json.dumps({**whole, "objectives": [of]})

    then = known(0.3, True, 0, incident("1", "14T16:02:00"), incident("2", "15T10:00:00"))
    now = known(0.4, False, 1, incident("1", "14T15:50:00", "v2"), incident("3", "16T10:00:00"))
    assert [sentence.replace("\u00a0", " ") for sentence in differences(then, now)] == [
        "a, x: 40 % of the budget spent on other incidents, where it was 30 %; 60 % of the budget spent on what no "
        "incident explains, where it was 70 %; SLA not met, where it was met.",
        "Incident of a, Wed 14 Oct, 18:02: began Wed 14 Oct, 17:50, where it was Wed 14 Oct, 18:02; "
        "a change is to blame.",
        "Incident of a, Fri 16 Oct, 12:00: was not part of it.",
        "Incident of a, Thu 15 Oct, 12:00: is not known any more.",
        "a: 2 deploys, 1 of which failed, where it was 2 deploys, 0 of which failed.",
    ]
    assert differences(then, then) == []


def test_what_is_measured_now_and_then_has_one_sentence_for_all_its_gaps() -> None:
    nights = tuple(Gap(samples.at(f"{day} 05:00"), samples.at(f"{day + 1} 04:00"), "") for day in range(1, 30))
    first, *_ = samples.objectives()
    moved = Gap(samples.at("30 10:00"), samples.at("30 12:00"), "moved")
    known = samples.review(objectives=(replace(first, gaps=(*nights, moved)),))
    assert [units.plain(sentence).replace("\u00a0", " ") for sentence in gaps(known)] == [
        "No usable data for checkout: 29 stretches, about 28 days in all, 1 Oct 2026 05:00 – 30 Oct 2026 04:00 UTC. "
        "That time counts neither way.",
        "No usable data for checkout: 30 Oct 2026 10:00 – 12:00 UTC (moved).",
    ]
