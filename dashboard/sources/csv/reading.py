"""How files are read: settings of the configuration, which take precedence over detection."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.values.times import TimeFormat

# What no key of the configuration says by itself.
_NO_KEYS: Final = frozenset({"called", "is_of_tool", "without_duration", "times", "vocabulary"})
# Where a time stands in its interval.
START, END = "start", "end"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of files before they are opened.

    Attributes:
        columns: our name of a column → the files'.
        service: of which all rows are, whatever a column tells; empty: a column must, or the format of a tool.
        called: the service of a tool's files where no column tells it; empty: a column must.
        times: how times are written.
        duration: the unit of numbers in a column of durations, as `SECONDS` has it; empty: its name tells it.
        decimal: the decimal sign of numbers, `.` or `,`; empty: all values of their column tell it.
        stamp: `start` or `end`, of the interval or the request that a time is of; empty: what the format says, else
            the end.
        start: epoch seconds when what files tell of began that say only how long it took; None: the last change of the
            file was its end.
        format: the name of the tool that wrote them; empty: it is found out; `plain`: none.
        without_duration: what is said of rows that tell no duration, which are requests all the same; empty: they are
            bad rows, and a file without any is no request log.
        encoding: of their text, as Python names it; empty: it is found out.
        signal: what the numbers of a table are whose columns or rows are series of services, such as `requests`,
            `errors` or `p95`; empty: their names tell it.
        unit: what numbers of requests are, one of `UNITS` of series; empty: they, or their names, tell it.
        rows: `add` or `replace`, of rows of one time and service that no column tells apart; empty: it is found out.
        vocabulary: the words for outcomes, with what the configuration adds.
        is_of_tool: a tool wrote the file, so that what its columns hold is known.
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
        """The service of rows where no column tells it; empty: none is known."""
        return self.service or self.called

    @property
    def settings(self) -> dict[str, object]:
        """Keys of the configuration → what they say."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _NO_KEYS}
        words = self.vocabulary
        return values | {"time_format": self.times.pattern, "failed": words.failed, "good": words.good}


def unheard(first: Reading, other: Reading) -> tuple[list[str], list[str]]:
    """The keys of the configuration that do not count of a file which two groups name.

    Args:
        first: how the file is read. `other`: what the other group says of it.

    Returns:
        Keys that the first one leaves open, and those that it writes otherwise.
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
    """Files, directories or globs that are read alike."""

    paths: tuple[str, ...]
    reading: Reading = field(default_factory=Reading)
