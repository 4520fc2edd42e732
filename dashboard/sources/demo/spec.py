"""The specification of the demo: its seed."""

from dataclasses import dataclass
from typing import ClassVar

from dashboard.sources.protocol import Source
from dashboard.sources.spec import Opening


@dataclass(frozen=True, slots=True)
class DemoSpec:
    """The embedded demo; another seed is another world."""

    kind: ClassVar[str] = "demo"
    has_queries: ClassVar[bool] = False

    seed: int = 7

    def open(self, opening: Opening) -> Source:
        """The source, whose incidents lie relative to the moment it is opened at."""
        from dashboard.sources.demo.source import DemoSource

        return DemoSource(
            start=opening.now, seed=self.seed, threshold=opening.threshold, limits=opening.latency_thresholds
        )
