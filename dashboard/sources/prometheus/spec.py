"""The specification of a Prometheus source: address, credentials, matchers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from dashboard.outcomes import Vocabulary
from dashboard.sources.prometheus.instrumentation.naming import CLUSTER_LABELS
from dashboard.sources.prometheus.presets.preset import Preset
from dashboard.sources.protocol import Source
from dashboard.sources.spec import Opening


@dataclass(frozen=True, slots=True)
class PrometheusSpec:
    """A server behind the Prometheus HTTP API; secrets are stored, but never printed.

    Attributes:
        timeout_s: of a request. `ca_file`: replaces the system's CAs. `verify`: False accepts any certificate.
        client_cert_file: PEM file with a client certificate and its key.
        match: exact matchers, by label name, for every selector.
        presets: configured presets, which take precedence over the built-in ones.
        cluster_label: label with the cluster of a service; empty: none. None: try the usual ones.
        failed, good: regular expressions of outcomes missing in the vocabulary; empty: none.
    """

    kind: ClassVar[str] = "prometheus"
    has_queries: ClassVar[bool] = True

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0
    ca_file: str | None = None
    client_cert_file: str | None = None
    verify: bool = True
    match: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    good: str = ""
    presets: tuple[Preset, ...] = ()
    cluster_label: str | None = None

    def open(self, opening: Opening) -> Source:
        """Open the source; the HTTP client is only imported here."""
        from dashboard.sources.prometheus.source import PrometheusSource

        return PrometheusSource(
            self.url,
            headers=self.headers,
            bearer_token=self.bearer_token,
            username=self.username,
            password=self.password,
            timeout_s=self.timeout_s,
            threshold=opening.threshold,
            limits=opening.latency_thresholds,
            matchers=self.match,
            vocabulary=Vocabulary.of(good=self.good, failed=self.failed),
            verify=self.ca_file or self.verify,
            client_cert=self.client_cert_file,
            declared=opening.services,
            presets=self.presets,
            cluster_labels=_cluster_labels(self.cluster_label),
        )


def _cluster_labels(configured: str | None) -> tuple[str, ...]:
    """The labels that may contain the cluster."""
    if configured is None:
        return CLUSTER_LABELS
    return (configured,) if configured else ()
