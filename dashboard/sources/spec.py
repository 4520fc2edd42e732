"""What a source is before it is opened: a frozen spec, which the configuration builds and which costs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from dashboard.sources.catalog import DEFAULT_THRESHOLD
from dashboard.sources.protocol import Source


@dataclass(frozen=True, slots=True)
class DeclaredService:
    """A service as the operator names it: its preset, if any is named, and the labels that pick it out."""

    name: str
    preset: str = ""
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What every source is given when it is opened, whatever its kind.

    Attributes:
        now: epoch seconds. `time_zone`: IANA name, for times without an offset.
        is_past: a moment that was asked for is judged, after which the source may hold more.
        threshold: the latency wanted as the limit of "too slow", in seconds.
        latency_thresholds: further latencies, in seconds, that objectives need requests to be counted at.
        services: those that the operator declared.
    """

    now: float
    time_zone: str = "UTC"
    is_past: bool = False
    threshold: float = DEFAULT_THRESHOLD
    latency_thresholds: tuple[float, ...] = ()
    services: tuple[DeclaredService, ...] = ()


class SourceSpec(Protocol):
    """All that is needed to open one source; frozen.

    Attributes:
        kind: as the configuration and the JSON name it.
        has_queries: it answers PromQL, so that recording rules and queries can be written for it.
    """

    kind: ClassVar[str]
    has_queries: ClassVar[bool]

    def open(self, opening: Opening) -> Source:
        """The source; nothing is fetched yet.

        Raises:
            SourceError: a file or an address that cannot work.
        """
