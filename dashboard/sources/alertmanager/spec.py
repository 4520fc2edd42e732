"""How an Alertmanager is reached, before it is: address and credentials, as those of a Prometheus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.sources.alertmanager.client import Alertmanager


@dataclass(frozen=True, slots=True)
class AlertmanagerSpec:
    """An Alertmanager behind its API; secrets are held, never printed.

    Attributes:
        timeout_s: of one request. `ca_file`: trusted instead of the system's. `verify`: False trusts any certificate.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    ca_file: str | None = None
    verify: bool = True

    def open(self) -> "Alertmanager":
        """The client; httpx is imported only now, and nothing is asked yet.

        Raises:
            SourceError, ConfigError: an address, header or CA file that cannot work.
        """
        from dashboard.sources.alertmanager.client import Alertmanager

        return Alertmanager(
            self.url,
            headers=self.headers,
            bearer_token=self.bearer_token,
            username=self.username,
            password=self.password,
            timeout_s=self.timeout_s,
            verify=self.ca_file or self.verify,
        )
