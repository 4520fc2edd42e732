"""A place names file, line and key; where a key is missing, the line of what encloses it."""

import pytest

from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place

TEXT = """
title = "a"
[source]
url = "http://a"
[source.headers]
"X.[Y" = "b"

[[slas]]
slo = "a"
credits = [
    { below = 0.9 },
]
"""
TOP = Place("conf/golden.toml", lines=key_lines(TEXT))


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("title",), "2: title"),
        (("source", "url"), "4: source.url"),
        (("source", "timeout"), "3: source.timeout"),
        (("source", "headers", "X.[Y"), '6: source.headers."X.[Y"'),
        (("source", "headers", "Z.[Z"), '5: source.headers."Z.[Z"'),
        (("slas", 1), "8: slas[1]"),
        (("slas", 1, "objective"), "8: slas[1].objective"),
        (("slas", 1, "credits", 1, "credit"), "11: slas[1].credits[1].credit"),
        (("slas", 1, "credits", 2), "10: slas[1].credits[2]"),
        (("services",), "1: services"),
    ],
)
def test_the_nearest_line_that_stands_there(keys: tuple[str | int, ...], named: str) -> None:
    assert TOP.at(*keys) == f"conf/golden.toml:{named}"
    assert TOP.inside(*keys).at() == f"conf/golden.toml:{named}"


def test_without_a_file_the_key_alone() -> None:
    assert Place().at("slas", 1, "slo") == "slas[1].slo"
    assert Place(key="GOLDEN_SIGNALS_PASSWORD").at() == "GOLDEN_SIGNALS_PASSWORD"
