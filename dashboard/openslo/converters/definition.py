"""What the formats of other tools have in common."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.indicator_kind import kind_of, limit_of
from dashboard.openslo.map_fields import Fields, text
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Indicator, Query
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy
from dashboard.slo.windows import Rolling, Window

# The range that a template leaves open: whoever asks puts another in its place.
_WINDOW = re.compile(r"\{\{\s*\.window\s*\}\}")
RANGE = "5m"
_STRING = re.compile(r"""\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'""")
_RANGE = re.compile(r"\[[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class Promise:
    """An objective as another tool states it."""

    service: str
    name: str
    indicator: Indicator
    objective: float
    window: Window = field(default_factory=Rolling)
    method: Method = Method.OCCURRENCES
    slice_s: int = 0
    slice_target: float | None = None
    title: str = ""
    description: str = ""
    policy: Policy | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def slo(self, node: Node) -> Slo:
        """The same as an SLO that is written at a place."""
        return Slo(
            self.service,
            self.name,
            self.indicator,
            self.objective,
            kind=kind_of(self.indicator),
            method=self.method,
            window=self.window,
            slice_s=self.slice_s,
            slice_target=self.slice_target,
            limit=limit_of(self.indicator),
            title=self.title,
            description=self.description,
            policy=self.policy,
            origin=f"{node.file}:{node.line}",
            labels=self.labels,
        )


def query(node: Node, diagnostics: Diagnostics) -> str:
    """A query with a range in place of the template for one."""
    made = _WINDOW.sub(RANGE, text(node, diagnostics))
    if "{{" in made:
        diagnostics.note(node, "holds a template that is left as it is: write out what stands for it")
    return made


def asked(text: str) -> Query:
    """A query; one that looks back over a range counts up, but for a range of ranges, which is read as it is."""
    ranges = _RANGE.findall(_STRING.sub("", text))
    return Query(text, counter=bool(ranges) and not any(":" in one for one in ranges))


def left_out(fields: Fields, names: Iterable[str], why: str = "has no place in OpenSLO and is left out") -> None:
    """Note what is not carried over."""
    for name in names:
        found = fields.optional(name)
        if found is not None:
            fields.diagnostics.note(found, why)
