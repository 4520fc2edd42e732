"""Every query of every preset is PromQL by a real parser's word, with whatever matchers the user adds."""

import promql_parser
import pytest

from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.candidates import NATIVE, candidates
from dashboard.sources.prometheus.discovery import Found
from dashboard.sources.prometheus.presets import PRESETS, Preset
from dashboard.sources.prometheus.signal_queries import Question, events, signals

SERVICE = "shop"
# As they are, and those whose requests a native histogram counts.
EVERY = (*PRESETS, *candidates(set(), NATIVE))
HOSTILE = 'a"b\\c\nd'


def found(preset: Preset, by: tuple[str, ...], match: str) -> Found:
    """The preset as a server would have it that knows all of it."""
    code = preset.codes[0] if preset.codes else None
    bounds = (("0.5", 0.5), ("+Inf", float("inf"))) if preset.bucket else ()
    place = tuple(f"{label}-{HOSTILE}" for label in by)
    split = preset.split and bool(bounds) and code is not None
    return Found(preset, by, {SERVICE: place}, 15.0, frozenset([SERVICE]), match, code, bounds, split,
                 preset.breakdowns, preset.saturation, native=bool(preset.native))  # fmt: skip


def questions(preset: Preset, matchers: dict[str, str]) -> list[Question]:
    asked: list[Question] = []
    for by in preset.services:
        one = found(preset, by, selectors.matchers(matchers))
        asked += signals(one, 15) + signals(one, 15, SERVICE) + events(one, 3600, 0.5)
        if preset.breakdowns:
            asked += signals(one, 15, SERVICE, label=preset.breakdowns[0])
    return asked


@pytest.mark.parametrize("matchers", [{}, {"cluster": "eu", "env": HOSTILE}], ids=["plain", "with matchers"])
@pytest.mark.parametrize("preset", EVERY, ids=[f"{preset.name}{' native' * bool(preset.native)}" for preset in EVERY])
def test_its_queries_parse(preset: Preset, matchers: dict[str, str]) -> None:
    asked = questions(preset, matchers)
    assert asked
    for question in asked:
        promql_parser.parse(question.query)
        for label in matchers:
            assert label in question.query


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset.requests], ids=lambda preset: preset.name)
def test_the_rate_is_taken_before_the_sum(preset: Preset) -> None:
    for question in questions(preset, {}):
        if question.measure in ("requests", "errors", "latency", "failed_latency"):
            assert "sum by" in question.query
            assert "rate(sum" not in question.query
            assert "increase(sum" not in question.query
