"""Finds services whose counter also counts health checks and scrapes, which say nothing about their users."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.naming import Naming, ServiceKey
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.prometheus.search.series_search import SeriesSearch

# Labels with the path or the client of a request.
LABELS = ("path", "handler", "route", "uri", "url", "endpoint", "http_route", "http_target", "url_path", "user_agent",
          "useragent", "http_user_agent", "user_agent_original")  # fmt: skip
# The conventions of Kubernetes, Go, Prometheus and Spring, also behind the prefix of an application; and the clients
# that load balancers, Kubernetes and Prometheus name themselves.
PROBES = (
    r"/*([A-Za-z][\w.-]*/){0,2}(healthz|livez|readyz|startupz|health|healthy|health[_-]?check|liveness|readiness"
    r"|-/ready|-/healthy)(/(live|ready|liveness|readiness|startup|check))?/?|/*(actuator/prometheus|metrics)/?"
    r"|kube-probe/.*|Prometheus/.*|GoogleHC/.*|ELB-HealthChecker/.*|Amazon-Route53-Health-Check.*|Consul Health Check"
)
IS_PROBE = re.compile(PROBES)
# The first few are enough to see what is left out.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Probes:
    """The requests of a service that are not counted.

    Attributes:
        labels: that tell them. `values`: of these labels, sorted.
    """

    labels: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def matchers(self) -> str:
        """Matchers of all other requests."""
        return ",".join(f"{label}!~{quoted(PROBES)}" for label in self.labels)

    @property
    def note(self) -> str:
        """What is left out, one line."""
        shown = ", ".join(self.values[:NAMED]) + (" …" if len(self.values) > NAMED else "")
        return f"health checks and scrapes are not counted, by {' and '.join(self.labels)}: {shown}"


NONE = Probes((), ())


def probes_of(
    search: SeriesSearch, preset: Preset, naming: Naming, services: Collection[ServiceKey], at: int
) -> dict[ServiceKey, Probes]:
    """Service → its requests that are probes, for services that have others, too.

    Args:
        search: searches the series of a server.
        preset: of the services. `naming`: how series name them.
        services: all of them. `at`: epoch seconds.
    """
    there = search.label_names(at)
    labels = [label for label in LABELS if label in there and label not in naming.labels]
    if not preset.requests or preset.probe or not labels:
        return {}
    by = (*naming.labels, *labels)
    selected = " or ".join(
        selectors.selector(preset.requests, search.matchers, preset.matchers, f"{label}=~{quoted(PROBES)}")
        for label in labels
    )
    by_service: dict[ServiceKey, set[tuple[str, str]]] = {}
    with search.best_effort("health checks among the requests were not looked for everywhere"):
        for values in search.recent(f"count by ({', '.join(by)}) ({selected})", by, at):
            row = dict(zip(by, values, strict=True))
            service = naming.key(row)
            if service is not None and service in services:
                probes = {(label, row[label]) for label in labels if IS_PROBE.fullmatch(row[label])}
                by_service.setdefault(service, set()).update(probes)
        if not by_service:
            return {}
        others = (f"{label}!~{quoted(PROBES)}" for label in labels)
        query = search.count_by(preset.requests, ", ".join(naming.labels), preset.matchers, *others)
        rows = (dict(zip(naming.labels, values, strict=True)) for values in search.recent(query, naming.labels, at))
        asked = {naming.key(row) for row in rows}
    return {
        service: Probes(tuple(sorted({label for label, _ in probes})), tuple(sorted({value for _, value in probes})))
        for service, probes in by_service.items()
        if service in asked
    }
