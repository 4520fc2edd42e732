"""Every query of every preset is PromQL by a real parser's word, with whatever matchers the user adds."""

import promql_parser
import pytest

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets import presets
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.queries.signal_queries import increases, rates, totals
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.search.candidates import candidates, native_names

SERVICE = "shop"
# As they are, and those whose requests a native histogram counts.
EVERY = (*presets(), *candidates(presets(), set(), native_names(presets())))
HOSTILE = 'a"b\\c\nd'


def instrumentation(preset: Preset, labels: tuple[str, ...], matchers: str) -> Instrumentation:
    """The preset as a server would have it that knows all of it."""
    outcome = preset.outcomes[0] if preset.outcomes else None
    bounds = (("0.5", 0.5), ("+Inf", float("inf"))) if preset.bucket else ()
    return Instrumentation(
        preset,
        labels,
        {SERVICE: tuple(f"{label}-{HOSTILE}" for label in labels)},
        scrape_interval=15.0,
        owned=frozenset([SERVICE]),
        matchers=matchers,
        outcome=outcome,
        bounds=bounds,
        latency_by_outcome=preset.latency_by_outcome and bool(bounds) and outcome is not None,
        labels=preset.breakdowns,
        resources=preset.resources,
        native=bool(preset.native),
    )


def queries(preset: Preset, matchers: dict[str, str]) -> list[SignalQuery]:
    every: list[SignalQuery] = []
    for labels in preset.service_labels:
        known = instrumentation(preset, labels, selectors.matchers(matchers))
        every += rates(known, 15) + rates(known, 15, SERVICE) + increases(known, 3600, 0.5)
        if preset.breakdowns:
            label = preset.breakdowns[0]
            every += rates(known, 15, SERVICE, label) + rates(known, 15, SERVICE, label, [HOSTILE, "", "/a(b)?"])
            every += totals(known, 3600, SERVICE, label, 0.5)
    return every


@pytest.mark.parametrize("matchers", [{}, {"cluster": "eu", "env": HOSTILE}], ids=["plain", "with matchers"])
@pytest.mark.parametrize("preset", EVERY, ids=[f"{preset.name}{' native' * bool(preset.native)}" for preset in EVERY])
def test_its_queries_parse(preset: Preset, matchers: dict[str, str]) -> None:
    every = queries(preset, matchers)
    assert every
    for query in every:
        promql_parser.parse(query.promql)
        for label in matchers:
            assert label in query.promql


@pytest.mark.parametrize("preset", [preset for preset in presets() if preset.requests], ids=lambda preset: preset.name)
def test_the_rate_is_taken_before_the_sum(preset: Preset) -> None:
    for query in queries(preset, {}):
        if query.measure in ("requests", "errors", "latency", "failed_latency"):
            assert "sum by" in query.promql
            assert "rate(sum" not in query.promql
            assert "increase(sum" not in query.promql
