"""Which CSV files are read, and what the configuration says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from dashboard.outcomes import Vocabulary
from dashboard.sources.protocol import Source
from dashboard.sources.spec import Opening


@dataclass(frozen=True, slots=True)
class FileSpec:
    """Files, directories or globs that are read alike.

    Attributes:
        columns: our name of a column → the files'.
        service: of which all rows are in files where no column tells it.
        time_format: how times are written, as strptime has it, or `s`, `ms`, `us`, `ns`; empty: it is found out.
        duration: the unit of durations, such as `ms`; empty: it is found out.
        decimal: the decimal sign of numbers, `.` or `,`; empty: it is found out.
        stamp: `start` or `end` of the interval that a time is of; empty: what the format says, else the end.
        format: the tool that wrote them; empty: it is found out.
        encoding: of their text, such as `windows-1252`; empty: it is found out.
        failed, good: regular expressions of outcomes that the vocabulary does not know; empty: none.
    """

    paths: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    time_format: str = ""
    duration: str = ""
    decimal: str = ""
    stamp: str = ""
    format: str = ""
    encoding: str = ""
    failed: str = ""
    good: str = ""


@dataclass(frozen=True, slots=True)
class CsvSpec(FileSpec):
    """Files that are read as one source.

    Attributes:
        files: those that are read in other ways than the rest.
    """

    kind: ClassVar[str] = "csv"
    has_queries: ClassVar[bool] = False

    paths: tuple[str, ...] = ()
    files: tuple[FileSpec, ...] = ()

    def open(self, opening: Opening) -> Source:
        """The source; Arrow is imported only now."""
        from dashboard.sources.csv.reading import FileGroup, Reading
        from dashboard.sources.csv.source import CsvSource
        from dashboard.sources.csv.times import TimeFormat

        def group(spec: FileSpec) -> FileGroup:
            reading = Reading(
                columns=spec.columns,
                service=spec.service,
                times=TimeFormat(opening.time_zone, spec.time_format),
                duration=spec.duration,
                decimal=spec.decimal,
                stamp=spec.stamp,
                format=spec.format,
                encoding=spec.encoding,
                vocabulary=Vocabulary.of(good=spec.good, failed=spec.failed),
            )
            return FileGroup(spec.paths, reading)

        # A file that two of them name is read as the more special one says.
        groups = [group(spec) for spec in (*self.files, self) if spec.paths]
        return CsvSource(groups, threshold=opening.threshold, limits=opening.latency_thresholds)
