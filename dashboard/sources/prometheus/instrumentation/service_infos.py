"""The services of a server in the form that the rest of the dashboard uses."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from dashboard.sources.catalog import Contradiction, ServiceInfo
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation

WAITS = (
    "most of its requests take seconds, for a week already, as those of long polling do: it has no latency objective "
    "by default; write one where that is wrong"
)


def service_infos(
    instrumentations: Sequence[Instrumentation],
    threshold: float,
    waiting: Set[str],
    failing: Mapping[str, str],
    contradicted: Mapping[str, Contradiction],
    uncounted: Mapping[str, tuple[str, str]],
) -> tuple[ServiceInfo, ...]:
    """All services by name; if several instrumentations know a service, its info says so.

    Args:
        instrumentations: each service is owned by one.
        threshold: the requested limit of "too slow" in seconds.
        waiting: services whose requests wait by design.
        failing: service → the preset with a counter, not shown, by which its requests fail.
        contradicted: service → the unused label by which requests fail that are considered good.
        uncounted: service → an unused counter of its failures, and the counter of its requests.
    """
    services: dict[str, ServiceInfo] = {}
    counters = {name: each.preset.requests for each in instrumentations for name in each.owned}
    for instrumentation in instrumentations:
        services |= {name: instrumentation.service_info(name, threshold) for name in instrumentation.owned}
    for instrumentation in instrumentations:
        for name in set(instrumentation.services) - instrumentation.owned:
            # A more general preset with the same counter adds nothing.
            if counters[name] and counters[name] == instrumentation.preset.requests:
                continue
            info = services[name]
            note = f"also known by {instrumentation.preset.name}; shown as {info.preset}"
            services[name] = replace(info, notes=(*info.notes, note))
    services |= {name: replace(services[name], fails_by=preset) for name, preset in failing.items()}
    services |= {name: replace(services[name], contradicted=label) for name, label in contradicted.items()}
    services |= {name: replace(services[name], uncounted=counters) for name, counters in uncounted.items()}
    for name in waiting & services.keys():
        services[name] = replace(services[name], waits=True, notes=(*services[name].notes, WAITS))
    short = Counter(info.title for info in services.values())
    # Services of the same name in two clusters need the cluster in their titles.
    titled = {name: info if short[info.title] == 1 else replace(info, title="") for name, info in services.items()}
    return tuple(titled[name] for name in sorted(titled))
