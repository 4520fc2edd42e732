"""The specification of Alertmanagers: addresses and credentials, as for Prometheus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.sources.alertmanager.cluster import Alertmanagers


@dataclass(frozen=True, slots=True)
class AlertmanagerSpec:
    """Alertmanagers behind their API, such as the members of a cluster; secrets are held, never printed.

    Attributes:
        urls: their addresses, one at least; the rest holds for all of them.
        timeout_s: of one request. `ca_file`: trusted instead of the system's. `verify`: False trusts any certificate.
        client_cert_file: PEM of the certificate, and its key, that a server may want of its clients.
    """

    urls: tuple[str, ...] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    ca_file: str | None = None
    client_cert_file: str | None = None
    verify: bool = True

    def open(self) -> "Alertmanagers":
        """The client; httpx is imported only now, and nothing is asked yet.

        Raises:
            SourceError, ConfigError: an address, header or CA file that cannot work.
        """
        from dashboard.sources.alertmanager.client import Alertmanager
        from dashboard.sources.alertmanager.cluster import Alertmanagers

        return Alertmanagers(
            [
                Alertmanager(
                    url,
                    headers=self.headers,
                    bearer_token=self.bearer_token,
                    username=self.username,
                    password=self.password,
                    timeout_s=self.timeout_s,
                    verify=self.ca_file or self.verify,
                    client_cert=self.client_cert_file,
                )
                for url in self.urls
            ]
        )
