"""PromQL for hourly peaks: use of each limit, traffic, and number of instances."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import RangeFunction
from dashboard.sources.prometheus.presets.preset import ResourceQuery
from dashboard.sources.prometheus.queries.signal_query import SignalQuery
from dashboard.sources.prometheus.search.offers import RATE_SCRAPES

# Seconds between evaluations in an hour: CLOSE for up to FEW services, so that peaks of start-ups show, else FINE.
CLOSE, FINE, FEW = 60, 300, 100


def peaks(instrumentation: Instrumentation, step: int) -> list[SignalQuery]:
    """Queries of the highest values in each step.

    Args:
        instrumentation: the instrumentation. `step`: seconds.
    """
    close = CLOSE if len(instrumentation.owned) <= FEW else FINE
    # Prometheus 2 includes both ends of a range, so one second less contains the same number of times on each server.
    within = f"[{step - 1}s:{close}s]"
    queries = [*_traffic(instrumentation, within)]
    for resource in instrumentation.resources:
        if resource.resource.measure == "saturation":
            queries += _resource(instrumentation, resource, within)
    services = {values: name for name, values in instrumentation.services.items() if name in instrumentation.owned}
    return [replace(query, services=services) for query in queries]


def _traffic(instrumentation: Instrumentation, within: str) -> Sequence[SignalQuery]:
    preset, by = instrumentation.preset, instrumentation.service_labels
    if not preset.requests or preset.probe:
        return ()
    window = max(RATE_SCRAPES * instrumentation.scrape_interval, FINE)
    selector = selectors.selector(preset.requests, instrumentation.matchers, preset.matchers)
    native = preset.requests == preset.native
    rate = selectors.summed(RangeFunction("rate", window), selector, by, native=native)
    labels = ", ".join(dict.fromkeys((*by, "instance")))
    instances = f"count by ({', '.join(by)}) (group by ({labels}) ({selector}))"
    return (
        SignalQuery("requests", f"max_over_time(({rate}){within})", by, "requests", essential=False),
        SignalQuery("instances", instances, by, "instances", essential=False),
    )


def _resource(instrumentation: Instrumentation, resource: ResourceQuery, within: str) -> list[SignalQuery]:
    """The highest share of a limit, and the limit if its query is known.

    Args:
        instrumentation: the instrumentation. `resource`: of its preset. `within`: the evaluations within each step.
    """
    window, by = max(RATE_SCRAPES * instrumentation.scrape_interval, CLOSE), instrumentation.service_labels
    share = f"max_over_time(({instrumentation.resource_query(resource, window)}){within})"
    queries = [SignalQuery(resource.name, share, by, "saturation", resource.name, essential=False)]
    if resource.limit:
        limit = instrumentation.resource_query(replace(resource, template=resource.limit), window)
        queries.append(SignalQuery(f"limit of {resource.name}", limit, by, "limit", resource.name, essential=False))
    return queries
