"""No answer is larger than a machine reads, whatever is in it; what was left out is counted."""

import json
from typing import Any

import pytest

from dashboard.web.mcp.bounded import MOST, written

RESOURCES = {f"resource-{number}-{'x' * 30}": 0.5 for number in range(300)}


@pytest.mark.parametrize(
    ("content", "left_out"),
    [
        ({"signals": {"saturation": RESOURCES}}, {"saturation": 282}),
        ({"slos": [{"slo": "a", "burn": [{"rate": 1.0}] * 1000}]}, {"burn": 938}),
        ({"reasons": ["é" * 5000] * 40, "nearest": ["n"]}, {"reasons": 34}),
        ({f"table {number}": RESOURCES for number in range(9)}, None),
        ({"service": "x" * 9000, "labels": {"k" * 999 + str(number): number for number in range(3)}}, None),
    ],
    ids=["a table", "a list in a member of a list", "texts", "many tables", "long names"],
)
def test_an_answer_has_room_and_counts_what_it_leaves_out(
    content: dict[str, Any], left_out: dict[str, int] | None
) -> None:
    text = written(content, "more")
    read = json.loads(text)
    assert len(text.encode()) <= MOST
    assert left_out is None or read["left_out"] == left_out
    assert list(read)[: len(content)] == list(content)


def test_names_that_are_cut_stay_different_ones() -> None:
    read = json.loads(written({"labels": {"k" * 999 + str(number): number for number in range(3)}}))
    assert sorted(read["labels"].values()) == [0, 1, 2]


def test_long_lists_give_way_before_any_value_beside_them() -> None:
    entry = {"id": "a", "services": ["shop"] * 900, "slos": [{"slo": "b"}] * 500, "sentence": "It burns.", "page": "/"}
    (read,) = json.loads(written({"entries": [entry]}))["entries"]
    assert (read["id"], read["sentence"], read["page"]) == ("a", "It burns.", "/")
    assert read["services"][0] == "shop"
    assert read["slos"][0] == {"slo": "b"}
