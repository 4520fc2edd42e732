"""The service graph of the spans in which several services began to burn, where a source has one."""

from collections.abc import Mapping, Sequence

from dashboard.exceptions import SourceError
from dashboard.incidents.incident import Edge, Graph
from dashboard.incidents.merging import Span
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.graphed import GraphedSource
from dashboard.sources.protocol import QueryCost, Source

# This many spans are requested at once, newest first; the others follow at later steps.
SPANS_MOST = 20


def known(
    source: Source,
    services: Sequence[ServiceInfo],
    spans: Sequence[Span],
    graphs: Mapping[Span, Graph],
    costs: list[QueryCost],
) -> dict[Span, Graph]:
    """Graphs of spans: those that are known, and as many of the others as may be asked for at once.

    Args:
        source: the source to ask. `services`: of its catalog.
        spans: the newest first. `graphs`: what is known.
        costs: of the queries, which are added.
    """
    have = {span: graphs[span] for span in spans if span in graphs}
    missing = [span for span in spans if span not in graphs]
    if not isinstance(source, GraphedSource) or not services:
        return have
    for number, span in enumerate(missing[:SPANS_MOST]):
        try:
            answer = source.calls(services, span.start, span.end)
        except SourceError:
            break
        costs += answer.costs
        edges = (Edge(call.caller, call.callee, call.requests, call.failed) for call in answer.calls)
        have[span] = Graph(span.start, span.end, tuple(edges))
        if not any(cost.series for cost in answer.costs):
            # There is no graph now, and so none of the past is looked for.
            have |= {older: Graph(older.start, older.end, ()) for older in missing[number:]}
            break
    return have
