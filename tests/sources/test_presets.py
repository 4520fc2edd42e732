"""Every query of every preset is PromQL by a real parser's word, with whatever matchers the user adds."""

import promql_parser
import pytest

from dashboard.sources.presets import PRESETS, Preset
from dashboard.sources.prometheus import Found, PrometheusSource, Question

HOSTILE = 'a"b\\c\nd'


def found(preset: Preset, by: tuple[str, ...]) -> Found:
    """The preset as a server would have it that knows all of it."""
    code = preset.codes[0] if preset.codes else None
    bounds = (("0.5", 0.5), ("+Inf", float("inf"))) if preset.bucket else ()
    names = ("/".join(f"{label}-{HOSTILE}" for label in by),)
    split = preset.split and bool(bounds) and code is not None
    return Found(preset, by, names, 15.0, code, bounds, split, preset.breakdowns, preset.saturation)


def questions(preset: Preset, matchers: dict[str, str]) -> list[Question]:
    source = PrometheusSource("http://127.0.0.1:9", matchers=matchers)
    asked: list[Question] = []
    for by in preset.services:
        one = found(preset, by)
        source._found = (one,)
        asked += source._signals(one, 15, None) + source._signals(one, 15, one.names[0]) + source._events(one, 3600)
        if preset.breakdowns:
            asked += source._signals(one, 15, one.names[0], label=preset.breakdowns[0])
    source.close()
    return asked


@pytest.mark.parametrize("matchers", [{}, {"cluster": "eu", "env": HOSTILE}], ids=["plain", "with matchers"])
@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
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
