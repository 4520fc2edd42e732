"""The specification of a CSV source: files, and how to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from dashboard.outcomes import Vocabulary
from dashboard.sources.protocol import Source
from dashboard.sources.spec import Opening

if TYPE_CHECKING:
    from dashboard.sources.csv.preview import Preview
    from dashboard.sources.csv.reading import FileGroup


@dataclass(frozen=True, slots=True)
class FileSpec:
    """Files, directories or globs that are read with the same settings.

    Attributes:
        columns: our name of a column → the files' name.
        service: of all rows, whatever a column contains.
        time_format: of times, for strptime, or `s`, `ms`, `us`, `ns`; empty: detect it.
        duration: unit of durations, such as `ms`; empty: detect it.
        decimal: decimal sign of numbers, `.` or `,`; empty: detect it.
        stamp: `start` or `end`: the position of a time in its interval; empty: as in the format, by default the end.
        start: start of files that only contain durations; None: their end is the last change of the file.
        format: the tool that wrote them; empty: detect it.
        encoding: of their text, such as `windows-1252`; empty: detect it.
        signal: of the numbers in a table with services as columns, such as `requests`; empty: from names.
        unit: whether these are counts or rates, such as `per second`; empty: from the numbers or their names.
        rows: whether rows of one time that no column distinguishes `add` up, or `replace` each other; empty: detect it.
        failed, good: regular expressions of outcomes missing in the vocabulary; empty: none.
    """

    paths: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    time_format: str = ""
    duration: str = ""
    decimal: str = ""
    stamp: str = ""
    start: datetime | None = None
    format: str = ""
    encoding: str = ""
    failed: str = ""
    good: str = ""
    signal: str = ""
    unit: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class CsvSpec(FileSpec):
    """Files that are read as one source.

    Attributes:
        files: groups of files with other settings.
    """

    kind: ClassVar[str] = "csv"
    has_queries: ClassVar[bool] = False

    paths: tuple[str, ...] = ()
    files: tuple[FileSpec, ...] = ()

    def open(self, opening: Opening) -> Source:
        """Open the source; Arrow is only imported here."""
        from dashboard.sources.csv.source import CsvSource

        groups = self._groups(opening.time_zone)
        return CsvSource(
            groups, threshold=opening.threshold, limits=opening.latency_thresholds, is_past=opening.is_past
        )

    def previews(self, zone: str) -> "Sequence[Preview]":
        """How each file is read, and its first rows; `zone`: IANA name, for times without an offset.

        Raises:
            SourceUnavailable: there are no files.
        """
        from dashboard.sources.csv.preview import previews

        return previews(self._groups(zone))

    def _groups(self, zone: str) -> "list[FileGroup]":
        from dashboard.sources.csv.reading import FileGroup, Reading
        from dashboard.sources.csv.values.times import TimeFormat

        def group(spec: FileSpec) -> FileGroup:
            reading = Reading(
                columns=spec.columns,
                service=spec.service,
                times=TimeFormat(zone, spec.time_format),
                duration=spec.duration,
                decimal=spec.decimal,
                stamp=spec.stamp,
                start=_epoch_seconds(spec.start, zone),
                format=spec.format,
                encoding=spec.encoding,
                signal=spec.signal,
                unit=spec.unit,
                rows=spec.rows,
                vocabulary=Vocabulary.of(good=spec.good, failed=spec.failed),
            )
            return FileGroup(spec.paths, reading)

        # If several groups name a file, the more specific one determines how it is read.
        return [group(spec) for spec in (*self.files, self) if spec.paths]


def _epoch_seconds(moment: datetime | None, zone: str) -> float | None:
    """Epoch seconds of a configured time, in `zone` without an offset; if ambiguous, the first one."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
