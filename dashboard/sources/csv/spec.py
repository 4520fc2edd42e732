"""Which CSV files are read, and what their columns are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from dashboard.outcomes import Vocabulary
from dashboard.sources.protocol import Source
from dashboard.sources.spec import Opening


@dataclass(frozen=True, slots=True)
class CsvSpec:
    """Files, directories or globs that are read as one source.

    Attributes:
        columns: our name of a column → the files'.
        failed, good: regular expressions of outcomes that the vocabulary does not know; empty: none.
    """

    kind: ClassVar[str] = "csv"
    has_queries: ClassVar[bool] = False

    paths: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    good: str = ""

    def open(self, opening: Opening) -> Source:
        """The source; Arrow is imported only now."""
        from dashboard.sources.csv.source import CsvSource

        return CsvSource(
            self.paths,
            mapping=self.columns,
            time_zone=opening.time_zone,
            threshold=opening.threshold,
            limits=opening.latency_thresholds,
            vocabulary=Vocabulary.of(good=self.good, failed=self.failed),
        )
