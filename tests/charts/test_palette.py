"""Colours that people can read and tell apart, in both schemes."""

import re

import pytest

from dashboard.charts import palette
from dashboard.charts.palette import DARK, LIGHT

SCHEMES = pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])
STATUS = ("red", "amber", "green", "grey")
SERIES = ("p99", "p95", "p50", "server", "slow", "first", "memory", "cpu")


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_schemes_have_the_same_tokens() -> None:
    assert list(DARK) == list(LIGHT)


@SCHEMES
@pytest.mark.parametrize("name", ["text", "second", "third", *STATUS])
@pytest.mark.parametrize("ground", ["page", "card"])
def test_text_is_readable_on_pages_and_cards(scheme: dict[str, str], name: str, ground: str) -> None:
    assert contrast(scheme[name], scheme[ground]) >= 4.5, "WCAG 2.2, 1.4.3"


@SCHEMES
@pytest.mark.parametrize(
    "name", ["p99", "p95", "p50", "server", "slow", "first", "memory", "cpu", "ghost", "threshold"]
)
def test_lines_stand_out_from_their_card(scheme: dict[str, str], name: str) -> None:
    assert contrast(scheme[name], scheme["card"]) >= 3, "WCAG 2.2, 1.4.11"


@SCHEMES
def test_a_series_never_wears_the_colour_of_a_status(scheme: dict[str, str]) -> None:
    taken = {scheme[name] for name in STATUS} | {scheme[f"{name}_fill"] for name in STATUS}
    series = {scheme[name] for name in (*SERIES, "client")}
    assert not taken & series


@SCHEMES
def test_the_slowest_quantile_stands_out_most(scheme: dict[str, str]) -> None:
    p99, p95, p50 = (contrast(scheme[name], scheme["card"]) for name in ("p99", "p95", "p50"))
    assert p99 > p95 > p50


@SCHEMES
@pytest.mark.parametrize("kind", ["heat", "late"])
def test_more_on_a_heat_map_is_further_from_the_card(scheme: dict[str, str], kind: str) -> None:
    steps = [contrast(scheme[f"{kind}{place}"], scheme["card"]) for place in range(5)]
    assert steps[0] == 1
    assert steps == sorted(steps)


def test_a_browser_takes_the_colour_of_its_scheme() -> None:
    variables = dict(re.findall(r"--gs-([\w-]+):(light-dark\(.*?\));", palette.css_variables()))
    assert len(variables) == len(DARK)
    assert variables["red-fill"] == f"light-dark({LIGHT['red_fill']},{DARK['red_fill']})"
