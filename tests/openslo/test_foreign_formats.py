"""A document is known by its API group and kind, whatever its version."""

import pytest

from dashboard.openslo.foreign_formats import NOBL9, PYRRA, SLOTH, tool_of
from tests.openslo import foreign
from tests.openslo.nodes import node_of


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        (foreign.SLOTH, SLOTH),
        (foreign.SLOTH_RESOURCE, SLOTH),
        (foreign.PYRRA, PYRRA),
        (foreign.NOBL9, NOBL9),
        ("{version: prometheus/v2, slos: []}", SLOTH),
        ("{version: prometheus/v1}", None),
        ("{version: 'prometheus', slos: []}", None),
        ("{apiVersion: Sloth.slok.dev/v2, kind: PrometheusServiceLevel}", SLOTH),
        ("{apiVersion: sloth.slok.dev/v1, kind: SLO}", None),
        ("{apiVersion: pyrra.dev/v1, kind: ServiceLevelObjective}", PYRRA),
        ("{apiVersion: pyrra.dev, kind: ServiceLevelObjective}", None),
        ("{apiVersion: n9/v1alpha, kind: SLO}", NOBL9),
        ("{apiVersion: n9/v1alpha, kind: Service}", None),
        ("{apiVersion: openslo/v1, kind: SLO}", None),
        ("{apiVersion: [n9/v1alpha], kind: SLO}", None),
        ("{kind: SLO}", None),
    ],
    ids=[
        "Sloth", "Sloth in Kubernetes", "Pyrra", "Nobl9", "another version of Sloth", "no SLOs", "no version of Sloth",
        "a group in capitals", "another kind of Sloth's group", "another version of Pyrra", "a group alone", "an SLO",
        "another kind of Nobl9", "OpenSLO", "a list for a version", "no version",
    ],
)  # fmt: skip
def test_the_tool_of_a_document(text: str, tool: str | None) -> None:
    assert tool_of(node_of(text)) == tool
