"""The specification of a source before it is opened: frozen, built by the configuration, and cheap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from dashboard.sources.catalog import DEFAULT_THRESHOLD
from dashboard.sources.protocol import Source


@dataclass(frozen=True, slots=True)
class DeclaredService:
    """A configured service: its preset, if any, and the labels that select it."""

    name: str
    preset: str = ""
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What every kind of source receives when it is opened.

    Attributes:
        now: epoch seconds. `time_zone`: IANA name, for times without an offset.
        is_past: a requested time in the past is judged; the source may have later data.
        threshold: the desired latency limit of "too slow", in seconds.
        latency_thresholds: further latency limits in seconds at which objectives need counts.
        services: configured services.
    """

    now: float
    time_zone: str = "UTC"
    is_past: bool = False
    threshold: float = DEFAULT_THRESHOLD
    latency_thresholds: tuple[float, ...] = ()
    services: tuple[DeclaredService, ...] = ()


class SourceSpec(Protocol):
    """Everything needed to open one source; frozen.

    Attributes:
        kind: its name in the configuration and the JSON.
        has_queries: it answers PromQL, so recording rules and queries can be written for it.
    """

    kind: ClassVar[str]
    has_queries: ClassVar[bool]

    def open(self, opening: Opening) -> Source:
        """Open the source; nothing is fetched yet.

        Raises:
            SourceError: a file or address cannot be used.
        """
