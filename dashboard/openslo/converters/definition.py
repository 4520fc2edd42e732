"""Common parts of the converters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.indicator_kind import infer_kind, infer_limit
from dashboard.openslo.map_fields import Fields, read_text
from dashboard.openslo.yaml_nodes import Node
from dashboard.slo.indicators import Indicator, Query
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy
from dashboard.slo.windows import Rolling, Window

# The range that replaces Sloth's template; any will do, since it is replaced when the query is counted.
RANGE = "5m"
_WINDOW_TEMPLATE = re.compile(r"\{\{\s*\.window\s*\}\}")
_STRING = re.compile(r"""\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'""")
_RANGE = re.compile(r"\[[^\[\]]*\]")
NO_PLACE = "has no place in OpenSLO and is not converted"


@dataclass(frozen=True, slots=True)
class Definition:
    """An SLO as another tool defines it; the fields are those of `Slo`."""

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
        """The SLO defined by a document at this node."""
        return Slo(
            self.service,
            self.name,
            self.indicator,
            self.objective,
            kind=infer_kind(self.indicator),
            method=self.method,
            window=self.window,
            slice_s=self.slice_s,
            slice_target=self.slice_target,
            limit=infer_limit(self.indicator),
            title=self.title,
            description=self.description,
            policy=self.policy,
            origin=f"{node.file}:{node.line}",
            labels=self.labels,
        )


def read_query_text(node: Node, diagnostics: Diagnostics) -> str:
    """A query with a range in place of the template."""
    text = _WINDOW_TEMPLATE.sub(RANGE, read_text(node, diagnostics))
    if "{{" in text:
        diagnostics.warn(node, "has a template that is kept as it is: write out what it stands for")
    return text


def query_with_ranges(text: str) -> Query:
    """A query; with a range it counts events, except for a range of a subquery, which is read as a value."""
    ranges = _RANGE.findall(_STRING.sub("", text))
    return Query(text, counter=bool(ranges) and not any(":" in span for span in ranges))


def warn_not_converted(fields: Fields, names: Iterable[str], what: str = NO_PLACE) -> None:
    """Warn of each of these fields that exists.

    Args:
        fields: of a map.
        names: of the fields that are not converted.
        what: the sentence of the warning.
    """
    for name in names:
        node = fields.optional(name)
        if node is not None:
            fields.diagnostics.warn(node, what)
