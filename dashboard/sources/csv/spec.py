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
        service: of which all rows are in files where no column tells it.
        time_format: how times are written, as strptime has it, or `s`, `ms`, `us`, `ns`; empty: it is found out.
        failed, good: regular expressions of outcomes that the vocabulary does not know; empty: none.
    """

    kind: ClassVar[str] = "csv"
    has_queries: ClassVar[bool] = False

    paths: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    time_format: str = ""
    failed: str = ""
    good: str = ""

    def open(self, opening: Opening) -> Source:
        """The source; Arrow is imported only now."""
        from dashboard.sources.csv.source import CsvSource
        from dashboard.sources.csv.times import TimeFormat

        return CsvSource(
            self.paths,
            mapping=self.columns,
            service=self.service,
            times=TimeFormat(opening.time_zone, self.time_format),
            threshold=opening.threshold,
            limits=opening.latency_thresholds,
            vocabulary=Vocabulary.of(good=self.good, failed=self.failed),
        )
