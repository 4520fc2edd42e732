"""Where the archive is, and how much of it is kept."""

from dataclasses import dataclass
from pathlib import Path

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ArchiveSpec:
    """An archive.

    Attributes:
        folder: of its files; those of each source are in one of their own. `source`: kind and address, by which that
            is named. `retention`: seconds for which hours are kept.
    """

    folder: Path
    source: str
    retention: float = 762 * DAY
