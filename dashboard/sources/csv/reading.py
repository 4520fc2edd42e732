"""How files are read: settings of the configuration, which take precedence over detection."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.values.times import TimeFormat

# Fields without a configuration key of their own.
_NO_KEYS: Final = frozenset({"called", "is_of_tool", "without_duration", "times", "vocabulary"})
# The position of a time in its interval.
START, END = "start", "end"


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings of files, known before they are opened.

    Attributes:
        columns: our name of a column → the files' name.
        service: of all rows, whatever a column contains; empty: from a column, or the format of a tool.
        called: service of a tool's files without a service column; empty: a column is required.
        times: how times are written.
        duration: unit of a column of durations, as in `SECONDS`; empty: from its name.
        decimal: decimal sign of numbers, `.` or `,`; empty: detect it from all values of a column.
        stamp: `start` or `end`: the position of a time in its interval or request; empty: as in the format, by default
            the end.
        start: epoch seconds of the start of files that only contain durations; None: their end is the last change of
            the file.
        format: name of the tool that wrote them; empty: detect it; `plain`: none.
        without_duration: note for rows without a duration, which are counted as requests; empty: they are bad rows, and
            a file without durations is not a request log.
        encoding: of their text, under Python's name; empty: detect it.
        signal: of the numbers in a table with series of services as columns or rows, such as `requests`, `errors` or
            `p95`; empty: from their names.
        unit: of request numbers, one of the `UNITS` of series; empty: from the numbers or their names.
        rows: `add` or `replace`, for rows of one time and service that no column distinguishes; empty: detect it.
        vocabulary: the words for outcomes, including configured ones.
        is_of_tool: a tool wrote the file, so that the content of its columns is known.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    called: str = ""
    times: TimeFormat = field(default_factory=TimeFormat)
    duration: str = ""
    decimal: str = ""
    stamp: str = ""
    start: float | None = None
    format: str = ""
    without_duration: str = ""
    encoding: str = ""
    signal: str = ""
    unit: str = ""
    rows: str = ""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    is_of_tool: bool = False

    @property
    def constant_service(self) -> str:
        """The service of rows without a service column; empty: unknown."""
        return self.service or self.called

    @property
    def settings(self) -> dict[str, object]:
        """Configuration keys with their values."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _NO_KEYS}
        words = self.vocabulary
        return values | {"time_format": self.times.pattern, "failed": words.failed, "good": words.good}


def unheard(first: Reading, other: Reading) -> tuple[list[str], list[str]]:
    """The configuration keys without effect on a file that two groups name.

    Args:
        first: the settings in use. `other`: the settings of the other group.

    Returns:
        Keys that the first one does not set, and keys that it sets differently.
    """
    default = Reading()
    lost: list[str] = []
    changed: list[str] = []
    for key in first.settings:
        here, there, unset = (reading.settings[key] for reading in (first, other, default))
        if there not in (unset, here):
            (lost if here == unset else changed).append(key)
    return lost, changed


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files, directories or globs that are read with the same settings."""

    paths: tuple[str, ...]
    reading: Reading = field(default_factory=Reading)
