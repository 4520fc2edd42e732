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
    """Files, directories or globs that are read alike.

    Attributes:
        columns: our name of a column → the files'.
        service: of which all rows are, whatever a column tells.
        time_format: how times are written, as strptime has it, or `s`, `ms`, `us`, `ns`; empty: it is found out.
        duration: the unit of durations, such as `ms`; empty: it is found out.
        decimal: the decimal sign of numbers, `.` or `,`; empty: it is found out.
        stamp: `start` or `end` of the interval that a time is of; empty: what the format says, else the end.
        start: when what they tell of began, of files that say only how long it took; None: their last change was its
            end.
        format: the tool that wrote them; empty: it is found out.
        encoding: of their text, such as `windows-1252`; empty: it is found out.
        signal: what the numbers of a table are whose columns are services, such as `requests`; empty: names tell it.
        unit: whether these are counts or rates, such as `per second`; empty: they, or their names, tell it.
        rows: whether rows of one time that no column tells apart `add` up, or `replace` each other; empty: it is found
            out.
        failed, good: regular expressions of outcomes that the vocabulary does not know; empty: none.
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
        files: those that are read in other ways than the rest.
    """

    kind: ClassVar[str] = "csv"
    has_queries: ClassVar[bool] = False

    paths: tuple[str, ...] = ()
    files: tuple[FileSpec, ...] = ()

    def open(self, opening: Opening) -> Source:
        """The source; Arrow is imported only now."""
        from dashboard.sources.csv.source import CsvSource

        groups = self._groups(opening.time_zone)
        return CsvSource(
            groups, threshold=opening.threshold, limits=opening.latency_thresholds, is_past=opening.is_past
        )

    def previews(self, zone: str) -> "Sequence[Preview]":
        """What each file was taken for, and its first rows; `zone`: IANA name, of times without an offset.

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

        # A file that two of them name is read as the more special one says.
        return [group(spec) for spec in (*self.files, self) if spec.paths]


def _epoch_seconds(moment: datetime | None, zone: str) -> float | None:
    """Of a time that the configuration names, in `zone` where it has no offset; of two such times the first."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
